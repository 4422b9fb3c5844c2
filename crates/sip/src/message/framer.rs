//! Cutting a byte stream into messages (RFC 3261 section 18.3, RFC 5626 section 4.4.1).

use bytes::{Buf, Bytes, BytesMut};

use super::grammar::is_token_byte;
use super::limits;
use super::malformed::{Malformed, Problem};
use super::name::Name;
use super::parse::{content_length, refuse};
use super::scan::scan;

/// One thing that came over a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The bytes of one message, for [`super::Message::parse`].
    Message(Bytes),
    /// Two line ends: a keep-alive to be answered with one (RFC 5626). See [`Framer::PONG`].
    Ping,
    /// One line end: the answer to a keep-alive, or left over. Nothing to do.
    Pong,
}

/// Cuts a TCP or TLS stream into messages. Holds at most one message and one read.
///
/// Push what was read, then call [`Framer::next_frame`] until it has nothing more, before reading again.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: BytesMut,
    /// Up to here there is no end of a header section.
    searched: usize,
    /// How long the message at the start of the buffer is, once its head has been read.
    expected: Option<usize>,
    broken: bool,
}

impl Framer {
    /// What answers a [`Frame::Ping`].
    pub const PONG: &'static [u8] = b"\r\n";

    /// A framer at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes read from the stream. After an error nothing is taken any more.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.broken {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// How many bytes wait for the rest of their message.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// The next whole frame; `Ok(None)` if more bytes are needed.
    ///
    /// # Errors
    /// When nobody can tell where the next message starts: no Content-Length, two of them, an improper one, a
    /// message over [`limits::MESSAGE`], or no SIP at all. Send the answer, if there is one, and close the
    /// connection; the framer is of no more use.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, Malformed> {
        if self.broken {
            return Ok(None);
        }
        let frame = self.cut();
        if frame.is_err() {
            self.broken = true;
            self.buffer = BytesMut::new();
        }
        frame
    }

    fn cut(&mut self) -> Result<Option<Frame>, Malformed> {
        let length = match self.expected {
            Some(length) => length,
            None => match self.buffer.first() {
                None => return Ok(None),
                Some(b'\r') => return self.keep_alive(),
                Some(byte) if is_token_byte(*byte) => match self.measure()? {
                    Some(length) => *self.expected.insert(length),
                    None => return Ok(None),
                },
                Some(_) => return Err(Malformed::silent("this is not SIP")),
            },
        };
        if self.buffer.len() < length {
            return Ok(None);
        }
        self.expected = None;
        self.searched = 0;
        Ok(Some(Frame::Message(self.buffer.split_to(length).freeze())))
    }

    /// One line end or two? The answer waits for the next bytes, so that it never depends on how the stream
    /// was cut into reads.
    fn keep_alive(&mut self) -> Result<Option<Frame>, Malformed> {
        let (frame, length) = match self.buffer.get(..4) {
            Some(b"\r\n\r\n") => (Frame::Ping, 4),
            _ => match self.buffer.as_ref() {
                [b'\r'] | [b'\r', b'\n'] | [b'\r', b'\n', b'\r'] => return Ok(None),
                [b'\r', b'\n', ..] => (Frame::Pong, 2),
                _ => return Err(Malformed::silent("this is not SIP")),
            },
        };
        self.buffer.advance(length);
        Ok(Some(frame))
    }

    /// How long the message at the start of the buffer is; `None` if its head is not complete.
    fn measure(&mut self) -> Result<Option<usize>, Malformed> {
        let from = self.searched.saturating_sub(3);
        let unsearched = self.buffer.get(from..).unwrap_or_default();
        let Some(found) = memchr::memmem::find(unsearched, b"\r\n\r\n") else {
            self.searched = self.buffer.len();
            if self.buffer.len() <= limits::HEAD {
                return Ok(None);
            }
            let too_long = Problem { status: 513, reason: "the header section is too long" };
            return Err(refuse(scan(self.buffer.split().freeze().slice(..limits::HEAD)), too_long));
        };
        let head_length = from + found + 4;
        if head_length > limits::HEAD {
            let too_long = Problem { status: 513, reason: "the header section is too long" };
            return Err(refuse(scan(self.buffer.split().freeze().slice(..limits::HEAD)), too_long));
        }
        let scan = scan(Bytes::copy_from_slice(self.buffer.get(..head_length).unwrap_or_default()));
        let length = match (scan.problem, scan.head.header(Name::ContentLength)) {
            (Some(problem), _) => Err(problem),
            (None, None) => Err(Problem { status: 400, reason: "the Content-Length is missing" }),
            (None, Some(value)) => content_length(value.as_bytes()),
        };
        match length {
            Ok(length) if head_length + length <= limits::MESSAGE => Ok(Some(head_length + length)),
            Ok(_) => Err(refuse(scan, Problem { status: 513, reason: "the message is too long" })),
            Err(problem) => Err(refuse(scan, problem)),
        }
    }
}
