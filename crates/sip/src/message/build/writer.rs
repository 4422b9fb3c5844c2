//! The buffer that messages are written into.

use std::fmt::{self, Write};

use bytes::Bytes;

use crate::message::grammar::is_token;
use crate::message::head::{Head, Slot};

/// A message being written.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    buffer: Vec<u8>,
}

impl Writer {
    pub fn new(capacity: usize) -> Self {
        Self { buffer: Vec::with_capacity(capacity) }
    }

    /// Bytes that the program itself vouches for.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// A value; control characters become spaces.
    pub fn value(&mut self, value: impl fmt::Display) {
        // The writer below never fails; a Display that does leaves a shorter value.
        let _ = write!(Plain(&mut self.buffer), "{value}");
    }

    /// A value that cannot hold control characters: a number, or part of a received line.
    pub fn verbatim(&mut self, value: impl fmt::Display) {
        let _ = write!(Verbatim(&mut self.buffer), "{value}");
    }

    /// A text value, without the detour over formatting.
    pub fn text(&mut self, value: &str) {
        let _ = Plain(&mut self.buffer).write_str(value);
    }

    /// A whole line, or nothing if the name is not a token.
    pub fn header(&mut self, name: &str, value: impl fmt::Display) {
        if is_token(name.as_bytes()) {
            self.raw(name.as_bytes());
            self.raw(b": ");
            self.value(value);
            self.raw(b"\r\n");
        }
    }

    /// A line of a received message, its name in Ringwerk's spelling if it knows it.
    pub fn copied(&mut self, head: &Head, slot: &Slot) {
        let known = slot.name.as_str().as_bytes();
        self.raw(if known.is_empty() { head.spelling_bytes(slot) } else { known });
        self.raw(b": ");
        self.raw(head.value_bytes(slot));
        self.raw(b"\r\n");
    }

    /// Content-Length, the empty line and the body.
    pub fn end(&mut self, body: &[u8]) {
        self.raw(b"Content-Length: ");
        self.verbatim(body.len());
        self.raw(b"\r\n\r\n");
        self.raw(body);
    }

    /// Puts what `write` writes at an earlier place.
    pub fn insert(&mut self, at: usize, write: impl FnOnce(&mut Self)) {
        let end = self.buffer.len();
        write(self);
        let length = self.buffer.len() - end;
        if let Some(tail) = self.buffer.get_mut(at..) {
            tail.rotate_right(length);
        }
    }

    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    pub fn into_bytes(self) -> Bytes {
        Bytes::from(self.buffer)
    }
}

/// Writes text as it is.
struct Verbatim<'a>(&'a mut Vec<u8>);

impl Write for Verbatim<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Writes text with control characters other than tab turned into spaces.
struct Plain<'a>(&'a mut Vec<u8>);

impl Write for Plain<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let start = self.0.len();
        self.0.extend_from_slice(text.as_bytes());
        // Looking at all bytes instead of stopping at the first lets the compiler look at many at once.
        if text.bytes().fold(false, |found, byte| found | is_control(byte)) {
            let written = self.0.get_mut(start..).unwrap_or_default();
            written.iter_mut().filter(|byte| is_control(**byte)).for_each(|byte| *byte = b' ');
        }
        Ok(())
    }
}

const fn is_control(byte: u8) -> bool {
    (byte < b' ' && byte != b'\t') || byte == 127
}
