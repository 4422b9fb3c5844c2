//! Digest authentication as a phone does it (RFC 7616, RFC 8760).

use std::fmt::Write;

use md5::{Digest, Md5};
use sha2::Sha256;

use crate::company::Credentials;

/// Hash functions a phone may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Md5,
    Sha256,
}

impl Algorithm {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    /// What a server keeps of a password in this realm, for MD5 and for SHA-256.
    pub fn both_secrets(credentials: &Credentials, realm: &str) -> (String, String) {
        let text = format!("{}:{realm}:{}", credentials.username, credentials.password);
        (Self::Md5.hash(&text), Self::Sha256.hash(&text))
    }

    fn hash(self, text: &str) -> String {
        match self {
            Self::Md5 => hex(&Md5::digest(text)),
            Self::Sha256 => hex(&Sha256::digest(text)),
        }
    }
}

/// What a server asks for in one `WWW-Authenticate` or `Proxy-Authenticate` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    pub realm: String,
    pub nonce: String,
    pub opaque: Option<String>,
    pub algorithm: String,
    pub stale: bool,
}

impl Challenge {
    /// Reads a header's value.
    pub fn parse(value: &str) -> Self {
        let parameter = |name: &str| {
            let parameters = value.trim_start().trim_start_matches("Digest");
            let text = parameters
                .split(',')
                .find_map(|part| part.trim().strip_prefix(name)?.trim_start().strip_prefix('='))?;
            Some(text.trim().trim_matches('"').to_owned())
        };
        Self {
            realm: parameter("realm").expect("a challenge has a realm"),
            nonce: parameter("nonce").expect("a challenge has a nonce"),
            opaque: parameter("opaque"),
            algorithm: parameter("algorithm").unwrap_or_else(|| "MD5".to_owned()),
            stale: parameter("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
        }
    }

    /// The value of the header that answers it. `count` is how often the nonce was used, this time included.
    pub fn answer(
        &self,
        algorithm: Algorithm,
        credentials: &Credentials,
        method: &str,
        uri: &str,
        count: u32,
    ) -> String {
        let Credentials { username, password, .. } = credentials;
        let secret = algorithm.hash(&format!("{username}:{}:{password}", self.realm));
        let (nonce, cnonce, count) = (&self.nonce, "0a4f113b", format!("{count:08x}"));
        let response = algorithm
            .hash(&format!("{secret}:{nonce}:{count}:{cnonce}:auth:{}", algorithm.hash(&format!("{method}:{uri}"))));
        let opaque = self.opaque.as_ref().map(|opaque| format!(", opaque=\"{opaque}\"")).unwrap_or_default();
        format!(
            "Digest username=\"{username}\", realm=\"{}\", nonce=\"{nonce}\", uri=\"{uri}\", response=\"{response}\", algorithm={}, \
             qop=auth, nc={count}, cnonce=\"{cnonce}\"{opaque}",
            self.realm,
            algorithm.name()
        )
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
