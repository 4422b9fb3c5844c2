//! SIP, SIPS and tel URIs (RFC 3261 section 19.1, RFC 3966).

mod compare;
mod escape;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use self::escape::{escape_user, unescape};
use super::host::{Host, HostSpan};
use super::invalid::Invalid;
use super::params::Params;
use super::text::{Span, Text};

/// What kind of URI it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`, to be reached by TLS only.
    Sips,
    /// `tel:`, a phone number.
    Tel,
    /// Anything else, opaque.
    Other,
}

/// A URI. Keeps the text it was written in; `==` compares that text, [`Uri::is_equivalent`] the meaning.
#[derive(Clone)]
pub struct Uri {
    text: Text,
    scheme: Scheme,
    user: Option<Span>,
    password: Option<Span>,
    host: Option<HostSpan>,
    port: Option<u16>,
    params: Span,
    headers: Span,
}

impl Uri {
    /// Reads a URI that stands alone, without angle brackets.
    ///
    /// # Errors
    /// When it breaks the grammar of its scheme. Unknown schemes are opaque and only checked for bytes that
    /// no URI may have.
    pub fn parse(text: impl Into<Text>) -> Result<Self, Invalid> {
        let text: Text = text.into();
        let parts = Parts::parse(text.as_str())?;
        Ok(parts.of(text))
    }

    /// Reads the URI at `span` of a text whose `&str` is at hand.
    pub(crate) fn parse_at(span: Span, text: &Text, all: &str) -> Result<Self, Invalid> {
        Parts::parse(span.of(all)).map(|parts| parts.of(text.cut(span)))
    }

    /// A `sip:` URI made of its parts. The user part is escaped here; a host that is a name must be proper.
    ///
    /// # Errors
    /// When the host is not one.
    pub fn sip(user: Option<&str>, host: Host<'_>, port: Option<u16>) -> Result<Self, Invalid> {
        if !host.is_proper() {
            return Err(Invalid("this is not a host"));
        }
        let user =
            user.filter(|user| !user.is_empty()).map(|user| format!("{}@", escape_user(user))).unwrap_or_default();
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        Self::parse(format!("sip:{user}{host}{port}"))
    }

    /// The same URI with one more parameter at the end of its parameters. A name or value with bytes a
    /// parameter may not have is escaped.
    #[must_use]
    pub fn with_param(&self, name: &str, value: Option<&str>) -> Self {
        let text = self.text.as_str();
        let before = self.without_headers();
        let after = text.get(before.len()..).unwrap_or_default();
        let mut longer = String::with_capacity(text.len() + name.len() + 16);
        longer.push_str(before);
        longer.push(';');
        longer.push_str(&escape::escape_param(name));
        if let Some(value) = value {
            longer.push('=');
            longer.push_str(&escape::escape_param(value));
        }
        longer.push_str(after);
        Self::parse(longer).unwrap_or_else(|_| self.clone())
    }

    /// What kind of URI it is.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Whether Ringwerk can do something with such a URI; others are answered 416.
    #[must_use]
    pub const fn is_supported(&self) -> bool {
        !matches!(self.scheme, Scheme::Other)
    }

    /// The user part, unescaped exactly once; for a `tel:` URI the number. If unescaping gives no UTF-8, the
    /// escaped form stands for itself, so that different users stay different.
    #[must_use]
    pub fn user(&self) -> Option<Cow<'_, str>> {
        self.user_as_written().map(unescape)
    }

    /// The user part as written.
    #[must_use]
    pub fn user_as_written(&self) -> Option<&str> {
        self.user.map(|span| span.of(self.text.as_str()))
    }

    /// The password as written. Never log it.
    #[must_use]
    pub fn password_as_written(&self) -> Option<&str> {
        self.password.map(|span| span.of(self.text.as_str()))
    }

    /// The host; `None` only if the scheme is neither `sip` nor `sips`.
    #[must_use]
    pub fn host(&self) -> Option<Host<'_>> {
        self.host.map(|host| host.of(self.text.as_str()))
    }

    /// The port, if one is written.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The URI's parameters, escaped as written.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::new(self.params.of(self.text.as_str()))
    }

    /// The value of a parameter: `None` if absent, empty if it has no value.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params().value(name)
    }

    /// Whether the URI asks for loose routing (`;lr`).
    #[must_use]
    pub fn is_loose_router(&self) -> bool {
        self.params().has("lr")
    }

    /// The headers part as written, without the question mark; empty if there is none. Never put any of it
    /// into a message of our own: a stranger wrote it.
    #[must_use]
    pub fn headers(&self) -> &str {
        self.headers.of(self.text.as_str())
    }

    /// The URI as written, up to its headers part.
    #[must_use]
    pub fn without_headers(&self) -> &str {
        let end =
            if self.headers.is_empty() { self.text.len() } else { usize::from(self.headers.start).saturating_sub(1) };
        self.text.as_str().get(..end).unwrap_or_default()
    }

    /// The URI as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// The same URI in a buffer of its own; see [`Text::detach`].
    #[must_use]
    pub fn detach(&self) -> Self {
        Self { text: self.text.detach(), ..self.clone() }
    }

    /// Whether both URIs mean the same by RFC 3261 section 19.1.4 (for `tel:`, RFC 3966 section 4).
    #[must_use]
    pub fn is_equivalent(&self, other: &Self) -> bool {
        compare::is_equivalent(self, other)
    }
}

/// Where the parts of a URI lie in its text.
#[derive(Clone, Copy)]
pub(crate) struct Parts {
    scheme: Scheme,
    user: Option<Span>,
    password: Option<Span>,
    host: Option<HostSpan>,
    port: Option<u16>,
    params: Span,
    headers: Span,
}

impl Parts {
    /// Puts the parts and the text they were found in together.
    fn of(self, text: Text) -> Uri {
        let Self { scheme, user, password, host, port, params, headers } = self;
        Uri { text, scheme, user, password, host, port, params, headers }
    }

    fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() > usize::from(u16::MAX) {
            return Err(Invalid("the URI is too long"));
        }
        if text.bytes().any(|byte| !matches!(byte, b'!'..=b'~') || matches!(byte, b'<' | b'>' | b'"')) {
            return Err(Invalid("the URI has a byte that no URI may have"));
        }
        let colon = memchr::memchr(b':', text.as_bytes()).ok_or(Invalid("the URI has no scheme"))?;
        let name = text.get(..colon).unwrap_or_default();
        let scheme = match name.len() {
            3 if name.eq_ignore_ascii_case("sip") => Scheme::Sip,
            4 if name.eq_ignore_ascii_case("sips") => Scheme::Sips,
            3 if name.eq_ignore_ascii_case("tel") => Scheme::Tel,
            _ if is_scheme(name) => Scheme::Other,
            _ => return Err(Invalid("the URI has no proper scheme")),
        };
        match scheme {
            Scheme::Sip | Scheme::Sips => Self::parse_sip(text, scheme, colon + 1),
            Scheme::Tel => Self::parse_tel(text, colon + 1),
            Scheme::Other => Ok(Self::new(scheme)),
        }
    }

    const fn new(scheme: Scheme) -> Self {
        const NONE: Span = Span { start: 0, end: 0 };
        Self { scheme, user: None, password: None, host: None, port: None, params: NONE, headers: NONE }
    }

    fn parse_sip(text: &str, scheme: Scheme, start: usize) -> Result<Self, Invalid> {
        let mut parts = Self::new(scheme);
        // An unescaped @ can only end the user part, which may itself hold `;`, `?` and `/`.
        let mut host_start = start;
        if let Some(length) = memchr::memchr(b'@', text.as_bytes().get(start..).unwrap_or_default()) {
            let end = start + length;
            let info = text.get(start..end).unwrap_or_default();
            let user_end = memchr::memchr(b':', info.as_bytes()).map_or(end, |colon| start + colon);
            if user_end == start {
                return Err(Invalid("the URI has an empty user part"));
            }
            parts.user = Some(Span::new(start, user_end));
            parts.password = (user_end < end).then(|| Span::new(user_end + 1, end));
            host_start = end + 1;
        }
        let rest = text.get(host_start..).unwrap_or_default();
        let host_end = host_start + rest.bytes().position(|byte| matches!(byte, b';' | b'?')).unwrap_or(rest.len());
        let host = text.get(host_start..host_end).unwrap_or_default();
        let (host, port) = HostSpan::parse_with_port(host, host_start)?;
        parts.host = Some(host);
        parts.port = port;
        parts.find_params(text, host_end)?;
        Ok(parts)
    }

    fn parse_tel(text: &str, start: usize) -> Result<Self, Invalid> {
        let mut parts = Self::new(Scheme::Tel);
        let rest = text.get(start..).unwrap_or_default();
        let end = start + memchr::memchr(b';', rest.as_bytes()).unwrap_or(rest.len());
        let number = text.get(start..end).unwrap_or_default();
        let proper =
            |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b'+' | b'-' | b'.' | b'(' | b')' | b'*' | b'#');
        if !number.bytes().all(proper)
            || !number.bytes().any(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'*' | b'#'))
        {
            return Err(Invalid("the tel URI has no proper number"));
        }
        parts.user = Some(Span::new(start, end));
        parts.find_params(text, end)?;
        Ok(parts)
    }

    /// Finds `;params?headers` from `start` on.
    fn find_params(&mut self, text: &str, start: usize) -> Result<(), Invalid> {
        let rest = text.get(start..).unwrap_or_default();
        let question = memchr::memchr(b'?', rest.as_bytes());
        let params_end = start + question.unwrap_or(rest.len());
        self.params = Span::new(start, params_end);
        Params::new(self.params.of(text)).check()?;
        if question.is_some() {
            if params_end + 1 == text.len() {
                return Err(Invalid("the URI has an empty headers part"));
            }
            self.headers = Span::new(params_end + 1, text.len());
        }
        Ok(())
    }
}

fn is_scheme(name: &str) -> bool {
    name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

impl PartialEq for Uri {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Uri {}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text.as_str())
    }
}

impl fmt::Debug for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.password {
            // A password in a URI is a bad idea, and a worse one in a log.
            Some(_) => write!(f, "Uri(user {:?}, password [secret], host {:?})", self.user(), self.host()),
            None => write!(f, "Uri({})", self.text),
        }
    }
}

impl FromStr for Uri {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl Serialize for Uri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Uri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(Text::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
