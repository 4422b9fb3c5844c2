//! Tokens: 256 random bits with a prefix that tells what they are for. Only their hash is stored.

use sha2::{Digest, Sha256};
use types::entropy::Entropy;
use types::secret::Secret;

/// A session.
pub(crate) const SESSION: &str = "rws_";
/// A personal access token. Secret scanners may look for it.
pub(crate) const TOKEN: &str = "rwk_";
/// A session of an operator.
pub(crate) const OPERATOR: &str = "rwo_";
/// A one-time link.
pub(crate) const LINK: &str = "rwl_";
/// A setup code for a soft phone.
pub(crate) const SETUP_CODE: &str = "rwc_";

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Base 62 digits of 256 bits.
const DIGITS: usize = 43;

/// A new token with this prefix.
pub(crate) fn new(prefix: &str, entropy: &dyn Entropy) -> Secret<String> {
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    Secret::new(format!("{prefix}{}", base62(bytes)))
}

/// What is stored of a token. It needs no salt: nobody guesses 256 bits.
pub(crate) fn hash(token: &str) -> String {
    crate::seal::hex(&Sha256::digest(token.as_bytes()))
}

/// A number of 256 bits, written in base 62, most significant digit first.
fn base62(mut bytes: [u8; 32]) -> String {
    let mut digits = [b'0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        let mut rest = 0u32;
        for byte in &mut bytes {
            let value = (rest << 8) | u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or(0);
            rest = value % 62;
        }
        *digit = usize::try_from(rest).ok().and_then(|rest| ALPHABET.get(rest)).copied().unwrap_or(b'0');
    }
    String::from_utf8_lossy(&digits).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_62_of_the_ends() {
        assert_eq!(base62([0; 32]), "0".repeat(43));
        assert_eq!(base62([255; 32]), "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1");
        let mut one = [0; 32];
        one[31] = 61;
        assert_eq!(base62(one), format!("{}z", "0".repeat(42)));
        one[31] = 62;
        assert_eq!(base62(one), format!("{}10", "0".repeat(41)));
    }

    #[test]
    fn a_hash_does_not_show_the_token() {
        assert_eq!(hash("rwk_x").len(), 64);
        assert_ne!(hash("rwk_x"), hash("rwk_y"));
    }
}
