//! From bytes to a message (RFC 3261 section 7, with the strictness a back-to-back user agent needs).

use std::sync::Arc;

use bytes::Bytes;

use super::grammar::{is_blank, is_token, number};
use super::head::{Head, Slot};
use super::header::{CSeq, NameAddr, Via};
use super::invalid::Invalid;
use super::list::item_end;
use super::malformed::{Malformed, Problem};
use super::method::Method;
use super::name::Name;
use super::request::{self, Request};
use super::response::{self, Response};
use super::scan::{Scan, scan, skip_empty_lines};
use super::text::{Span, Text, part};
use super::uri::{Scheme, Uri};
use super::{Message, limits};

pub(super) fn parse(bytes: Bytes) -> Result<Message, Malformed> {
    let start = skip_empty_lines(&bytes).min(bytes.len());
    let mut raw = bytes.slice(start..);
    let too_long = raw.len() > limits::MESSAGE;
    raw.truncate(limits::MESSAGE);
    if !looks_like_sip(&raw) {
        return Err(Malformed::silent("this is not SIP"));
    }
    let mut scan = scan(raw);
    if too_long {
        scan.problem = Some(Problem { status: 513, reason: "the message is too long" });
    }
    let line = start_line(&scan);
    if is_version(line.as_bytes()) { parse_response(scan, &line) } else { parse_request(scan, &line) }
}

/// What to answer to a message whose lines were found but which must not be processed for `problem`.
pub(super) fn refuse(scan: Scan, problem: Problem) -> Malformed {
    match request_line(&start_line(&scan)) {
        Some(line) => Malformed::request(problem, line.method, scan.head),
        None => Malformed::silent(problem.reason),
    }
}

fn start_line(scan: &Scan) -> Text {
    let end = usize::from(scan.start_line.end).min(scan.head.raw.len());
    Text::from_utf8_bytes(scan.head.raw.slice(..end))
}

/// Cheap look at the first bytes: a token and a space, or `SIP/`. Spares the scanner what is plainly not SIP.
fn looks_like_sip(raw: &[u8]) -> bool {
    let end = raw.iter().position(|byte| is_blank(*byte)).unwrap_or(0);
    let first = part(raw, 0, end);
    is_token(first) || is_version(first)
}

fn is_version(text: &[u8]) -> bool {
    text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/"))
}

fn parse_response(mut scan: Scan, line: &Text) -> Result<Message, Malformed> {
    let (status, reason) = status_line(line).ok_or(Malformed::silent("the status line is improper"))?;
    delimit_body(&mut scan);
    if let Some(problem) = scan.problem {
        return Err(Malformed::silent(problem.reason));
    }
    let head = scan.head;
    match core(&head) {
        Ok(Core { via, from, to, cseq }) => {
            Ok(Message::Response(Response(Arc::new(response::Parts { head, status, reason, via, from, to, cseq }))))
        }
        Err(Invalid(reason)) => Err(Malformed::silent(reason)),
    }
}

/// Reads `SIP/2.0 200 OK`; the reason and the space before it may be missing.
fn status_line(line: &Text) -> Option<(u16, Text)> {
    let all = line.as_str();
    let (version, rest) = all.split_once(' ')?;
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return None;
    }
    let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    let status =
        Some(code).filter(|code| code.len() == 3).and_then(number).and_then(|code| u16::try_from(code).ok())?;
    let reason = line.cut(Span::new(all.len() - reason.len(), all.len()));
    (100..700).contains(&status).then_some((status, reason))
}

fn parse_request(mut scan: Scan, line: &Text) -> Result<Message, Malformed> {
    let Some(start) = request_line(line) else {
        return Err(Malformed::silent("this is not SIP"));
    };
    delimit_body(&mut scan);
    let RequestLine { method, uri, version } = start;
    let head = scan.head;
    if version == Version::Other {
        let problem = Problem { status: 505, reason: "the version is not SIP/2.0" };
        return Err(Malformed::request(problem, method, head));
    }
    let problem = scan
        .problem
        .or_else(|| method.is_none().then_some(Problem { status: 400, reason: "the method is not a token" }));
    let (None, Some(method)) = (problem, method.clone()) else {
        let unknown = Problem { status: 400, reason: "the method is not a token" };
        return Err(Malformed::request(problem.unwrap_or(unknown), method, head));
    };
    let read = || {
        let uri = uri.and_then(Uri::parse)?;
        if !uri.headers().is_empty() && uri.scheme() != Scheme::Other {
            return Err(Invalid("the Request-URI has headers"));
        }
        let core = core(&head)?;
        if core.cseq.method != method {
            return Err(Invalid("the CSeq has another method"));
        }
        // Absent in RFC 2543, and then harmless; present, it must be a number of 8 bits.
        if head.has(Name::MaxForwards) && head.max_forwards().is_none() {
            return Err(Invalid("the Max-Forwards is not a number of 0 to 255"));
        }
        Ok((uri, core))
    };
    match read() {
        Ok((uri, Core { via, from, to, cseq })) => Ok(Message::Request(Request(Arc::new(request::Parts {
            head,
            method,
            uri,
            via,
            from,
            to,
            cseq,
            source: None,
        })))),
        Err(Invalid(reason)) => Err(Malformed::request(Problem { status: 400, reason }, Some(method), head)),
    }
}

#[derive(PartialEq)]
enum Version {
    Two,
    Other,
}

struct RequestLine {
    method: Option<Method>,
    uri: Result<Text, Invalid>,
    version: Version,
}

/// Reads `INVITE sip:user@example.com SIP/2.0`. `None` if it is not SIP at all.
fn request_line(line: &Text) -> Option<RequestLine> {
    let all = line.as_str();
    let trimmed = all.trim_ascii_end();
    let (method, rest) = trimmed.split_once(' ')?;
    let (uri, version) = rest.rsplit_once(' ')?;
    let version = match version.as_bytes() {
        version if version.eq_ignore_ascii_case(b"SIP/2.0") => Version::Two,
        version if is_version(version) => Version::Other,
        _ => return None,
    };
    let method = match Method::known(method.as_bytes()) {
        Some(known) => Some(known),
        None => Method::parse(line.cut(Span::new(0, method.len()))).ok(),
    };
    let uri = if trimmed.len() == all.len() {
        let start = all.len() - rest.len();
        Ok(line.cut(Span::new(start, start + uri.len())))
    } else {
        Err(Invalid("the request line ends with spaces"))
    };
    Some(RequestLine { method, uri, version })
}

/// What every message must have, read.
struct Core {
    via: Via,
    from: NameAddr,
    to: NameAddr,
    cseq: CSeq,
}

fn core(head: &Head) -> Result<Core, Invalid> {
    let (mut via, mut from, mut to, mut cseq, mut call_id) = (None, None, None, None, None);
    for slot in &head.slots {
        match slot.name {
            Name::Via => via = via.or(Some(slot)),
            Name::From => from = Some(slot),
            Name::To => to = Some(slot),
            Name::CSeq => cseq = Some(slot),
            Name::CallId => call_id = Some(slot),
            _ => {}
        }
    }
    let call_id = call_id.ok_or(Invalid("the Call-ID is missing"))?;
    let call_id = head.value_bytes(call_id);
    if call_id.is_empty() || call_id.iter().any(|byte| !matches!(byte, b'!'..=b'~')) {
        return Err(Invalid("the Call-ID is improper"));
    }
    let at_hand = |slot: &Slot| Span { start: slot.start, end: slot.end };
    let value = |slot: Option<&Slot>, missing| slot.map(at_hand).ok_or(Invalid(missing));
    let via = value(via, "the Via is missing")?;
    let from = value(from, "the From is missing")?;
    let to = value(to, "the To is missing")?;
    let cseq = value(cseq, "the CSeq is missing")?;
    // Checking the letters of all lines once is cheaper than those of each line for itself.
    let end = head.slots.last().map_or(0, |last| usize::from(last.end));
    let lines = std::str::from_utf8(part(&head.raw, 0, end)).map_err(|_| Invalid("the head is not UTF-8"))?;
    let text = |span: Span| Text::from_utf8_bytes(head.raw.slice(usize::from(span.start)..usize::from(span.end)));
    let first_via = span_trimmed(via.of(lines), via.start.into(), item_end(via.of(lines)));
    let from = NameAddr::read(text(from), from.of(lines))?;
    let to = NameAddr::read(text(to), to.of(lines))?;
    // An answer adds a tag where there is none; beside an empty one it would be the second.
    if [&from, &to].into_iter().any(|address| address.param("tag") == Some("")) {
        return Err(Invalid("the tag is empty"));
    }
    Ok(Core {
        via: Via::read(text(first_via), first_via.of(lines))?,
        from,
        to,
        cseq: CSeq::read(&text(cseq), cseq.of(lines))?,
    })
}

/// The first `end` bytes of a value that starts at `start` of the message, without blanks at their end.
fn span_trimmed(value: &str, start: usize, end: usize) -> Span {
    Span::new(start, start + value.get(..end).unwrap_or_default().trim_ascii_end().len())
}

/// Finds the body by Content-Length; without one it is the rest of the datagram (RFC 3261 section 18.3).
fn delimit_body(scan: &mut Scan) {
    let available = scan.head.raw.len().saturating_sub(scan.body_start);
    let length = match scan.head.slot(Name::ContentLength).map(|slot| scan.head.value_bytes(slot)) {
        None => Ok(available),
        Some(value) => content_length(value).and_then(|length| {
            if length > available {
                Err(Problem { status: 400, reason: "the body is shorter than Content-Length says" })
            } else {
                Ok(length)
            }
        }),
    };
    match length {
        Ok(length) => {
            scan.head.raw.truncate(scan.body_start + length);
            scan.head.body = scan.head.raw.slice(scan.body_start.min(scan.head.raw.len())..);
        }
        Err(problem) => {
            scan.problem.get_or_insert(problem);
        }
    }
}

/// Reads a Content-Length: digits only, no sign, and not more than a message may be long.
pub(super) fn content_length(value: &[u8]) -> Result<usize, Problem> {
    let text = std::str::from_utf8(value).unwrap_or_default();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem { status: 400, reason: "the Content-Length is not a number" });
    }
    number(text)
        .and_then(|length| usize::try_from(length).ok())
        .filter(|length| *length <= limits::MESSAGE)
        .ok_or(Problem { status: 513, reason: "the body is too long" })
}
