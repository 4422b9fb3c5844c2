//! Reading a session description.

use std::net::{IpAddr, SocketAddr};

use super::{MAX_LINES, MAX_STREAMS};
use crate::message::Invalid;

/// What a relay needs to know of a session description. Borrows the bytes it was read from.
#[derive(Clone, Debug)]
pub struct Session<'a> {
    /// The address part of `o=`.
    pub(super) origin: Option<&'a str>,
    /// The session's `c=`, for streams that have none of their own.
    pub(super) target: Option<Target<'a>>,
    direction: Option<Direction>,
    /// The media streams in order. An answer has the same number in the same order.
    pub media: Vec<Media<'a>>,
}

/// One `m=` line and what belongs to it.
#[derive(Clone, Debug)]
pub struct Media<'a> {
    /// `audio`, `video`, `image`, …
    pub kind: &'a str,
    /// The port; 0 means that the stream is refused or over.
    pub port: u16,
    /// `RTP/AVP`, `RTP/SAVP`, `udptl`, …
    pub protocol: &'a str,
    formats: &'a str,
    target: Option<Target<'a>>,
    inherited: Option<Target<'a>>,
    direction: Direction,
    /// What `a=rtcp:` says, if it is there and proper.
    rtcp: Option<(u16, Option<IpAddr>)>,
    has_rtcp: bool,
    /// Whether RTCP may share the port (RFC 5761).
    pub rtcp_mux: bool,
}

/// Where media goes: the address of a `c=` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// An address.
    Ip(IpAddr),
    /// A name, which Ringwerk does not resolve: it is told where media goes, it does not look it up.
    Name(&'a str),
}

/// Which way media flows, as the describing side sees it (RFC 8866 section 6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    #[default]
    SendRecv,
    /// This side sends only: it has put the other on hold, perhaps with music.
    SendOnly,
    /// This side receives only.
    RecvOnly,
    /// Neither.
    Inactive,
}

impl Direction {
    /// The attribute's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// Whether this side sends.
    #[must_use]
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// Whether this side receives.
    #[must_use]
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same flow as the other side sees it.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            same => same,
        }
    }

    fn from_name(name: &[u8]) -> Option<Self> {
        [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive]
            .into_iter()
            .find(|direction| direction.as_str().as_bytes() == name)
    }
}

impl<'a> Session<'a> {
    /// Reads a description. Lines may end in CRLF or LF alone; unknown ones are skipped.
    ///
    /// # Errors
    /// When it is no description of version 0, a line is not of the form `x=…`, an `m=` or `c=` line is
    /// improper, or there are too many lines or streams.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Invalid> {
        let mut session = Self { origin: None, target: None, direction: None, media: Vec::new() };
        let mut lines = Lines(bytes);
        if lines.next().and_then(|line| line.field()) != Some((b'v', b"0".as_slice())) {
            return Err(Invalid("the description does not start with v=0"));
        }
        for (count, line) in lines.enumerate() {
            if count >= MAX_LINES {
                return Err(Invalid("the description has too many lines"));
            }
            // Blank lines at the end come from phones that end twice; they mean nothing.
            if line.text.is_empty() {
                continue;
            }
            let (kind, value) = line.field().ok_or(Invalid("a line of the description is improper"))?;
            session.read(kind, value)?;
        }
        Ok(session)
    }

    fn read(&mut self, kind: u8, value: &'a [u8]) -> Result<(), Invalid> {
        match kind {
            b'o' => self.origin = words(value).nth(5),
            b'm' => {
                if self.media.len() >= MAX_STREAMS {
                    return Err(Invalid("the description has too many streams"));
                }
                let media = Media::parse(value, self.target, self.direction.unwrap_or_default());
                self.media.push(media.ok_or(Invalid("a media line is improper"))?);
            }
            b'c' => {
                let target = Target::parse(value).ok_or(Invalid("a connection line is improper"))?;
                let place = match self.media.last_mut() {
                    Some(media) => &mut media.target,
                    None => &mut self.target,
                };
                // A second one would be for hierarchical multicast, which nobody relays.
                place.get_or_insert(target);
            }
            b'a' => match self.media.last_mut() {
                Some(media) => media.attribute(value),
                None => self.direction = Direction::from_name(value).or(self.direction),
            },
            _ => {}
        }
        Ok(())
    }

    /// Whether every stream that is not refused is held by the describing side.
    #[must_use]
    pub fn is_hold(&self) -> bool {
        let mut streams = self.media.iter().filter(|media| !media.is_refused()).peekable();
        streams.peek().is_some() && streams.all(Media::is_held)
    }
}

impl<'a> Media<'a> {
    fn parse(value: &'a [u8], inherited: Option<Target<'a>>, direction: Direction) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?;
        let (kind, rest) = text.split_once(' ')?;
        let (port, rest) = rest.split_once(' ')?;
        let (protocol, formats) = rest.split_once(' ').unwrap_or((rest, ""));
        // `port/count` describes layered encodings; only the first port counts.
        let port = port.split_once('/').map_or(port, |(port, _)| port);
        let port = port.bytes().all(|byte| byte.is_ascii_digit()).then(|| port.parse().ok())??;
        if kind.is_empty() || protocol.is_empty() {
            return None;
        }
        Some(Self {
            kind,
            port,
            protocol,
            formats,
            target: None,
            inherited,
            direction,
            rtcp: None,
            has_rtcp: false,
            rtcp_mux: false,
        })
    }

    fn attribute(&mut self, value: &[u8]) {
        if let Some(direction) = Direction::from_name(value) {
            self.direction = direction;
        } else if value == b"rtcp-mux" {
            self.rtcp_mux = true;
        } else if let Some(rtcp) = value.strip_prefix(b"rtcp:") {
            // An improper one costs statistics, not the call.
            self.rtcp = parse_rtcp(rtcp);
            self.has_rtcp = true;
        }
    }

    /// The formats: for RTP the payload types, most wanted first.
    pub fn formats(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.formats.split(' ').filter(|format| !format.is_empty())
    }

    /// Whether the stream is refused or over.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        self.port == 0
    }

    /// The address of the stream's own `c=` line, or of the session's.
    #[must_use]
    pub fn target(&self) -> Option<Target<'a>> {
        self.target.or(self.inherited)
    }

    /// Whether the stream has a `c=` line of its own.
    pub(super) const fn has_own_target(&self) -> bool {
        self.target.is_some()
    }

    /// Whether the stream has an `a=rtcp:` line.
    pub(super) const fn has_rtcp(&self) -> bool {
        self.has_rtcp
    }

    /// Where RTP may be sent: `None` for a refused stream, a name, and addresses that reach nobody or
    /// everybody.
    #[must_use]
    pub fn rtp_address(&self) -> Option<SocketAddr> {
        match self.target()? {
            Target::Ip(ip) if !self.is_refused() && is_unicast(ip) => Some(SocketAddr::new(ip, self.port)),
            _ => None,
        }
    }

    /// Where RTCP may be sent (RFC 3605): as `a=rtcp:` says, or the port after RTP's. Whether it shares RTP's
    /// port instead depends on both sides' [`Media::rtcp_mux`].
    #[must_use]
    pub fn rtcp_address(&self) -> Option<SocketAddr> {
        let rtp = self.rtp_address()?;
        match self.rtcp {
            Some((port, ip)) => {
                Some(SocketAddr::new(ip.unwrap_or(rtp.ip()), port)).filter(|rtcp| is_unicast(rtcp.ip()))
            }
            None => rtp.port().checked_add(1).map(|port| SocketAddr::new(rtp.ip(), port)),
        }
    }

    /// Which way media flows. The old way to hold, an unspecified address (RFC 2543), takes receiving away.
    #[must_use]
    pub fn direction(&self) -> Direction {
        match (self.direction, self.is_held_by_address()) {
            (Direction::SendRecv, true) => Direction::SendOnly,
            (Direction::RecvOnly, true) => Direction::Inactive,
            (direction, _) => direction,
        }
    }

    /// Whether the describing side holds the other: it does not want to receive.
    #[must_use]
    pub fn is_held(&self) -> bool {
        !self.direction().receives()
    }

    pub(super) fn is_held_by_address(&self) -> bool {
        self.target().is_some_and(|target| target.is_unspecified())
    }
}

impl<'a> Target<'a> {
    /// Reads `IN IP4 192.0.2.1`, with or without multicast suffixes.
    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        let mut words = words(value);
        let (network, family, address) = (words.next()?, words.next()?, words.next()?);
        if network != "IN" || !matches!(family, "IP4" | "IP6") {
            return None;
        }
        let address = address.split('/').next().unwrap_or_default();
        // Some say IP4 and write IPv6 (RFC 5118 section 4.8 has both in one description): the address decides.
        match address.parse() {
            Ok(ip) => Some(Self::Ip(ip)),
            Err(_) if is_host_name(address) => Some(Self::Name(address)),
            Err(_) => None,
        }
    }

    pub(super) fn is_unspecified(self) -> bool {
        matches!(self, Self::Ip(ip) if ip.is_unspecified())
    }
}

fn is_host_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

/// Whether packets to this address go to one host and not to none or many.
fn is_unicast(ip: IpAddr) -> bool {
    let many = match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_multicast() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.is_multicast(),
    };
    !many && !ip.to_canonical().is_unspecified()
}

/// Reads `53020` or `53020 IN IP4 192.0.2.1`.
fn parse_rtcp(value: &[u8]) -> Option<(u16, Option<IpAddr>)> {
    let mut words = words(value);
    let port = words.next()?.parse().ok().filter(|port| *port != 0)?;
    match (words.next(), words.next(), words.next()) {
        (None, ..) => Some((port, None)),
        (Some("IN"), Some("IP4" | "IP6"), Some(address)) => Some((port, Some(address.parse().ok()?))),
        _ => None,
    }
}

fn words(value: &[u8]) -> impl Iterator<Item = &str> {
    std::str::from_utf8(value).unwrap_or_default().split(' ').filter(|word| !word.is_empty())
}

/// A line and the bytes that end it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub text: &'a [u8],
    pub end: &'a [u8],
}

impl<'a> Line<'a> {
    /// The letter before the equals sign and the value after it.
    pub fn field(self) -> Option<(u8, &'a [u8])> {
        match self.text {
            [kind, b'=', value @ ..] if kind.is_ascii_alphabetic() => Some((*kind, value)),
            _ => None,
        }
    }
}

/// The lines of a description, in order and complete: their bytes in a row are the description.
#[derive(Clone, Debug)]
pub(super) struct Lines<'a>(pub &'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if self.0.is_empty() {
            return None;
        }
        let newline = memchr::memchr(b'\n', self.0).map_or(self.0.len(), |at| at + 1);
        let (whole, rest) = self.0.split_at_checked(newline)?;
        self.0 = rest;
        let text = whole.strip_suffix(b"\n").unwrap_or(whole);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        Some(Line { text, end: whole.get(text.len()..).unwrap_or_default() })
    }
}
