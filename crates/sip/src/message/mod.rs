//! SIP messages: reading without copying, writing into one buffer.
//!
//! A received message is one [`bytes::Bytes`] and a list of where its header lines lie. Typed values are read
//! when asked for and share the buffer. Reading is liberal where RFC 4475 lets it be and strict where two
//! elements that disagree could be played against each other: line ends, lengths, headers that may come once.

mod build;
mod framer;
mod grammar;
mod head;
pub mod header;
mod host;
mod invalid;
pub mod limits;
mod list;
mod malformed;
mod method;
mod name;
mod params;
mod parse;
mod request;
mod response;
mod scan;
mod status;
#[cfg(test)]
mod tests;
mod text;
mod uri;

use std::ops::Deref;

use bytes::Bytes;

pub use self::build::{RequestBuilder, ResponseBuilder};
pub use self::framer::{Frame, Framer};
pub use self::head::{Head, Header};
pub use self::header::{CSeq, Contact, ContactParams, NameAddr, Rport, Typed, Via};
pub use self::host::Host;
pub use self::invalid::Invalid;
pub use self::list::Items;
pub use self::malformed::Malformed;
pub use self::method::Method;
pub use self::name::{Name, Role};
pub use self::params::{Param, Params, unquote};
pub use self::request::Request;
pub use self::response::Response;
pub use self::status::reason_phrase;
pub use self::text::Text;
pub use self::uri::{Scheme, Uri, escape_user, unescape};

/// A well-formed message.
#[derive(Clone, Debug)]
pub enum Message {
    /// Something is asked.
    Request(Request),
    /// Something is answered.
    Response(Response),
}

impl Message {
    /// Reads one whole message: a datagram, a WebSocket message, or what a [`Framer`] cut out of a stream.
    /// Bytes after the body are dropped (RFC 3261 section 18.3).
    ///
    /// # Errors
    /// When it is no SIP message or one that must not be processed. [`Malformed`] says whether and how to
    /// answer.
    pub fn parse(bytes: Bytes) -> Result<Self, Malformed> {
        parse::parse(bytes)
    }
}

impl Deref for Message {
    type Target = Head;

    fn deref(&self) -> &Head {
        match self {
            Self::Request(request) => request,
            Self::Response(response) => response,
        }
    }
}
