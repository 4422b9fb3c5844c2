//! What is wrong with a configuration, in plain words, before anything is started.

use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;

use super::{Config, Metrics};

/// How much a [`Problem`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Ringwerk will not start.
    Error,
    /// It will start, and something will disappoint.
    Warning,
}

/// Something wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, and what to do, in one or two sentences.
    pub text: String,
}

/// Looks at everything that can be looked at without starting: addresses, ports, files, folders.
///
/// `ports` says whether the addresses are tried as well; a running Ringwerk holds them itself.
pub fn problems(config: &Config, ports: bool) -> Vec<Problem> {
    let mut found = Vec::new();
    data_folder(&config.data, &mut found);
    database(config, &mut found);
    media(config, &mut found);
    addresses(config, &mut found);
    certificate(config, &mut found);
    if let Some(mistake) = &config.prices_mistaken {
        error(&mut found, mistake.clone());
    }
    mail(config, &mut found);
    sms(config, &mut found);
    if ports {
        free_ports(config, &mut found);
    }
    found
}

/// The addresses that cannot be listened on, each with what to do.
pub fn taken_ports(config: &Config) -> Vec<String> {
    let mut found = Vec::new();
    free_ports(config, &mut found);
    found.into_iter().filter(|problem| problem.severity == Severity::Error).map(|problem| problem.text).collect()
}

fn error(found: &mut Vec<Problem>, text: String) {
    found.push(Problem { severity: Severity::Error, text });
}

fn warning(found: &mut Vec<Problem>, text: String) {
    found.push(Problem { severity: Severity::Warning, text });
}

fn data_folder(data: &Path, found: &mut Vec<Problem>) {
    if let Err(reason) = std::fs::create_dir_all(data) {
        error(
            found,
            format!("The data folder {} cannot be made: {reason}. Choose another with --data.", data.display()),
        );
        return;
    }
    let probe = data.join(".writable");
    if let Err(reason) = std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)) {
        error(
            found,
            format!(
                "The data folder {} cannot be written: {reason}. Give its owner the right to write.",
                data.display()
            ),
        );
    }
}

fn database(config: &Config, found: &mut Vec<Problem>) {
    let Some(url) = &config.database else { return };
    if !(url.starts_with("postgres://") || url.starts_with("postgresql://")) {
        error(
            found,
            "The database address must start with postgres://. Leave it out to use the embedded database.".to_owned(),
        );
    }
}

fn media(config: &Config, found: &mut Vec<Problem>) {
    let (first, last) = (*config.media_ports.start(), *config.media_ports.end());
    if first >= last {
        error(found, format!("The first audio port {first} must be below the last one {last}."));
    } else if first < 1024 {
        error(found, format!("The first audio port {first} must be 1024 or higher."));
    } else if last - first < 39 {
        warning(
            found,
            format!("The audio ports {first} to {last} are enough for {} calls at once only.", (last - first + 1) / 4),
        );
    }
    let sip_port_inside = config.sip.iter().find(|address| config.media_ports.contains(&address.port()));
    if let Some(address) = sip_port_inside {
        error(
            found,
            format!("The SIP port {} lies inside the audio ports {first} to {last}. Move one of them.", address.port()),
        );
    }
}

fn addresses(config: &Config, found: &mut Vec<Problem>) {
    let unspecified = config.sip.iter().any(|address| address.ip().is_unspecified());
    if unspecified && config.media_address.is_some_and(|address| address.is_loopback()) {
        warning(found, "Phones are told to send audio to this machine's own loopback address; only phones on this machine will be heard.".to_owned());
    }
    if let Some(url) = &config.public_url
        && !(url.starts_with("https://") || url.starts_with("http://"))
    {
        error(
            found,
            format!("The public address {url} must start with https:// (or http:// inside your own network)."),
        );
    }
    if let Some(host) = config.public_url.as_deref().and_then(unencrypted_host)
        && !is_nearby(host)
    {
        warning(
            found,
            format!(
                "The public address http://{host} is not encrypted, so passwords of people, and setup codes with those of phones, can be read on the way. Use https:// for everything outside your own network."
            ),
        );
    }
    if !config.http.ip().is_loopback() && config.public_url.is_none() {
        warning(
            found,
            format!(
                "The web page listens on {} for everybody and without encryption. Put a web server with a certificate before it and set public_url, or listen on 127.0.0.1.",
                config.http
            ),
        );
    }
}

/// The host of an address without encryption.
fn unencrypted_host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("http://")?;
    let authority = rest.split('/').next().unwrap_or(rest);
    match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => Some(address),
        None => authority.split(':').next(),
    }
}

/// Whether a host is this machine or in the own network, as far as its name tells.
fn is_nearby(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private() || address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
        Err(_) => {
            !host.contains('.')
                || ["localhost", "local", "lan", "internal", "home.arpa"]
                    .iter()
                    .any(|end| host.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')))
        }
    }
}

fn certificate(config: &Config, found: &mut Vec<Problem>) {
    let Some((certificate, key)) = &config.certificate else { return };
    for (what, path) in [("certificate", certificate), ("key", key)] {
        match std::fs::read_to_string(path) {
            Ok(text) if text.contains("-----BEGIN") => {}
            Ok(_) => error(found, format!("The {what} file {} is not in PEM form.", path.display())),
            Err(reason) => error(found, format!("The {what} file {} cannot be read: {reason}.", path.display())),
        }
    }
}

fn mail(config: &Config, found: &mut Vec<Problem>) {
    config.mail.mistakes().into_iter().for_each(|text| error(found, text));
    config.mail.worries(config.public_url.as_deref()).into_iter().for_each(|text| warning(found, text));
}

fn sms(config: &Config, found: &mut Vec<Problem>) {
    config.sms.mistakes().into_iter().for_each(|text| error(found, text));
    config.sms.worries(config.prices.sms().is_zero()).into_iter().for_each(|text| warning(found, text));
}

fn free_ports(config: &Config, found: &mut Vec<Problem>) {
    let mut tcp = vec![("The web page", config.http)];
    tcp.extend(config.sip.iter().map(|address| ("SIP", *address)));
    tcp.extend(config.sip_tls.iter().map(|address| ("SIP over TLS", *address)));
    if let Metrics::At(address) = config.metrics {
        tcp.push(("The page for Prometheus", address));
    }
    tcp.extend(config.sip_ws.map(|address| ("SIP over WebSocket", address)));
    for (what, address) in tcp {
        if let Err(reason) = TcpListener::bind(address) {
            error(found, taken(what, "TCP", address, &reason));
        }
    }
    for address in &config.sip {
        if let Err(reason) = UdpSocket::bind(address) {
            error(found, taken("SIP", "UDP", *address, &reason));
        }
    }
    if let Some(address) = config.media_address.filter(|address| !is_local(*address)) {
        warning(
            found,
            format!(
                "The audio address {address} is not one of this machine. That is right only when a router passes it on."
            ),
        );
    }
}

fn is_local(address: IpAddr) -> bool {
    UdpSocket::bind(SocketAddr::new(address, 0)).is_ok()
}

fn taken(what: &str, protocol: &str, address: SocketAddr, reason: &std::io::Error) -> String {
    match reason.kind() {
        std::io::ErrorKind::AddrInUse => format!(
            "{what} cannot listen on {address} ({protocol}): another program uses that port. Stop it, or choose another port."
        ),
        std::io::ErrorKind::PermissionDenied => format!(
            "{what} cannot listen on {address} ({protocol}): ports below 1024 need the right to do so. Choose a higher port, or start with that right."
        ),
        std::io::ErrorKind::AddrNotAvailable => {
            format!("{what} cannot listen on {address} ({protocol}): this machine does not have that address.")
        }
        _ => format!("{what} cannot listen on {address} ({protocol}): {reason}."),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::super::{File, Flags};
    use super::*;

    fn check(toml: &str) -> Vec<String> {
        let file: File = toml::from_str(toml).unwrap();
        let data = std::env::temp_dir().join(format!("ringwerk-check-{}", std::process::id()));
        let config = Config::new(Flags { data: Some(data), ..Flags::default() }, file);
        problems(&config, false).into_iter().map(|problem| problem.text).collect()
    }

    #[test]
    fn nothing_is_wrong_with_the_defaults() {
        assert_eq!(check(""), Vec::<String>::new());
    }

    #[test]
    fn mistakes_are_named_with_what_to_do() {
        let found = check("[media]\nfirst_port = 6000\nlast_port = 5000\n");
        assert_eq!(found, ["The first audio port 6000 must be below the last one 5000."]);
        let found = check("[database]\nurl = \"mysql://x\"\n");
        assert!(found[0].contains("postgres://"), "{found:?}");
        let found = check("[sip]\nlisten = [\"127.0.0.1:30000\"]\n");
        assert!(found[0].contains("inside the audio ports"), "{found:?}");
        let found = check("[sip]\ncertificate = \"/nowhere.pem\"\nkey = \"/nowhere.key\"\n");
        assert!(found[0].contains("certificate file /nowhere.pem cannot be read"), "{found:?}");
    }

    #[test]
    fn a_public_address_without_encryption_is_told_unless_it_is_nearby() {
        for (url, told) in [
            ("https://phones.example.com", false),
            ("http://phones.example.com", true),
            ("http://203.0.113.7:8080/", true),
            ("http://127.0.0.1:8080", false),
            ("http://[::1]:8080", false),
            ("http://10.1.2.3", false),
            ("http://ringwerk", false),
            ("http://ringwerk.lan:81/x", false),
        ] {
            let found = check(&format!("[http]\npublic_url = \"{url}\"\n"));
            assert_eq!(found.iter().any(|text| text.contains("not encrypted")), told, "{url}: {found:?}");
        }
    }

    #[test]
    fn a_price_that_is_none_is_an_error() {
        let found = check("[prices]\nnumber_monthly = \"free\"\n");
        assert_eq!(found, ["The price number_monthly = free is no amount of EUR with at most 2 decimals."]);
    }

    #[test]
    fn a_taken_port_is_named() {
        let holder = TcpListener::bind("127.0.61.1:0").unwrap();
        let text = taken(
            "SIP",
            "TCP",
            holder.local_addr().unwrap(),
            &TcpListener::bind(holder.local_addr().unwrap()).unwrap_err(),
        );
        assert!(text.contains("another program uses that port"), "{text}");
    }
}
