//! Responses.

use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;

use super::Message;
use super::head::Head;
use super::header::{CSeq, Contact, NameAddr, Via};
use super::invalid::Invalid;
use super::malformed::Malformed;
use super::name::Name;
use super::text::Text;

/// A well-formed response. Cheap to clone. Header lines and body are reached through [`Head`].
#[derive(Clone, Debug)]
pub struct Response(pub(super) Arc<Parts>);

#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub head: Head,
    pub status: u16,
    pub reason: Text,
    pub via: Via,
    pub from: NameAddr,
    pub to: NameAddr,
    pub cseq: CSeq,
}

impl Response {
    /// Reads one whole response.
    ///
    /// # Errors
    /// See [`Message::parse`]; a request is malformed here, too.
    pub fn parse(bytes: Bytes) -> Result<Self, Malformed> {
        match Message::parse(bytes)? {
            Message::Response(response) => Ok(response),
            Message::Request(_) => Err(Malformed::silent("this is a request")),
        }
    }

    /// The status code, 100 to 699.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// Whether more responses follow (1xx).
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        self.0.status < 200
    }

    /// Whether the request was granted (2xx).
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.0.status)
    }

    /// The reason phrase as the sender put it, perhaps empty.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.0.reason.as_str()
    }

    /// The topmost Via: the one this side had put on.
    #[must_use]
    pub fn via(&self) -> &Via {
        &self.0.via
    }

    /// Who asked.
    #[must_use]
    pub fn from(&self) -> &NameAddr {
        &self.0.from
    }

    /// Who was asked, and with its tag who answers.
    #[must_use]
    pub fn to(&self) -> &NameAddr {
        &self.0.to
    }

    /// Sequence number and method of the request.
    #[must_use]
    pub fn cseq(&self) -> &CSeq {
        &self.0.cseq
    }

    /// All Via values, topmost first.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via, Invalid>> {
        self.item_texts(Name::Via).map(Via::parse)
    }

    /// The values of Contact.
    pub fn contacts(&self) -> impl Iterator<Item = Result<Contact, Invalid>> {
        self.list()
    }

    /// The addresses in Record-Route as they stand; a caller's route set is their reverse.
    pub fn record_routes(&self) -> impl Iterator<Item = Result<NameAddr, Invalid>> {
        self.item_texts(Name::RecordRoute).map(NameAddr::parse)
    }
}

impl Deref for Response {
    type Target = Head;

    fn deref(&self) -> &Head {
        &self.0.head
    }
}
