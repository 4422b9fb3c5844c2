//! `%41` and back.

use std::borrow::Cow;

/// Takes percent escapes off, once: `%2541` becomes `%41`. What is no proper escape stays as it is, and so
/// does the whole text if the result would not be UTF-8.
#[must_use]
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => break,
            [b'%', high, low, tail @ ..] if let (Some(high), Some(low)) = (digit(*high), digit(*low)) => {
                plain.push(high << 4 | low);
                tail
            }
            [byte, tail @ ..] => {
                plain.push(*byte);
                tail
            }
        };
    }
    String::from_utf8(plain).map_or(Cow::Borrowed(text), Cow::Owned)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Escapes everything a user part may not have, so that [`unescape`] gives the same text back.
#[must_use]
pub fn escape_user(text: &str) -> Cow<'_, str> {
    escape(text, |byte| byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&byte))
}

/// Escapes everything a URI parameter's name or value may not have.
pub(super) fn escape_param(text: &str) -> Cow<'_, str> {
    escape(text, |byte| byte.is_ascii_alphanumeric() || b"-_.!~*'()[]/:&+$".contains(&byte))
}

fn escape(text: &str, allowed: impl Fn(u8) -> bool) -> Cow<'_, str> {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    if text.bytes().all(&allowed) {
        return Cow::Borrowed(text);
    }
    let hex = |digit: u8| HEX.get(usize::from(digit)).copied().map_or('0', char::from);
    let mut escaped = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if allowed(byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
    Cow::Owned(escaped)
}
