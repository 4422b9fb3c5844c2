//! `[sms]`: which SMSC takes text messages, and what is wrong with what the file says of it.

use std::net::IpAddr;
use std::path::PathBuf;

use serde::Deserialize;
use texting::Server;
use types::secret::Secret;
use types::sms::{MAX_PARTS, Sender};
use url::Url;

use super::outside;

/// Where the password may stand instead of a file.
const PASSWORD: &str = "RINGWERK_SMS_PASSWORD";
/// What it is called in sentences.
const WHOSE: &str = "The SMSC";
/// Most characters of a name and of a password in SMPP 3.4 (section 5.2.1 and 5.2.2).
const LONGEST: (usize, usize) = (15, 8);
/// Parts a user may send in a minute and in a day unless the file says otherwise.
const LIMITS: (u32, u32) = (20, 200);

/// `[sms]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sms {
    /// `smpp://host:port` or `smpps://host:port`; without it no text messages are sent.
    pub server: Option<String>,
    /// The name to bind with.
    pub system_id: Option<String>,
    /// A file with the password.
    pub password_file: Option<PathBuf>,
    /// Who is named as the sender: up to 11 letters and digits, or a number.
    pub sender: Option<String>,
    /// Most parts a user may send in a minute.
    pub per_minute: Option<u32>,
    /// Most parts a user may send in a day.
    pub per_day: Option<u32>,
}

impl Sms {
    /// The SMSC, if there is one. The error is a sentence for the engineer.
    pub fn server(&self) -> Result<Option<Server>, String> {
        let Some(text) = &self.server else {
            return match (&self.system_id, &self.password_file) {
                (None, None) => Ok(None),
                _ => Err("[sms] has a system_id or a password but no server. Name it: server = \"smpp://smsc.example.com:2775\"."
                    .to_owned()),
            };
        };
        let wrong = || {
            format!("The SMSC {text:?} must look like smpp://smsc.example.com:2775 or smpps://smsc.example.com:3550.")
        };
        let url = Url::parse(text).map_err(|_| wrong())?;
        let (default_port, tls) = match url.scheme() {
            "smpp" => (2775, false),
            "smpps" => (3550, true),
            _ => return Err(wrong()),
        };
        // Not the text itself: it may hold the password.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(format!(
                "Name and password do not belong into the SMSC's address. Write system_id = \"…\" and password_file = \"…\" below [sms], or set {PASSWORD}."
            ));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong());
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let Some(system_id) = self.system_id.clone() else {
            return Err("The SMSC wants a name. Add system_id = \"…\" below [sms].".to_owned());
        };
        if !is_fit(&system_id, LONGEST.0) || system_id.is_empty() {
            return Err(format!("The system_id in [sms] must be 1 to {} ASCII characters.", LONGEST.0));
        }
        let password = self.password()?;
        if !is_fit(password.expose(), LONGEST.1) {
            return Err(format!(
                "The SMSC's password must be at most {} ASCII characters: SMPP has no room for more.",
                LONGEST.1
            ));
        }
        let host = host.trim_matches(['[', ']']).to_owned();
        Ok(Some(Server { host, port: url.port().unwrap_or(default_port), tls, system_id, password }))
    }

    fn password(&self) -> Result<Secret<String>, String> {
        let Some(path) = &self.password_file else {
            #[expect(clippy::disallowed_methods, reason = "this is where configuration comes from")]
            let password = std::env::var(PASSWORD).ok().filter(|password| !password.is_empty());
            return password.map(Secret::new).ok_or_else(|| {
                format!("The SMSC wants a password. Name a file that holds it with password_file, or set {PASSWORD}.")
            });
        };
        outside::password(path, WHOSE)
    }

    /// Who is named as the sender unless another one is chosen.
    pub fn sender(&self) -> Result<Sender, String> {
        let text = self.sender.as_deref().unwrap_or("Ringwerk");
        text.parse().map_err(|error| format!("The sender {text:?} in [sms] cannot be one: {error}."))
    }

    /// Most parts a user may send in a minute, and in a day.
    pub fn limits(&self) -> (u32, u32) {
        (self.per_minute.unwrap_or(LIMITS.0), self.per_day.unwrap_or(LIMITS.1))
    }

    /// What keeps Ringwerk from starting.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes: Vec<String> = [self.server().err(), self.sender().err()].into_iter().flatten().collect();
        let most = u32::try_from(MAX_PARTS).unwrap_or(u32::MAX);
        if self.per_minute.is_some_and(|parts| parts < most) || self.per_day.is_some_and(|parts| parts < most) {
            mistakes.push(format!(
                "per_minute and per_day in [sms] must be {MAX_PARTS} or more: so many parts a single message may have."
            ));
        }
        mistakes
    }

    /// What will disappoint.
    pub fn worries(&self, is_free: bool) -> Vec<String> {
        let mut worries = Vec::new();
        let Ok(Some(server)) = self.server() else { return worries };
        if !server.tls && !is_near(&server.host) {
            worries.push(format!(
                "Text messages, and the password for the SMSC, travel readable to {server}. Use smpps:// or a tunnel if it is not in your own network."
            ));
        }
        if is_free {
            worries.push(
                "Text messages cost their senders' accounts nothing. Set the price of a part with sms = 0.07 below [prices], or leave it if that is meant.".to_owned(),
            );
        }
        worries.extend(self.password_file.as_deref().and_then(|path| outside::exposed(path, WHOSE)));
        worries
    }

    /// Why the SMSC cannot be reached right now, if so. Waits for a few seconds.
    pub fn unreachable(&self) -> Option<String> {
        let server = self.server().ok().flatten()?;
        let reason = outside::unreachable(&server.host, server.port)?;
        Some(format!("The SMSC {server} cannot be reached: {reason}. Text messages wait until it can be, for a day."))
    }
}

fn is_fit(text: &str, longest: usize) -> bool {
    text.len() <= longest && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}

/// Whether nobody else listens on the way, as far as the address tells.
fn is_near(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_loopback() || address.is_private(),
        Ok(IpAddr::V6(address)) => address.is_loopback() || address.is_unique_local(),
        Err(_) => host == "localhost",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sms(toml: &str) -> Sms {
        toml::from_str(toml).unwrap()
    }

    fn with_password(toml: &str, password: &str) -> Sms {
        let path = std::env::temp_dir().join(format!("ringwerk-sms-{}-{password}", std::process::id()));
        std::fs::write(&path, format!("{password}\n")).unwrap();
        sms(&format!("{toml}\npassword_file = {:?}", path.display().to_string()))
    }

    #[test]
    fn the_address_says_how_secret_the_conversation_is() {
        let server = |address: &str| {
            let sms = with_password(&format!("server = \"{address}\"\nsystem_id = \"ringwerk\""), "geheim");
            let server = sms.server().unwrap().unwrap();
            (server.host, server.port, server.tls)
        };
        assert_eq!(server("smpp://smsc.example.com"), ("smsc.example.com".to_owned(), 2775, false));
        assert_eq!(server("smpps://smsc.example.com:4000"), ("smsc.example.com".to_owned(), 4000, true));
        assert_eq!(server("smpp://[::1]:2776"), ("::1".to_owned(), 2776, false));
        assert!(sms("").server().unwrap().is_none());
    }

    #[test]
    fn mistakes_are_told_in_sentences() {
        let named = "server = \"smpp://smsc.example.com\"\nsystem_id = \"ringwerk\"";
        for (sms, part) in [
            (sms("server = \"smsc.example.com\""), "must look like smpp://"),
            (sms("server = \"smpp://x:geheim@smsc.example.com\""), "do not belong into"),
            (sms("server = \"smpp://smsc.example.com\""), "wants a name"),
            (sms("system_id = \"ringwerk\""), "no server"),
            (sms(&format!("{named}\npassword_file = \"/nowhere\"")), "cannot be read"),
            (with_password(named, "geheimnis"), "at most 8"),
            (with_password("server = \"smpp://x.de\"\nsystem_id = \"ringwerkringwerk\"", "g"), "1 to 15"),
            (sms("sender = \"Ringwerk GmbH\""), "cannot be one"),
            (sms("per_minute = 5"), "10 or more"),
        ] {
            let mistakes = sms.mistakes();
            assert!(mistakes.iter().any(|text| text.contains(part)), "{part}: {mistakes:?}");
            assert!(!mistakes.iter().any(|text| text.contains("geheim ")), "{mistakes:?}");
        }
        assert_eq!(sms("").mistakes(), Vec::<String>::new());
    }

    #[test]
    fn what_travels_readable_and_what_costs_nothing_is_told() {
        let far = with_password("server = \"smpp://smsc.example.com\"\nsystem_id = \"r\"", "weit");
        assert!(far.worries(false).iter().any(|text| text.contains("readable")));
        assert!(far.worries(true).iter().any(|text| text.contains("[prices]")));
        let near = with_password("server = \"smpp://127.0.0.1:2775\"\nsystem_id = \"r\"", "nah");
        assert!(!near.worries(false).iter().any(|text| text.contains("readable")));
    }
}
