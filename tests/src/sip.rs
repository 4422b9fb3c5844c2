//! SIP as text and the sockets it goes through, without any knowledge of what the messages mean.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::wait;
use crate::websocket::WebSocket;

/// A message as text, taken apart just enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sip {
    pub start: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Sip {
    /// Takes one whole message apart. Folded lines are not expected from Ringwerk.
    pub fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.split("\r\n");
        let start = lines.next().unwrap_or_default().to_owned();
        let header =
            |line: &str| line.split_once(':').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
        Self { start, headers: lines.filter_map(header).collect(), body: body.to_owned() }
    }

    /// The status of a response, 0 for a request.
    pub fn status(&self) -> u16 {
        self.start.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3)?.parse().ok()).unwrap_or(0)
    }

    /// The method of a request, empty for a response.
    pub fn method(&self) -> &str {
        if self.start.starts_with("SIP/2.0 ") { "" } else { self.start.split(' ').next().unwrap_or_default() }
    }

    /// The first header of this name, empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// All headers of this name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Number and method of the CSeq header.
    pub fn cseq(&self) -> (u32, &str) {
        let (number, method) = self.header("CSeq").split_once(' ').unwrap_or_default();
        (number.parse().unwrap_or(0), method)
    }

    /// The URI of the first Contact.
    pub fn contact(&self) -> &str {
        let contact = self.header("Contact");
        contact.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(contact, |(uri, _)| uri)
    }

    /// Where the first media line wants its packets.
    pub fn media(&self) -> Option<SocketAddr> {
        let address =
            |line: &str| line.strip_prefix("c=IN IP4 ").or_else(|| line.strip_prefix("c=IN IP6 ")).map(str::to_owned);
        let ip = self.body.lines().find_map(address)?.trim().parse().ok()?;
        let port = self.body.lines().find_map(|line| line.strip_prefix("m=audio "))?.split(' ').next()?.parse().ok()?;
        Some(SocketAddr::new(ip, port))
    }
}

/// A socket that SIP goes through.
pub enum Wire {
    Udp { socket: UdpSocket, server: SocketAddr },
    Tcp { stream: TcpStream, waiting: Vec<u8> },
    Ws(WebSocket),
}

impl Wire {
    /// A UDP socket at `ip` that talks to `server`.
    pub fn udp(ip: IpAddr, server: SocketAddr) -> Self {
        Self::Udp { socket: UdpSocket::bind(SocketAddr::new(ip, 0)).expect("a loopback address"), server }
    }

    /// A TCP connection to `server`.
    pub fn tcp(server: SocketAddr) -> Self {
        Self::Tcp { stream: TcpStream::connect(server).expect("Ringwerk listens on TCP"), waiting: Vec::new() }
    }

    /// A WebSocket to `server` (RFC 7118).
    pub fn websocket(server: SocketAddr) -> Self {
        Self::Ws(WebSocket::open(server))
    }

    pub const fn transport(&self) -> &'static str {
        match self {
            Self::Udp { .. } => "UDP",
            Self::Tcp { .. } => "TCP",
            Self::Ws(_) => "WS",
        }
    }

    pub fn local(&self) -> SocketAddr {
        match self {
            Self::Udp { socket, .. } => socket.local_addr(),
            Self::Tcp { stream, .. } => stream.local_addr(),
            Self::Ws(socket) => socket.local(),
        }
        .expect("a bound socket")
    }

    pub fn send(&mut self, bytes: &[u8]) {
        // What does not arrive is noticed by whoever waits for the answer.
        let _ = match self {
            Self::Udp { socket, server } => socket.send_to(bytes, *server).map(|_| ()),
            Self::Tcp { stream, .. } => stream.write_all(bytes),
            Self::Ws(socket) => socket.send(bytes),
        };
    }

    /// The next message, if one comes in time.
    pub fn receive(&mut self, patience: Duration) -> Option<Sip> {
        let end = wait::deadline(patience);
        let mut chunk = vec![0; 65_536];
        if let Self::Ws(socket) = self {
            let message = socket.receive(patience).ok().flatten()?;
            return Some(Sip::parse(&String::from_utf8_lossy(&message)));
        }
        loop {
            if let Self::Tcp { waiting, .. } = self
                && let Some(message) = framed(waiting)
            {
                return Some(message);
            }
            let left = wait::left(end).max(Duration::from_millis(1));
            let read = match self {
                Self::Udp { socket, .. } => socket.set_read_timeout(Some(left)).and_then(|()| socket.recv(&mut chunk)),
                Self::Tcp { stream, .. } => stream.set_read_timeout(Some(left)).and_then(|()| stream.read(&mut chunk)),
                Self::Ws(_) => return None,
            };
            match (read, &mut *self) {
                (Ok(size), Self::Udp { .. }) if size > 4 => {
                    return Some(Sip::parse(&String::from_utf8_lossy(&chunk[..size])));
                }
                (Ok(size @ 1..), Self::Tcp { waiting, .. }) => waiting.extend_from_slice(&chunk[..size]),
                (Ok(0), Self::Tcp { .. }) => return None,
                (Err(error), _)
                    if !matches!(
                        error.kind(),
                        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                    ) =>
                {
                    // A UDP socket hears here that nobody listens at the other end just now.
                    wait::pause();
                }
                _ => {}
            }
            if wait::left(end) == Duration::ZERO {
                return None;
            }
        }
    }
}

fn framed(waiting: &mut Vec<u8>) -> Option<Sip> {
    while waiting.starts_with(b"\r\n") {
        waiting.drain(..2);
    }
    let head = waiting.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let message = Sip::parse(&String::from_utf8_lossy(&waiting[..head]));
    let body: usize = message.header("Content-Length").parse().unwrap_or(0);
    let whole = String::from_utf8_lossy(waiting.get(..head + body)?).into_owned();
    waiting.drain(..head + body);
    Some(Sip::parse(&whole))
}

static COUNTER: AtomicU32 = AtomicU32::new(1);

/// A word that was not used before in this process.
pub fn fresh() -> String {
    format!("{:x}x{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}
