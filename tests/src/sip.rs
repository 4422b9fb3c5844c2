//! A bare SIP phone for odd cases: it says exactly what the story wants, over UDP or TCP, and nothing by itself.

use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use crate::company::Credentials;
use crate::digest::{Algorithm, Challenge};
use crate::wait;

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
        let ip = self.body.lines().find_map(|line| line.strip_prefix("c=IN IP4 "))?.trim().parse().ok()?;
        let port = self.body.lines().find_map(|line| line.strip_prefix("m=audio "))?.split(' ').next()?.parse().ok()?;
        Some(SocketAddr::new(ip, port))
    }
}

/// A socket that SIP goes through.
pub enum Wire {
    Udp { socket: UdpSocket, server: SocketAddr },
    Tcp { stream: TcpStream, waiting: Vec<u8> },
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

    pub const fn transport(&self) -> &'static str {
        match self {
            Self::Udp { .. } => "UDP",
            Self::Tcp { .. } => "TCP",
        }
    }

    pub fn local(&self) -> SocketAddr {
        match self {
            Self::Udp { socket, .. } => socket.local_addr(),
            Self::Tcp { stream, .. } => stream.local_addr(),
        }
        .expect("a bound socket")
    }

    pub fn send(&mut self, bytes: &[u8]) {
        // What does not arrive is noticed by whoever waits for the answer.
        let _ = match self {
            Self::Udp { socket, server } => socket.send_to(bytes, *server).map(|_| ()),
            Self::Tcp { stream, .. } => stream.write_all(bytes),
        };
    }

    /// The next message, if one comes in time.
    pub fn receive(&mut self, patience: Duration) -> Option<Sip> {
        let end = wait::deadline(patience);
        let mut chunk = vec![0; 65_536];
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

/// A phone with credentials.
pub struct Phone {
    pub wire: Wire,
    pub credentials: Credentials,
    pub algorithm: Algorithm,
    /// Where its media would be.
    pub media: UdpSocket,
    call_id: String,
    cseq: u32,
}

/// A call seen from one side.
#[derive(Clone, Debug)]
pub struct Dialog {
    pub call_id: String,
    pub local: String,
    pub remote: String,
    pub target: String,
    pub routes: Vec<String>,
    pub cseq: u32,
    /// The message that set it up: the 200 for the caller, the INVITE for the called.
    pub message: Sip,
}

impl Phone {
    /// A phone at `ip` that speaks UDP.
    pub fn udp(ip: IpAddr, server: SocketAddr, credentials: Credentials) -> Self {
        Self::new(Wire::udp(ip, server), ip, credentials)
    }

    pub fn new(wire: Wire, ip: IpAddr, credentials: Credentials) -> Self {
        let media = UdpSocket::bind(SocketAddr::new(ip, 0)).expect("a loopback address");
        Self { wire, credentials, algorithm: Algorithm::Sha256, media, call_id: fresh(), cseq: 0 }
    }

    pub fn aor(&self) -> String {
        format!("sip:{}@{}", self.credentials.username, self.credentials.domain)
    }

    pub fn contact(&self) -> String {
        format!(
            "<sip:{}@{};transport={}>",
            self.credentials.username,
            self.wire.local(),
            self.wire.transport().to_lowercase()
        )
    }

    /// An offer or answer with this phone's media address.
    pub fn sdp(&self) -> String {
        let media = self.media.local_addr().expect("a bound socket");
        format!(
            "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio {1} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n",
            media.ip(),
            media.port()
        )
    }

    /// Registers for `expires` seconds, and answers the challenge. Gives the final response.
    pub fn register(&mut self, expires: u32) -> Sip {
        self.try_register(expires, &AtomicBool::new(true)).expect("an answer to REGISTER")
    }

    /// The same; gives up when `going` turns false.
    pub fn try_register(&mut self, expires: u32, going: &AtomicBool) -> Option<Sip> {
        let uri = format!("sip:{}", self.credentials.domain);
        let (aor, contact, call_id) = (self.aor(), self.contact(), self.call_id.clone());
        let mut authorization = None;
        loop {
            self.cseq += 1;
            let mut headers = format!(
                "From: <{aor}>;tag=r\r\nTo: <{aor}>\r\nCall-ID: {call_id}\r\nCSeq: {} REGISTER\r\nContact: {contact}\r\nExpires: {expires}\r\n",
                self.cseq
            );
            if let Some(authorization) = &authorization {
                let _ = write!(headers, "Authorization: {authorization}\r\n");
            }
            let response = self.transact("REGISTER", &uri, &headers, "", going)?;
            if response.status() != 401 || authorization.is_some() && !challenge(&response, self.algorithm).stale {
                return Some(response);
            }
            authorization = Some(challenge(&response, self.algorithm).answer(
                self.algorithm,
                &self.credentials,
                "REGISTER",
                &uri,
                1,
            ));
        }
    }

    /// Calls `whom` and answers the challenge. Gives the dialog once it is acknowledged, or the final response.
    pub fn call(&mut self, whom: &str) -> Result<Dialog, Sip> {
        self.try_call(whom, &AtomicBool::new(true)).expect("an answer to INVITE")
    }

    /// The same; gives up when `going` turns false.
    pub fn try_call(&mut self, whom: &str, going: &AtomicBool) -> Option<Result<Dialog, Sip>> {
        let sdp = self.sdp();
        self.invite(whom, &sdp, "", going)
    }

    /// The same with an offer and further headers of one's own.
    pub fn invite(&mut self, whom: &str, sdp: &str, extra: &str, going: &AtomicBool) -> Option<Result<Dialog, Sip>> {
        let uri = format!("sip:{whom}@{}", self.credentials.domain);
        let (local, call_id) = (format!("<{}>;tag={}", self.aor(), fresh()), fresh());
        let mut authorization = String::new();
        let mut cseq = 0;
        loop {
            cseq += 1;
            let kind = if sdp.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
            let headers = format!(
                "From: {local}\r\nTo: <{uri}>\r\nCall-ID: {call_id}\r\nCSeq: {cseq} INVITE\r\nContact: {}\r\n{kind}{extra}{authorization}",
                self.contact()
            );
            let branch = fresh();
            let response = self.transact_as(&branch, "INVITE", &uri, &headers, sdp, going)?;
            let remote = response.header("To").to_owned();
            if response.status() == 200 {
                let mut routes: Vec<String> = response.all("Record-Route").map(str::to_owned).collect();
                routes.reverse();
                let target = response.contact().to_owned();
                let dialog = Dialog { call_id, local, remote, target, routes, cseq, message: response };
                self.acknowledge(&dialog);
                return Some(Ok(dialog));
            }
            let ack = format!("From: {local}\r\nTo: {remote}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} ACK\r\n");
            self.send_as(&branch, "ACK", &uri, &ack, "");
            if response.status() != 407 || !authorization.is_empty() && !challenge(&response, self.algorithm).stale {
                return Some(Err(response));
            }
            let answer =
                challenge(&response, self.algorithm).answer(self.algorithm, &self.credentials, "INVITE", &uri, 1);
            authorization = format!("Proxy-Authorization: {answer}\r\n");
        }
    }

    /// Acknowledges the 200 of a call.
    pub fn acknowledge(&mut self, dialog: &Dialog) {
        let headers = self.within(dialog, "ACK", dialog.cseq);
        self.send_as(&fresh(), "ACK", &dialog.target.clone(), &headers, "");
    }

    /// Ends a call. Gives the final response.
    pub fn hang_up(&mut self, dialog: &mut Dialog) -> Sip {
        self.try_hang_up(dialog, &AtomicBool::new(true)).expect("an answer to BYE")
    }

    /// The same; gives up when `going` turns false.
    pub fn try_hang_up(&mut self, dialog: &mut Dialog, going: &AtomicBool) -> Option<Sip> {
        self.request(dialog, "BYE", "", "", going)
    }

    /// Sends a request within a call, and answers a challenge. Gives the final response.
    pub fn request(
        &mut self,
        dialog: &mut Dialog,
        method: &str,
        extra: &str,
        body: &str,
        going: &AtomicBool,
    ) -> Option<Sip> {
        let mut authorization = String::new();
        loop {
            dialog.cseq += 1;
            let headers = format!(
                "{}Contact: {}\r\n{extra}{authorization}",
                self.within(dialog, method, dialog.cseq),
                self.contact()
            );
            let response = self.transact(method, &dialog.target.clone(), &headers, body, going)?;
            if response.status() != 407 || !authorization.is_empty() {
                return Some(response);
            }
            let answer = challenge(&response, self.algorithm).answer(
                self.algorithm,
                &self.credentials,
                method,
                &dialog.target,
                1,
            );
            authorization = format!("Proxy-Authorization: {answer}\r\n");
        }
    }

    fn within(&self, dialog: &Dialog, method: &str, cseq: u32) -> String {
        let routes: String = dialog.routes.iter().map(|route| format!("Route: {route}\r\n")).collect();
        format!(
            "{routes}From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq} {method}\r\n",
            dialog.local, dialog.remote, dialog.call_id
        )
    }

    /// Waits for the next request of this method. Pings are answered on the way.
    pub fn expect(&mut self, method: &str) -> Sip {
        self.expect_within(wait::PATIENCE, method).unwrap_or_else(|| panic!("waited for {method}"))
    }

    /// The next request of this method, if it comes in time.
    pub fn expect_within(&mut self, patience: Duration, method: &str) -> Option<Sip> {
        let end = wait::deadline(patience);
        loop {
            let message = self.wire.receive(wait::left(end))?;
            if message.method() == method {
                return Some(message);
            }
            if message.method() == "OPTIONS" {
                self.reply(&message, "200 OK", "", "");
            }
        }
    }

    /// Answers a request; `extra` are further header lines.
    pub fn reply(&mut self, request: &Sip, status: &str, extra: &str, body: &str) {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for (name, value) in &request.headers {
            if ["Via", "From", "Call-ID", "CSeq", "Record-Route"].iter().any(|copied| name.eq_ignore_ascii_case(copied))
            {
                let _ = write!(text, "{name}: {value}\r\n");
            }
        }
        let tag =
            if request.header("To").contains(";tag=") { String::new() } else { format!(";tag={}", self.tag(request)) };
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let _ = write!(
            text,
            "To: {}{tag}\r\nContact: {}\r\n{kind}{extra}Content-Length: {}\r\n\r\n{body}",
            request.header("To"),
            self.contact(),
            body.len()
        );
        self.wire.send(text.as_bytes());
    }

    /// The dialog that answering this INVITE with 200 makes.
    pub fn dialog(&self, invite: &Sip) -> Dialog {
        Dialog {
            call_id: invite.header("Call-ID").to_owned(),
            local: format!("{};tag={}", invite.header("To"), self.tag(invite)),
            remote: invite.header("From").to_owned(),
            target: invite.contact().to_owned(),
            routes: invite.all("Record-Route").map(str::to_owned).collect(),
            cseq: 0,
            message: invite.clone(),
        }
    }

    /// Answers an INVITE with 200 and waits for the ACK.
    pub fn answer(&mut self, invite: &Sip) -> Dialog {
        let sdp = self.sdp();
        self.reply(invite, "200 OK", "", &sdp);
        self.expect("ACK");
        self.dialog(invite)
    }

    /// The same for every response to the same request.
    fn tag(&self, request: &Sip) -> String {
        format!("t{}{}", self.credentials.username, request.header("Call-ID").len())
    }

    /// Sends a request, again until it is answered, and waits for the final response; `None` when `going` turned false.
    pub fn transact(&mut self, method: &str, uri: &str, headers: &str, body: &str, going: &AtomicBool) -> Option<Sip> {
        self.transact_as(&fresh(), method, uri, headers, body, going)
    }

    fn transact_as(
        &mut self,
        branch: &str,
        method: &str,
        uri: &str,
        headers: &str,
        body: &str,
        going: &AtomicBool,
    ) -> Option<Sip> {
        let end = wait::deadline(wait::PATIENCE * 2);
        let mut heard = false;
        while going.load(Ordering::Relaxed) {
            assert!(wait::left(end) > Duration::ZERO, "waited for an answer to {method} {uri}");
            if !heard {
                self.send_as(branch, method, uri, headers, body);
            }
            // Again after T1 (RFC 3261 section 17.1), in slices so that `going` is noticed.
            let again = wait::deadline(Duration::from_millis(500));
            while wait::left(again) > Duration::ZERO && going.load(Ordering::Relaxed) {
                let Some(message) = self.wire.receive(wait::left(again).min(Duration::from_millis(50))) else {
                    continue;
                };
                if message.header("Via").contains(branch) && message.cseq().1 == method {
                    heard = true;
                    if message.status() >= 200 {
                        return Some(message);
                    }
                } else if message.method() == "OPTIONS" {
                    self.reply(&message, "200 OK", "", "");
                }
            }
        }
        None
    }

    /// Sends a request that no answer is waited for.
    pub fn send_as(&mut self, branch: &str, method: &str, uri: &str, headers: &str, body: &str) {
        let text = format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/{} {};rport;branch=z9hG4bK{branch}\r\nMax-Forwards: 70\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.wire.transport(),
            self.wire.local(),
            body.len()
        );
        self.wire.send(text.as_bytes());
    }
}

fn challenge(response: &Sip, algorithm: Algorithm) -> Challenge {
    let challenges = response.all("WWW-Authenticate").chain(response.all("Proxy-Authenticate")).map(Challenge::parse);
    let found: Vec<Challenge> = challenges.collect();
    found
        .iter()
        .find(|challenge| challenge.algorithm == algorithm.name())
        .unwrap_or_else(|| panic!("no {algorithm:?} in {found:?}"))
        .clone()
}

/// Packets of 20 ms that say a tone of `hertz` (RFC 3550, G.711 μ-law).
pub fn rtp_tone(hertz: f64, packets: u16) -> Vec<Vec<u8>> {
    let sample = |index: u32| {
        let angle = std::f64::consts::TAU * hertz * f64::from(index) / f64::from(crate::sound::RATE);
        mu_law((12_000.0 * angle.sin()) as i16)
    };
    let packet = |number: u16| {
        let first = u32::from(number) * 160;
        let mut bytes = vec![0x80, 0];
        bytes.extend(number.to_be_bytes());
        bytes.extend(first.to_be_bytes());
        bytes.extend(0x5eed_u32.to_be_bytes());
        bytes.extend((first..first + 160).map(sample));
        bytes
    };
    (0..packets).map(packet).collect()
}

/// G.711 μ-law (ITU-T G.711 table 2a): sign, segment, step.
fn mu_law(sample: i16) -> u8 {
    let magnitude = (i32::from(sample).abs() + 132).min(32_767);
    let segment = (magnitude.ilog2() - 7).min(7);
    let step = (magnitude >> (segment + 3)) & 0x0f;
    let sign = if sample < 0 { 0x80 } else { 0 };
    !(sign | (segment as u8) << 4 | step as u8)
}
