//! The header lines and body that requests and responses have in common.

use std::fmt;

use bytes::Bytes;
use smallvec::SmallVec;

use super::header::{NameAddr, Typed};
use super::invalid::Invalid;
use super::list::Items;
use super::name::Name;
use super::params::Params;
use super::text::{Text, part};

/// A message after its start line. Everything is a view of one buffer; nothing is parsed before it is asked for.
#[derive(Clone, Default)]
pub struct Head {
    pub(crate) raw: Bytes,
    pub(crate) slots: SmallVec<[Slot; 20]>,
    pub(crate) body: Bytes,
}

/// Where a header line lies in the buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub name: Name,
    pub name_start: u16,
    pub name_end: u16,
    pub start: u16,
    pub end: u16,
}

/// One header line.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// Which header it is.
    pub name: Name,
    /// Its name as the sender spelled it: a token, perhaps in compact form or odd case.
    pub spelling: &'a str,
    /// Its value, unfolded, without spaces at the ends. May hold several values separated by commas.
    pub value: &'a str,
}

impl Head {
    /// The whole message as received, folded lines unfolded in place.
    #[must_use]
    pub const fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// The body; as long as Content-Length says.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// All header lines in order.
    pub fn all_headers(&self) -> impl Iterator<Item = Header<'_>> + Clone {
        self.slots.iter().map(|slot| self.line(slot))
    }

    /// The lines of one known header. For [`Name::Other`] these are all unknown ones; see [`Head::other`].
    pub fn headers(&self, name: Name) -> impl Iterator<Item = &str> + Clone {
        self.slots.iter().filter(move |slot| slot.name == name).map(|slot| self.value(slot))
    }

    /// The first line of one known header.
    #[must_use]
    pub fn header(&self, name: Name) -> Option<&str> {
        self.slot(name).map(|slot| self.value(slot))
    }

    /// The first line of a header that [`Name`] does not know, by its spelling without regard to case.
    #[must_use]
    pub fn other(&self, spelling: &str) -> Option<&str> {
        let mut lines = self.slots.iter().filter(|slot| slot.name == Name::Other).map(|slot| self.line(slot));
        lines.find(|line| line.spelling.eq_ignore_ascii_case(spelling)).map(|line| line.value)
    }

    /// Whether there is a line of this header.
    #[must_use]
    pub fn has(&self, name: Name) -> bool {
        self.slot(name).is_some()
    }

    /// The values of a header that is a comma-separated list, over all its lines.
    pub fn items(&self, name: Name) -> impl Iterator<Item = &str> + Clone {
        self.headers(name).flat_map(Items::new)
    }

    /// A header as its type; `Ok(None)` if it is absent.
    ///
    /// # Errors
    /// When the value breaks the header's grammar.
    pub fn typed<T: Typed>(&self) -> Result<Option<T>, Invalid> {
        self.slot(T::NAME).map(|slot| T::parse(self.text(slot))).transpose()
    }

    /// The values of a list header as their type, over all its lines.
    pub fn list<T: Typed>(&self) -> impl Iterator<Item = Result<T, Invalid>> {
        self.item_texts(T::NAME).map(T::parse)
    }

    /// The addresses of a header that is a list of them: P-Asserted-Identity, Path, Service-Route, Refer-To, …
    pub fn addresses(&self, name: Name) -> impl Iterator<Item = Result<NameAddr, Invalid>> {
        self.item_texts(name).map(NameAddr::parse)
    }

    /// A header that is a number of seconds (Expires, Min-Expires, Retry-After), saturating. Absent or
    /// improper, it is `None`: the default applies (RFC 3261 section 20.19).
    #[must_use]
    pub fn seconds(&self, name: Name) -> Option<u32> {
        let value = self.header(name)?;
        let end = value.find([';', '(', ' ', '\t']).unwrap_or(value.len());
        super::grammar::seconds(value.get(..end)?)
    }

    /// The media type of the body in lower case without parameters, such as `application/sdp`.
    #[must_use]
    pub fn content_type(&self) -> Option<String> {
        self.header(Name::ContentType).map(|value| {
            let media_type = value.split(';').next().unwrap_or_default();
            media_type
                .chars()
                .filter(|letter| !letter.is_whitespace())
                .map(|letter| letter.to_ascii_lowercase())
                .collect()
        })
    }

    /// Whether the body is of this media type, such as `application/sdp`.
    #[must_use]
    pub fn is_content_type(&self, media_type: &str) -> bool {
        self.header(Name::ContentType).is_some_and(|value| {
            let written = value.split(';').next().unwrap_or_default();
            written
                .bytes()
                .filter(|byte| !byte.is_ascii_whitespace())
                .map(|byte| byte.to_ascii_lowercase())
                .eq(media_type.bytes().map(|byte| byte.to_ascii_lowercase()))
        })
    }

    /// A parameter of Content-Type, such as the boundary of a multipart body.
    #[must_use]
    pub fn content_type_param(&self, name: &str) -> Option<std::borrow::Cow<'_, str>> {
        let value = self.header(Name::ContentType)?;
        Params::new(value.get(value.find(';')?..)?).unquoted(name)
    }

    /// The Call-ID; empty only in a message that is malformed for want of one.
    #[must_use]
    pub fn call_id(&self) -> &str {
        self.header(Name::CallId).unwrap_or_default()
    }

    /// Hops this request may still take; `None` if absent (RFC 2543) or improper.
    #[must_use]
    pub fn max_forwards(&self) -> Option<u8> {
        self.header(Name::MaxForwards).and_then(super::grammar::number).and_then(|hops| u8::try_from(hops).ok())
    }

    pub(crate) fn slot(&self, name: Name) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.name == name)
    }

    pub(crate) fn line(&self, slot: &Slot) -> Header<'_> {
        let spelling = std::str::from_utf8(self.spelling_bytes(slot)).unwrap_or_default();
        Header { name: slot.name, spelling, value: self.value(slot) }
    }

    pub(crate) fn spelling_bytes(&self, slot: &Slot) -> &[u8] {
        part(&self.raw, slot.name_start.into(), slot.name_end.into())
    }

    pub(crate) fn value_bytes(&self, slot: &Slot) -> &[u8] {
        part(&self.raw, slot.start.into(), slot.end.into())
    }

    pub(crate) fn value(&self, slot: &Slot) -> &str {
        std::str::from_utf8(self.value_bytes(slot)).unwrap_or_default()
    }

    /// The value of a line, sharing the buffer.
    pub(crate) fn text(&self, slot: &Slot) -> Text {
        self.share(self.value_bytes(slot))
    }

    /// The values of a list header, sharing the buffer.
    pub(crate) fn item_texts(&self, name: Name) -> impl Iterator<Item = Text> {
        self.items(name).map(|item| self.share(item.as_bytes()))
    }

    /// The part of the buffer that `bytes` is a view of.
    fn share(&self, bytes: &[u8]) -> Text {
        Text::from_utf8_bytes(if bytes.is_empty() { Bytes::new() } else { self.raw.slice_ref(bytes) })
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may be secrets or personal, so a debug print shows the shape only.
        let names = self.all_headers().map(|line| line.spelling);
        f.debug_struct("Head").field("headers", &names.collect::<Vec<_>>()).field("body", &self.body.len()).finish()
    }
}
