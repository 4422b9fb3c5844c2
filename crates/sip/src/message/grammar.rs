//! The character classes of RFC 3261 section 25.1.

/// Whether this byte may be part of a `token`.
pub(crate) fn is_token_byte(byte: u8) -> bool {
    TOKEN_BYTES.get(usize::from(byte)).copied().unwrap_or(false)
}

/// One answer a byte: looked up for every byte of every header name.
static TOKEN_BYTES: [bool; 256] = token_bytes();

#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "evaluated by the compiler")]
const fn token_bytes() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(byte as u8, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z'
            | b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~');
        byte += 1;
    }
    table
}

/// Whether this is a non-empty `token`.
pub(crate) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| is_token_byte(*byte))
}

/// Whether this byte is a space or a tab.
pub(crate) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Takes white space off both ends; inside a header line that is spaces and tabs.
pub(crate) const fn trim(text: &str) -> &str {
    text.trim_ascii()
}

/// Where the quoted string that opens at `open` ends: the offset just after its closing quote.
pub(crate) fn quoted_end(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open.checked_add(1)?;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Reads a decimal number of at most ten digits; `None` for anything else.
pub(crate) fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let significant = text.trim_start_matches('0');
    if !digits || significant.len() > 10 {
        return None;
    }
    if significant.is_empty() { Some(0) } else { significant.parse().ok() }
}

/// Reads `delta-seconds`, where any number too large to hold means "for ever" (RFC 3261 section 20.19).
pub(crate) fn seconds(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(number(text).and_then(|value| u32::try_from(value).ok()).unwrap_or(u32::MAX))
}
