//! A nonce as it stands in a header: base64url without padding (RFC 4648 section 5).

use std::fmt;

/// Bytes of a nonce that authenticate the others.
pub(super) const MAC: usize = 12;
/// Bytes of a nonce: second of issue, serial number, and what authenticates them.
pub(super) const RAW: usize = 4 + 5 + MAC;
const TEXT: usize = RAW.div_ceil(3) * 4;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A nonce on its way into a [`super::Challenge`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nonce([u8; TEXT]);

impl Nonce {
    pub(super) fn encode(raw: &[u8; RAW]) -> Self {
        let mut text = [0; TEXT];
        for (four, three) in text.chunks_exact_mut(4).zip(raw.chunks_exact(3)) {
            let bits = three.iter().fold(0usize, |bits, byte| (bits << 8) | usize::from(*byte));
            for (digit, shift) in four.iter_mut().zip([18, 12, 6, 0]) {
                *digit = ALPHABET.get((bits >> shift) & 63).copied().unwrap_or_default();
            }
        }
        Self(text)
    }

    pub(super) fn decode(text: &str) -> Option<[u8; RAW]> {
        let text: &[u8; TEXT] = text.as_bytes().try_into().ok()?;
        let mut raw = [0; RAW];
        for (three, four) in raw.chunks_exact_mut(3).zip(text.chunks_exact(4)) {
            let mut bits = 0u32;
            for digit in four {
                let value = match digit {
                    b'A'..=b'Z' => digit - b'A',
                    b'a'..=b'z' => digit - b'a' + 26,
                    b'0'..=b'9' => digit - b'0' + 52,
                    b'-' => 62,
                    b'_' => 63,
                    _ => return None,
                };
                bits = (bits << 6) | u32::from(value);
            }
            three.iter_mut().zip(bits.to_be_bytes().into_iter().skip(1)).for_each(|(to, from)| *to = from);
        }
        Some(raw)
    }

    /// The nonce with one character changed.
    #[cfg(test)]
    pub(super) fn with_changed(mut self, index: usize) -> Self {
        if let Some(byte) = self.0.get_mut(index) {
            *byte = if *byte == b'A' { b'B' } else { b'A' };
        }
        self
    }

    /// The nonce as text: 28 characters of `A-Z a-z 0-9 - _`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
