//! The side that answers challenges: towards trunks, and as a phone in tests.

use std::fmt::Write as _;

use super::authorization::{Parameters, strip_scheme};
use super::hash::Proof;
use super::{Algorithm, Ha1};

/// Why no challenge could be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswerable {
    /// None of them is for the realm the password belongs to.
    OtherRealm,
    /// Those for the realm want an algorithm or quality of protection that is not supported, or cannot be read.
    Unsupported,
}

/// The credentials of one user in one realm, and the nonce in use.
#[derive(Debug)]
pub struct Client {
    username: Box<str>,
    realm: Box<str>,
    ha1: Ha1,
    nonce: Option<(Box<str>, Algorithm)>,
    count: u32,
}

impl Client {
    /// Answers challenges of `realm` alone: whoever sends another realm learns nothing that helps him guess.
    #[must_use]
    pub fn new(username: &str, realm: &str, password: &str) -> Self {
        Self {
            username: username.into(),
            realm: realm.into(),
            ha1: Ha1::new(username, realm, password),
            nonce: None,
            count: 0,
        }
    }

    /// Takes the first answerable of several challenges, given as header values in their order (RFC 8760 section 2.4).
    ///
    /// # Errors
    /// See [`Unanswerable`].
    pub fn challenged<'a>(&mut self, challenges: impl IntoIterator<Item = &'a str>) -> Result<(), Unanswerable> {
        let mut error = Unanswerable::OtherRealm;
        for challenge in challenges {
            let Some(offer) = Offer::parse(challenge) else {
                continue;
            };
            if offer.realm != &*self.realm {
                continue;
            }
            match offer.algorithm {
                Some(algorithm) if offer.auth && !offer.nonce.is_empty() => {
                    self.nonce = Some((offer.nonce.into(), algorithm));
                    self.count = 0;
                    return Ok(());
                }
                _ => error = Unanswerable::Unsupported,
            }
        }
        Err(error)
    }

    /// The Authorization value for the next request, once challenged. `cnonce` is a fresh random token.
    pub fn authorize(&mut self, method: &str, uri: &str, cnonce: &str) -> Option<String> {
        let (nonce, algorithm) = self.nonce.as_ref()?;
        self.count = self.count.checked_add(1)?;
        let nc = format!("{:08x}", self.count);
        let response = Proof { method, uri, nonce, nc: &nc, cnonce }.response(*algorithm, &self.ha1);
        let mut value = String::with_capacity(320);
        let _ = write!(
            value,
            "Digest username=\"{}\",realm=\"{}\",nonce=\"{nonce}\",uri=\"{uri}\",response=\"{}\",\
             algorithm={algorithm},qop=auth,nc={nc},cnonce=\"{cnonce}\"",
            self.username,
            self.realm,
            response.as_str(),
        );
        Some(value)
    }
}

struct Offer<'a> {
    realm: &'a str,
    nonce: &'a str,
    algorithm: Option<Algorithm>,
    auth: bool,
}

impl<'a> Offer<'a> {
    fn parse(value: &'a str) -> Option<Self> {
        let mut offer = Self { realm: "", nonce: "", algorithm: Some(Algorithm::Md5), auth: false };
        for parameter in Parameters(strip_scheme(value)?) {
            let (name, value) = parameter?;
            if name.eq_ignore_ascii_case("realm") {
                offer.realm = value;
            } else if name.eq_ignore_ascii_case("nonce") {
                offer.nonce = value;
            } else if name.eq_ignore_ascii_case("algorithm") {
                offer.algorithm = Algorithm::parse(value);
            } else if name.eq_ignore_ascii_case("qop") {
                offer.auth = value.split(',').any(|qop| qop.trim_ascii().eq_ignore_ascii_case("auth"));
            }
        }
        Some(offer)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::net::{IpAddr, Ipv4Addr};

    use types::clock::Tick;

    use super::super::{Authorization, Challenge, Nonces, OFFERED};
    use super::*;

    const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn client_and_server_agree_and_the_count_rises() {
        let mut nonces = Nonces::new([1; 32], "example.com", 16);
        let nonce = nonces.issue(HOME, Tick(0));
        for only in [None, Some(Algorithm::Md5)] {
            let challenges = OFFERED
                .into_iter()
                .filter(|algorithm| only.is_none_or(|only| only == *algorithm))
                .map(|algorithm| Challenge { realm: "example.com", nonce: &nonce, algorithm, stale: false }.to_string())
                .collect::<Vec<_>>();
            let mut client = Client::new("1234567e0", "example.com", "secret");
            assert_eq!(client.authorize("INVITE", "sip:44@example.com", "c"), None);
            client.challenged(challenges.iter().map(String::as_str)).unwrap();
            let nonce = nonces.issue(HOME, Tick(0));
            client.nonce.as_mut().unwrap().0 = nonce.as_str().into();
            for count in 1..=2 {
                let value = client.authorize("INVITE", "sip:44@example.com", "c").unwrap();
                let credentials = Authorization::parse(&value).unwrap();
                assert_eq!(credentials.algorithm, Some(only.unwrap_or(Algorithm::Sha256)));
                let ha1 = Ha1::new("1234567e0", "example.com", "secret");
                assert_eq!(nonces.verify(&credentials, "INVITE", &ha1, HOME, Tick(0)).map(|a| a.count), Ok(count));
            }
        }
    }

    #[test]
    fn another_realm_gets_no_answer() {
        let mut client = Client::new("1234567e0", "example.com", "secret");
        let foreign = "Digest realm=\"evil.example\",nonce=\"n\",qop=\"auth\"";
        assert_eq!(client.challenged([foreign]), Err(Unanswerable::OtherRealm));
        let weak = "Digest realm=\"example.com\",nonce=\"n\"";
        assert_eq!(client.challenged([foreign, weak]), Err(Unanswerable::Unsupported));
        assert_eq!(client.authorize("INVITE", "sip:x", "c"), None);
    }
}
