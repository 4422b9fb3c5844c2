//! Requests of our own.

use std::fmt;

use super::header_methods;
use super::writer::Writer;
use crate::message::head::{Head, Header, Slot};
use crate::message::header::CSeq;
use crate::message::method::Method;
use crate::message::name::{Name, Role};
use crate::message::request::Request;
use crate::message::response::Response;
use crate::message::uri::Uri;

/// A request being written.
///
/// Via may be added last, as only the transaction knows its branch; it still comes out on top.
#[derive(Clone, Debug)]
pub struct RequestBuilder {
    writer: Writer,
    method: Method,
    headers_start: usize,
}

impl RequestBuilder {
    /// Starts a request. The Request-URI is written without its headers part, which a stranger may have made
    /// up to get them into our message.
    #[must_use]
    pub fn new(method: Method, uri: &Uri) -> Self {
        let mut writer = Writer::new(1024);
        writer.text(method.as_str());
        writer.raw(b" ");
        writer.text(uri.without_headers());
        writer.raw(b" SIP/2.0\r\n");
        Self { headers_start: writer.len(), writer, method }
    }

    /// The ACK to a final answer other than 2xx, which belongs to the INVITE's transaction (RFC 3261 section
    /// 17.1.1.3). `invite` is the request as it was sent.
    #[must_use]
    pub fn ack(invite: &Request, response: &Response) -> Self {
        Self::for_hop(invite, Method::Ack, response.to())
    }

    /// The CANCEL of a pending INVITE (RFC 3261 section 9.1). `invite` is the request as it was sent.
    #[must_use]
    pub fn cancel(invite: &Request) -> Self {
        Self::for_hop(invite, Method::Cancel, invite.to())
    }

    fn for_hop(invite: &Request, method: Method, to: impl fmt::Display) -> Self {
        let cseq = CSeq { number: invite.cseq().number, method: method.clone() };
        let mut builder = Self::new(method, invite.uri());
        builder
            .header(Name::Via, invite.via())
            .header(Name::MaxForwards, 70)
            .copy(invite, Name::Route)
            .copy(invite, Name::From)
            .header(Name::To, to)
            .copy(invite, Name::CallId)
            .header(Name::CSeq, cseq);
        builder
    }

    /// The method it was started with.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// Puts a Via on top of the header lines, asking for answers to the source port (RFC 3581). `sent_by` is
    /// host and port, IPv6 in brackets.
    pub fn via(&mut self, transport: &str, sent_by: impl fmt::Display, branch: &str) -> &mut Self {
        self.writer.insert(self.headers_start, |writer| {
            writer.header(Name::Via.as_str(), format_args!("SIP/2.0/{transport} {sent_by};rport;branch={branch}"));
        });
        self
    }

    /// Adds CSeq with the request's own method.
    pub fn cseq(&mut self, number: u32) -> &mut Self {
        self.writer.header(Name::CSeq.as_str(), format_args!("{number} {}", self.method));
        self
    }

    header_methods!();
}
