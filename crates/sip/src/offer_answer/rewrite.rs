//! Putting the relay's addresses into somebody else's description.

use std::fmt::Arguments;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use super::session::{Line, Lines, Media, Session, Target};
use crate::message::Invalid;

/// Where the relay receives one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelayAddress {
    /// For RTP, or whatever the stream is made of.
    pub rtp: SocketAddr,
    /// For RTCP.
    pub rtcp: SocketAddr,
}

impl RelayAddress {
    /// An address for RTP with RTCP on the next port.
    #[must_use]
    pub fn new(rtp: SocketAddr) -> Self {
        Self { rtp, rtcp: SocketAddr::new(rtp.ip(), rtp.port().saturating_add(1)) }
    }
}

/// Directs the media of a description to the relay: one address a stream, in their order.
///
/// Replaces the addresses in `o=` and `c=`, the ports in `m=` and `a=rtcp:`, and takes ICE out, since its
/// candidates would lead past the relay. Refused streams stay refused, streams without a relay address become
/// so, and a hold by unspecified address stays one. Everything else stays byte for byte.
///
/// # Errors
/// When the description cannot be read; see [`Session::parse`].
pub fn rewrite(description: &[u8], relays: &[RelayAddress]) -> Result<Bytes, Invalid> {
    let session = Session::parse(description)?;
    let mut out = Rewriter { out: Vec::with_capacity(description.len() + 64), session: &session, relays };
    let mut stream = None;
    let mut has_target = false;
    for line in Lines(description) {
        if matches!(line.field(), Some((b'm', _))) {
            let next = stream.map_or(0, |index: usize| index + 1);
            out.media(next, line);
            stream = Some(next);
            has_target = false;
            continue;
        }
        if matches!(line.field(), Some((b'c', _))) {
            // See `Session`: a second one would lead past the relay.
            if std::mem::replace(&mut has_target, true) {
                continue;
            }
        }
        out.line(stream, line);
    }
    Ok(out.out.into())
}

struct Rewriter<'a> {
    out: Vec<u8>,
    session: &'a Session<'a>,
    relays: &'a [RelayAddress],
}

impl Rewriter<'_> {
    fn line(&mut self, stream: Option<usize>, line: Line<'_>) {
        let media = stream.and_then(|index| self.session.media.get(index));
        match line.field() {
            Some((b'o', value)) => self.origin(value, line),
            Some((b'c', value)) => {
                let relay = self.relays.get(stream.unwrap_or(0)).or(self.relays.first()).map(|relay| relay.rtp.ip());
                match relay.filter(|_| Target::parse(value).is_some_and(|target| !target.is_unspecified())) {
                    Some(ip) => self.write(line, format_args!("c={}", address(ip))),
                    None => self.keep(line),
                }
            }
            Some((b'a', value)) if is_ice(value) => {}
            Some((b'a', value)) if value.starts_with(b"rtcp:") => self.rtcp(stream, media, value, line),
            _ => self.keep(line),
        }
    }

    /// The `m=` line, and after it what the stream now needs and did not have.
    fn media(&mut self, index: usize, line: Line<'_>) {
        let Some(media) = self.session.media.get(index) else { return };
        let relay = self.relays.get(index).filter(|_| !media.is_refused());
        let rest = line.field().map(|(_, value)| value).and_then(after_port).unwrap_or_default();
        let port = relay.map_or(0, |relay| relay.rtp.port());
        self.out.extend_from_slice(format!("m={} {port}", media.kind).as_bytes());
        self.out.extend_from_slice(rest);
        let Some(relay) = relay else {
            self.out.extend_from_slice(line.end);
            return;
        };
        // The last line may lack its end; what follows it now must not.
        let line = if !line.end.ends_with(b"\n") { Line { end: b"\r\n", ..line } } else { line };
        self.out.extend_from_slice(line.end);
        let inherits =
            self.session.target.is_some() && self.relays.first().map(|first| first.rtp.ip()) == Some(relay.rtp.ip());
        if !media.has_own_target() && !inherits && !media.is_held_by_address() {
            self.write(line, format_args!("c={}", address(relay.rtp.ip())));
        }
        let usual = relay.rtp.port().checked_add(1) == Some(relay.rtcp.port()) && relay.rtcp.ip() == relay.rtp.ip();
        if !media.has_rtcp() && !usual && media.protocol.starts_with("RTP/") {
            self.write(line, format_args!("a=rtcp:{} {}", relay.rtcp.port(), address(relay.rtcp.ip())));
        }
    }

    /// `a=rtcp:` with the relay's port, and its address if there was one.
    fn rtcp(&mut self, stream: Option<usize>, media: Option<&Media<'_>>, value: &[u8], line: Line<'_>) {
        let relay = stream.and_then(|index| self.relays.get(index));
        match relay.filter(|_| media.is_some_and(|media| !media.is_refused())) {
            Some(relay) if value.contains(&b' ') || relay.rtcp.ip() != relay.rtp.ip() => {
                self.write(line, format_args!("a=rtcp:{} {}", relay.rtcp.port(), address(relay.rtcp.ip())));
            }
            Some(relay) => self.write(line, format_args!("a=rtcp:{}", relay.rtcp.port())),
            // A refused stream has no RTCP, and its old address is nobody's business.
            None => {}
        }
    }

    /// `o=` with the relay's address, which says nothing but would show where a phone is.
    fn origin(&mut self, value: &[u8], line: Line<'_>) {
        let relay = self.relays.first().map(|relay| relay.rtp.ip());
        let kept = std::str::from_utf8(value).ok().and_then(|text| {
            let address = self.session.origin?;
            let before = text.strip_suffix(address)?;
            let family = ["IP4 ", "IP6 "].iter().find_map(|family| before.strip_suffix(family))?;
            family.strip_suffix("IN ")
        });
        match (relay, kept) {
            (Some(ip), Some(kept)) => self.write(line, format_args!("o={kept}{}", address(ip))),
            _ => self.keep(line),
        }
    }

    fn keep(&mut self, line: Line<'_>) {
        self.out.extend_from_slice(line.text);
        self.out.extend_from_slice(line.end);
    }

    fn write(&mut self, like: Line<'_>, text: Arguments<'_>) {
        // Writing into a vector cannot fail.
        let _ = self.out.write_fmt(text);
        self.out.extend_from_slice(like.end);
    }
}

/// What follows the port of an `m=` line, with its space.
fn after_port(value: &[u8]) -> Option<&[u8]> {
    let kind = memchr::memchr(b' ', value)? + 1;
    let port = memchr::memchr(b' ', value.get(kind..)?)?;
    value.get(kind + port..)
}

fn address(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => format!("IN IP4 {ip}"),
        IpAddr::V6(ip) => format!("IN IP6 {ip}"),
    }
}

/// Whether this attribute belongs to ICE (RFC 8839 section 5).
fn is_ice(attribute: &[u8]) -> bool {
    [b"candidate:".as_slice(), b"ice-", b"remote-candidates:", b"end-of-candidates"]
        .iter()
        .any(|start| attribute.starts_with(start))
}
