//! Comma-separated header values.

use super::grammar::{quoted_end, trim};

/// The items of a header value, split at commas outside quoted strings and angle brackets.
#[derive(Clone, Debug)]
pub struct Items<'a>(Option<&'a str>);

impl<'a> Items<'a> {
    /// The items of one header value, in order. Empty items are skipped (RFC 3261 section 7.3.1 forbids them).
    #[must_use]
    pub const fn new(value: &'a str) -> Self {
        Self(Some(value))
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            let value = self.0.take()?;
            let end = item_end(value);
            let (item, rest) = value.split_at_checked(end)?;
            self.0 = rest.get(1..);
            let item = trim(item);
            if !item.is_empty() {
                return Some(item);
            }
        }
    }
}

/// Where the first item ends. Unbalanced quotes and brackets swallow the rest, which then fails to parse.
pub(crate) fn item_end(value: &str) -> usize {
    let bytes = value.as_bytes();
    let mut at = 0;
    let mut in_brackets = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' if !in_brackets => match quoted_end(bytes, at) {
                Some(end) => at = end,
                None => return bytes.len(),
            },
            b'<' => {
                in_brackets = true;
                at += 1;
            }
            b'>' => {
                in_brackets = false;
                at += 1;
            }
            b',' if !in_brackets => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}
