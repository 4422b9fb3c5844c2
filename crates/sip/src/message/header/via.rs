//! Via (RFC 3261 section 20.42, RFC 3581).

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::message::grammar::{is_token, trim};
use crate::message::host::{Host, HostSpan, parse_ip};
use crate::message::invalid::Invalid;
use crate::message::params::Params;
use crate::message::text::{Span, Text};

/// One hop of the path that the answer takes back.
#[derive(Clone)]
pub struct Via {
    text: Text,
    transport: Span,
    host: HostSpan,
    port: Option<u16>,
    params: Span,
}

/// What the `rport` parameter says (RFC 3581).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rport {
    /// It is not there: answers go to the port in `sent-by`.
    Absent,
    /// It has no value: the sender wants answers at the port the request came from.
    Wanted,
    /// The server that received the request has filled it in.
    Port(u16),
}

impl Via {
    /// Reads one Via value.
    ///
    /// # Errors
    /// When it is not of protocol SIP/2.0 or breaks the grammar. Any transport token is accepted.
    pub fn parse(text: impl Into<Text>) -> Result<Self, Invalid> {
        let text: Text = text.into();
        Self::read(text.clone(), text.as_str())
    }

    /// Reads the Via that `text` is, whose `&str` is at hand.
    pub(crate) fn read(text: Text, all: &str) -> Result<Self, Invalid> {
        let via = Self::find(text, all, |version| version == "2.0")?;
        Params::new(via.params.of(all)).check()?;
        Ok(via)
    }

    /// Reads only as much as it takes to know where an answer goes, for requests that are malformed here: of
    /// any version, and without its parameters if they are improper.
    pub(crate) fn parse_leniently(text: Text) -> Option<Self> {
        let via = Self::find(text.clone(), &text, |_| true).ok().filter(|via| via.params().check().is_ok());
        via.or_else(|| {
            let end = memchr::memchr2(b';', b',', text.as_bytes()).unwrap_or(text.len());
            let span = Span::new(0, end);
            Self::find(text.cut(span), span.of(&text), |_| true).ok()
        })
    }

    fn find(text: Text, all: &str, is_known: impl Fn(&str) -> bool) -> Result<Self, Invalid> {
        const GRAMMAR: Invalid = Invalid("the Via has no protocol, version, transport and host");
        if all.len() > usize::from(u16::MAX) {
            return Err(Invalid("the Via is too long"));
        }
        let (protocol, rest) = all.split_once('/').ok_or(GRAMMAR)?;
        let (version, rest) = rest.split_once('/').ok_or(GRAMMAR)?;
        if !trim(protocol).eq_ignore_ascii_case("SIP") || !is_known(trim(version)) {
            return Err(Invalid("the Via is not of SIP/2.0"));
        }
        let rest = rest.trim_ascii_start();
        let transport_start = all.len() - rest.len();
        let transport_length = rest.find([' ', '\t']).ok_or(GRAMMAR)?;
        let (transport, rest) = rest.split_at_checked(transport_length).unwrap_or_default();
        if !is_token(transport.as_bytes()) {
            return Err(Invalid("the transport of the Via is not a token"));
        }
        let sent_by = rest.trim_ascii_start();
        let host_start = all.len() - sent_by.len();
        let host_end = memchr::memchr(b';', sent_by.as_bytes()).unwrap_or(sent_by.len());
        let host_text = sent_by.get(..host_end).unwrap_or_default();
        let (host, port) = HostSpan::parse_with_port(host_text, host_start)?;
        let transport = Span::new(transport_start, transport_start + transport_length);
        let params = Span::new(host_start + host_end, all.len());
        Ok(Self { transport, host, port, params, text })
    }

    /// The transport as written: `UDP`, `TLS`, …
    #[must_use]
    pub fn transport(&self) -> &str {
        self.transport.of(self.text.as_str())
    }

    /// The host that the sender says it is.
    #[must_use]
    pub fn host(&self) -> Host<'_> {
        self.host.of(self.text.as_str())
    }

    /// The port that the sender says it listens on, if it says so.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The port that the sender listens on: as written, or the default of its transport (5060, 5061).
    #[must_use]
    pub fn port_or_default(&self) -> u16 {
        let secure = ["TLS", "WSS", "TLS-SCTP"].iter().any(|name| self.transport().eq_ignore_ascii_case(name));
        self.port.unwrap_or(if secure { 5061 } else { 5060 })
    }

    /// All parameters.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        Params::new(self.params.of(self.text.as_str()))
    }

    /// The transaction's branch; `None` if absent or empty.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.params().value("branch").filter(|branch| !branch.is_empty())
    }

    /// The branch if it identifies its transaction by itself (RFC 3261 section 8.1.1.7): the magic cookie and
    /// something after it (RFC 4475 section 3.2.1).
    #[must_use]
    pub fn unique_branch(&self) -> Option<&str> {
        const COOKIE: &str = "z9hG4bK";
        self.branch().filter(|branch| {
            branch.len() > COOKIE.len()
                && branch.get(..COOKIE.len()).is_some_and(|start| start.eq_ignore_ascii_case(COOKIE))
        })
    }

    /// Where the previous hop saw the request come from.
    #[must_use]
    pub fn received(&self) -> Option<IpAddr> {
        self.params().value("received").and_then(parse_ip)
    }

    /// What the `rport` parameter says. An improper port counts as [`Rport::Wanted`].
    #[must_use]
    pub fn rport(&self) -> Rport {
        match self.params().value("rport") {
            None => Rport::Absent,
            Some(port) => port.parse().ok().filter(|port| *port != 0).map_or(Rport::Wanted, Rport::Port),
        }
    }

    /// The multicast or maddr address the answer should go to, if written.
    #[must_use]
    pub fn maddr(&self) -> Option<&str> {
        self.params().value("maddr")
    }

    /// The Via as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// This Via with what the receiver of a request has to add to it: `received` if the packet came from
    /// another address than the Via says or `rport` asks for it (RFC 3261 section 18.2.1, RFC 3581 section 4),
    /// and the port for an `rport`. Earlier values of both are replaced, since the sender made them up.
    #[must_use]
    pub const fn received_from(&self, source: SocketAddr) -> Received<'_> {
        Received { via: self, source }
    }
}

/// A Via as it goes back in the answer; see [`Via::received_from`].
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    via: &'a Via,
    source: SocketAddr,
}

impl fmt::Display for Received<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { via, source } = self;
        let ip = source.ip().to_canonical();
        let mut wants_port = false;
        let text = via.text.as_str();
        f.write_str(text.get(..usize::from(via.params.start)).unwrap_or_default())?;
        for param in Params::new(via.params.of(text)) {
            if param.name.eq_ignore_ascii_case("rport") {
                wants_port = true;
                continue;
            }
            if param.name.eq_ignore_ascii_case("received") {
                continue;
            }
            f.write_str(";")?;
            f.write_str(param.name)?;
            if let Some(value) = param.value {
                f.write_str("=")?;
                f.write_str(value)?;
            }
        }
        if wants_port || via.host().ip() != Some(ip) {
            write!(f, ";received={ip}")?;
        }
        if wants_port {
            write!(f, ";rport={}", source.port())?;
        }
        Ok(())
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text.as_str())
    }
}

impl fmt::Debug for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Via({})", self.text)
    }
}

impl PartialEq for Via {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Via {}
