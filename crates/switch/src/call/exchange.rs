//! Requests on their way from one leg to the other, and what comes back.

use sip::agent::{Body, ClientKey, Path, ServerKey};
use sip::message::{Method, Name, Request, Response, ResponseBuilder};

use super::leg::{SDP, session_of};
use super::{Call, LegId, Stage, Task};
use crate::engine::core::{ALLOW, Core};

/// A request that was passed to the other leg.
pub(super) struct Exchange {
    pub from: LegId,
    pub to: LegId,
    /// What came, until it is answered.
    pub server: Option<ServerKey>,
    pub request: Request,
    pub client: ClientKey,
    /// What went out: an UPDATE becomes an INVITE for a phone that does not know UPDATE.
    pub invites: bool,
    /// What came has an offer in it.
    pub offered: bool,
    /// The 2xx with the offer that the sender of an INVITE without one is to answer in its ACK.
    pub unacknowledged: Option<Response>,
}

impl Exchange {
    fn is_invite(&self) -> bool {
        *self.request.method() == Method::Invite
    }
}

impl Call {
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
}
