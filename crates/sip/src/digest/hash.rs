//! The two hash functions and the one formula of RFC 7616 section 3.4.1.

use std::fmt;

use md5::Md5;
use sha2::Sha256;

use super::Ha1;

/// A digest algorithm (RFC 7616 section 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-256.
    Sha256,
    /// MD5, for phones that know nothing better.
    Md5,
}

impl Algorithm {
    /// The algorithm of an `algorithm` parameter; `None` for one that is not supported.
    #[must_use]
    pub fn parse(token: &str) -> Option<Self> {
        if token.eq_ignore_ascii_case("MD5") {
            Some(Self::Md5)
        } else if token.eq_ignore_ascii_case("SHA-256") {
            Some(Self::Sha256)
        } else {
            None
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256 => "SHA-256",
            Self::Md5 => "MD5",
        })
    }
}

/// What is hashed into a `response`.
pub(super) struct Proof<'a> {
    pub method: &'a str,
    pub uri: &'a str,
    pub nonce: &'a str,
    pub nc: &'a str,
    pub cnonce: &'a str,
}

impl Proof<'_> {
    /// The `response` value: `KD(H(A1), nonce ":" nc ":" cnonce ":auth:" H(A2))`, in lower-case hexadecimal.
    pub fn response(&self, algorithm: Algorithm, ha1: &Ha1) -> Hex {
        match algorithm {
            Algorithm::Md5 => self.digest::<Md5, 16>(&ha1.md5),
            Algorithm::Sha256 => self.digest::<Sha256, 32>(&ha1.sha256),
        }
    }

    fn digest<D: md5::Digest, const N: usize>(&self, ha1: &[u8; N]) -> Hex {
        let mut a2 = D::new();
        a2.update(self.method);
        a2.update(b":");
        a2.update(self.uri);
        let ha2 = Hex::of(&a2.finalize());
        let mut response = D::new();
        response.update(Hex::of(ha1).as_bytes());
        for part in [self.nonce, self.nc, self.cnonce] {
            response.update(b":");
            response.update(part);
        }
        response.update(b":auth:");
        response.update(ha2.as_bytes());
        Hex::of(&response.finalize())
    }
}

/// Up to 32 bytes in lower-case hexadecimal, on the stack.
pub(super) struct Hex {
    digits: [u8; 64],
    len: usize,
}

impl Hex {
    pub fn of(bytes: &[u8]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut hex = Self { digits: [0; 64], len: 0 };
        for (pair, byte) in hex.digits.chunks_exact_mut(2).zip(bytes) {
            if let [high, low] = pair {
                *high = DIGITS.get(usize::from(byte >> 4)).copied().unwrap_or_default();
                *low = DIGITS.get(usize::from(byte & 15)).copied().unwrap_or_default();
            }
            hex.len += 2;
        }
        hex
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or_default()
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of RFC 7616 section 3.9.1.
    #[test]
    fn the_rfc_example_comes_out() {
        let ha1 = Ha1::new("Mufasa", "http-auth@example.org", "Circle of Life");
        let proof = Proof {
            method: "GET",
            uri: "/dir/index.html",
            nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            nc: "00000001",
            cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        };
        assert_eq!(proof.response(Algorithm::Md5, &ha1).as_str(), "8ca523f5e9506fed4657c9700eebdbec");
        assert_eq!(
            proof.response(Algorithm::Sha256, &ha1).as_str(),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
    }
}
