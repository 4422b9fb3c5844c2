//! Requests within a call: answered here where they concern one leg, passed to the other leg where they concern both.
//!
//! A re-INVITE or UPDATE with an offer goes through with its session description directed to the relay; the answer
//! comes back the same way. What is on its way is an [`Exchange`]. Glare (RFC 3261 section 14.2, RFC 3311 section 5.2)
//! is decided on the leg where it happens.

use sip::agent::{Body, Path, ServerKey};
use sip::message::{Method, Name, Request, ResponseBuilder};

use super::exchange::Exchange;
use super::leg::{SDP, session_of};
use super::{Call, LegId, Stage, Task, liveness};
use crate::engine::core::{ALLOW, Core};
use crate::media::Side;

impl Call {
    /// A request came within one of the call's dialogs.
    pub(crate) fn request(&mut self, core: &mut Core, from: LegId, server: ServerKey, path: Path, request: Request) {
        let Some(leg) = self.leg_mut(from) else { return core.refuse(server, &request, 481) };
        if let Err(refused) = leg.dialog.receive(&request) {
            return core.refuse(server, &request, refused.status());
        }
        // A phone that comes from elsewhere now (another connection, another port) is answered there.
        leg.path = path;
        self.script.confirm();
        core.servers.insert(server, self.key);
        match request.method() {
            Method::Bye => self.bye(core, from, server, request),
            Method::Prack => self.prack(core, from, server, &request),
            Method::Invite | Method::Update => self.renegotiate(core, from, server, request),
            Method::Info => self.inform(core, from, server, request),
            Method::Options => {
                let mut response = core.answer(&request, 200);
                response.header(Name::Allow, ALLOW).header(Name::Accept, SDP);
                core.respond(server, response);
            }
            Method::Subscribe => core.refuse_subscription(server, &request),
            _ => {
                let mut response = core.answer(&request, 405);
                response.header(Name::Allow, ALLOW);
                core.respond(server, response);
            }
        }
        if !self.is_waiting_for(server) {
            core.servers.remove(&server);
        }
    }

    fn is_waiting_for(&self, server: ServerKey) -> bool {
        self.byes.iter().any(|(bye, _)| *bye == server)
            || self.exchanges.iter().any(|exchange| exchange.server == Some(server))
            || self.caller.is_invited_by(server)
    }

    /// A re-INVITE or UPDATE: a refresh of the session, or a new offer.
    fn renegotiate(&mut self, core: &mut Core, from: LegId, server: ServerKey, request: Request) {
        let invite = *request.method() == Method::Invite;
        let session = session_of(&request).cloned();
        let Some(to) = self.opposite(from) else {
            return match (invite, session, from) {
                (false, None, _) => self.refresh(core, from, server, &request, None),
                // The first offer of the call has no answer yet: theirs, or ours.
                (_, _, LegId::Caller) => later(core, server, &request),
                (_, _, LegId::Fork(_)) => core.refuse(server, &request, 491),
            };
        };
        if let Err(unacceptable) = liveness::check_interval(&request) {
            return unacceptable.refuse(core, server, &request);
        }
        if invite || session.is_some() {
            if self.exchanges.iter().any(|exchange| exchange.from == from && exchange.server.is_some()) {
                return later(core, server, &request);
            }
            let refreshing = self.tasks.iter().any(|(_, task)| *task == Task::Refresh(from));
            if refreshing || self.exchanges.iter().any(|exchange| exchange.to == from) {
                return core.refuse(server, &request, 491);
            }
        }
        let known = self.leg(from).is_some_and(|leg| session.is_some() && leg.heard == session && leg.sent.is_some());
        if known || (!invite && session.is_none()) {
            let answer = if known { self.leg(from).and_then(|leg| leg.sent.clone()) } else { None };
            return self.refresh(core, from, server, &request, answer.as_deref());
        }
        if invite {
            core.respond(server, ResponseBuilder::new(&request, 100, None));
        }
        self.pass_offer(core, from, to, server, request);
    }

    /// Answers a request that changes nothing but the session's lifetime (RFC 4028 section 10).
    fn refresh(&mut self, core: &mut Core, from: LegId, server: ServerKey, request: &Request, answer: Option<&[u8]>) {
        let Some(leg) = self.leg_mut(from) else { return };
        let mut response = ResponseBuilder::new(request, 200, None);
        response
            .header(Name::Contact, leg.dialog.contact())
            .header(Name::Allow, ALLOW)
            .header(Name::Supported, "timer");
        leg.timer.accept(request, &mut response, core.now);
        let body = answer.map_or(Body::Empty, |answer| Body::Typed(SDP, answer));
        core.agent.respond(server, response, body, core.now);
    }

    fn pass_offer(&mut self, core: &mut Core, from: LegId, to: LegId, server: ServerKey, request: Request) {
        let offer = match session_of(&request).map(|session| self.translate_from(core, from, session)) {
            Some(Err(status)) => return core.refuse(server, &request, status),
            Some(Ok(offer)) => Some(offer),
            None => None,
        };
        let Some(leg) = self.leg_mut(to) else { return core.refuse(server, &request, 481) };
        let invites = *request.method() == Method::Invite || !leg.updates;
        let path = core.way_to(leg);
        let mut out = leg.dialog.request(if invites { Method::Invite } else { Method::Update });
        out.header(Name::Allow, ALLOW);
        leg.timer.offer(&mut out);
        let body = offer.as_ref().map_or(Body::Empty, |offer| Body::Typed(SDP, offer));
        let Some(client) = core.send(self.key, path, out, body) else {
            return core.refuse_for_now(server, &request);
        };
        self.add_task(client, Task::Pass);
        let offered = offer.is_some();
        let server = Some(server);
        self.exchanges.push(Exchange { from, to, server, request, client, invites, offered, unacknowledged: None });
    }

    /// INFO goes through as it is (RFC 6086).
    fn inform(&mut self, core: &mut Core, from: LegId, server: ServerKey, request: Request) {
        let Some(to) = self.opposite(from).or_else(|| self.early_opposite(from)) else {
            return core.refuse(server, &request, 480);
        };
        let Some(leg) = self.leg_mut(to) else { return core.refuse(server, &request, 481) };
        let path = core.way_to(leg);
        let mut out = leg.dialog.request(Method::Info);
        out.copy(&request, Name::InfoPackage);
        let Some(client) = core.send(self.key, path, out, Body::Of(&request)) else {
            return core.refuse_for_now(server, &request);
        };
        self.add_task(client, Task::Pass);
        let server = Some(server);
        let exchange =
            Exchange { from, to, server, request, client, invites: false, offered: false, unacknowledged: None };
        self.exchanges.push(exchange);
    }

    /// The leg that a leg of an answered call talks to.
    pub(super) fn opposite(&self, leg: LegId) -> Option<LegId> {
        match (leg, self.stage) {
            (LegId::Caller, Stage::Up(fork)) => Some(LegId::Fork(fork)),
            (LegId::Fork(fork), Stage::Up(winner)) if fork == winner => Some(LegId::Caller),
            _ => None,
        }
    }

    /// The leg whose early media the caller hears.
    fn early_opposite(&self, leg: LegId) -> Option<LegId> {
        match (leg, self.caller.early) {
            (LegId::Caller, Some(fork)) => Some(LegId::Fork(fork)),
            (LegId::Fork(fork), Some(early)) if fork == early => Some(LegId::Caller),
            _ => None,
        }
    }

    /// A session description of one leg, for the other one.
    ///
    /// # Errors
    /// The status that refuses the request it came in.
    pub(super) fn translate_from(&mut self, core: &mut Core, leg: LegId, session: &[u8]) -> Result<bytes::Bytes, u16> {
        let side = if leg == LegId::Caller { Side::A } else { Side::B };
        let relay = self.winner().and_then(|fork| self.forks.get(fork)).and_then(|fork| fork.relay).ok_or(500u16)?;
        let signalling = self.leg(leg).map(|leg| leg.path.remote.ip()).ok_or(500u16)?;
        self.relays.translate(core, relay, side, signalling, session).map_err(|error| error.status())
    }

    /// An offer came to nothing: media comes from where it came from before.
    pub(super) fn restore_expectation(&mut self, core: &mut Core, leg: LegId) {
        if let Some(session) = self.leg(leg).and_then(|leg| leg.heard.clone()) {
            let _ = self.translate_from(core, leg, &session);
        }
    }
}

/// An offer before the last one of the same side is answered (RFC 3261 section 14.2): to be tried again soon.
fn later(core: &mut Core, server: ServerKey, request: &Request) {
    let mut response = core.answer(request, 500);
    let seconds = core.random.u64() % 11;
    response.header(Name::RetryAfter, seconds);
    core.respond(server, response);
}
