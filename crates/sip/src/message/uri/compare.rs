//! When two URIs mean the same (RFC 3261 section 19.1.4).

use std::borrow::Cow;

use super::{Scheme, Uri, unescape};

/// Parameters that make URIs different when only one of them has it. `transport` is not in the RFC's list of
/// rules but in its examples: with and without it a URI may lead to different places.
const DECIDING: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

pub(super) fn is_equivalent(a: &Uri, b: &Uri) -> bool {
    if a.scheme() != b.scheme() {
        return false;
    }
    match a.scheme() {
        Scheme::Other => a.as_str() == b.as_str(),
        Scheme::Tel => is_same_number(a, b) && params_match(a, b, |_| true),
        Scheme::Sip | Scheme::Sips => {
            a.user() == b.user()
                && a.password_as_written().map(unescape) == b.password_as_written().map(unescape)
                && a.host() == b.host()
                && a.port() == b.port()
                && params_match(a, b, |name| DECIDING.iter().any(|deciding| deciding.eq_ignore_ascii_case(name)))
                && headers_match(a, b)
        }
    }
}

/// Numbers compare without their visual separators (RFC 3966 section 4).
fn is_same_number(a: &Uri, b: &Uri) -> bool {
    fn digits(uri: &Uri) -> impl Iterator<Item = u8> + '_ {
        let number = uri.user_as_written().unwrap_or_default().bytes();
        number.filter(|byte| !matches!(byte, b'-' | b'.' | b'(' | b')')).map(|byte| byte.to_ascii_lowercase())
    }
    digits(a).eq(digits(b))
}

/// Parameters both have must be equal; those that only one has must not be `deciding`.
fn params_match(a: &Uri, b: &Uri, deciding: impl Fn(&str) -> bool) -> bool {
    let covers = |one: &Uri, other: &Uri| {
        one.params().all(|param| match other.params().value(param.name) {
            Some(value) => unescape(value).eq_ignore_ascii_case(&unescape(param.value.unwrap_or_default())),
            None => !deciding(param.name),
        })
    };
    covers(a, b) && covers(b, a)
}

/// Headers must be the same on both sides, in any order.
fn headers_match(a: &Uri, b: &Uri) -> bool {
    /// Beyond this many, URIs only match if their headers are written alike.
    const MOST: usize = 16;
    fn sorted(headers: &str) -> Vec<(String, Cow<'_, str>)> {
        let mut pairs: Vec<_> = headers
            .split('&')
            .map(|header| header.split_once('=').unwrap_or((header, "")))
            .map(|(name, value)| (unescape(name).to_ascii_lowercase(), unescape(value)))
            .collect();
        pairs.sort();
        pairs
    }
    let (a, b) = (a.headers(), b.headers());
    let few = |headers: &str| headers.bytes().filter(|byte| *byte == b'&').count() < MOST;
    a == b || (few(a) && few(b) && sorted(a) == sorted(b))
}
