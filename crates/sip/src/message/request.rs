//! Requests.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;

use super::Message;
use super::head::Head;
use super::header::{CSeq, Contact, NameAddr, Via};
use super::invalid::Invalid;
use super::malformed::Malformed;
use super::method::Method;
use super::name::Name;
use super::uri::Uri;

/// A well-formed request: its start line, topmost Via, From, To, Call-ID and CSeq have been read and agree.
///
/// Cheap to clone. Header lines and body are reached through [`Head`].
#[derive(Clone, Debug)]
pub struct Request(pub(super) Arc<Parts>);

#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub head: Head,
    pub method: Method,
    pub uri: Uri,
    pub via: Via,
    pub from: NameAddr,
    pub to: NameAddr,
    pub cseq: CSeq,
    pub source: Option<SocketAddr>,
}

impl Request {
    /// Reads one whole request.
    ///
    /// # Errors
    /// See [`Message::parse`]; a response is malformed here, too.
    pub fn parse(bytes: Bytes) -> Result<Self, Malformed> {
        match Message::parse(bytes)? {
            Message::Request(request) => Ok(request),
            Message::Response(_) => Err(Malformed::silent("this is a response")),
        }
    }

    /// What it asks for.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.0.method
    }

    /// The Request-URI. Its scheme may be one that Ringwerk does not support, which is answered 416.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.0.uri
    }

    /// The topmost Via.
    #[must_use]
    pub fn via(&self) -> &Via {
        &self.0.via
    }

    /// Who asks.
    #[must_use]
    pub fn from(&self) -> &NameAddr {
        &self.0.from
    }

    /// Who is asked.
    #[must_use]
    pub fn to(&self) -> &NameAddr {
        &self.0.to
    }

    /// The sequence number; its method is [`Request::method`].
    #[must_use]
    pub fn cseq(&self) -> &CSeq {
        &self.0.cseq
    }

    /// All Via values, topmost first.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via, Invalid>> {
        self.item_texts(Name::Via).map(Via::parse)
    }

    /// The addresses in Route, next hop first.
    pub fn routes(&self) -> impl Iterator<Item = Result<NameAddr, Invalid>> {
        self.item_texts(Name::Route).map(NameAddr::parse)
    }

    /// The addresses in Record-Route, nearest proxy first.
    pub fn record_routes(&self) -> impl Iterator<Item = Result<NameAddr, Invalid>> {
        self.item_texts(Name::RecordRoute).map(NameAddr::parse)
    }

    /// The values of Contact.
    pub fn contacts(&self) -> impl Iterator<Item = Result<Contact, Invalid>> {
        self.list()
    }

    /// Where the request came from, if the receiver has said so.
    #[must_use]
    pub fn source(&self) -> Option<SocketAddr> {
        self.0.source
    }

    /// Notes where the request came from. Answers built for it then carry `received` and `rport` in their
    /// topmost Via (RFC 3261 section 18.2.1, RFC 3581).
    pub fn set_source(&mut self, source: SocketAddr) {
        Arc::make_mut(&mut self.0).source = Some(source);
    }
}

impl Deref for Request {
    type Target = Head;

    fn deref(&self) -> &Head {
        &self.0.head
    }
}
