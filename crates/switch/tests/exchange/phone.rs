//! A phone on a real socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use bytes::Bytes;
use sip::digest;
use sip::message::{Frame, Framer, Message, Name, Request, Response};

use crate::world::{DOMAIN, PASSWORD};

pub const PATIENCE: Duration = Duration::from_secs(10);

enum Line {
    Udp(UdpSocket),
    Tcp(TcpStream, Framer),
}

pub struct Phone {
    line: Line,
    pub address: SocketAddr,
    sip_id: &'static str,
    digest: digest::Client,
    serial: u32,
}

impl Phone {
    pub fn udp(sip_id: &'static str, ip: &str, exchange: SocketAddr) -> Self {
        let socket = UdpSocket::bind((ip, 0)).unwrap();
        socket.connect(exchange).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let address = socket.local_addr().unwrap();
        Self::new(sip_id, Line::Udp(socket), address)
    }

    pub fn tcp(sip_id: &'static str, exchange: SocketAddr) -> Self {
        let stream = TcpStream::connect(exchange).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let address = stream.local_addr().unwrap();
        Self::new(sip_id, Line::Tcp(stream, Framer::new()), address)
    }

    fn new(sip_id: &'static str, line: Line, address: SocketAddr) -> Self {
        Self { line, address, sip_id, digest: digest::Client::new(sip_id, DOMAIN, PASSWORD), serial: 0 }
    }

    pub fn send(&mut self, text: &str) {
        let bytes = text.replace('\n', "\r\n").into_bytes();
        match &mut self.line {
            Line::Udp(socket) => assert_eq!(socket.send(&bytes).unwrap(), bytes.len()),
            // A connection that was ended takes nothing more; what is read next shows that.
            Line::Tcp(stream, _) => drop(stream.write_all(&bytes)),
        }
    }

    pub fn next(&mut self) -> Message {
        let mut buffer = vec![0; 65_536];
        match &mut self.line {
            Line::Udp(socket) => {
                let length = socket.recv(&mut buffer).expect("a message");
                Message::parse(Bytes::copy_from_slice(&buffer[..length])).unwrap()
            }
            Line::Tcp(stream, framer) => loop {
                if let Ok(Some(Frame::Message(bytes))) = framer.next_frame() {
                    return Message::parse(bytes).unwrap();
                }
                let length = stream.read(&mut buffer).expect("a message");
                assert_ne!(length, 0, "closed");
                framer.push(&buffer[..length]);
            },
        }
    }

    /// The final response to come, provisional ones passed over.
    pub fn response(&mut self, status: u16) -> Response {
        loop {
            match self.next() {
                Message::Response(response) if response.status() < 200 && status >= 200 => {}
                Message::Response(response) => {
                    assert_eq!(response.status(), status);
                    return response;
                }
                Message::Request(request) => panic!("{} instead of a {status}", request.method().as_str()),
            }
        }
    }

    pub fn request(&mut self, method: &str) -> Request {
        match self.next() {
            Message::Request(request) => {
                assert_eq!(request.method().as_str(), method);
                request
            }
            Message::Response(response) => panic!("a {} instead of {method}", response.status()),
        }
    }

    fn transport(&self) -> &'static str {
        match self.line {
            Line::Udp(_) => "UDP",
            Line::Tcp(..) => "TCP",
        }
    }

    fn serial(&mut self) -> u32 {
        self.serial += 1;
        self.serial
    }

    /// A request, dialog or not.
    pub fn ask(&mut self, method: &str, uri: &str, to: &str, call_id: &str, headers: &str, body: Option<&str>) {
        let (sip_id, address, transport, serial) = (self.sip_id, self.address, self.transport(), self.serial());
        let body = body.unwrap_or_default();
        let length = body.replace('\n', "\r\n").len();
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\n" };
        self.send(&format!(
            "{method} {uri} SIP/2.0\nVia: SIP/2.0/{transport} {address};rport;branch=z9hG4bK{sip_id}{serial}{method}\n\
             Max-Forwards: 70\nFrom: <sip:{sip_id}@{DOMAIN}>;tag=t{call_id}\nTo: {to}\nCall-ID: {call_id}\n\
             CSeq: {serial} {method}\nContact: <sip:{sip_id}@{address};transport={}>\n{headers}{kind}\
             Content-Length: {length}\n\n{body}",
            transport.to_ascii_lowercase()
        ));
    }

    pub fn ack(&mut self, invite_sequence: u32, answer: &Response) {
        let (sip_id, address, transport, serial) = (self.sip_id, self.address, self.transport(), self.serial + 1000);
        let target = answer.header(Name::Contact).unwrap().trim_matches(['<', '>']).to_owned();
        let (from, to, call_id) = (answer.from().as_str(), answer.to().as_str(), answer.call_id());
        self.send(&format!(
            "ACK {target} SIP/2.0\nVia: SIP/2.0/{transport} {address};rport;branch=z9hG4bK{sip_id}{serial}ack\n\
             Max-Forwards: 70\nFrom: {from}\nTo: {to}\nCall-ID: {call_id}\nCSeq: {invite_sequence} ACK\n\
             Content-Length: 0\n\n"
        ));
    }

    pub fn answer(&mut self, request: &Request, status: u16, body: Option<&str>) {
        let to = match request.to().tag() {
            Some(_) => request.to().as_str().to_owned(),
            None => format!("{};tag=callee", request.to().as_str()),
        };
        let body = body.unwrap_or_default();
        let length = body.replace('\n', "\r\n").len();
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\n" };
        self.send(&format!(
            "SIP/2.0 {status} Answer\nVia: {}\nFrom: {}\nTo: {to}\nCall-ID: {}\nCSeq: {} {}\nContact: <sip:{}@{}>\n\
             {kind}Content-Length: {length}\n\n{body}",
            request.via().as_str(),
            request.from().as_str(),
            request.call_id(),
            request.cseq().number,
            request.method().as_str(),
            self.sip_id,
            self.address,
        ));
    }

    pub fn register(&mut self) {
        let uri = format!("sip:{DOMAIN}");
        let to = format!("<sip:{}@{DOMAIN}>", self.sip_id);
        let id = format!("register-{}-{}", self.sip_id, self.address);
        self.ask("REGISTER", &uri, &to, &id, "Expires: 600\n", None);
        let challenge = self.response(401);
        self.digest.challenged(challenge.headers(Name::WwwAuthenticate)).unwrap();
        let authorization = self.digest.authorize("REGISTER", &uri, "abcdef").unwrap();
        self.ask("REGISTER", &uri, &to, &id, &format!("Expires: 600\nAuthorization: {authorization}\n"), None);
        self.response(200);
    }

    /// Registers with a wrong password over a connection. The last answer; nothing if the connection ended.
    pub fn guess(&mut self) -> Option<u16> {
        let uri = format!("sip:{DOMAIN}");
        let to = format!("<sip:{}@{DOMAIN}>", self.sip_id);
        self.digest = digest::Client::new(self.sip_id, DOMAIN, "guess");
        self.ask("REGISTER", &uri, &to, "guess", "Expires: 600\n", None);
        let challenge = self.next_or_end()?;
        self.digest.challenged(challenge.headers(Name::WwwAuthenticate)).unwrap();
        let authorization = self.digest.authorize("REGISTER", &uri, "abcdef").unwrap();
        self.ask("REGISTER", &uri, &to, "guess", &format!("Expires: 600\nAuthorization: {authorization}\n"), None);
        Some(self.next_or_end()?.status())
    }

    fn next_or_end(&mut self) -> Option<Response> {
        let Line::Tcp(stream, framer) = &mut self.line else { panic!("no connection") };
        let mut buffer = [0; 65_536];
        loop {
            if let Ok(Some(Frame::Message(bytes))) = framer.next_frame() {
                return Some(Response::parse(bytes).unwrap());
            }
            match stream.read(&mut buffer) {
                Ok(length) if length > 0 => framer.push(&buffer[..length]),
                _ => return None,
            }
        }
    }

    /// Calls, up to the point where the other phone has been told.
    pub fn call(&mut self, dialled: &str, call_id: &str, offer: &str) {
        let uri = format!("sip:{dialled}@{DOMAIN}");
        let to = format!("<{uri}>");
        self.ask("INVITE", &uri, &to, call_id, "", Some(offer));
        let challenge = self.response(407);
        self.digest.challenged(challenge.headers(Name::ProxyAuthenticate)).unwrap();
        let authorization = self.digest.authorize("INVITE", &uri, "fedcba").unwrap();
        self.ask("INVITE", &uri, &to, call_id, &format!("Proxy-Authorization: {authorization}\n"), Some(offer));
    }
}

/// A session description with one audio stream.
pub fn session(media: SocketAddr) -> String {
    let family = if media.is_ipv4() { "IP4" } else { "IP6" };
    format!(
        "v=0\no=- 1 1 IN {family} {0}\ns=-\nc=IN {family} {0}\nt=0 0\nm=audio {1} RTP/AVP 0\na=sendrecv\n",
        media.ip(),
        media.port()
    )
}

/// Where a session description wants its media.
pub fn media_address(body: &[u8]) -> SocketAddr {
    sip::offer_answer::Session::parse(body).unwrap().media[0].rtp_address().unwrap()
}
