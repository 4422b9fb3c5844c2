//! Answers.

use std::fmt;
use std::net::SocketAddr;

use super::header_methods;
use super::writer::Writer;
use crate::message::head::{Head, Header, Slot};
use crate::message::header::Via;
use crate::message::list::item_end;
use crate::message::name::{Name, Role};
use crate::message::request::Request;
use crate::message::status::reason_phrase;

/// A response being written. Starts with everything that RFC 3261 section 8.2.6 copies from the request.
#[derive(Clone, Debug)]
pub struct ResponseBuilder {
    writer: Writer,
    status: u16,
}

impl ResponseBuilder {
    /// Starts an answer with the usual reason phrase. `tag` goes into the To unless it has one; leave it out
    /// only for 100.
    #[must_use]
    pub fn new(request: &Request, status: u16, tag: Option<&str>) -> Self {
        Self::with_reason(request, status, None, tag)
    }

    /// Starts an answer with a reason phrase of one's own.
    #[must_use]
    pub fn with_reason(request: &Request, status: u16, reason: Option<&str>, tag: Option<&str>) -> Self {
        let tag = tag.filter(|_| request.to().tag().is_none());
        let mut builder = Self::start(request, request.via(), status, reason, tag, request.source());
        // The answer that makes a dialog tells the caller its route set (RFC 3261 section 12.1.1).
        if (101..300).contains(&status) && request.method().makes_dialog() {
            builder.copy(request, Name::RecordRoute);
        }
        if status == 100 {
            builder.copy(request, Name::Timestamp);
        }
        builder
    }

    pub(crate) fn start(
        head: &Head,
        via: &Via,
        status: u16,
        reason: Option<&str>,
        tag: Option<&str>,
        source: Option<SocketAddr>,
    ) -> Self {
        let copied: usize = head
            .slots
            .iter()
            .filter(|slot| is_copied(slot.name))
            .map(|slot| usize::from(slot.end - slot.start) + 12)
            .sum();
        let mut writer = Writer::new(copied + 512);
        writer.raw(b"SIP/2.0 ");
        writer.verbatim(status);
        writer.raw(b" ");
        writer.text(reason.unwrap_or(reason_phrase(status)));
        writer.raw(b"\r\n");
        let mut first_via = true;
        for slot in head.slots.iter().filter(|slot| is_copied(slot.name)) {
            match (slot.name, source, tag) {
                (Name::Via, Some(source), _) if first_via => {
                    first_via = false;
                    let value = head.value(slot);
                    let rest = value.get(item_end(value)..).unwrap_or_default();
                    // A Via too broken to be added to goes back as it came.
                    if rest_is_plain(value, via, rest) {
                        writer.raw(b"Via: ");
                        writer.verbatim(via.received_from(source));
                        writer.raw(rest.as_bytes());
                        writer.raw(b"\r\n");
                    } else {
                        writer.copied(head, slot);
                    }
                }
                (Name::To, _, Some(tag)) => {
                    writer.raw(b"To: ");
                    writer.raw(head.value_bytes(slot));
                    writer.raw(b";tag=");
                    writer.text(tag);
                    writer.raw(b"\r\n");
                }
                _ => writer.copied(head, slot),
            }
        }
        Self { writer, status }
    }

    /// The status this answer has.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    header_methods!();
}

const fn is_copied(name: Name) -> bool {
    matches!(name, Name::Via | Name::From | Name::To | Name::CallId | Name::CSeq)
}

/// Whether `via` is the whole first item of `value`.
fn rest_is_plain(value: &str, via: &Via, rest: &str) -> bool {
    let first = value.get(..value.len() - rest.len()).unwrap_or_default();
    first.trim_ascii_end() == via.as_str()
}
