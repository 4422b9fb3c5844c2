//! Finding the lines of a message.

use bytes::Bytes;

use super::grammar::{is_blank, is_token};
use super::head::{Head, Slot};
use super::limits;
use super::malformed::Problem;
use super::name::Name;
use super::text::{Span, part};

/// A message cut into lines.
pub(super) struct Scan {
    /// The header lines; the body is not found yet.
    pub head: Head,
    /// Where the start line lies in `head.raw`.
    pub start_line: Span,
    /// Where the body starts in `head.raw`.
    pub body_start: usize,
    /// The first thing that is wrong. Lines are found as well as possible in spite of it.
    pub problem: Option<Problem>,
}

/// Takes the CRLFs before a start line off; they are keep-alives or left over (RFC 3261 section 7.5).
pub(super) fn skip_empty_lines(bytes: &[u8]) -> usize {
    bytes.chunks(2).take_while(|pair| *pair == b"\r\n").count() * 2
}

/// Cuts a message into lines. `raw` starts with the start line and is at most [`limits::MESSAGE`] long.
pub(super) fn scan(raw: Bytes) -> Scan {
    let mut scanner = Scanner { bytes: &raw, slots: <_>::default(), seen: 0, folded: false, problem: None };
    let (start_line, body_start) = scanner.run();
    let Scanner { slots, folded, problem, .. } = scanner;
    let mut head = Head { raw: raw.clone(), slots, body: Bytes::new() };
    if folded || std::str::from_utf8(part(&raw, 0, body_start)).is_err() {
        head.raw = mend(&raw, &mut head.slots, body_start);
    }
    Scan { head, start_line, body_start, problem }
}

struct Scanner<'a> {
    bytes: &'a [u8],
    slots: smallvec::SmallVec<[Slot; 20]>,
    /// One bit for every known name that came.
    seen: u128,
    folded: bool,
    problem: Option<Problem>,
}

impl Scanner<'_> {
    fn run(&mut self) -> (Span, usize) {
        let (end, mut at) = self.line_end(0);
        let start_line = Span::new(0, end);
        loop {
            if at >= limits::HEAD {
                self.note(513, "the header section is too long");
                return (start_line, at);
            }
            let (end, next) = self.line_end(at);
            if end == at {
                return (start_line, next);
            }
            self.line(at, end);
            at = next;
            if at >= self.bytes.len() {
                self.note(400, "the header section does not end");
                return (start_line, at);
            }
        }
    }

    /// Where the line that starts at `start` ends, and where the next one starts.
    fn line_end(&mut self, start: usize) -> (usize, usize) {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let Some(length) = memchr::memchr2(b'\r', b'\n', rest) else {
            self.note(400, "the header section does not end");
            return (self.bytes.len(), self.bytes.len());
        };
        let end = start + length;
        if part(self.bytes, end, end + 2) == b"\r\n" {
            (end, end + 2)
        } else {
            // Elements that disagree on where a line ends are how headers get smuggled.
            self.note(400, "a line does not end with CR and LF");
            (end, end + 1)
        }
    }

    fn line(&mut self, start: usize, end: usize) {
        let line = part(self.bytes, start, end);
        if line.first().is_some_and(|byte| is_blank(*byte)) {
            match self.slots.last_mut() {
                Some(slot) => {
                    slot.end = Span::new(start, end).end;
                    self.folded = true;
                }
                None => self.note(400, "a folded line follows no header"),
            }
            return;
        }
        let colon = memchr::memchr(b':', line).unwrap_or(line.len());
        let spelling = part(line, 0, colon).trim_ascii_end();
        if colon == line.len() || !is_token(spelling) {
            self.note(400, "a line is not a header");
            return;
        }
        if self.slots.len() >= limits::HEADERS {
            self.note(513, "there are too many header lines");
            return;
        }
        let name = Name::from_bytes(spelling);
        if name != Name::Other {
            let bit = 1_u128.checked_shl(name as u32).unwrap_or(0);
            if self.seen & bit != 0 && name.is_single() {
                self.note(400, "a header that may come once comes twice");
            }
            self.seen |= bit;
        }
        let name_span = Span::new(start, start + spelling.len());
        let value = trimmed(self.bytes, start + colon + 1, end);
        self.slots.push(Slot {
            name,
            name_start: name_span.start,
            name_end: name_span.end,
            start: value.start,
            end: value.end,
        });
    }

    fn note(&mut self, status: u16, reason: &'static str) {
        self.problem.get_or_insert(Problem { status, reason });
    }
}

/// The span from `start` to `end` without blanks at its ends.
fn trimmed(bytes: &[u8], mut start: usize, mut end: usize) -> Span {
    while start < end && bytes.get(start).is_some_and(|byte| is_blank(*byte)) {
        start += 1;
    }
    while start < end && bytes.get(end - 1).is_some_and(|byte| is_blank(*byte)) {
        end -= 1;
    }
    Span::new(start, end)
}

/// Copies a message once to make it plain: folds become spaces and bytes that are no UTF-8 become question
/// marks, both in place, so that every offset stays right.
fn mend(raw: &[u8], slots: &mut [Slot], body_start: usize) -> Bytes {
    let mut plain = raw.to_vec();
    for slot in slots {
        let value = plain.get_mut(usize::from(slot.start)..usize::from(slot.end)).unwrap_or_default();
        value.iter_mut().filter(|byte| matches!(byte, b'\r' | b'\n')).for_each(|byte| *byte = b' ');
        let span = trimmed(&plain, slot.start.into(), slot.end.into());
        (slot.start, slot.end) = (span.start, span.end);
    }
    let mut from = 0;
    while let Err(error) = std::str::from_utf8(part(&plain, from, body_start)) {
        let bad = from + error.valid_up_to();
        let length = error.error_len().unwrap_or(body_start - bad);
        plain.get_mut(bad..bad + length).unwrap_or_default().fill(b'?');
        from = bad + length;
    }
    Bytes::from(plain)
}
