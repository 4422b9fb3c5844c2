//! A phone that does what the test tells it, message by message.

use std::fmt::Write as _;
use std::net::SocketAddr;

use bytes::Bytes;
use sip::agent::{Path, Transport};
use sip::digest;
use sip::message::{Message, Name, Request, Response};

use crate::wire::{Wire, exchange};
use crate::world::{DOMAIN, PASSWORD};

/// A phone.
pub struct Phone {
    pub sip_id: &'static str,
    pub path: Path,
    /// What it believes its address is.
    pub contact: SocketAddr,
    pub digest: digest::Client,
    pub register_id: String,
    sequence: u32,
}

/// A dialog as a phone sees it.
#[derive(Clone, Debug)]
pub struct Talk {
    pub call_id: String,
    pub local: String,
    pub remote: String,
    pub target: String,
    pub sequence: u32,
    pub invite_sequence: u32,
    pub invite_branch: String,
    pub invite_uri: String,
}

impl Phone {
    pub fn new(wire: &mut Wire, name: &'static str, sip_id: &'static str, address: &str) -> Self {
        let address: SocketAddr = address.parse().unwrap();
        wire.name(address, name);
        Self {
            sip_id,
            path: Path::udp(exchange(), address),
            contact: address,
            digest: digest::Client::new(sip_id, DOMAIN, PASSWORD),
            register_id: format!("register-{sip_id}-{address}"),
            sequence: 0,
        }
    }

    /// The same phone over a connection.
    pub fn over(mut self, transport: Transport, connection: u64) -> Self {
        self.path = Path { transport, connection, ..self.path };
        self
    }

    /// The next message, which must be there.
    #[track_caller]
    pub fn next(&self, wire: &mut Wire) -> Message {
        let bytes = wire.take(self.path.remote).unwrap_or_else(|| panic!("{} got nothing", self.sip_id));
        Message::parse(bytes).unwrap()
    }

    #[track_caller]
    pub fn request(&self, wire: &mut Wire, method: &str) -> Request {
        match self.next(wire) {
            Message::Request(request) => {
                assert_eq!(request.method().as_str(), method);
                request
            }
            Message::Response(response) => panic!("{} got a {}, not {method}", self.sip_id, response.status()),
        }
    }

    #[track_caller]
    pub fn response(&self, wire: &mut Wire, status: u16) -> Response {
        match self.next(wire) {
            Message::Response(response) => {
                assert_eq!(response.status(), status, "{:?}", response.raw());
                response
            }
            Message::Request(request) => panic!("{} got {}, not a {status}", self.sip_id, request.method().as_str()),
        }
    }

    #[track_caller]
    pub fn silent(&self, wire: &mut Wire) {
        if let Some(bytes) = wire.take(self.path.remote) {
            panic!("{} got {}", self.sip_id, String::from_utf8_lossy(&bytes));
        }
    }

    pub fn send(&self, wire: &mut Wire, text: &str) {
        wire.deliver(self.path, text.replace('\n', "\r\n").as_bytes());
    }

    pub fn via(&self, branch: &str) -> String {
        format!("SIP/2.0/{} {};rport;branch={branch}", self.path.transport, self.contact)
    }

    /// A REGISTER without credentials, or with what the last challenge asks for.
    pub fn register_text(&mut self, wire: &mut Wire, expires: &str, authorization: Option<String>) -> String {
        self.sequence += 1;
        let (sip_id, contact, sequence, id) = (self.sip_id, self.contact, self.sequence, &self.register_id);
        let branch = format!("z9hG4bKr{}", wire.serial());
        let transport = match self.path.transport {
            Transport::Udp => String::new(),
            other => format!(";transport={}", other.parameter()),
        };
        let mut text = format!(
            "REGISTER sip:{DOMAIN} SIP/2.0\nVia: {}\nMax-Forwards: 70\nFrom: <sip:{sip_id}@{DOMAIN}>;tag=f{sequence}\n\
             To: <sip:{sip_id}@{DOMAIN}>\nCall-ID: {id}\nCSeq: {sequence} REGISTER\n\
             Contact: <sip:{sip_id}@{contact}{transport}>\nExpires: {expires}\nUser-Agent: Desk Phone/1.0\n\
             Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO\nSupported: path, outbound, gruu\n",
            self.via(&branch)
        );
        if let Some(authorization) = authorization {
            writeln!(text, "Authorization: {authorization}").unwrap();
        }
        text + "Content-Length: 0\n\n"
    }

    /// Registers with a challenge, and returns the final answer.
    pub fn try_register(&mut self, wire: &mut Wire, expires: &str) -> Response {
        let text = self.register_text(wire, expires, None);
        self.send(wire, &text);
        let challenge = self.response(wire, 401);
        self.challenged(&challenge, Name::WwwAuthenticate);
        let authorization = self.authorize(wire, "REGISTER", &format!("sip:{DOMAIN}"));
        let text = self.register_text(wire, expires, Some(authorization));
        self.send(wire, &text);
        match self.next(wire) {
            Message::Response(response) => response,
            Message::Request(_) => panic!("a request"),
        }
    }

    #[track_caller]
    pub fn register(&mut self, wire: &mut Wire) {
        let response = self.try_register(wire, "3600");
        assert_eq!(response.status(), 200, "{:?}", response.raw());
    }

    pub fn challenged(&mut self, response: &Response, name: Name) {
        self.digest.challenged(response.headers(name)).unwrap();
    }

    pub fn authorize(&mut self, wire: &mut Wire, method: &str, uri: &str) -> String {
        let cnonce = format!("cnonce{}", wire.serial());
        self.digest.authorize(method, uri, &cnonce).unwrap()
    }

    /// Begins a call, challenge included, up to the 100.
    pub fn call(&mut self, wire: &mut Wire, dialled: &str, session: Option<&str>, headers: &str) -> Talk {
        let mut talk = self.talk(wire, dialled);
        self.invite(wire, &mut talk, session, headers);
        let challenge = self.response(wire, 407);
        self.ack_failure(wire, &talk, &challenge);
        self.challenged(&challenge, Name::ProxyAuthenticate);
        let authorization = self.authorize(wire, "INVITE", &talk.invite_uri);
        self.invite(wire, &mut talk, session, &format!("{headers}Proxy-Authorization: {authorization}\n"));
        self.response(wire, 100);
        talk
    }

    pub fn talk(&self, wire: &mut Wire, dialled: &str) -> Talk {
        let uri = format!("sip:{dialled}@{DOMAIN}");
        Talk {
            call_id: format!("call-{}", wire.serial()),
            local: format!("<sip:{}@{DOMAIN}>;tag=t{}", self.sip_id, wire.serial()),
            remote: format!("<{uri}>"),
            target: uri.clone(),
            sequence: 0,
            invite_sequence: 0,
            invite_branch: String::new(),
            invite_uri: uri,
        }
    }

    /// Sends a request of the dialog and returns its branch.
    pub fn ask(&self, wire: &mut Wire, talk: &mut Talk, method: &str, session: Option<&str>, headers: &str) -> String {
        talk.sequence += 1;
        let sequence = talk.sequence;
        let branch = format!("z9hG4bK{}", wire.serial());
        let text = self.text(talk, method, sequence, &branch, &talk.target.clone(), session, headers);
        self.send(wire, &text);
        branch
    }

    pub fn invite(&self, wire: &mut Wire, talk: &mut Talk, session: Option<&str>, headers: &str) {
        let headers = format!(
            "Contact: <sip:{}@{}>\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO\n{headers}",
            self.sip_id, self.contact
        );
        talk.invite_branch = self.ask(wire, talk, "INVITE", session, &headers);
        talk.invite_sequence = talk.sequence;
        talk.invite_uri = talk.target.clone();
    }

    /// The answer made or refreshed the dialog.
    pub fn learn(&self, talk: &mut Talk, response: &Response) {
        talk.remote = response.to().as_str().to_owned();
        if let Some(contact) = response.header(Name::Contact) {
            talk.target = contact.trim_matches(['<', '>']).to_owned();
        }
    }

    /// Acknowledges a 2xx.
    pub fn ack(&self, wire: &mut Wire, talk: &Talk, session: Option<&str>) {
        let branch = format!("z9hG4bK{}", wire.serial());
        let text = self.text(talk, "ACK", talk.invite_sequence, &branch, &talk.target, session, "");
        self.send(wire, &text);
    }

    /// Acknowledges a refusal.
    pub fn ack_failure(&self, wire: &mut Wire, talk: &Talk, response: &Response) {
        let mut talk = talk.clone();
        talk.remote = response.to().as_str().to_owned();
        let (sequence, branch) = (talk.invite_sequence, talk.invite_branch.clone());
        let text = self.text(&talk, "ACK", sequence, &branch, &talk.invite_uri, None, "");
        self.send(wire, &text);
    }

    pub fn cancel(&self, wire: &mut Wire, talk: &Talk) {
        let text = self.text(talk, "CANCEL", talk.invite_sequence, &talk.invite_branch, &talk.invite_uri, None, "");
        self.send(wire, &text);
    }

    #[allow(clippy::too_many_arguments)]
    fn text(
        &self,
        talk: &Talk,
        method: &str,
        sequence: u32,
        branch: &str,
        uri: &str,
        session: Option<&str>,
        headers: &str,
    ) -> String {
        let (via, local, remote, call_id) = (self.via(branch), &talk.local, &talk.remote, &talk.call_id);
        let mut text = format!(
            "{method} {uri} SIP/2.0\nVia: {via}\nMax-Forwards: 70\nFrom: {local}\nTo: {remote}\nCall-ID: {call_id}\n\
             CSeq: {sequence} {method}\n{headers}"
        );
        push_body(&mut text, session);
        text
    }

    /// Answers a request of the exchange; `tag` goes into a To without one.
    pub fn answer(
        &self,
        wire: &mut Wire,
        request: &Request,
        status: u16,
        tag: &str,
        session: Option<&str>,
        headers: &str,
    ) {
        let text = self.answer_text(request, status, tag, session, headers);
        self.send(wire, &text);
    }

    pub fn answer_text(
        &self,
        request: &Request,
        status: u16,
        tag: &str,
        session: Option<&str>,
        headers: &str,
    ) -> String {
        let mut to = request.to().as_str().to_owned();
        if request.to().tag().is_none() && status > 100 {
            write!(to, ";tag={tag}").unwrap();
        }
        let reason = sip::message::reason_phrase(status);
        let mut text = format!(
            "SIP/2.0 {status} {reason}\nVia: {}\nFrom: {}\nTo: {to}\nCall-ID: {}\nCSeq: {} {}\n\
             Contact: <sip:{}@{}>\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO\n{headers}",
            request.via().as_str(),
            request.from().as_str(),
            request.call_id(),
            request.cseq().number,
            request.method().as_str(),
            self.sip_id,
            self.contact,
        );
        push_body(&mut text, session);
        text
    }

    /// The dialog of a call this phone answered with `tag`.
    pub fn called(&self, invite: &Request, tag: &str) -> Talk {
        let target = invite.header(Name::Contact).unwrap().trim_matches(['<', '>']).to_owned();
        Talk {
            call_id: invite.call_id().to_owned(),
            local: format!("{};tag={tag}", invite.to().as_str()),
            remote: invite.from().as_str().to_owned(),
            invite_uri: target.clone(),
            target,
            sequence: 0,
            invite_sequence: 0,
            invite_branch: String::new(),
        }
    }
}

fn push_body(text: &mut String, session: Option<&str>) {
    match session {
        Some(session) => {
            let length = session.replace('\n', "\r\n").len();
            write!(text, "Content-Type: application/sdp\nContent-Length: {length}\n\n{session}").unwrap();
        }
        None => text.push_str("Content-Length: 0\n\n"),
    }
}

/// A session description with one audio stream.
pub fn session(address: &str, port: u16, direction: &str, version: u32) -> String {
    format!(
        "v=0\no=- 1 {version} IN IP4 {address}\ns=-\nc=IN IP4 {address}\nt=0 0\nm=audio {port} RTP/AVP 0 8 101\n\
         a=rtpmap:101 telephone-event/8000\na={direction}\n"
    )
}

/// The body of a message as text.
pub fn body(bytes: &Bytes) -> String {
    String::from_utf8(bytes.to_vec()).unwrap().replace('\r', "")
}
