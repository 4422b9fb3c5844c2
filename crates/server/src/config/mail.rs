//! `[mail]`: which server takes mail, and what is wrong with what the file says of it.

use std::net::IpAddr;
use std::path::PathBuf;

use post::{Security, Server};
use serde::Deserialize;
use types::email::Email;
use types::secret::Secret;
use url::{Host, Url};

use super::outside;

/// Where the password may stand instead of a file.
const PASSWORD: &str = "RINGWERK_MAIL_PASSWORD";
/// What it is called in sentences.
const WHOSE: &str = "The mail server";

/// `[mail]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// `smtp://host:port` or `smtps://host:port`; without it mails are kept as files.
    pub server: Option<String>,
    /// Whether an `smtp` server must speak TLS.
    pub starttls: Option<StartTls>,
    /// The name to sign in with.
    pub user: Option<String>,
    /// A file with the password.
    pub password_file: Option<PathBuf>,
    /// The sender, `Ringwerk <ringwerk@example.com>`.
    pub from: Option<String>,
    /// Whom people can write to.
    pub operator: Option<String>,
}

/// Whether a conversation that begins in the open must become a secret one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartTls {
    /// Or nothing is sent.
    Required,
    /// If the server offers it.
    Optional,
    /// Never.
    Off,
}

impl Mail {
    /// The server, if there is one. The error is a sentence for the engineer.
    pub fn server(&self) -> Result<Option<Server>, String> {
        let Some(text) = &self.server else {
            return match (&self.user, self.starttls) {
                (None, None) => Ok(None),
                _ => Err(
                    "[mail] has a user or starttls but no server. Name it: server = \"smtp://mail.example.com:587\"."
                        .to_owned(),
                ),
            };
        };
        let wrong = || {
            format!(
                "The mail server {text:?} must look like smtp://mail.example.com:587 or smtps://mail.example.com:465."
            )
        };
        let url = Url::parse(text).map_err(|_| wrong())?;
        let (default_port, implicit) = match url.scheme() {
            "smtp" => (587, false),
            "smtps" => (465, true),
            _ => return Err(wrong()),
        };
        // Not the text itself: it may hold the password.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(format!(
                "User and password do not belong into the mail server's address. Write user = \"…\" and password_file = \"…\" below [mail], or set {PASSWORD}."
            ));
        }
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong());
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let security = match (implicit, self.starttls) {
            (true, None) => Security::Implicit,
            (true, Some(_)) => {
                return Err("With smtps:// the mail server speaks TLS from the start. Leave starttls out.".to_owned());
            }
            (false, Some(StartTls::Required)) => Security::Required,
            (false, Some(StartTls::Optional)) => Security::Optional,
            (false, Some(StartTls::Off)) => Security::None,
            // Nobody listens inside this machine, and servers there often have no certificate.
            (false, None) if is_here(&host) => Security::Optional,
            (false, None) => Security::Required,
        };
        Ok(Some(Server { port: url.port().unwrap_or(default_port), security, credentials: self.credentials()?, host }))
    }

    fn credentials(&self) -> Result<Option<(String, Secret<String>)>, String> {
        match (&self.user, self.password()?) {
            (None, None) => Ok(None),
            (Some(user), Some(password)) => Ok(Some((user.clone(), password))),
            (Some(user), None) => Err(format!(
                "The mail server's user {user} has no password. Name a file that holds it with password_file, or set {PASSWORD}."
            )),
            (None, Some(_)) => {
                Err("There is a password for the mail server but no user. Add user = \"…\" below [mail].".to_owned())
            }
        }
    }

    fn password(&self) -> Result<Option<Secret<String>>, String> {
        if let Some(path) = &self.password_file {
            return outside::password(path, WHOSE).map(Some);
        }
        #[expect(clippy::disallowed_methods, reason = "this is where configuration comes from")]
        let password = std::env::var(PASSWORD).ok().filter(|password| !password.is_empty());
        // Other programs of the same service may use the variable; it means nothing without a user.
        Ok(password.filter(|_| self.user.is_some()).map(Secret::new))
    }

    /// The sender. Without a mail server anything will do.
    pub fn sender(&self) -> &str {
        self.from.as_deref().unwrap_or("Ringwerk <ringwerk@localhost>")
    }

    /// What keeps Ringwerk from starting.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes: Vec<String> = self.server().err().into_iter().collect();
        if self.server.is_some() && self.from.is_none() {
            mistakes.push("Mails need a sender that the mail server accepts. Add from = \"Ringwerk <ringwerk@example.com>\" below [mail].".to_owned());
        }
        if let Err(error) = post::Post::new(post::Route::Folder(PathBuf::new()), self.sender(), None) {
            mistakes.push(format!("In [mail], {error}."));
        }
        if let Some(operator) = self.operator.as_ref().filter(|operator| operator.parse::<Email>().is_err()) {
            mistakes.push(format!("The operator's address {operator:?} in [mail] is not an e-mail address."));
        }
        mistakes
    }

    /// What will disappoint.
    pub fn worries(&self, public_url: Option<&str>) -> Vec<String> {
        let mut worries = Vec::new();
        let Ok(Some(server)) = self.server() else { return worries };
        if public_url.is_none() {
            worries.push("Links in mails lead to the address the web page listens on, which others may not reach. Set public_url.".to_owned());
        }
        let in_the_open = matches!(server.security, Security::None | Security::Optional) && !is_here(&server.host);
        if in_the_open {
            worries.push(format!(
                "Mails, with links that let people in, may travel readable to {server}. Leave starttls out, or use smtps://."
            ));
        }
        worries.extend(self.password_file.as_deref().and_then(|path| outside::exposed(path, WHOSE)));
        worries
    }

    /// Why the server cannot be reached right now, if so. Waits for a few seconds.
    pub fn unreachable(&self) -> Option<String> {
        let server = self.server().ok().flatten()?;
        let reason = outside::unreachable(&server.host, server.port)?;
        Some(format!("The mail server {server} cannot be reached: {reason}. Mails wait until it can be."))
    }
}

fn is_here(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name == "localhost",
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(_)) | Err(_) => host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn mail(toml: &str) -> Mail {
        toml::from_str(toml).unwrap()
    }

    fn server(toml: &str) -> (String, u16, Security) {
        let server = mail(toml).server().unwrap().unwrap();
        (server.host, server.port, server.security)
    }

    #[test]
    fn addresses_say_how_secret_the_conversation_is() {
        let named = "mail.example.com".to_owned();
        assert_eq!(server("server = \"smtp://mail.example.com\""), (named.clone(), 587, Security::Required));
        assert_eq!(server("server = \"smtps://mail.example.com\""), (named.clone(), 465, Security::Implicit));
        assert_eq!(server("server = \"smtp://mail.example.com:25\"\nstarttls = \"off\""), (named, 25, Security::None));
        assert_eq!(server("server = \"smtp://127.0.0.1:1025\""), ("127.0.0.1".to_owned(), 1025, Security::Optional));
        assert_eq!(server("server = \"smtp://[::1]:1025\""), ("::1".to_owned(), 1025, Security::Optional));
        assert!(mail("").server().unwrap().is_none());
    }

    #[test]
    fn mistakes_are_told_in_sentences() {
        for (toml, part) in [
            ("server = \"mail.example.com\"", "must look like smtp://"),
            ("server = \"http://mail.example.com\"", "must look like smtp://"),
            ("server = \"smtp://mail.example.com/inbox\"", "must look like smtp://"),
            ("server = \"smtp://anna:secret@mail.example.com\"", "do not belong into"),
            ("server = \"smtps://mail.example.com\"\nstarttls = \"required\"", "Leave starttls out"),
            ("server = \"smtp://mail.example.com\"\nuser = \"anna\"", "has no password"),
            ("server = \"smtp://mail.example.com\"\nuser = \"anna\"\npassword_file = \"/nowhere\"", "cannot be read"),
            ("user = \"anna\"", "no server"),
            ("server = \"smtp://mail.example.com\"", "need a sender"),
            ("from = \"nobody\"", "is not a sender"),
            ("operator = \"nobody\"", "is not an e-mail address"),
        ] {
            let mistakes = mail(toml).mistakes();
            assert!(mistakes.iter().any(|text| text.contains(part)), "{toml}: {mistakes:?}");
            assert!(!mistakes.iter().any(|text| text.contains("secret")), "{mistakes:?}");
        }
        assert_eq!(mail("").mistakes(), Vec::<String>::new());
    }

    #[test]
    fn what_travels_readable_is_told() {
        let open = mail("server = \"smtp://mail.example.com\"\nstarttls = \"optional\"\nfrom = \"a@x.de\"");
        assert!(open.worries(Some("https://x.de")).iter().any(|text| text.contains("readable")));
        let here = mail("server = \"smtp://localhost:25\"\nfrom = \"a@x.de\"");
        assert_eq!(here.worries(Some("https://x.de")), Vec::<String>::new());
        assert!(here.worries(None).iter().any(|text| text.contains("public_url")));
    }
}
