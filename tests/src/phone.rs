//! A bare SIP phone for odd cases: it says exactly what the story wants, over UDP or TCP, and nothing by itself.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::company::Credentials;
use crate::digest::{Algorithm, Challenge};
use crate::sip::{Sip, Wire, fresh};
use crate::wait;

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
        let kind = if media.is_ipv4() { "IP4" } else { "IP6" };
        format!(
            "v=0\r\no=- 1 1 IN {kind} {0}\r\ns=-\r\nc=IN {kind} {0}\r\nt=0 0\r\nm=audio {1} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n",
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
            "To: {}{tag}\r\nContact: {}\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK\r\n{kind}{extra}Content-Length: {}\r\n\r\n{body}",
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

/// What a 401 or 407 asks for with this algorithm.
pub fn challenge(response: &Sip, algorithm: Algorithm) -> Challenge {
    let challenges = response.all("WWW-Authenticate").chain(response.all("Proxy-Authenticate")).map(Challenge::parse);
    let found: Vec<Challenge> = challenges.collect();
    found
        .iter()
        .find(|challenge| challenge.algorithm == algorithm.name())
        .unwrap_or_else(|| panic!("no {algorithm:?} in {found:?}"))
        .clone()
}
