//! Encryption of what must be stored and readable again, with a key that is not in the database.

use std::fmt;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use sha2::{Digest, Sha256};
use types::entropy::Entropy;

/// The installation's key, from a file beside the database. Whoever has both can read everything.
#[derive(Clone)]
pub struct MasterKey(pub [u8; 32]);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Seals and opens. The key is derived for this use, so that it is never shared with another one.
#[derive(Clone)]
pub(crate) struct Seal {
    cipher: ChaCha20Poly1305,
    entropy: Arc<dyn Entropy>,
}

const NONCE: usize = 12;

impl Seal {
    pub(crate) fn new(key: &MasterKey, entropy: Arc<dyn Entropy>) -> Self {
        let derived = Sha256::new().chain_update(b"ringwerk answers\0").chain_update(key.0).finalize();
        Self { cipher: ChaCha20Poly1305::new(&derived), entropy }
    }

    /// Seals and opens by a token that is stored nowhere: what is sealed is lost to everybody who does not hold it.
    pub(crate) fn by_token(&self, token: &str) -> Self {
        let derived = Sha256::new().chain_update(b"ringwerk token\0").chain_update(token).finalize();
        Self { cipher: ChaCha20Poly1305::new(&derived), entropy: Arc::clone(&self.entropy) }
    }

    /// Encrypts for one `purpose`; opened for another it is worthless.
    pub(crate) fn close(&self, purpose: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        self.entropy.fill(&mut nonce);
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: purpose });
        // Fails only for messages of more than 256 GiB.
        sealed.map(|sealed| [nonce.as_slice(), &sealed].concat()).unwrap_or_default()
    }

    /// Decrypts, or `None` when it was changed or sealed otherwise.
    pub(crate) fn open(&self, purpose: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        self.cipher.decrypt(&Nonce::from(nonce), Payload { msg: rest, aad: purpose }).ok()
    }
}

/// Bytes as lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads [`hex`] back.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Vec::with_capacity(text.len() / 2);
    for pair in text.as_bytes().chunks(2) {
        let [high, low] = pair else { return None };
        bytes.push(digit(*high)? << 4 | digit(*low)?);
    }
    Some(bytes)
}
