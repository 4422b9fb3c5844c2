//! What the engineer who installs Ringwerk may decide: a TOML file, and flags that win over it.
//!
//! Everything has a default, so an empty file (or none) is a complete configuration.

mod file;
mod mail;
mod outside;
mod problem;
mod sms;

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use office::Tariff;
use serde::Deserialize;

use crate::logs::Format;

pub use file::File;
pub use mail::Mail;
pub use problem::{Problem, Severity, problems, taken_ports};
pub use sms::Sms;

/// The configuration in force: file and flags put together, defaults filled in.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the database, the key file and the certificates live.
    pub data: PathBuf,
    /// `None` is the embedded SQLite database in [`Config::data`].
    pub database: Option<String>,
    /// Where the web page and the API listen.
    pub http: SocketAddr,
    /// The address people type, without a trailing slash; links in mails start with it.
    pub public_url: Option<String>,
    /// Where SIP over UDP and TCP listens.
    pub sip: Vec<SocketAddr>,
    /// Web servers in front that are believed in `X-Forwarded-For`.
    pub proxies: Vec<IpAddr>,
    /// Where SIP over TLS listens.
    pub sip_tls: Vec<SocketAddr>,
    /// Where SIP over WebSocket listens.
    pub sip_ws: Option<SocketAddr>,
    /// Certificate and key for TLS; `None` makes an own certificate at the first start.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// What stands after the `@` in a SIP address.
    pub domain: Option<String>,
    /// The address phones are told to send audio to, when it is not the address they reached us at.
    pub media_address: Option<IpAddr>,
    /// UDP ports for audio; each call takes four of them.
    pub media_ports: RangeInclusive<u16>,
    /// How mail leaves.
    pub mail: Mail,
    /// How text messages leave.
    pub sms: Sms,
    /// Where figures for Prometheus are served.
    pub metrics: Metrics,
    /// How much of the disk is kept free for calls.
    pub reserve_megabytes: u32,
    /// What the operator charges accounts.
    pub prices: Tariff,
    /// Why the prices in the file cannot be used.
    pub prices_mistaken: Option<String>,
    /// How log lines look.
    pub log_format: Format,
}

/// Where figures for Prometheus are served: on an address of their own, so that no web server in front can show
/// them to the world by accident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metrics {
    /// Nowhere.
    Off,
    /// There, or Ringwerk does not start.
    At(SocketAddr),
    /// There if the port is free. Nobody asked for it.
    IfFree(SocketAddr),
}

/// An address to listen on, or the word `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Listen {
    /// Do not listen.
    Off,
    /// Listen there.
    At(SocketAddr),
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        text.parse().map(Self::At).map_err(|_| format!("{text} is neither ADDRESS:PORT nor the word off"))
    }
}

impl TryFrom<String> for Listen {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// What the command line of `serve` and `check` may say; `None` leaves it to the file.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--data`
    pub data: Option<PathBuf>,
    /// `--database`
    pub database: Option<String>,
    /// `--http`
    pub http: Option<SocketAddr>,
    /// `--sip`, may be given several times.
    pub sip: Vec<SocketAddr>,
    /// `--sip-tls`
    pub sip_tls: Option<Listen>,
    /// `--sip-ws`
    pub sip_ws: Option<SocketAddr>,
    /// `--domain`
    pub domain: Option<String>,
    /// `--public-url`
    pub public_url: Option<String>,
    /// `--metrics`
    pub metrics: Option<Listen>,
    /// `--log-format`
    pub log_format: Option<Format>,
}

/// The port Prometheus looks at by custom when nothing else is said.
const METRICS: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9464);

impl Config {
    /// Puts flags over the file over the defaults.
    pub fn new(flags: Flags, file: File) -> Self {
        let File { data, database, http, sip, media, mail, sms, metrics, storage, prices, log } = file;
        let (prices, prices_mistaken) = match prices.tariff() {
            Ok(tariff) => (tariff, None),
            Err(mistake) => (Tariff::default(), Some(mistake)),
        };
        let sip_addresses = if flags.sip.is_empty() { sip.listen } else { flags.sip };
        let sip_addresses =
            if sip_addresses.is_empty() { vec![SocketAddr::from(([0, 0, 0, 0], 5060))] } else { sip_addresses };
        let sip_tls = match flags.sip_tls.or(sip.tls) {
            Some(Listen::At(address)) => vec![address],
            Some(Listen::Off) => Vec::new(),
            None => sip_addresses.iter().filter_map(|address| tls_beside(*address)).collect(),
        };
        Self {
            data: flags.data.or(data).unwrap_or_else(|| PathBuf::from("data")),
            database: flags.database.or(database.url),
            http: flags.http.or(http.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            public_url: flags.public_url.or(http.public_url).map(|url| url.trim_end_matches('/').to_owned()),
            proxies: http.proxies.iter().map(IpAddr::to_canonical).collect(),
            sip: sip_addresses,
            sip_tls,
            sip_ws: flags.sip_ws.or(sip.ws),
            certificate: sip.certificate.zip(sip.key),
            domain: flags.domain.or(sip.domain),
            media_address: media.address,
            reserve_megabytes: storage.reserve_megabytes.unwrap_or(64),
            media_ports: media.first_port.unwrap_or(20_000)..=media.last_port.unwrap_or(59_999),
            mail,
            sms,
            metrics: match flags.metrics.or(metrics.listen) {
                Some(Listen::At(address)) => Metrics::At(address),
                Some(Listen::Off) => Metrics::Off,
                None => Metrics::IfFree(METRICS),
            },
            prices,
            prices_mistaken,
            log_format: flags.log_format.or(log.format).unwrap_or_default(),
        }
    }
}

/// Where TLS listens when nothing is said: one port above (RFC 3261 section 19.1.2 gives 5060 and 5061). Not where
/// the kernel chooses the port.
fn tls_beside(sip: SocketAddr) -> Option<SocketAddr> {
    let port = sip.port().checked_add(1).filter(|_| sip.port() != 0)?;
    Some(SocketAddr::new(sip.ip(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file_and_the_file_over_the_defaults() {
        let file: File = toml::from_str(
            "data = \"/var/lib/ringwerk\"\n[http]\nlisten = \"127.0.0.1:81\"\npublic_url = \"https://a.example/\"\n",
        )
        .unwrap();
        let flags = Flags { http: Some(SocketAddr::from(([127, 0, 0, 1], 82))), ..Flags::default() };
        let config = Config::new(flags, file);
        assert_eq!(config.http.port(), 82);
        assert_eq!(config.data, PathBuf::from("/var/lib/ringwerk"));
        assert_eq!(config.public_url.as_deref(), Some("https://a.example"));
        assert_eq!(config.sip_tls, [SocketAddr::from(([0, 0, 0, 0], 5061))]);
        assert_eq!(config.metrics, Metrics::IfFree(METRICS));
    }

    #[test]
    fn tls_listens_beside_unless_told_otherwise() {
        let tls = |sip: &str, tls: Option<&str>| {
            let flags = Flags {
                sip: vec![sip.parse().unwrap()],
                sip_tls: tls.map(|tls| tls.parse().unwrap()),
                ..Flags::default()
            };
            Config::new(flags, File::default()).sip_tls.iter().map(SocketAddr::to_string).collect::<Vec<_>>()
        };
        assert_eq!(tls("127.0.0.1:5070", None), ["127.0.0.1:5071"]);
        assert_eq!(tls("127.0.0.1:0", None), [""; 0]);
        assert_eq!(tls("127.0.0.1:5060", Some("off")), [""; 0]);
        assert_eq!(tls("127.0.0.1:0", Some("127.0.0.1:0")), ["127.0.0.1:0"]);
    }
}
