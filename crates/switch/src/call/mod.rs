//! One call: a Walk that says what is to happen, a leg to the caller, legs to the phones that ring, a media relay.
//!
//! | file | what it does |
//! |---|---|
//! | [`setup`] | an INVITE comes: the Walk starts |
//! | [`fork`] | phones are called and cancelled |
//! | [`ringing`] | phones ring, answer, refuse |
//! | [`caller`] | the caller's INVITE, its 200 or refusal, its ACK |
//! | [`progress`] | what the caller is told while phones ring |
//! | [`answer`] | a phone answered: make it durable, tell the caller |
//! | [`bridge`] | requests within the call: which are passed from leg to leg, which are answered here |
//! | [`exchange`] | requests on their way from leg to leg |
//! | [`hangup`] | the call ends: BYE, CANCEL, record |
//! | [`liveness`] | session timers, dead phones, the longest call |
//! | [`restore`] | what is kept of an answered call, and how it is taken up after a restart |
//!
//! The caller sees one dialog, whichever phones ring. Only when a phone other than the one whose early media the caller
//! heard answers, the answer opens a second one, as behind a forking proxy (RFC 3261 section 13.2.2.4).

mod answer;
mod bridge;
mod caller;
mod exchange;
mod fork;
mod hangup;
mod identity;
mod leg;
mod liveness;
mod media;
mod progress;
mod restore;
mod ringing;
mod setup;

use callflow::{CallRecord, Failure};
use sip::agent::{ClientKey, ServerKey};
use sip::message::{Request, Response};
use smallvec::SmallVec;
use types::clock::{Tick, Timestamp};
use types::ids::{AccountId, CallId, UserId};

use self::caller::Caller;
use self::exchange::Exchange;
use self::fork::Fork;
pub(crate) use self::leg::Leg;
use self::media::Relays;
use self::restore::Script;
pub(crate) use self::restore::recovered;
pub(crate) use self::setup::admit;
use crate::engine::alarms::Armed;
use crate::engine::core::Core;
use crate::engine::table::Key;
use crate::live::{LiveCall, Stage as LiveStage};
use crate::ports::CallChange;

/// Names a leg within its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LegId {
    /// Who called.
    Caller,
    /// A phone that was called, by its place in [`Call::forks`].
    Fork(usize),
}

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Phones are being called.
    Ringing,
    /// The phone of this fork answered; the caller is told as soon as that is durable.
    Opening(usize),
    /// The caller talks to the phone of this fork.
    Up(usize),
    /// Nothing is left to talk about; the record may still be on its way.
    Over,
}

/// What the answer to a request of ours is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    /// The INVITE of a fork.
    Invite(usize),
    /// A request passed on for the other leg; see [`Exchange`].
    Pass,
    /// A PRACK.
    Prack,
    /// A session refresh.
    Refresh(LegId),
    /// A question whether the phone is still there.
    Probe(LegId),
}

/// See the module's text.
pub(crate) struct Call {
    key: Key,
    id: CallId,
    account: AccountId,
    started: Timestamp,
    answered: Option<Timestamp>,
    script: Script,
    caller: Caller,
    forks: Vec<Fork>,
    relays: Relays,
    stage: Stage,
    tasks: SmallVec<[(ClientKey, Task); 4]>,
    exchanges: SmallVec<[Exchange; 1]>,
    /// BYEs that wait for the record.
    byes: SmallVec<[(ServerKey, Request); 1]>,
    /// The record, from the end of the call until it is durable.
    record: Option<Box<CallRecord>>,
    /// The record is durable.
    saved: bool,
    /// It counts against the limits.
    counted: bool,
    /// Users it keeps busy.
    busy: SmallVec<[UserId; 2]>,
    /// It was taken up after a restart and is to be written again, so that its state is of this run.
    adopted: bool,
    /// When it ends at the latest.
    longest: Option<Tick>,
    /// When silence is looked into next.
    silence: Option<Tick>,
    pub(crate) armed: Armed,
    /// What was told last of who rings and talks.
    told: Option<CallChange>,
}

impl Call {
    fn new(key: Key, id: CallId, account: AccountId, script: Script, caller: Caller) -> Self {
        Self {
            key,
            id,
            account,
            started: Timestamp::default(),
            answered: None,
            script,
            caller,
            forks: Vec::new(),
            relays: Relays::default(),
            stage: Stage::Ringing,
            tasks: SmallVec::new(),
            exchanges: SmallVec::new(),
            byes: SmallVec::new(),
            record: None,
            saved: false,
            counted: false,
            busy: SmallVec::new(),
            adopted: false,
            longest: None,
            silence: None,
            armed: Armed::default(),
            told: None,
        }
    }

    pub(crate) fn account(&self) -> AccountId {
        self.account
    }

    /// Whether nothing is left to be done for it.
    pub(crate) fn is_done(&self) -> bool {
        self.stage == Stage::Over
            && self.saved
            && self.byes.is_empty()
            && self.forks.iter().all(Fork::is_over)
            && !self.caller.is_waiting()
    }

    pub(crate) fn snapshot(&self) -> Option<LiveCall> {
        let stage = match self.stage {
            Stage::Ringing => LiveStage::Ringing,
            Stage::Opening(_) | Stage::Up(_) => LiveStage::Talking,
            Stage::Over => return None,
        };
        let (caller, called) = self.script.parties();
        Some(LiveCall {
            id: self.id,
            account: self.account,
            stage,
            started: self.started,
            answered: self.answered,
            caller: caller.user,
            caller_name: caller.display_name.to_string(),
            caller_extension: caller.extension,
            caller_number: caller.number,
            dialled: called.dialled.to_string(),
            called: self.forks.iter().filter(|fork| fork.is_live()).map(|fork| (fork.user, fork.device)).collect(),
        })
    }

    /// Who rings and talks, if that has changed since it was asked last.
    pub(crate) fn take_change(&mut self) -> Option<CallChange> {
        let over = self.stage == Stage::Over;
        let mut change = CallChange {
            account: self.account,
            call: self.id,
            owner: None,
            caller: None,
            called: Vec::new(),
            answered: false,
            over,
        };
        if !over {
            let (caller, called) = self.script.parties();
            let live = self.forks.iter().filter(|fork| fork.is_live()).map(|fork| (fork.user, fork.device));
            change.owner = called.owner;
            change.caller = caller.user.zip(caller.device);
            change.answered = self.winner().is_some();
            // A phone with several contacts rings once.
            live.for_each(|leg| {
                if !change.called.contains(&leg) {
                    change.called.push(leg);
                }
            });
        }
        if self.told.as_ref() == Some(&change) || (over && self.told.is_none()) {
            return None;
        }
        self.told = Some(change.clone());
        Some(change)
    }

    /// The leg the caller talks to, or will.
    fn winner(&self) -> Option<usize> {
        match self.stage {
            Stage::Opening(fork) | Stage::Up(fork) => Some(fork),
            Stage::Ringing | Stage::Over => None,
        }
    }

    fn leg(&self, id: LegId) -> Option<&Leg> {
        match id {
            LegId::Caller => Some(&self.caller.leg),
            LegId::Fork(fork) => self.forks.get(fork)?.leg.as_ref(),
        }
    }

    fn leg_mut(&mut self, id: LegId) -> Option<&mut Leg> {
        match id {
            LegId::Caller => Some(&mut self.caller.leg),
            LegId::Fork(fork) => self.forks.get_mut(fork)?.leg.as_mut(),
        }
    }

    fn add_task(&mut self, client: ClientKey, task: Task) {
        self.tasks.push((client, task));
    }

    fn task(&self, client: ClientKey) -> Option<Task> {
        self.tasks.iter().find(|(key, _)| *key == client).map(|(_, task)| *task)
    }

    /// Whether a restart would lose nothing of it: it does not ring, and its record, if it has one, is durable.
    pub(crate) fn is_settled(&self) -> bool {
        matches!(self.stage, Stage::Up(_)) || (self.stage == Stage::Over && self.saved)
    }

    /// Keeps a response for the call's ladder.
    pub(crate) fn note_response(&self, core: &mut Core, client: ClientKey, response: &Response) {
        let leg = match self.task(client) {
            Some(Task::Invite(fork)) => self.forks.get(fork).map(|fork| fork.path),
            Some(Task::Refresh(leg) | Task::Probe(leg)) => self.leg(leg).map(|leg| leg.path),
            Some(Task::Pass) => self.exchange_path(client),
            Some(Task::Prack) | None => None,
        };
        if let Some(path) = leg {
            core.ladders.incoming(response.call_id(), core.now, path, response.raw());
        }
    }

    /// The caller cancelled the INVITE, or somebody a re-INVITE.
    pub(crate) fn cancelled(&mut self, core: &mut Core, server: ServerKey) {
        if self.caller.is_invited_by(server) {
            self.caller_gone(core);
        } else {
            self.exchange_cancelled(core, server);
        }
    }

    /// The response to a request of the call's.
    pub(crate) fn response(&mut self, core: &mut Core, client: ClientKey, response: &Response) {
        match self.task(client) {
            Some(Task::Invite(fork)) => self.fork_response(core, fork, response),
            Some(Task::Pass) => self.passed(core, client, Some(response)),
            Some(Task::Refresh(leg) | Task::Probe(leg)) => self.watched(core, client, leg, Some(response)),
            Some(Task::Prack) if response.is_provisional() => {}
            Some(Task::Prack) | None => self.finish_task(core, client),
        }
    }

    /// A request of the call's was not answered, or could not be sent.
    pub(crate) fn unanswered(&mut self, core: &mut Core, client: ClientKey) {
        match self.task(client) {
            Some(Task::Invite(fork)) => {
                self.finish_task(core, client);
                self.fork_failed(core, fork, Failure::Offline, false);
            }
            Some(Task::Pass) => self.passed(core, client, None),
            Some(Task::Refresh(leg) | Task::Probe(leg)) => self.watched(core, client, leg, None),
            Some(Task::Prack) | None => self.finish_task(core, client),
        }
    }

    fn finish_task(&mut self, core: &mut Core, client: ClientKey) {
        self.tasks.retain(|(key, _)| *key != client);
        core.clients.remove(&client);
    }
}
