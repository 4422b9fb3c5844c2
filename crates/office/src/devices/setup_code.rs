//! Setup codes: a soft phone scans one and has its settings.
//!
//! A code is 256 random bits, works once and for a quarter of an hour. Its hash is what is stored, and with it the phone's
//! settings, sealed by a key that only the code itself gives: neither the database nor the key file beside it is enough.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use types::secret::Secret;

use super::model::{Credentials, Device, SetupCode};
use super::{Error, store};
use crate::Office;
use crate::db::{DbError, Tx};
use crate::http::Moment;
use crate::identity;
use crate::scope::Scope;

/// How long a code can be used, in milliseconds.
const LIFETIME: i64 = 15 * 60 * 1000;
/// What guesses are counted under. No e-mail address looks like it.
const GUESSES: &str = "setup code";

/// What a code gives.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub display_name: String,
    pub username: String,
    pub password: String,
    pub domain: String,
    pub server: String,
    pub transport: String,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("username", &self.username).finish_non_exhaustive()
    }
}

/// Makes a code for a phone whose password was made just now. Earlier ones of the phone are worthless from now on.
pub(super) async fn make(
    office: &Office,
    tx: &Tx,
    scope: &Scope,
    device: &Device,
    credentials: &Credentials,
) -> Result<SetupCode, DbError> {
    let settings = Settings {
        display_name: device.user.name.clone(),
        username: credentials.username.clone(),
        password: credentials.password.clone(),
        domain: credentials.domain.clone(),
        server: credentials.server.clone(),
        transport: credentials.transport.to_owned(),
    };
    let plain = serde_json::to_vec(&settings).map_err(|_| DbError::Damaged("setup_codes.sealed"))?;
    let token = identity::new_secret(identity::SETUP_CODE, tx.entropy());
    let hash = identity::hash(token.expose());
    let sealed = office.seal().by_token(token.expose()).close(hash.as_bytes(), &plain);
    let expires = tx.now().0 + LIFETIME;
    store::replace_setup_code(tx, scope, device.id, hash, sealed, expires).await?;
    let origin = office.public_url().unwrap_or_default().trim_end_matches('/');
    let url = Secret::new(format!("{origin}/v1/setup-codes/{}", token.expose()));
    Ok(SetupCode { url, expires_at: Moment::from_millis(expires) })
}

/// The settings behind a code, once.
pub(crate) async fn redeem(office: &Office, token: &str, source: Option<IpAddr>) -> Result<Settings, Error> {
    // From wherever it comes: codes of other people must not become useless because somebody guesses.
    let attempt =
        office.attempts().begin(GUESSES, source, true, office.clock().tick()).map_err(|wait| Error::TooMany(wait.0))?;
    let hash = identity::hash(token);
    let tx = office.db().begin().await?;
    let sealed = store::take_setup_code(&tx, &hash).await?.ok_or(Error::SetupCode)?;
    tx.commit().await?;
    office.attempts().succeeded(&attempt, office.clock().tick());
    let plain = office.seal().by_token(token).open(hash.as_bytes(), &sealed).ok_or(Error::SetupCode)?;
    serde_json::from_slice(&plain).map_err(|_| Error::SetupCode)
}

/// Forgets the codes that have expired.
pub(crate) async fn sweep(office: &Office) -> Result<(), DbError> {
    let tx = office.db().begin().await?;
    store::sweep_setup_codes(&tx).await?;
    tx.commit().await
}

impl Settings {
    /// As Linphone reads it: its configuration file in XML.
    pub(crate) fn to_linphone(&self) -> String {
        let Self { display_name, username, password, domain, server, transport } = self;
        let quoted = display_name.replace(['"', '\\'], "'");
        let sections: [(&str, &[(&str, String)]); 4] = [
            // Read once, not at every start: the second time there would be nothing.
            ("misc", &[("transient_provisioning", "1".to_owned())]),
            ("sip", &[("default_proxy", "0".to_owned())]),
            (
                "proxy_0",
                &[
                    ("reg_proxy", format!("<sip:{server};transport={transport}>")),
                    ("reg_identity", format!("\"{quoted}\" <sip:{username}@{domain}>")),
                    ("realm", domain.clone()),
                    ("reg_sendregister", "1".to_owned()),
                    ("publish", "0".to_owned()),
                ],
            ),
            (
                "auth_info_0",
                &[
                    ("username", username.clone()),
                    ("passwd", password.clone()),
                    ("realm", domain.clone()),
                    ("domain", domain.clone()),
                    ("algorithm", "SHA-256".to_owned()),
                ],
            ),
        ];
        let mut xml = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<config xmlns=\"http://www.linphone.org/xsds/lpconfig.xsd\">\n",
        );
        for (section, entries) in sections {
            xml.push_str(&format!("  <section name=\"{section}\">\n"));
            for (name, value) in entries {
                xml.push_str(&format!("    <entry name=\"{name}\" overwrite=\"true\">{}</entry>\n", escaped(value)));
            }
            xml.push_str("  </section>\n");
        }
        xml.push_str("</config>\n");
        xml
    }
}

/// As text inside an element. Characters that XML 1.0 does not have (section 2.2) are left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\u{fffe}' | '\u{ffff}' => {}
            control if control.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_the_xml() {
        let settings = Settings {
            display_name: "A\"nna</entry> & \u{1}\r\nCo\\".to_owned(),
            username: "1234567e0".to_owned(),
            password: "secret".to_owned(),
            domain: "phones.example".to_owned(),
            server: "phones.example".to_owned(),
            transport: "udp".to_owned(),
        };
        let xml = settings.to_linphone();
        assert!(xml.contains("\"A'nna&lt;/entry&gt; &amp; Co'\" &lt;sip:1234567e0@phones.example&gt;"), "{xml}");
        assert_eq!(xml.matches("</entry>").count(), 12, "{xml}");
        assert!(!format!("{settings:?}").contains("secret"));
    }
}
