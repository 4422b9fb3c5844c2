//! `"Display" <uri>;params`: From, To, Route, Record-Route, Contact and all their relatives.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::message::grammar::{quoted_end, trim};
use crate::message::invalid::Invalid;
use crate::message::params::{Params, push_param, push_quoted, unquote};
use crate::message::text::{Span, Text};
use crate::message::uri::Uri;

/// An address with a display name and parameters (RFC 3261 section 20.10).
///
/// Keeps the text it was written in and prints it unchanged; `==` compares that text.
#[derive(Clone)]
pub struct NameAddr {
    text: Text,
    display: Span,
    uri: Uri,
    params: Span,
}

impl NameAddr {
    /// Reads one address. Without angle brackets everything after the first semicolon belongs to the header
    /// and not to the URI (RFC 3261 section 20).
    ///
    /// # Errors
    /// When a quote or bracket does not close, the URI is improper, or the parameters are.
    pub fn parse(text: impl Into<Text>) -> Result<Self, Invalid> {
        let text: Text = text.into();
        Self::read(text.clone(), text.as_str())
    }

    /// Reads the address that `text` is, whose `&str` is at hand.
    pub(crate) fn read(text: Text, all: &str) -> Result<Self, Invalid> {
        let (display, uri, params) = spans(all)?;
        let uri = Uri::parse_at(uri, &text, all)?;
        Ok(Self { text, display, uri, params })
    }

    /// An address without parameters. The display name may be any text.
    #[must_use]
    pub fn new(display: Option<&str>, uri: &Uri) -> Self {
        let mut text = String::with_capacity(display.map_or(0, str::len) + uri.as_str().len() + 8);
        if let Some(display) = display {
            push_quoted(&mut text, display);
            text.push(' ');
        }
        let display_end = display.map_or(0, |_| text.len() - 1);
        text.push('<');
        text.push_str(uri.as_str());
        text.push('>');
        let end = text.len();
        Self { display: Span::new(0, display_end), uri: uri.clone(), params: Span::new(end, end), text: text.into() }
    }

    /// The same address with one more header parameter, quoted if need be. A name that is not a token adds
    /// nothing.
    #[must_use]
    pub fn with_param(&self, name: &str, value: Option<&str>) -> Self {
        let mut text = self.text.as_str().to_owned();
        push_param(&mut text, name, value);
        // An address without brackets has no URI parameters, so adding at the end is right for it, too.
        Self::parse(text).unwrap_or_else(|_| self.clone())
    }

    /// The same address without header parameters, in brackets: what a header in a new dialog starts from.
    #[must_use]
    pub fn without_params(&self) -> Self {
        Self::new(self.display_name().as_deref(), &self.uri)
    }

    /// The display name without quotes and escapes; `None` if there is none or it is empty.
    #[must_use]
    pub fn display_name(&self) -> Option<Cow<'_, str>> {
        Some(unquote(trim(self.display.of(self.text.as_str())))).filter(|name| !name.is_empty())
    }

    /// The address itself.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The header's parameters. Those of the URI are in [`NameAddr::uri`].
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::new(self.params.of(self.text.as_str()))
    }

    /// The value of a header parameter: `None` if absent, empty if it has no value.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params().value(name)
    }

    /// The tag of a From or To; `None` if it is absent or empty.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.param("tag").filter(|tag| !tag.is_empty())
    }

    /// The address as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// The same address in a buffer of its own; see [`Text::detach`].
    #[must_use]
    pub fn detach(&self) -> Self {
        Self { text: self.text.detach(), uri: self.uri.detach(), ..*self }
    }
}

/// Finds display name, URI and parameters.
fn spans(text: &str) -> Result<(Span, Span, Span), Invalid> {
    const NO_BRACKET: Invalid = Invalid("the address has no closing bracket");
    let bytes = text.as_bytes();
    if bytes.len() > usize::from(u16::MAX) {
        return Err(Invalid("the address is too long"));
    }
    let display_end = match bytes.first() {
        Some(b'"') => quoted_end(bytes, 0).ok_or(Invalid("the display name does not end"))?,
        _ => 0,
    };
    let rest = bytes.get(display_end..).unwrap_or_default();
    let open = match memchr::memchr(b'<', rest) {
        Some(open) => display_end + open,
        None if display_end > 0 => return Err(Invalid("the address has no URI")),
        None => return bare_spans(text),
    };
    let between = text.get(display_end..open).unwrap_or_default();
    if display_end > 0 && !trim(between).is_empty() {
        return Err(Invalid("something follows the display name"));
    }
    // Unquoted names may hold tokens only. Phones write letters of all kinds into them, which is harmless;
    // separators are not (RFC 4475 section 3.1.2.15).
    if between.bytes().any(|byte| matches!(byte, b',' | b';' | b':' | b'"' | b'\\' | b'>' | 0)) {
        return Err(Invalid("the display name must be quoted"));
    }
    let display = Span::new(0, if display_end > 0 { display_end } else { open });
    let inner = bytes.get(open + 1..).unwrap_or_default();
    let close = open + 1 + memchr::memchr(b'>', inner).ok_or(NO_BRACKET)?;
    let params = Span::new(close + 1, bytes.len());
    Params::new(params.of(text)).check()?;
    Ok((display, Span::new(open + 1, close), params))
}

/// Finds URI and parameters of an address without brackets.
fn bare_spans(text: &str) -> Result<(Span, Span, Span), Invalid> {
    let end = memchr::memchr2(b';', b'?', text.as_bytes()).unwrap_or(text.len());
    let (uri, params) = text.split_at_checked(end).unwrap_or((text, ""));
    if params.starts_with('?') {
        return Err(Invalid("a URI with headers must stand in brackets"));
    }
    if uri.contains(',') {
        return Err(Invalid("a URI with a comma must stand in brackets"));
    }
    Params::new(params).check()?;
    Ok((Span::default(), Span::new(0, uri.trim_ascii_end().len()), Span::new(end, text.len())))
}

impl PartialEq for NameAddr {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for NameAddr {}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text.as_str())
    }
}

impl fmt::Debug for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NameAddr({:?} {:?} {:?})", self.display_name(), self.uri, self.params().as_str())
    }
}

impl FromStr for NameAddr {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl Serialize for NameAddr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for NameAddr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(Text::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
