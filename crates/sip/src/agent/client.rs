//! Requests that go out.

use bytes::Bytes;
use smallvec::SmallVec;
use types::clock::Tick;

use super::arena::Key;
use super::body::Body;
use super::deadlines::Armed;
use super::output::{ClientKey, Output};
use super::path::Path;
use super::{Agent, Full, Owner};
use crate::message::{Method, Name, Request, RequestBuilder, Response};
use crate::transaction::client_invite::{self, ClientInvite};
use crate::transaction::client_non_invite::{self, ClientNonInvite};

/// Parties that may answer one INVITE; those after are not heard. An INVITE goes to one phone, so two are rare already.
const PARTIES: usize = 8;

/// A request that went out and what became of it.
#[derive(Debug)]
pub(super) struct Client {
    path: Path,
    /// The request as it was sent.
    sent: Bytes,
    branch: Branch,
    machine: Machine,
    armed: Armed,
}

#[derive(Debug)]
enum Machine {
    Invite(ClientInvite, Box<Invite>),
    NonInvite(ClientNonInvite),
    /// A CANCEL, which the user does not hear of.
    Cancel(ClientNonInvite),
}

/// What an INVITE needs beside its machine.
#[derive(Debug, Default)]
struct Invite {
    cancel: Cancel,
    /// Who has answered 2xx.
    parties: SmallVec<[Party; 1]>,
}

/// One who answered an INVITE with a 2xx.
#[derive(Debug)]
struct Party {
    tag: Box<str>,
    /// The ACK that the user has sent, and over which way.
    ack: Option<(Path, Bytes)>,
}

/// Whether a 2xx came before.
enum Repeated {
    /// It is new.
    No,
    /// It did, and this is the ACK that it wants again, if the user has sent it by now.
    Yes(Option<(Path, Bytes)>),
}

impl Invite {
    /// Whether a 2xx repeats an earlier one; takes note of a new one.
    fn repeated(&mut self, success: &Response) -> Repeated {
        let tag = success.to().tag().unwrap_or_default();
        if let Some(party) = self.parties.iter().find(|party| *party.tag == *tag) {
            return Repeated::Yes(party.ack.clone());
        }
        if self.parties.len() == PARTIES {
            return Repeated::Yes(None);
        }
        self.parties.push(Party { tag: tag.into(), ack: None });
        Repeated::No
    }
}

/// How far the cancelling of an INVITE has come.
#[derive(Debug, Default)]
enum Cancel {
    #[default]
    No,
    /// Wanted, but nothing was heard yet, so it may not be sent (RFC 3261 section 9.1). Carries the Reason.
    Wanted(Option<Box<str>>),
    /// Sent, as this transaction.
    Sent(Key),
}

impl Client {
    fn deadline(&self) -> Option<Tick> {
        match &self.machine {
            Machine::Invite(machine, _) => machine.deadline(),
            Machine::NonInvite(machine) | Machine::Cancel(machine) => machine.deadline(),
        }
    }

    fn is_over(&self) -> bool {
        match &self.machine {
            Machine::Invite(machine, _) => machine.state() == client_invite::State::Terminated,
            Machine::NonInvite(machine) | Machine::Cancel(machine) => {
                machine.state() == client_non_invite::State::Terminated
            }
        }
    }

    /// Whether the user still waits for an answer.
    pub fn is_unanswered(&self) -> bool {
        match &self.machine {
            Machine::Invite(machine, _) => {
                matches!(machine.state(), client_invite::State::Calling | client_invite::State::Proceeding)
            }
            Machine::NonInvite(machine) => {
                matches!(machine.state(), client_non_invite::State::Trying | client_non_invite::State::Proceeding)
            }
            Machine::Cancel(_) => false,
        }
    }
}

/// Our branch: the transaction's place in the arena, so that no table is needed, and 64 random bits, so that nobody
/// who has not seen the request can answer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Branch {
    key: Key,
    token: u64,
}

impl Branch {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("z9hG4bK")?;
        let bits = u128::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 32)?;
        let part = |shift: u32, mask: u128| u64::try_from((bits >> shift) & mask).ok();
        let index = u32::try_from(part(96, u128::from(u32::MAX))?).ok()?;
        let generation = u32::try_from(part(64, u128::from(u32::MAX))?).ok()?;
        Some(Self { key: Key { index, generation }, token: part(0, u128::from(u64::MAX))? })
    }
}

impl std::fmt::Display for Branch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { key: Key { index, generation }, token } = self;
        write!(f, "z9hG4bK{index:08x}{generation:08x}{token:016x}")
    }
}

impl Agent {
    /// Sends a request other than ACK and CANCEL over `path`. The builder has everything but the Via.
    ///
    /// Over UDP it is repeated until something is heard, so only send to addresses that are known to want it.
    ///
    /// # Errors
    /// [`Full`] when too many requests wait for answers; nothing was sent.
    pub fn request(
        &mut self,
        path: Path,
        mut request: RequestBuilder,
        body: Body<'_>,
        now: Tick,
    ) -> Result<ClientKey, Full> {
        if self.clients.len() >= self.config.limits.sent {
            return Err(Full);
        }
        let reliable = path.transport.is_reliable();
        let machine = match request.method() {
            Method::Invite => Machine::Invite(ClientInvite::start(reliable, now, &self.config.timers), Box::default()),
            _ => Machine::NonInvite(ClientNonInvite::start(reliable, now, &self.config.timers)),
        };
        let branch = Branch { key: self.clients.next_key(), token: self.random() };
        self.add_via(&mut request, path, branch);
        let sent = body.finish_request(request);
        Ok(ClientKey(self.insert_client(Client { path, sent, branch, machine, armed: Armed::default() })))
    }

    /// Cancels an INVITE that was not answered yet: at once, or as soon as it may be. `reason` is the value of a Reason
    /// header (RFC 3326). The INVITE still gets its final response, usually a 487; a 2xx that crossed the CANCEL must be
    /// acknowledged and ended with a BYE as usual.
    pub fn cancel(&mut self, key: ClientKey, reason: Option<&str>, now: Tick) {
        let Some(Client { machine: Machine::Invite(machine, invite), .. }) = self.clients.get_mut(key.0) else {
            return;
        };
        match (machine.state(), &invite.cancel) {
            (client_invite::State::Calling, Cancel::No) => invite.cancel = Cancel::Wanted(reason.map(Into::into)),
            (client_invite::State::Proceeding, Cancel::No) => self.send_cancel(key.0, reason, now),
            _ => {}
        }
    }

    /// Sends the ACK for a 2xx of an INVITE, and sends it again whenever that 2xx comes again. The builder has
    /// everything but the Via.
    pub fn ack(&mut self, key: ClientKey, path: Path, success: &Response, mut ack: RequestBuilder, body: Body<'_>) {
        let branch = Branch { key: Key { index: u32::MAX, generation: u32::MAX }, token: self.random() };
        self.add_via(&mut ack, path, branch);
        let bytes = body.finish_request(ack);
        self.outputs.push_back(Output::Transmit { path, bytes: bytes.clone() });
        let tag = success.to().tag().unwrap_or_default();
        if let Some(Client { machine: Machine::Invite(_, invite), .. }) = self.clients.get_mut(key.0)
            && let Some(party) = invite.parties.iter_mut().find(|party| *party.tag == *tag)
        {
            party.ack = Some((path, bytes));
        }
    }

    pub(super) fn handle_response(&mut self, response: Response, now: Tick) {
        // More than one Via: it was meant for somebody else (RFC 3261 section 8.1.3.3).
        if response.items(Name::Via).nth(1).is_some() {
            return;
        }
        let Some(branch) = response.via().branch().and_then(Branch::parse) else {
            return;
        };
        let timers = self.config.timers;
        let mut key = branch.key;
        let cancels = response.cseq().method == Method::Cancel;
        if cancels
            && let Some(Client { machine: Machine::Invite(_, invite), .. }) = self.clients.get(key)
            && let Cancel::Sent(cancel) = invite.cancel
        {
            key = cancel;
        }
        let Some(client) = self.clients.get_mut(key).filter(|client| client.branch == branch) else {
            return;
        };
        let status = response.status();
        match &mut client.machine {
            Machine::Invite(machine, invite) if response.cseq().method == Method::Invite => {
                let reaction = machine.handle_response(status, now, &timers);
                if reaction.acknowledge
                    && let Some(output) = refusal_ack(client.path, &client.sent, &response)
                {
                    self.outputs.push_back(output);
                }
                if response.is_success()
                    && let Repeated::Yes(ack) = invite.repeated(&response)
                {
                    self.outputs.extend(ack.map(|(path, bytes)| Output::Transmit { path, bytes }));
                } else if reaction.deliver {
                    let reason = match &mut invite.cancel {
                        Cancel::Wanted(reason) if response.is_provisional() => Some(reason.take()),
                        _ => None,
                    };
                    self.outputs.push_back(Output::Response { key: ClientKey(key), response });
                    if let Some(reason) = reason {
                        self.send_cancel(key, reason.as_deref(), now);
                    }
                }
            }
            Machine::NonInvite(machine) => {
                let ours = request_method(&client.sent) == response.cseq().method.as_str();
                if ours && machine.handle_response(status, now, &timers) {
                    self.outputs.push_back(Output::Response { key: ClientKey(key), response });
                }
            }
            Machine::Cancel(machine) if cancels => {
                machine.handle_response(status, now, &timers);
            }
            _ => {}
        }
        self.settle_client(key);
    }

    pub(super) fn client_timeout(&mut self, key: Key, tick: Tick, now: Tick) {
        let timers = self.config.timers;
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        if !client.armed.is_at(tick) {
            return;
        }
        let mut timed_out = false;
        let mut repeats = 0;
        match &mut client.machine {
            Machine::Invite(machine, _) => {
                while let Some(due) = machine.handle_timeout(now) {
                    match due {
                        client_invite::Due::Retransmit => repeats += 1,
                        client_invite::Due::TimedOut => timed_out = true,
                        client_invite::Due::Ended => {}
                    }
                }
            }
            Machine::NonInvite(machine) | Machine::Cancel(machine) => {
                while let Some(due) = machine.handle_timeout(now, &timers) {
                    match due {
                        client_non_invite::Due::Retransmit => repeats += 1,
                        client_non_invite::Due::TimedOut => timed_out = true,
                        client_non_invite::Due::Ended => {}
                    }
                }
            }
        }
        for _ in 0..repeats {
            self.outputs.push_back(Output::Transmit { path: client.path, bytes: client.sent.clone() });
        }
        if timed_out && !matches!(client.machine, Machine::Cancel(_)) {
            self.outputs.push_back(Output::TimedOut { key: ClientKey(key) });
        }
        self.settle_client(key);
    }

    fn send_cancel(&mut self, key: Key, reason: Option<&str>, now: Tick) {
        let timers = self.config.timers;
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        let Machine::Invite(machine, _) = &mut client.machine else {
            return;
        };
        let Ok(invite) = Request::parse(client.sent.clone()) else {
            return;
        };
        machine.cancelled(now, &timers);
        let (path, branch) = (client.path, client.branch);
        let mut cancel = RequestBuilder::cancel(&invite);
        if let Some(reason) = reason {
            cancel.header(Name::Reason, reason);
        }
        let machine = Machine::Cancel(ClientNonInvite::start(path.transport.is_reliable(), now, &timers));
        let sent = cancel.finish();
        let cancel = self.insert_client(Client { path, sent, branch, machine, armed: Armed::default() });
        if let Some(Client { machine: Machine::Invite(_, invite), .. }) = self.clients.get_mut(key) {
            invite.cancel = Cancel::Sent(cancel);
        }
        self.settle_client(key);
    }

    fn add_via(&self, request: &mut RequestBuilder, path: Path, branch: Branch) {
        let mut sent_by = path.local;
        if let Some(advertised) = self.config.advertised {
            sent_by.set_ip(advertised);
        }
        request.via(path.transport.as_str(), sent_by, &branch.to_string());
    }

    fn insert_client(&mut self, client: Client) -> Key {
        let (path, bytes) = (client.path, client.sent.clone());
        let key = self.clients.insert(client);
        if path.connection != 0 {
            self.connected.insert((path.connection, Owner::Client(key)));
        }
        self.outputs.push_back(Output::Transmit { path, bytes });
        self.settle_client(key);
        key
    }

    fn settle_client(&mut self, key: Key) {
        let Some(client) = self.clients.get_mut(key) else {
            return;
        };
        if client.is_over() {
            self.remove_client(key);
            return;
        }
        let deadline = client.deadline();
        self.deadlines.arm(Owner::Client(key), &mut client.armed, deadline);
    }

    pub(super) fn remove_client(&mut self, key: Key) -> Option<Client> {
        let client = self.clients.remove(key)?;
        if client.path.connection != 0 {
            self.connected.remove(&(client.path.connection, Owner::Client(key)));
        }
        Some(client)
    }
}

/// The ACK of a 300–699, which belongs to the transaction.
fn refusal_ack(path: Path, invite: &Bytes, response: &Response) -> Option<Output> {
    let invite = Request::parse(invite.clone()).ok()?;
    Some(Output::Transmit { path, bytes: RequestBuilder::ack(&invite, response).finish() })
}

/// The method of a request that we wrote.
fn request_method(sent: &[u8]) -> &str {
    let end = sent.iter().position(|byte| *byte == b' ').unwrap_or_default();
    sent.get(..end).and_then(|method| std::str::from_utf8(method).ok()).unwrap_or_default()
}
