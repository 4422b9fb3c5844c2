//! A WebSocket client (RFC 6455) that knows what SIP needs of it (RFC 7118): text frames, pings, the end.
//!
//! Written here and not taken from a library, since the server's library would be as wrong as itself.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The key of RFC 6455 section 1.3, and what a server has to make of it.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;

/// An open connection.
pub struct WebSocket {
    stream: TcpStream,
    waiting: Vec<u8>,
}

impl WebSocket {
    /// Connects and agrees on the subprotocol `sip`.
    pub fn open(server: SocketAddr) -> Self {
        let mut stream = TcpStream::connect(server).expect("Ringwerk listens for WebSockets");
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).expect("a connection");
        let mut waiting = Vec::new();
        let end = loop {
            let mut chunk = [0; 2048];
            let size = stream.read(&mut chunk).expect("an answer to the handshake");
            assert!(size > 0, "closed in the handshake: {}", String::from_utf8_lossy(&waiting));
            waiting.extend_from_slice(&chunk[..size]);
            if let Some(end) = waiting.windows(4).position(|word| word == b"\r\n\r\n") {
                break end;
            }
        };
        let head = String::from_utf8_lossy(&waiting[..end]).into_owned();
        waiting.drain(..end + 4);
        let header = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(':'));
            lines.find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
        };
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        assert_eq!(header("Sec-WebSocket-Accept").as_deref(), Some(ACCEPT), "{head}");
        assert_eq!(header("Sec-WebSocket-Protocol").as_deref(), Some("sip"), "{head}");
        Self { stream, waiting }
    }

    pub fn local(&self) -> std::io::Result<SocketAddr> {
        self.stream.local_addr()
    }

    /// Sends one message in one frame.
    pub fn send(&mut self, text: &[u8]) -> std::io::Result<()> {
        self.frame(TEXT, text)
    }

    fn frame(&mut self, kind: u8, payload: &[u8]) -> std::io::Result<()> {
        const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
        let mut frame = vec![0x80 | kind];
        match payload.len() {
            short @ 0..126 => frame.push(0x80 | u8::try_from(short).unwrap_or_default()),
            long => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(long).expect("a message of at most 64 KiB").to_be_bytes());
            }
        }
        frame.extend(MASK);
        frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        self.stream.write_all(&frame)
    }

    /// The next message. `Ok(None)`: none came within `patience`. An error: the connection is over.
    pub fn receive(&mut self, patience: Duration) -> std::io::Result<Option<Vec<u8>>> {
        loop {
            match self.take() {
                Some((TEXT | BINARY, message)) => return Ok(Some(message)),
                Some((PING, payload)) => self.frame(PING + 1, &payload)?,
                Some((CLOSE, _)) => return Err(ErrorKind::ConnectionAborted.into()),
                Some(_) => {}
                None => {
                    let mut chunk = [0; 16_384];
                    self.stream.set_read_timeout(Some(patience))?;
                    match self.stream.read(&mut chunk) {
                        Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                        Ok(size) => self.waiting.extend_from_slice(&chunk[..size]),
                        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                            return Ok(None);
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
        }
    }

    /// A whole frame of those that came; the server masks nothing (section 5.1) and splits no message.
    fn take(&mut self) -> Option<(u8, Vec<u8>)> {
        let (first, second) = (*self.waiting.first()?, *self.waiting.get(1)?);
        assert!(first & 0x80 != 0 && second & 0x80 == 0, "a split or masked frame: {:?}", &self.waiting[..2]);
        let (head, length) = match second {
            126 => (4, usize::from(u16::from_be_bytes(self.waiting.get(2..4)?.try_into().ok()?))),
            127 => panic!("a message of more than 64 KiB"),
            short => (2, usize::from(short)),
        };
        let payload = self.waiting.get(head..head + length)?.to_vec();
        self.waiting.drain(..head + length);
        Some((first & 0x0f, payload))
    }
}
