//! What the parties do: as little as a phone and a registrar can get away with.

use sip::agent::{Body, ClientKey, Output, Path, ServerKey};
use sip::dialog::{Caller, Dialog, RouteSet};
use sip::digest::{Authorization, Challenge, Client, Ha1, Nonces, OFFERED};
use sip::message::{Method, Name, NameAddr, Request, RequestBuilder, Response, ResponseBuilder, Uri};
use sip::registrar::{Bindings, Policy, Refused, Registration};

use crate::wire::Wire;

pub const DOMAIN: &str = "example.com";
const SDP: &[u8] =
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";

pub fn sdp() -> Body<'static> {
    Body::Typed("application/sdp", SDP)
}

/// The value of a party's own Contact.
pub fn contact(wire: &Wire, party: usize) -> String {
    let Path { local, .. } = wire.path(party, party);
    format!("<sip:{}@{local}>", wire.parties[party].name)
}

fn address(wire: &Wire, party: usize) -> NameAddr {
    format!("<sip:{}@{DOMAIN}>", wire.parties[party].name).parse().unwrap()
}

/// The caller's end of a call.
pub struct Outgoing {
    pub party: usize,
    pub to: usize,
    pub caller: Caller,
    pub key: ClientKey,
    pub dialog: Option<Dialog>,
}

impl Outgoing {
    pub fn invite(wire: &mut Wire, party: usize, to: usize) -> Self {
        Self::invite_with(wire, party, to, |_| ())
    }

    /// An INVITE to which `add` adds headers.
    pub fn invite_with(wire: &mut Wire, party: usize, to: usize, add: impl FnOnce(&mut RequestBuilder)) -> Self {
        let target: Uri = contact(wire, to).trim_matches(['<', '>']).parse().unwrap();
        let tag = wire.agent(party).fresh_tag();
        let call_id = format!("call-{tag}");
        let (from_address, to_address) = (address(wire, party), address(wire, to));
        let own = contact(wire, party);
        let mut caller =
            Caller::new(&call_id, &from_address, tag.as_str(), &to_address, &target, RouteSet::default(), &own);
        let mut invite = caller.invite();
        add(&mut invite);
        let (path, now) = (wire.path(party, to), wire.now);
        let key = wire.agent(party).request(path, invite, sdp(), now).unwrap();
        Self { party, to, caller, key, dialog: None }
    }

    /// The responses told to the caller; takes note of the dialog.
    pub fn responses(&mut self, wire: &mut Wire) -> Vec<u16> {
        let mut statuses = Vec::new();
        for output in wire.told(self.party) {
            match output {
                Output::Response { key, response } if key == self.key => {
                    statuses.push(response.status());
                    if response.is_success() {
                        self.acknowledge(wire, &response);
                    }
                }
                Output::TimedOut { key } if key == self.key => statuses.push(408),
                Output::TransportFailed { key } if key == self.key => statuses.push(503),
                other => panic!("unexpected: {other:?}"),
            }
        }
        statuses
    }

    fn acknowledge(&mut self, wire: &mut Wire, response: &Response) {
        let dialog = self.caller.answered(response).unwrap();
        let ack = dialog.ack(response.cseq().number);
        self.dialog = Some(dialog);
        let path = wire.path(self.party, self.to);
        let key = self.key;
        wire.agent(self.party).ack(key, path, response, ack, Body::Empty);
    }

    pub fn cancel(&self, wire: &mut Wire, reason: Option<&str>) {
        let (key, now) = (self.key, wire.now);
        wire.agent(self.party).cancel(key, reason, now);
    }

    pub fn send(&mut self, wire: &mut Wire, method: Method) -> ClientKey {
        let dialog = self.dialog.as_mut().expect("a dialog");
        send(wire, self.party, self.to, dialog, method)
    }
}

/// Sends a request within a dialog.
pub fn send(wire: &mut Wire, from: usize, to: usize, dialog: &mut Dialog, method: Method) -> ClientKey {
    let body = if method == Method::Invite { sdp() } else { Body::Empty };
    let request = dialog.request(method);
    let (path, now) = (wire.path(from, to), wire.now);
    wire.agent(from).request(path, request, body, now).unwrap()
}

/// The callee's end of a call.
pub struct Incoming {
    pub party: usize,
    pub key: ServerKey,
    pub request: Request,
    pub dialog: Dialog,
    tag: String,
}

impl Incoming {
    /// Takes the one call that was told to a party.
    pub fn take(wire: &mut Wire, party: usize) -> Self {
        let (key, request) = take_request(wire, party, &Method::Invite);
        Self::new(wire, party, key, request)
    }

    pub fn new(wire: &mut Wire, party: usize, key: ServerKey, request: Request) -> Self {
        let tag = wire.agent(party).tag(&request).to_string();
        let dialog = Dialog::called(&request, &tag, &contact(wire, party), 0).unwrap();
        Self { party, key, request, dialog, tag }
    }

    pub fn respond(&mut self, wire: &mut Wire, status: u16) {
        let mut response =
            ResponseBuilder::new(&self.request, status, Some(&self.tag).filter(|_| status > 100).map(String::as_str));
        let mut body = Body::Empty;
        if (101..300).contains(&status) {
            response.header(Name::Contact, contact(wire, self.party));
        }
        if status == 200 {
            self.dialog.confirm();
            body = sdp();
        }
        let (key, now) = (self.key, wire.now);
        wire.agent(self.party).respond(key, response, body, now);
    }

    pub fn send(&mut self, wire: &mut Wire, to: usize, method: Method) -> ClientKey {
        send(wire, self.party, to, &mut self.dialog, method)
    }
}

/// Takes the one request told to a party.
pub fn take_request(wire: &mut Wire, party: usize, method: &Method) -> (ServerKey, Request) {
    let mut told = wire.told(party);
    match (told.pop(), told.is_empty()) {
        (Some(Output::Request { key, request, .. }), true) if request.method() == method => (key, request),
        (other, _) => panic!("expected one {method}, not {told:?} {other:?}"),
    }
}

/// Answers the one request told to a party, within a dialog.
pub fn answer(wire: &mut Wire, party: usize, dialog: &mut Dialog, method: &Method, status: u16) {
    let (key, request) = take_request(wire, party, method);
    assert_eq!(dialog.receive(&request), Ok(()));
    let mut response = ResponseBuilder::new(&request, status, None);
    let body = if *method == Method::Invite { sdp() } else { Body::Empty };
    if *method == Method::Invite {
        response.header(Name::Contact, contact(wire, party));
    }
    let now = wire.now;
    wire.agent(party).respond(key, response, body, now);
}

/// The final responses told to a party.
pub fn finals(wire: &mut Wire, party: usize) -> Vec<u16> {
    let status = |output| match output {
        Output::Response { response, .. } => Some(response.status()).filter(|status| *status >= 200),
        Output::TimedOut { .. } => Some(408),
        _ => None,
    };
    wire.told(party).into_iter().filter_map(status).collect()
}

/// A party that registers phones, all with the password `secret`.
pub struct Registrar {
    pub party: usize,
    pub nonces: Nonces,
    pub bindings: Bindings,
    pub policy: Policy,
}

impl Registrar {
    pub fn join(wire: &mut Wire) -> Self {
        let party = wire.join("ringwerk");
        Self {
            party,
            nonces: Nonces::new([9; 32], DOMAIN, 64),
            bindings: Bindings::default(),
            policy: Policy::default(),
        }
    }

    /// Answers whatever came.
    pub fn work(&mut self, wire: &mut Wire) {
        for output in wire.told(self.party) {
            match output {
                Output::Request { key, path, request } => self.answer(wire, key, path, &request),
                other => panic!("unexpected: {other:?}"),
            }
        }
    }

    fn answer(&mut self, wire: &mut Wire, key: ServerKey, path: Path, request: &Request) {
        let (now, wall, source) = (wire.now, wire.wall(), path.remote.ip());
        let tag = wire.agent(self.party).tag(request);
        let respond = |status| ResponseBuilder::new(request, status, Some(tag.as_str()));
        let stale = match Authorization::find(request.headers(Name::Authorization), DOMAIN) {
            None => false,
            Some(credentials) => {
                let known = Ha1::new(credentials.username, DOMAIN, "secret");
                let ha1 = if credentials.username == "alice" { known } else { *self.nonces.decoy() };
                match self.nonces.verify(&credentials, request.method().as_str(), &ha1, source, now) {
                    Ok(_) => {
                        let mut response;
                        match self.bindings.register(request, path, wall, &self.policy) {
                            Ok(_) => {
                                response = respond(200);
                                let address = request.to().uri();
                                let (bindings, gruus) = (&self.bindings, None);
                                Registration { request, bindings, address, gruus, now: wall }.write(&mut response);
                            }
                            Err(refused) => {
                                response = respond(refused.status());
                                if let Refused::TooBrief { shortest } = refused {
                                    response.header(Name::MinExpires, shortest);
                                }
                            }
                        }
                        wire.agent(self.party).respond(key, response, Body::Empty, now);
                        return;
                    }
                    Err(error) => error.is_stale(),
                }
            }
        };
        let nonce = self.nonces.issue(source, now);
        let mut response = respond(401);
        for algorithm in OFFERED {
            response.header(Name::WwwAuthenticate, Challenge { realm: DOMAIN, nonce: &nonce, algorithm, stale });
        }
        wire.agent(self.party).respond_once(key, response, Body::Empty);
    }
}

/// A phone that registers.
pub struct Registering {
    party: usize,
    registrar: usize,
    digest: Client,
    sequence: u32,
    key: Option<ClientKey>,
}

impl Registering {
    pub fn new(party: usize, registrar: usize, user: &str, password: &str) -> Self {
        Self { party, registrar, digest: Client::new(user, DOMAIN, password), sequence: 0, key: None }
    }

    /// Sends a REGISTER with these lines, with credentials if there is a challenge to answer.
    pub fn send(&mut self, wire: &mut Wire, lines: &[(Name, &str)]) {
        self.sequence += 1;
        let uri: Uri = format!("sip:{DOMAIN}").parse().unwrap();
        let mut request = RequestBuilder::new(Method::Register, &uri);
        let own = address(wire, self.party);
        request
            .header(Name::MaxForwards, 70)
            .header(Name::From, own.with_param("tag", Some("reg")))
            .header(Name::To, own)
            .header(Name::CallId, "registration")
            .cseq(self.sequence);
        for (name, value) in lines {
            request.header(*name, value);
        }
        if let Some(credentials) = self.digest.authorize("REGISTER", uri.as_str(), "cnonce") {
            request.header(Name::Authorization, credentials);
        }
        let (path, now) = (wire.path(self.party, self.registrar), wire.now);
        self.key = Some(wire.agent(self.party).request(path, request, Body::Empty, now).unwrap());
    }

    /// Lets the registrar work and takes its one answer; a challenge is noted for the next request.
    pub fn answer(&mut self, wire: &mut Wire, registrar: &mut Registrar) -> Response {
        wire.settle();
        registrar.work(wire);
        wire.settle();
        let mut told = wire.told(self.party);
        match (told.pop(), told.is_empty()) {
            (Some(Output::Response { key, response }), true) if Some(key) == self.key => {
                let _ = self.digest.challenged(response.headers(Name::WwwAuthenticate));
                response
            }
            (other, _) => panic!("expected one response, not {told:?} {other:?}"),
        }
    }

    /// A REGISTER and what comes of it, challenge answered.
    pub fn register(&mut self, wire: &mut Wire, registrar: &mut Registrar, lines: &[(Name, &str)]) -> Response {
        self.send(wire, lines);
        let response = self.answer(wire, registrar);
        if response.status() != 401 {
            return response;
        }
        self.send(wire, lines);
        self.answer(wire, registrar)
    }
}
