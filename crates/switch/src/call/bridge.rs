//! Requests within a call: answered here where they concern one leg, passed to the other leg where they concern both.
//!
//! A re-INVITE or UPDATE with an offer goes through with its session description directed to the relay; the answer
//! comes back the same way. What is on its way is an [`Exchange`]. Glare (RFC 3261 section 14.2, RFC 3311 section 5.2)
//! is decided on the leg where it happens.

use sip::agent::{Body, ClientKey, Path, ServerKey};
use sip::message::{Method, Name, Request, Response, ResponseBuilder};

use super::leg::{SDP, session_of};
use super::{Call, LegId, Stage, Task, liveness};
use crate::engine::core::{ALLOW, Core};
use crate::media::Side;

/// A request that was passed to the other leg.
pub(super) struct Exchange {
    from: LegId,
    to: LegId,
    /// What came, until it is answered.
    server: Option<ServerKey>,
    request: Request,
    client: ClientKey,
    /// What went out: an UPDATE becomes an INVITE for a phone that does not know UPDATE.
    invites: bool,
    /// What came has an offer in it.
    offered: bool,
    /// The 2xx with the offer that the sender of an INVITE without one is to answer in its ACK.
    unacknowledged: Option<Response>,
}

impl Exchange {
    fn is_invite(&self) -> bool {
        *self.request.method() == Method::Invite
    }
}

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

    /// The answer to a request that was passed on. `None`: none came.
    pub(super) fn passed(&mut self, core: &mut Core, client: ClientKey, response: Option<&Response>) {
        let Some(index) = self.exchanges.iter().position(|exchange| exchange.client == client) else { return };
        let status = response.map_or(408, Response::status);
        match response {
            Some(_) if status < 200 => {}
            Some(response) if status < 300 => self.passed_on(core, index, response),
            _ => {
                let exchange = self.exchanges.swap_remove(index);
                self.finish_task(core, client);
                if let Some(server) = exchange.server {
                    core.refuse(server, &exchange.request, status);
                    core.servers.remove(&server);
                }
                if exchange.offered {
                    self.restore_expectation(core, exchange.from);
                }
                // The other side has no such dialog, or is not there any more (RFC 3261 section 12.2.1.2).
                if matches!(status, 408 | 481) && self.stage != Stage::Over {
                    if let Some(leg) = self.leg_mut(exchange.to) {
                        leg.gone = status == 481;
                    }
                    self.cut(core);
                }
            }
        }
    }

    fn passed_on(&mut self, core: &mut Core, index: usize, response: &Response) {
        let Some(exchange) = self.exchanges.get_mut(index) else { return };
        if exchange.server.is_none() {
            // The 2xx again, while its ACK waits for the sender's.
            return;
        }
        let (from, to, client, invites, offered) =
            (exchange.from, exchange.to, exchange.client, exchange.invites, exchange.offered);
        let request = exchange.request.clone();
        let info = *request.method() == Method::Info;
        if let Some(leg) = self.leg_mut(to) {
            leg.dialog.receive_response(response);
            leg.learn(response);
            if !info {
                leg.timer.answered(response, core.now);
            }
            if invites && offered {
                let ack = leg.dialog.ack(response.cseq().number);
                core.agent.ack(client, leg.path, response, ack, Body::Empty);
            }
        }
        let session = session_of(response).filter(|_| !info).cloned();
        let translated = session.as_ref().map(|session| self.translate_from(core, to, session));
        let Some(exchange) = self.exchanges.get_mut(index) else { return };
        let Some(server) = exchange.server else { return };
        let body = match &translated {
            Some(Ok(translated)) => Some(translated.clone()),
            Some(Err(_)) => {
                core.refuse(server, &request, 500);
                return self.cut(core);
            }
            None => None,
        };
        let waits = exchange.is_invite() && invites && !offered;
        exchange.server = waits.then_some(server);
        if waits {
            exchange.unacknowledged = Some(response.clone());
        }
        let mut answer = ResponseBuilder::new(&request, response.status(), None);
        if !info {
            answer.header(Name::Allow, ALLOW).header(Name::Supported, "timer");
            if let Some(leg) = self.leg_mut(from) {
                answer.header(Name::Contact, leg.dialog.contact());
                leg.timer.accept(&request, &mut answer, core.now);
                leg.sent = body.clone().or(leg.sent.take());
                leg.heard = session_of(&request).cloned().or(leg.heard.take());
            }
            if let Some(leg) = self.leg_mut(to) {
                leg.heard = session.or(leg.heard.take());
            }
        }
        let body = match (&body, info) {
            (Some(session), _) => Body::Typed(SDP, session),
            (None, true) => Body::Of(response),
            (None, false) => Body::Empty,
        };
        core.agent.respond(server, answer, body, core.now);
        if !waits {
            self.exchanges.swap_remove(index);
            self.finish_task(core, client);
            core.servers.remove(&server);
        }
        self.save(core);
    }

    /// The ACK of a re-INVITE's 2xx came. Where the 2xx had the offer, the answer in the ACK goes on.
    pub(crate) fn acknowledged(&mut self, core: &mut Core, server: ServerKey, ack: &Request) {
        if self.caller.is_invited_by(server) {
            return self.caller_acknowledged(core, ack);
        }
        let Some(index) = self.exchanges.iter().position(|exchange| exchange.server == Some(server)) else { return };
        let exchange = self.exchanges.swap_remove(index);
        core.servers.remove(&server);
        self.finish_task(core, exchange.client);
        let session = session_of(ack).cloned();
        let answer = session.as_ref().and_then(|session| self.translate_from(core, exchange.from, session).ok());
        if let (Some(leg), Some(session)) = (self.leg_mut(exchange.from), session) {
            leg.heard = Some(session);
        }
        if let (Some(leg), Some(response)) = (self.leg_mut(exchange.to), &exchange.unacknowledged) {
            let body = answer.as_ref().map_or(Body::Empty, |answer| Body::Typed(SDP, answer));
            let number = response.cseq().number;
            core.agent.ack(exchange.client, leg.path, response, leg.dialog.ack(number), body);
            leg.sent = answer.or(leg.sent.take());
        }
        self.save(core);
    }

    /// The caller's ACK came; with the answer, if the phone that was called made the offer.
    fn caller_acknowledged(&mut self, core: &mut Core, ack: &Request) {
        let offered = self.caller.offered;
        self.caller.acknowledged(core);
        let Some(fork) = self.winner().filter(|_| !offered) else { return };
        let answer = session_of(ack).cloned();
        let translated = answer.as_ref().and_then(|answer| self.translate_from(core, LegId::Caller, answer).ok());
        self.caller.leg.heard = answer;
        self.acknowledge_fork(core, fork, translated.as_deref());
        if translated.is_none() {
            // Nobody knows what to send where.
            return self.cut(core);
        }
        self.save(core);
    }

    /// A re-INVITE was cancelled by its sender.
    pub(super) fn exchange_cancelled(&mut self, core: &mut Core, server: ServerKey) {
        if let Some(exchange) = self.exchanges.iter().find(|exchange| exchange.server == Some(server)) {
            core.agent.cancel(exchange.client, None, core.now);
        }
    }

    /// A request of the call's can no longer be answered, or its answer was never acknowledged.
    pub(crate) fn server_gone(&mut self, core: &mut Core, server: ServerKey, unacknowledged: bool) {
        core.servers.remove(&server);
        self.forget_bye(server);
        if self.caller.is_invited_by(server) {
            self.caller.vanished();
            if unacknowledged {
                // RFC 3261 section 13.3.1.4: the session is ended.
                self.caller.acknowledged(core);
                self.cut(core);
            } else {
                self.caller_gone(core);
            }
            return;
        }
        let Some(index) = self.exchanges.iter().position(|exchange| exchange.server == Some(server)) else { return };
        let exchange = self.exchanges.swap_remove(index);
        self.finish_task(core, exchange.client);
        if unacknowledged {
            self.cut(core);
        }
    }

    /// The call ends: what is on its way between the legs is answered.
    pub(super) fn end_exchanges(&mut self, core: &mut Core) {
        for exchange in std::mem::take(&mut self.exchanges) {
            self.finish_task(core, exchange.client);
            if let Some(server) = exchange.server {
                core.servers.remove(&server);
                if exchange.unacknowledged.is_none() {
                    core.refuse(server, &exchange.request, 487);
                }
            }
            if let (Some(leg), Some(response)) = (self.leg_mut(exchange.to), &exchange.unacknowledged) {
                let ack = leg.dialog.ack(response.cseq().number);
                core.agent.ack(exchange.client, leg.path, response, ack, Body::Empty);
            }
        }
    }

    /// The leg that a leg of an answered call talks to.
    fn opposite(&self, leg: LegId) -> Option<LegId> {
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
    fn translate_from(&mut self, core: &mut Core, leg: LegId, session: &[u8]) -> Result<bytes::Bytes, u16> {
        let side = if leg == LegId::Caller { Side::A } else { Side::B };
        let relay = self.winner().and_then(|fork| self.forks.get(fork)).and_then(|fork| fork.relay).ok_or(500u16)?;
        let signalling = self.leg(leg).map(|leg| leg.path.remote.ip()).ok_or(500u16)?;
        self.relays.translate(core, relay, side, signalling, session).map_err(|error| error.status())
    }

    /// An offer came to nothing: media comes from where it came from before.
    fn restore_expectation(&mut self, core: &mut Core, leg: LegId) {
        if let Some(session) = self.leg(leg).and_then(|leg| leg.heard.clone()) {
            let _ = self.translate_from(core, leg, &session);
        }
    }

    /// Whether an offer is on its way to or from a leg.
    pub(super) fn is_negotiating(&self, leg: LegId) -> bool {
        self.exchanges.iter().any(|exchange| exchange.from == leg || exchange.to == leg)
            || self.tasks.iter().any(|(_, task)| *task == Task::Refresh(leg))
    }

    /// The way a request went that was passed on.
    pub(super) fn exchange_path(&self, client: ClientKey) -> Option<Path> {
        let exchange = self.exchanges.iter().find(|exchange| exchange.client == client)?;
        self.leg(exchange.to).map(|leg| leg.path)
    }

    /// After a restart: media comes from where it came from before.
    pub(super) fn expect_again(&mut self, core: &mut Core, leg: LegId) {
        self.restore_expectation(core, leg);
    }
}

/// An offer before the last one of the same side is answered (RFC 3261 section 14.2): to be tried again soon.
fn later(core: &mut Core, server: ServerKey, request: &Request) {
    let mut response = core.answer(request, 500);
    let seconds = core.random.u64() % 11;
    response.header(Name::RetryAfter, seconds);
    core.respond(server, response);
}
