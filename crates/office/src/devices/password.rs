//! Passwords for phones: made here, never chosen, shown once.

use types::entropy::Entropy;
use types::secret::Secret;

/// Lower-case letters and digits without those that look alike (0 and o, 1, i and l), because people type these
/// on desk phones, where a shift key is a menu.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// Characters in a password: 26 of 31 are 128.8 bits.
const LENGTH: usize = 26;

/// A fresh password of at least 128 random bits.
#[must_use]
pub fn generate(entropy: &dyn Entropy) -> Secret<String> {
    let mut password = String::with_capacity(LENGTH);
    while password.len() < LENGTH {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        // Five random bits choose a letter; the one value without a letter is drawn again, so none is likelier.
        let letters = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 31)));
        for letter in letters.take(LENGTH - password.len()) {
            password.push(char::from(*letter));
        }
    }
    Secret::new(password)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// A small counter-driven generator (splitmix64): enough to see the distribution, not for secrets.
    struct Seeded(AtomicU64);

    impl Entropy for Seeded {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                *byte = u8::try_from((z ^ (z >> 31)) & 0xff).unwrap_or(0);
            }
        }
    }

    #[test]
    fn passwords_are_long_different_and_typeable() {
        let entropy = Seeded(AtomicU64::new(1));
        let passwords: BTreeSet<String> = (0..1000).map(|_| generate(&entropy).expose().clone()).collect();
        assert_eq!(passwords.len(), 1000);
        let mut seen = BTreeSet::new();
        for password in &passwords {
            assert_eq!(password.len(), LENGTH);
            seen.extend(password.bytes());
        }
        assert_eq!(seen, ALPHABET.iter().copied().collect());
    }
}
