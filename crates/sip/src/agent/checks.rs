//! What is wrong with a request that reads well: RFC 3261 sections 8.2.1 to 8.2.3 and 16.3.

use std::borrow::Cow;

use super::config::AgentConfig;
use crate::message::{Method, Name, Request};

/// A refusal that needs no further thought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: u16,
    /// A header that tells the sender how to do better.
    pub header: Option<(Name, Cow<'static, str>)>,
}

impl Refusal {
    const fn plain(status: u16) -> Self {
        Self { status, header: None }
    }

    fn with(status: u16, name: Name, value: impl Into<Cow<'static, str>>) -> Self {
        Self { status, header: Some((name, value.into())) }
    }
}

/// The media types of bodies that set up sessions.
const SESSION_BODIES: &str = "application/sdp, multipart/mixed";

/// Checks a request other than ACK and CANCEL.
pub(super) fn check(request: &Request, config: &AgentConfig) -> Result<(), Refusal> {
    method(request, config)?;
    if !request.uri().is_supported() {
        return Err(Refusal::plain(416));
    }
    hops(request)?;
    extensions(request, config)?;
    body(request)?;
    acceptable(request)
}

fn method(request: &Request, config: &AgentConfig) -> Result<(), Refusal> {
    if config.methods.contains(&request.method().as_str()) {
        return Ok(());
    }
    let status = if matches!(request.method(), Method::Other(_)) { 501 } else { 405 };
    Err(Refusal::with(status, Name::Allow, config.methods.join(", ")))
}

/// A request that would be passed on must have hops left. REGISTER and OPTIONS end here, and what belongs to a dialog
/// was passed on before.
fn hops(request: &Request) -> Result<(), Refusal> {
    let ends_here = matches!(request.method(), Method::Register | Method::Options) || request.to().tag().is_some();
    if !ends_here && request.max_forwards() == Some(0) {
        return Err(Refusal::plain(483));
    }
    Ok(())
}

fn extensions(request: &Request, config: &AgentConfig) -> Result<(), Refusal> {
    let supported = |tag: &&str| config.extensions.iter().any(|known| known.eq_ignore_ascii_case(tag));
    let unsupported: Vec<&str> = request.items(Name::Require).filter(|tag| !supported(tag)).collect();
    if unsupported.is_empty() {
        return Ok(());
    }
    Err(Refusal::with(420, Name::Unsupported, unsupported.join(", ")))
}

/// What sets up a session must be a session description, alone or among others. Bodies of other requests are for their
/// receivers to judge.
fn body(request: &Request) -> Result<(), Refusal> {
    let sets_up = matches!(request.method(), Method::Invite | Method::Update | Method::Prack);
    let optional = || {
        let disposition = request.header(Name::ContentDisposition).unwrap_or_default();
        disposition.split(';').skip(1).any(|parameter| {
            let parameter = parameter.split_once('=').map(|(name, value)| (name.trim_ascii(), value.trim_ascii()));
            parameter.is_some_and(|(name, value)| {
                name.eq_ignore_ascii_case("handling") && value.trim_matches('"').eq_ignore_ascii_case("optional")
            })
        })
    };
    if !sets_up || request.body().is_empty() || optional() {
        return Ok(());
    }
    let encoded = request.items(Name::ContentEncoding).any(|encoding| !encoding.eq_ignore_ascii_case("identity"));
    if encoded {
        return Err(Refusal::with(415, Name::AcceptEncoding, "identity"));
    }
    if request.is_content_type("application/sdp") || request.is_content_type("multipart/mixed") {
        return Ok(());
    }
    Err(Refusal::with(415, Name::Accept, SESSION_BODIES))
}

/// An INVITE is answered with a session description, so its sender must be able to take one.
fn acceptable(request: &Request) -> Result<(), Refusal> {
    if *request.method() != Method::Invite || !request.has(Name::Accept) {
        return Ok(());
    }
    let takes_it = request.items(Name::Accept).any(|range| {
        let range = range.split(';').next().unwrap_or_default().trim_ascii();
        ["application/sdp", "application/*", "*/*"].iter().any(|wanted| range.eq_ignore_ascii_case(wanted))
    });
    if takes_it { Ok(()) } else { Err(Refusal::plain(406)) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use bytes::Bytes;

    use super::*;

    fn request(method: &str, uri: &str, lines: &str, body: &str) -> Request {
        let text = format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 {method}\r\n{lines}Content-Length: {}\r\n\r\n{body}",
            body.len(),
        );
        Request::parse(Bytes::from(text)).unwrap()
    }

    #[track_caller]
    fn check_it(method: &str, uri: &str, lines: &str, body: &str, status: u16, header: Option<(Name, &str)>) {
        let verdict = check(&request(method, uri, lines, body), &AgentConfig::default());
        let expected = if status == 0 {
            Ok(())
        } else {
            Err(Refusal { status, header: header.map(|(name, value)| (name, value.to_owned().into())) })
        };
        assert_eq!(verdict, expected);
    }

    const ALLOW: &str =
        "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, PRACK, UPDATE, INFO, REFER, SUBSCRIBE, NOTIFY, MESSAGE";

    #[test]
    fn unknown_methods_are_501_and_known_ones_without_use_405() {
        check_it("PUBLISH", "sip:a@b", "", "", 405, Some((Name::Allow, ALLOW)));
        check_it("RE%47IST%45R", "sip:a@b", "", "", 501, Some((Name::Allow, ALLOW)));
        check_it("register", "sip:b", "", "", 501, Some((Name::Allow, ALLOW)));
        check_it("REGISTER", "sip:b", "", "", 0, None);
    }

    #[test]
    fn unknown_schemes_are_416() {
        check_it("OPTIONS", "nobodyknows:totally", "", "", 416, None);
        check_it("INVITE", "tel:+4921190009", "", "", 0, None);
    }

    #[test]
    fn no_hop_left_is_483_for_what_goes_on() {
        check_it("INVITE", "sip:a@b", "Max-Forwards: 0\r\n", "", 483, None);
        check_it("OPTIONS", "sip:a@b", "Max-Forwards: 0\r\n", "", 0, None);
        check_it("INVITE", "sip:a@b", "Max-Forwards: 1\r\n", "", 0, None);
        check_it("INVITE", "sip:a@b", "", "", 0, None);
    }

    #[test]
    fn every_unsupported_option_is_named() {
        let lines = "Require: 100rel, nothing\r\nRequire: TIMER\r\nRequire: replaces\r\n";
        check_it("INVITE", "sip:a@b", lines, "", 420, Some((Name::Unsupported, "nothing, replaces")));
        check_it("INVITE", "sip:a@b", "Require: 100rel\r\n", "", 0, None);
    }

    #[test]
    fn session_bodies_must_be_sdp() {
        let odd = "Content-Type: application/unknownformat\r\n";
        check_it("INVITE", "sip:a@b", odd, "x", 415, Some((Name::Accept, SESSION_BODIES)));
        check_it("INVITE", "sip:a@b", odd, "", 0, None);
        check_it("INFO", "sip:a@b", odd, "x", 0, None);
        check_it("INVITE", "sip:a@b", "Content-Type: Application/SDP; charset=x\r\n", "x", 0, None);
        let optional = "Content-Type: text/x\r\nContent-Disposition: icon; handling=Optional\r\n";
        check_it("INVITE", "sip:a@b", optional, "x", 0, None);
        let packed = "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n";
        check_it("INVITE", "sip:a@b", packed, "x", 415, Some((Name::AcceptEncoding, "identity")));
    }

    #[test]
    fn a_caller_who_takes_no_sdp_is_406() {
        check_it("INVITE", "sip:a@b", "Accept: text/nobodyKnowsThis\r\n", "", 406, None);
        check_it("INVITE", "sip:a@b", "Accept: text/x, application/*;q=0.1\r\n", "", 0, None);
        check_it("OPTIONS", "sip:a@b", "Accept: text/nobodyKnowsThis\r\n", "", 0, None);
    }
}
