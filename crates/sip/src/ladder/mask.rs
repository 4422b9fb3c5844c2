//! Taking secrets out of a message.

use std::fmt::Write;

use bytes::Bytes;

use crate::message::{Head, Header, Message, Name, Role};

const SECRET: &str = "[secret]";
/// Longest text kept of one message, in bytes.
const LONGEST: usize = 8 * 1024;

/// A message as text without its secrets: credentials, passwords in URIs, media keys, and any body that is no
/// session description, since it may hold what people write or the PIN they type.
///
/// What cannot be read as a message is told by its length only.
#[must_use]
pub fn masked(message: &[u8]) -> String {
    let bytes = Bytes::copy_from_slice(message);
    let mut text = match Message::parse(bytes) {
        Ok(message) => readable(&message, start_line(&message)),
        Err(malformed) => format!("({} bytes: {})", message.len(), malformed.reason()),
    };
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
        text.push_str("\n(cut)");
    }
    text
}

fn start_line(message: &Message) -> String {
    match message {
        Message::Request(request) => {
            format!("{} {} SIP/2.0", request.method(), without_passwords(request.uri().as_str()))
        }
        Message::Response(response) => format!("SIP/2.0 {} {}", response.status(), plain(response.reason())),
    }
}

fn readable(head: &Head, start_line: String) -> String {
    let mut text = start_line;
    for header in head.all_headers() {
        let name = if header.name == Name::Other { header.spelling } else { header.name.as_str() };
        let _ = write!(text, "\n{name}: {}", plain(&value(&header)));
    }
    text.push('\n');
    if head.is_content_type(crate::offer_answer::CONTENT_TYPE) {
        for line in String::from_utf8_lossy(head.body()).lines() {
            let _ = write!(text, "\n{}", plain(description_line(line)));
        }
    } else if !head.body().is_empty() {
        let _ = write!(text, "\n({} bytes)", head.body().len());
    }
    text
}

fn value(header: &Header<'_>) -> String {
    match header.name.role() {
        Role::Credentials => credentials(header.value),
        _ => without_passwords(header.value),
    }
}

/// Keeps the scheme and those parameters that are no secret.
fn credentials(value: &str) -> String {
    const HARMLESS: [&str; 7] = ["username", "realm", "uri", "algorithm", "qop", "nc", "stale"];
    let (scheme, params) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("Digest") {
        return format!("{scheme} {SECRET}");
    }
    let mut text = scheme.to_owned();
    for (index, item) in crate::message::Items::new(params).enumerate() {
        let name = item.split('=').next().unwrap_or_default().trim();
        let harmless = HARMLESS.iter().any(|known| known.eq_ignore_ascii_case(name));
        text.push_str(if index == 0 { " " } else { ", " });
        if harmless { text.push_str(&without_passwords(item)) } else { text.extend([name, "=", SECRET]) }
    }
    text
}

/// Blots out `secret` in every `sip:user:secret@host`.
fn without_passwords(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = scheme_end(rest) {
        let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        masked.push_str(before);
        // Looking no further than the next of these keeps this linear in the length of the text.
        let Some(end) = after.find(['@', '<', '>', '"', ' ']) else {
            rest = after;
            break;
        };
        let (info, tail) = after.split_at_checked(end).unwrap_or((after, ""));
        match info.split_once(':').filter(|_| tail.starts_with('@')) {
            Some((user, _)) => masked.extend([user, ":", SECRET]),
            None => masked.push_str(info),
        }
        rest = tail;
    }
    masked.push_str(rest);
    masked
}

/// Where the first `sip:` or `sips:` ends.
fn scheme_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_at = |at: usize, scheme: &[u8]| {
        bytes.get(at..at + scheme.len()).is_some_and(|found| found.eq_ignore_ascii_case(scheme))
    };
    (0..bytes.len()).find_map(|at| {
        [b"sip:".as_slice(), b"sips:"].iter().find(|scheme| is_at(at, scheme)).map(|scheme| at + scheme.len())
    })
}

/// Media keys are secrets, too (RFC 4568, RFC 8839).
fn description_line(line: &str) -> &str {
    const KEYS: [(&str, &str); 3] =
        [("a=crypto:", "a=crypto:[secret]"), ("a=ice-pwd:", "a=ice-pwd:[secret]"), ("k=", "k=[secret]")];
    KEYS.iter().find(|(start, _)| line.starts_with(start)).map_or(line, |(_, masked)| masked)
}

/// Keeps control characters from playing with the terminal of the reader.
fn plain(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}
