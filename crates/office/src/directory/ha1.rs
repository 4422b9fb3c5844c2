//! The digest hash of a phone's password (RFC 7616 section 3.4.2), sealed where it is stored.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use md5::Md5;
use sha2::{Digest, Sha256};
use types::entropy::Entropy;
use types::ids::DeviceId;

/// Both hashes of `user:realm:password`. Whoever holds them can register as the phone, so they are as secret as
/// the password; the password itself is never kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ha1 {
    /// For `algorithm=MD5`.
    pub md5: [u8; 16],
    /// For `algorithm=SHA-256` (RFC 8760).
    pub sha256: [u8; 32],
}

impl Ha1 {
    /// Hashes a password for a user name in a realm.
    #[must_use]
    pub fn new(username: &str, realm: &str, password: &str) -> Self {
        let text = format!("{username}:{realm}:{password}");
        Self { md5: Md5::digest(text.as_bytes()).into(), sha256: Sha256::digest(text.as_bytes()).into() }
    }
}

impl fmt::Debug for Ha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// First byte of a sealed hash: this layout. A later one gets another number.
const LAYOUT: u8 = 1;
const NONCE: usize = 12;

/// Seals and opens [`Ha1`]s with a key that is not in the database.
///
/// A sealed hash is bound to its phone: moved to another row it does not open, so somebody who can write to the
/// database but lacks the key cannot hand one phone's password to another.
#[derive(Clone)]
pub struct Ha1Vault(ChaCha20Poly1305);

impl fmt::Debug for Ha1Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A sealed hash does not open: it was made with another master key, or changed, or belongs to another phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsealable;

impl fmt::Display for Unsealable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a stored phone password does not open with this installation's key file")
    }
}

impl std::error::Error for Unsealable {}

impl Ha1Vault {
    /// Derives the sealing key from the installation's master key, so that no other use of the master key can
    /// ever share a nonce with this one.
    #[must_use]
    pub fn new(master: &[u8; 32]) -> Self {
        let key: [u8; 32] =
            Sha256::new().chain_update(b"ringwerk phone passwords 1").chain_update(master).finalize().into();
        Self(ChaCha20Poly1305::new(&key.into()))
    }

    /// Seals a hash for its phone: layout, nonce, ciphertext with tag; 77 bytes.
    #[must_use]
    pub fn seal(&self, device: DeviceId, ha1: &Ha1, entropy: &dyn Entropy) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        entropy.fill(&mut nonce);
        let mut plain = [0; 48];
        plain[..16].copy_from_slice(&ha1.md5);
        plain[16..].copy_from_slice(&ha1.sha256);
        let payload = Payload { msg: &plain, aad: &device.as_u128().to_be_bytes() };
        // Fails only for messages beyond 256 GiB.
        let sealed = self.0.encrypt(&Nonce::from(nonce), payload).unwrap_or_default();
        let mut bytes = Vec::with_capacity(1 + NONCE + sealed.len());
        bytes.push(LAYOUT);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        bytes
    }

    /// Opens what [`Ha1Vault::seal`] made for the same phone.
    ///
    /// # Errors
    /// [`Unsealable`] for everything else.
    pub fn open(&self, device: DeviceId, sealed: &[u8]) -> Result<Ha1, Unsealable> {
        let (layout, rest) = sealed.split_first().ok_or(Unsealable)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(Unsealable)?;
        if *layout != LAYOUT {
            return Err(Unsealable);
        }
        let payload = Payload { msg: ciphertext, aad: &device.as_u128().to_be_bytes() };
        let plain = self.0.decrypt(&Nonce::from(*nonce), payload).map_err(|_| Unsealable)?;
        let (md5, sha256) = plain.split_first_chunk::<16>().ok_or(Unsealable)?;
        let sha256 = <[u8; 32]>::try_from(sha256).map_err(|_| Unsealable)?;
        Ok(Ha1 { md5: *md5, sha256 })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    struct Fixed;

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn hashes_are_those_of_the_rfc() {
        // RFC 7616 section 3.9.1: Mufasa, http-auth@example.org, "Circle of Life".
        let ha1 = Ha1::new("Mufasa", "http-auth@example.org", "Circle of Life");
        assert_eq!(hex(&ha1.md5), "3d78807defe7de2157e2b0b6573a855f");
        assert_eq!(hex(&ha1.sha256), "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232");
    }

    #[test]
    fn a_sealed_hash_opens_for_its_phone_alone() {
        let vault = Ha1Vault::new(&[1; 32]);
        let (mine, other) = (DeviceId::from_u128(1), DeviceId::from_u128(2));
        let ha1 = Ha1::new("1234567e0", "example.com", "secret");
        let sealed = vault.seal(mine, &ha1, &Fixed);
        assert_eq!(sealed.len(), 77);
        assert!(!sealed.windows(16).any(|window| window == ha1.md5));
        assert_eq!(vault.open(mine, &sealed), Ok(ha1));
        assert_eq!(vault.open(other, &sealed), Err(Unsealable));
        assert_eq!(Ha1Vault::new(&[2; 32]).open(mine, &sealed), Err(Unsealable));
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(vault.open(mine, &changed), Err(Unsealable), "byte {index}");
            assert_eq!(vault.open(mine, &sealed[..index]), Err(Unsealable), "length {index}");
        }
    }

    #[test]
    fn neither_shows_itself() {
        let ha1 = Ha1::new("a", "b", "c");
        assert_eq!(format!("{ha1:?} {:?}", Ha1Vault::new(&[0; 32])), "[secret] [secret]");
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
