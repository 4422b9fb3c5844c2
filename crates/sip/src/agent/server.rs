//! Requests that come in.

use bytes::Bytes;
use types::clock::Tick;

use super::arena::Key;
use super::body::Body;
use super::checks::{Refusal, check};
use super::deadlines::Armed;
use super::identify::Id;
use super::output::{Gone, Output, ServerKey};
use super::path::Path;
use super::{Agent, Owner, frugal};
use crate::message::{Method, Name, Request, ResponseBuilder, Rport, Via};
use crate::transaction::server_invite::{self, Acknowledged, ServerInvite};
use crate::transaction::server_non_invite::{self, ServerNonInvite};
use crate::transaction::success::{self, Success};

/// A request that came in and what became of it.
#[derive(Debug)]
pub(super) struct Server {
    /// Where answers go.
    path: Path,
    id: Id,
    /// Under which its copies and the ACK of its 2xx are found.
    call: Option<Id>,
    machine: Machine,
    /// The last answer sent.
    last: Option<Bytes>,
    /// Kept until the final answer, for the 100 of RFC 4320.
    request: Option<Request>,
    /// Set while it stands in [`Agent::answered`].
    answered: bool,
    /// Set once the user was told of a CANCEL.
    cancelled: bool,
    /// Bytes an answer may have that is not kept.
    most: usize,
    armed: Armed,
}

#[derive(Debug)]
enum Machine {
    Invite(ServerInvite),
    /// An INVITE that was answered 2xx.
    Success(ServerInvite, Success),
    NonInvite(ServerNonInvite),
}

impl Server {
    fn deadline(&self) -> Option<Tick> {
        match &self.machine {
            Machine::Invite(machine) => machine.deadline(),
            Machine::Success(machine, success) => [machine.deadline(), success.deadline()].into_iter().flatten().min(),
            Machine::NonInvite(machine) => machine.deadline(),
        }
    }

    fn is_over(&self) -> bool {
        match &self.machine {
            Machine::Invite(machine) | Machine::Success(machine, _) => {
                machine.state() == server_invite::State::Terminated
            }
            Machine::NonInvite(machine) => machine.state() == server_non_invite::State::Terminated,
        }
    }

    pub fn is_unanswered(&self) -> bool {
        match &self.machine {
            Machine::Invite(machine) => machine.state() == server_invite::State::Proceeding,
            Machine::Success(..) => false,
            Machine::NonInvite(machine) => {
                matches!(machine.state(), server_non_invite::State::Trying | server_non_invite::State::Proceeding)
            }
        }
    }
}

/// Where the answer to a request goes that came over `path` with this topmost Via: RFC 3261 section 18.2.2, RFC 3581.
///
/// Two departures, both so that nobody can point our answers at somebody else. `maddr` is ignored. And a Via that names
/// another address than the request came from, without asking for `rport`, belongs to a phone behind an address
/// translation, which only the source port leads to; the RFC would have the port in the Via combined with the source
/// address.
pub(super) fn answer_path(path: Path, via: &Via) -> Path {
    if path.transport.is_reliable() {
        return path;
    }
    let source = path.remote.ip().to_canonical();
    let honest = via.host().ip().map(|ip| ip.to_canonical()) == Some(source);
    if via.rport() == Rport::Absent && honest {
        let mut path = path;
        path.remote.set_port(via.port().unwrap_or(path.transport.default_port()));
        return path;
    }
    path
}

impl Agent {
    pub(super) fn handle_request(&mut self, path: Path, request: Request, now: Tick) {
        let source = path.remote.ip();
        match request.method() {
            Method::Ack => self.handle_ack(path, request, now),
            Method::Cancel => self.handle_cancel(path, request),
            _ => {
                let id = self.identify.transaction(&request, source);
                match self.by_id.get(&id) {
                    Some(key) => self.handle_copy(*key),
                    None => self.handle_new(path, request, id, now),
                }
            }
        }
    }

    /// Answers a request and keeps the answer for its retransmissions; an INVITE's refusal is repeated until
    /// acknowledged, its 2xx too. Answers after a final one, or to a transaction that is gone, are dropped.
    pub fn respond(&mut self, key: ServerKey, response: ResponseBuilder, body: Body<'_>, now: Tick) {
        let timers = &self.config.timers;
        let Some(server) = self.servers.get_mut(key.0) else {
            return;
        };
        let status = response.status();
        let goes_out = match &mut server.machine {
            Machine::Invite(machine) => {
                let goes_out = machine.respond(status, now, timers);
                if goes_out && (200..300).contains(&status) {
                    server.machine = Machine::Success(*machine, Success::start(now, timers));
                }
                goes_out
            }
            Machine::Success(..) => false,
            Machine::NonInvite(machine) => machine.respond(status, now, timers),
        };
        if goes_out {
            let mut bytes = body.finish_response(response);
            if status >= 200 {
                server.request = None;
                // The copy has no spare room; it may stay for half a minute, times many.
                bytes = Bytes::copy_from_slice(&bytes);
            }
            server.last = Some(bytes.clone());
            self.outputs.push_back(Output::Transmit { path: server.path, bytes });
        }
        let answered = matches!(&server.machine, Machine::NonInvite(machine)
            if machine.state() == server_non_invite::State::Completed);
        if answered && !server.answered {
            server.answered = true;
            self.answered.push_back(key.0);
            self.answered_alive += 1;
        }
        self.settle_server(key.0);
        self.forget_oldest_answered();
    }

    /// Answers a request with a final response and forgets it at once. A retransmission of the request is a new
    /// request; the response is not repeated. This is the way to challenge and to refuse those one does not know.
    pub fn respond_once(&mut self, key: ServerKey, response: ResponseBuilder, body: Body<'_>) {
        self.respond_within_means(key, response, body, false);
    }

    /// The same to somebody who is known to be where he says, so that the answer may be longer than the request, and
    /// comes whatever strangers do meanwhile.
    pub fn respond_once_to_known(&mut self, key: ServerKey, response: ResponseBuilder, body: Body<'_>) {
        self.respond_within_means(key, response, body, true);
    }

    fn respond_within_means(&mut self, key: ServerKey, response: ResponseBuilder, body: Body<'_>, known: bool) {
        let Some(server) = self.remove_server(key.0) else {
            return;
        };
        if !server.is_unanswered() {
            return;
        }
        let mut bytes = body.finish_response(response);
        if known {
            return self.outputs.push_back(Output::Transmit { path: server.path, bytes });
        }
        // Only whoever asks for another domain has so little to spend.
        if frugal::shortened(&bytes).len() > server.most
            && let Some(request) = &server.request
        {
            // It may not be as long as that; the shortest that can be said is that there is nothing to be had here.
            bytes = ResponseBuilder::new(request, 403, Some(self.identify.tag(server.id).as_str())).finish();
        }
        self.answer_stranger(server.path, bytes, server.most);
    }

    fn handle_ack(&mut self, path: Path, request: Request, now: Tick) {
        let timers = &self.config.timers;
        let id = self.identify.transaction(&request, path.remote.ip());
        let mut found = self.by_id.get(&id).copied();
        if let Some(key) = found
            && let Some(server) = self.servers.get_mut(key)
        {
            let acknowledged = match &mut server.machine {
                Machine::Invite(machine) | Machine::Success(machine, _) => machine.handle_ack(now, timers),
                Machine::NonInvite(_) => Acknowledged::Absorb,
            };
            if acknowledged == Acknowledged::Absorb {
                self.settle_server(key);
                return;
            }
        } else {
            found = self.by_id.get(&self.identify.call(&request)).copied();
        }
        // An ACK that belongs to nothing is dropped: it acknowledges an answer sent without state, or one from long ago.
        let Some(key) = found else {
            return;
        };
        if let Some(Server { machine: Machine::Success(_, success), .. }) = self.servers.get_mut(key)
            && success.handle_ack()
        {
            self.outputs.push_back(Output::Ack { key: ServerKey(key), path, request });
        }
    }

    /// Answers the CANCEL without keeping it: its answer is the same as often as it comes (RFC 3261 section 9.2).
    fn handle_cancel(&mut self, path: Path, request: Request) {
        let id = self.identify.transaction(&request, path.remote.ip());
        let found = self.by_id.get(&id).copied();
        let status = if found.is_some() { 200 } else { 481 };
        let tag = self.identify.tag(id);
        let response = ResponseBuilder::new(&request, status, Some(tag.as_str()));
        let most = self.most(path, &request);
        self.answer_stranger(answer_path(path, request.via()), response.finish(), most);
        if let Some(key) = found
            && let Some(server) = self.servers.get_mut(key)
            && server.is_unanswered()
            && !std::mem::replace(&mut server.cancelled, true)
        {
            self.outputs.push_back(Output::Cancelled { key: ServerKey(key), request });
        }
    }

    fn handle_copy(&mut self, key: Key) {
        let Some(server) = self.servers.get(key) else {
            return;
        };
        let again = match &server.machine {
            Machine::Invite(machine) | Machine::Success(machine, _) => machine.handle_retransmission(),
            Machine::NonInvite(machine) => machine.handle_retransmission(),
        };
        if again {
            self.outputs.extend(repeat(server.path, &server.last));
        }
    }

    fn handle_new(&mut self, path: Path, request: Request, id: Id, now: Tick) {
        let fresh = request.to().tag().is_none();
        let call = (fresh || *request.method() == Method::Invite).then(|| self.identify.call(&request));
        let refusal = if let Err(refusal) = check(&request, &self.config) {
            Some(refusal)
        } else if fresh && call.is_some_and(|call| self.by_id.contains_key(&call)) {
            Some(Refusal { status: 482, header: None })
        } else if self.is_crowded(fresh) {
            Some(Refusal {
                status: 503,
                header: Some((Name::RetryAfter, self.config.limits.retry_after.to_string().into())),
            })
        } else {
            None
        };
        let (path_back, most) = (answer_path(path, request.via()), self.most(path, &request));
        if let Some(Refusal { status, header }) = refusal {
            let tag = self.identify.tag(id);
            let mut response = ResponseBuilder::new(&request, status, Some(tag.as_str()));
            if let Some((name, value)) = header {
                response.header(name, value);
            }
            self.answer_stranger(path_back, response.finish(), most);
            return;
        }
        let reliable = path.transport.is_reliable();
        let invite = *request.method() == Method::Invite;
        let machine = if invite {
            Machine::Invite(ServerInvite::start(reliable, &self.config.timers))
        } else {
            Machine::NonInvite(ServerNonInvite::start(reliable, now, &self.config.timers))
        };
        let key = self.servers.insert(Server {
            path: path_back,
            id,
            call,
            machine,
            last: None,
            request: (!invite).then(|| request.clone()),
            answered: false,
            cancelled: false,
            most,
            armed: Armed::default(),
        });
        self.by_id.insert(id, key);
        if let Some(call) = call {
            self.by_id.entry(call).or_insert(key);
        }
        if path.connection != 0 {
            self.connected.insert((path.connection, Owner::Server(key)));
        }
        self.settle_server(key);
        self.outputs.push_back(Output::Request { key: ServerKey(key), path, request });
    }

    /// What belongs to a dialog gets a quarter more room: ending calls is what makes room.
    fn is_crowded(&self, fresh: bool) -> bool {
        let limit = self.config.limits.pending;
        self.load().pending >= if fresh { limit } else { limit.saturating_add(limit / 4) }
    }

    pub(super) fn server_timeout(&mut self, key: Key, tick: Tick, now: Tick) {
        let timers = self.config.timers;
        let Some(server) = self.servers.get_mut(key) else {
            return;
        };
        if !server.armed.is_at(tick) {
            return;
        }
        let mut gone = None;
        match &mut server.machine {
            Machine::Invite(machine) => {
                while let Some(due) = machine.handle_timeout(now, &timers) {
                    match due {
                        server_invite::Due::Retransmit => self.outputs.extend(repeat(server.path, &server.last)),
                        server_invite::Due::Unacknowledged => gone = Some(Gone::FailureUnacknowledged),
                        server_invite::Due::Ended => {}
                    }
                }
            }
            Machine::Success(machine, success) => {
                while let Some(due) = success.handle_timeout(now, &timers) {
                    match due {
                        success::Due::Retransmit => self.outputs.extend(repeat(server.path, &server.last)),
                        success::Due::Unacknowledged => gone = Some(Gone::SuccessUnacknowledged),
                    }
                }
                while machine.handle_timeout(now, &timers).is_some() {}
            }
            Machine::NonInvite(machine) => {
                while let Some(due) = machine.handle_timeout(now) {
                    match due {
                        server_non_invite::Due::Trying => {
                            if let Some(request) = &server.request {
                                server.last = Some(ResponseBuilder::new(request, 100, None).finish());
                                self.outputs.extend(repeat(server.path, &server.last));
                            }
                        }
                        server_non_invite::Due::TooLate => gone = Some(Gone::TooLate),
                        server_non_invite::Due::Ended => {}
                    }
                }
            }
        }
        if let Some(why) = gone {
            self.outputs.push_back(Output::ServerGone { key: ServerKey(key), why });
        }
        self.settle_server(key);
    }

    /// Forgets a transaction that is over, and sees to the deadline of one that is not.
    fn settle_server(&mut self, key: Key) {
        let Some(server) = self.servers.get_mut(key) else {
            return;
        };
        if server.is_over() {
            self.remove_server(key);
            return;
        }
        let deadline = server.deadline();
        self.deadlines.arm(Owner::Server(key), &mut server.armed, deadline);
    }

    fn forget_oldest_answered(&mut self) {
        while let Some(oldest) = self.answered.front().copied() {
            let alive = self.servers.get(oldest).is_some();
            if alive && self.answered_alive <= self.config.limits.answered {
                break;
            }
            self.answered.pop_front();
            self.remove_server(oldest);
        }
    }

    pub(super) fn remove_server(&mut self, key: Key) -> Option<Server> {
        let server = self.servers.remove(key)?;
        self.by_id.remove(&server.id);
        if let Some(call) = server.call
            && self.by_id.get(&call) == Some(&key)
        {
            self.by_id.remove(&call);
        }
        if server.path.connection != 0 {
            self.connected.remove(&(server.path.connection, Owner::Server(key)));
        }
        if server.answered {
            self.answered_alive = self.answered_alive.saturating_sub(1);
        }
        Some(server)
    }
}

fn repeat(path: Path, last: &Option<Bytes>) -> Option<Output> {
    last.clone().map(|bytes| Output::Transmit { path, bytes })
}
