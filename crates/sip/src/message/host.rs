//! Hosts and ports, as URIs and Via write them.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::grammar::number;
use super::invalid::Invalid;
use super::text::Span;

/// A host: a domain name or an address. IPv6 addresses print in brackets.
#[derive(Clone, Copy, Debug)]
pub enum Host<'a> {
    /// A domain name, not resolved.
    Name(&'a str),
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address.
    V6(Ipv6Addr),
}

impl Host<'_> {
    /// The address, unless the host is a name.
    #[must_use]
    pub const fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Name(_) => None,
            Self::V4(address) => Some(IpAddr::V4(*address)),
            Self::V6(address) => Some(IpAddr::V6(*address)),
        }
    }

    /// Whether a name has only letters that names have; addresses are always proper.
    #[must_use]
    pub fn is_proper(&self) -> bool {
        !matches!(self, Self::Name(name) if !is_name(name))
    }

    /// The address and `port`, unless the host is a name.
    #[must_use]
    pub fn socket_address(&self, port: u16) -> Option<SocketAddr> {
        self.ip().map(|ip| SocketAddr::new(ip, port))
    }
}

impl PartialEq for Host<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(a), Self::Name(b)) => a.eq_ignore_ascii_case(b),
            (Self::V4(a), Self::V4(b)) => a == b,
            (Self::V6(a), Self::V6(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Host<'_> {}

impl From<IpAddr> for Host<'_> {
    fn from(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => Self::V6(address),
        }
    }
}

impl fmt::Display for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::V4(address) => write!(f, "{address}"),
            Self::V6(address) => write!(f, "[{address}]"),
        }
    }
}

/// A host whose name, if it has one, lies in somebody else's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostSpan {
    Name(Span),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl HostSpan {
    pub fn of(self, text: &str) -> Host<'_> {
        match self {
            Self::Name(span) => Host::Name(span.of(text)),
            Self::V4(address) => Host::V4(address),
            Self::V6(address) => Host::V6(address),
        }
    }

    /// Reads `host [":" port]`, where `text` starts at offset `start` of the text the span is for.
    pub fn parse_with_port(text: &str, start: usize) -> Result<(Self, Option<u16>), Invalid> {
        let (host, rest) = match text.strip_prefix('[') {
            Some(inner) => {
                let (address, rest) = inner.split_once(']').ok_or(Invalid("an IPv6 address does not end"))?;
                (Self::V6(parse_v6(address).ok_or(Invalid("this is not an IPv6 address"))?), rest)
            }
            None => {
                let end = memchr::memchr(b':', text.as_bytes()).unwrap_or(text.len());
                let (name, rest) = text.split_at_checked(end).unwrap_or_default();
                let name = name.trim_ascii_end();
                (Self::parse_name(name, start)?, rest)
            }
        };
        let port = match rest.trim_ascii().strip_prefix(':') {
            Some(port) => Some(parse_port(port.trim_ascii_start())?),
            None if rest.trim_ascii().is_empty() => None,
            None => return Err(Invalid("something follows the host")),
        };
        Ok((host, port))
    }

    fn parse_name(name: &str, start: usize) -> Result<Self, Invalid> {
        let numeric = name.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
        if numeric && let Ok(address) = name.parse() {
            return Ok(Self::V4(address));
        }
        if !is_name(name) {
            return Err(Invalid("this is not a host"));
        }
        Ok(Self::Name(Span::new(start, start + name.len())))
    }
}

fn is_name(text: &str) -> bool {
    let proper = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    proper && !text.is_empty() && text.len() <= 255
}

fn parse_port(text: &str) -> Result<u16, Invalid> {
    number(text)
        .and_then(|port| u16::try_from(port).ok())
        .filter(|port| *port != 0)
        .ok_or(Invalid("this is not a port"))
}

/// Reads an IPv6 address without brackets. Three colons in a row before an IPv4 part are taken for two:
/// the grammar of RFC 3261 wrongly produces them (RFC 5118 section 4.10).
fn parse_v6(text: &str) -> Option<Ipv6Addr> {
    if text.len() > 64 {
        return None;
    }
    let text = if text.contains(":::") { Cow::Owned(text.replacen(":::", "::", 1)) } else { Cow::Borrowed(text) };
    text.parse().ok()
}

/// Reads an IP address, an IPv6 one with or without brackets (RFC 5118 section 4.5).
pub(crate) fn parse_ip(text: &str) -> Option<IpAddr> {
    match text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(inner) => parse_v6(inner).map(IpAddr::V6),
        None if text.contains(':') => parse_v6(text).map(IpAddr::V6),
        None => text.parse().ok().map(IpAddr::V4),
    }
}
