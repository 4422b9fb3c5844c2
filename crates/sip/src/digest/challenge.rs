//! The value of a WWW-Authenticate or Proxy-Authenticate header.

use std::fmt;

use super::{Algorithm, Nonce};

/// The algorithms offered, best first (RFC 8760 section 2.3): a client takes the topmost it knows.
pub const OFFERED: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Md5];

/// Phones that give up when they see a challenge they cannot answer, even beside one they can (against RFC 7616 section
/// 3.7): how their User-Agent begins.
const ONE_CHALLENGE: [&str; 2] = ["baresip v0.", "baresip v1."];

/// What to offer a phone that calls itself this.
#[must_use]
pub fn offered_to(user_agent: Option<&str>) -> &'static [Algorithm] {
    let user_agent = user_agent.unwrap_or_default();
    if ONE_CHALLENGE.iter().any(|start| user_agent.starts_with(start)) { &[Algorithm::Md5] } else { &OFFERED }
}

/// One challenge. Displays as the header's value; kept short because a stranger's request must not be answered with
/// more bytes than it had.
#[derive(Clone, Copy, Debug)]
pub struct Challenge<'a> {
    /// The protection space.
    pub realm: &'a str,
    /// The nonce to answer. All challenges of one response carry the same one, as either may be answered.
    pub nonce: &'a Nonce,
    /// The algorithm to answer with.
    pub algorithm: Algorithm,
    /// Set when the password was right and only the nonce too old: the phone need not ask its user.
    pub stale: bool,
}

impl fmt::Display for Challenge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { realm, nonce, algorithm, stale } = self;
        f.write_str("Digest realm=\"")?;
        f.write_str(realm)?;
        f.write_str("\",nonce=\"")?;
        f.write_str(nonce.as_str())?;
        f.write_str(if *stale { "\",stale=true,qop=\"auth\"," } else { "\",qop=\"auth\"," })?;
        // The grammar allows spaces around the sign. SIPp up to 3.6 takes all challenges for one, looks for the first
        // `algorithm=` in it and ends when that is not MD5; the space makes it find the one it can answer.
        f.write_str(match algorithm {
            Algorithm::Sha256 => "algorithm =SHA-256",
            Algorithm::Md5 => "algorithm=MD5",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use types::clock::Tick;

    use super::super::Nonces;
    use super::*;

    #[test]
    fn the_value_reads_as_the_grammar_wants() {
        let mut nonces = Nonces::new([7; 32], "example.com", 16);
        let nonce = nonces.issue(IpAddr::V4(Ipv4Addr::LOCALHOST), Tick(0));
        let mut challenge =
            Challenge { realm: "example.com", nonce: &nonce, algorithm: Algorithm::Sha256, stale: false };
        let start = format!("Digest realm=\"example.com\",nonce=\"{}\"", nonce.as_str());
        assert_eq!(challenge.to_string(), format!("{start},qop=\"auth\",algorithm =SHA-256"));
        challenge.stale = true;
        challenge.algorithm = Algorithm::Md5;
        assert_eq!(challenge.to_string(), format!("{start},stale=true,qop=\"auth\",algorithm=MD5"));
    }

    #[test]
    fn phones_that_bear_one_challenge_only_get_the_one_they_know() {
        assert_eq!(offered_to(None), OFFERED);
        assert_eq!(offered_to(Some("baresip v3.15.0 (x86_64/Linux)")), OFFERED);
        assert_eq!(offered_to(Some("baresip v1.0.0 (x86_64/linux)")), [Algorithm::Md5]);
    }
}
