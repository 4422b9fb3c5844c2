//! What is stored in place of a password.

use std::fmt;

use md5::{Digest as _, Md5};
use sha2::Sha256;

/// `H(username ":" realm ":" password)` in both algorithms (RFC 7616 section 3.4.2).
///
/// As good as the password within its realm, so it is never printed. Not comparable on purpose: comparing is the
/// business of [`super::Nonces::verify`], which takes constant time.
#[derive(Clone, Copy)]
pub struct Ha1 {
    /// The MD5 hash.
    pub md5: [u8; 16],
    /// The SHA-256 hash.
    pub sha256: [u8; 32],
}

impl Ha1 {
    /// Hashes a user's password.
    #[must_use]
    pub fn new(user: &str, realm: &str, password: &str) -> Self {
        let parts = [user, ":", realm, ":", password];
        let mut md5 = Md5::new();
        let mut sha256 = Sha256::new();
        for part in parts {
            md5.update(part);
            sha256.update(part);
        }
        Self { md5: md5.finalize().into(), sha256: sha256.finalize().into() }
    }
}

impl fmt::Debug for Ha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ha1([secret])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let ha1 = Ha1::new("1234567e0", "example.com", "secret");
        assert_eq!(format!("{ha1:?}"), "Ha1([secret])");
    }

    #[test]
    fn both_hashes_cover_user_realm_and_password() {
        let ha1 = Ha1::new("a", "b", "c");
        for other in [Ha1::new("x", "b", "c"), Ha1::new("a", "x", "c"), Ha1::new("a", "b", "x")] {
            assert!(ha1.md5 != other.md5 && ha1.sha256 != other.sha256);
        }
    }
}
