//! Supported, Require, Proxy-Require and Unsupported: lists of option tags (RFC 3261 section 19.2).

use crate::message::head::Head;
use crate::message::name::Name;

/// Whether the sender of this message supports an option, by Supported or by Require.
#[must_use]
pub fn supports(head: &Head, option: &str) -> bool {
    has(head, Name::Supported, option) || has(head, Name::Require, option)
}

/// Whether the sender of this message requires an option.
#[must_use]
pub fn requires(head: &Head, option: &str) -> bool {
    has(head, Name::Require, option)
}

/// The options that `name` (Require or Proxy-Require) lists and `supported` does not: what goes into
/// Unsupported of a 420.
pub fn unsupported<'a>(head: &'a Head, name: Name, supported: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    head.items(name).filter(move |option| !supported.iter().any(|known| known.eq_ignore_ascii_case(option)))
}

fn has(head: &Head, name: Name, option: &str) -> bool {
    head.items(name).any(|listed| listed.eq_ignore_ascii_case(option))
}
