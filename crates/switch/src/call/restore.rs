//! What is kept of an answered call, and how it is taken up again after a restart.
//!
//! Kept are both dialogs, the ways to both phones, the relay's ports and the record as it would be if the call ended
//! now. A call that is taken up again has no Walk: everything the Walk decides was decided. It can be ended, changed
//! and held like any other, and has exactly one record.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use callflow::{
    AnsweredBy, CallRecord, Called, CallerIdentity, Event, Flow, Outcome, Side, Step, TrailEntry, TrailEvent, Walk,
};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use types::clock::{Tick, Timestamp};
use types::ids::{AccountId, CallId, UserId};

use super::caller::Caller;
use super::fork::Fork;
use super::leg::Leg;
use super::{Call, LegId, Stage};
use crate::engine::core::Core;
use crate::engine::table::Key;
use crate::media::Relay;
use crate::ports::{Heartbeat, OpenCall};

/// The stored form. `L` and `R` are owned when read and borrowed when written.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Saved<L = Leg, R = Option<Relay>, A = IpAddr> {
    record: CallRecord,
    caller: L,
    called: L,
    relay: R,
    /// Our address towards the called phone.
    towards: A,
    /// When it was stored.
    #[serde(default)]
    alive: Option<Heartbeat>,
}

/// Lets a stored call last as long as the exchange is known to have lived since it was stored.
fn prolong(record: &mut CallRecord, stored: Option<Heartbeat>, last: Option<Heartbeat>) {
    let (Some(stored), Some(last)) = (stored, last) else { return };
    let more = last.milliseconds.saturating_sub(stored.milliseconds);
    if stored.run == last.run
        && let Ok(more) = u64::try_from(more)
    {
        record.ended = record.ended.after(Duration::from_millis(more));
        record.duration_ms = record.duration_ms.saturating_add(more);
    }
}

/// Who decides what happens: the Walk, or, after a restart, what is left to decide.
pub(super) enum Script {
    Walk(Box<Walk>),
    Restored(Box<Restored>),
}

/// The rest of a call that was up when the exchange died.
pub(super) struct Restored {
    record: CallRecord,
    resumed: Tick,
    /// Talk time before [`Self::resumed`], in milliseconds, the time the exchange was down included.
    before: u64,
    steps: VecDeque<Step>,
    over: bool,
    /// A phone has shown that it knows the call.
    confirmed: bool,
}

impl Script {
    pub fn poll(&mut self) -> Option<Step> {
        match self {
            Self::Walk(walk) => walk.poll(),
            Self::Restored(restored) => restored.steps.pop_front(),
        }
    }

    pub fn handle(&mut self, event: Event, now: Tick, at: Timestamp) {
        match self {
            Self::Walk(walk) => walk.handle(event, now, at),
            Self::Restored(restored) => restored.handle(event, now, at),
        }
    }

    pub fn deadline(&self) -> Option<Tick> {
        match self {
            Self::Walk(walk) => walk.deadline().map(|(tick, _)| tick),
            Self::Restored(_) => None,
        }
    }

    pub fn handle_timeout(&mut self, now: Tick, at: Timestamp) {
        if let Self::Walk(walk) = self {
            walk.handle_timeout(now, at);
        }
    }

    /// The Flow that is walked; there is none after a restart.
    pub fn flow(&self) -> Option<&Flow> {
        match self {
            Self::Walk(walk) => Some(walk.flow()),
            Self::Restored(_) => None,
        }
    }

    pub fn parties(&self) -> (&CallerIdentity, &Called) {
        match self {
            Self::Walk(walk) => (&walk.flow().caller, &walk.flow().called),
            Self::Restored(restored) => (&restored.record.caller, &restored.record.called),
        }
    }

    /// The record, as if the call ended now unless it has.
    pub fn record(&self, id: CallId, account: AccountId, now: Tick, at: Timestamp) -> CallRecord {
        match self {
            Self::Walk(walk) => walk.record(id, account, now, at),
            Self::Restored(restored) if restored.over => restored.record.clone(),
            Self::Restored(restored) => restored.ended(now, at),
        }
    }

    /// A phone has shown that it knows the call.
    pub fn confirm(&mut self) {
        if let Self::Restored(restored) = self {
            restored.confirmed = true;
        }
    }

    /// Whether the call was taken up after a restart and no phone has shown yet that it knows it.
    pub fn is_unconfirmed(&self) -> bool {
        matches!(self, Self::Restored(restored) if !restored.confirmed)
    }
}

impl Restored {
    fn handle(&mut self, event: Event, now: Tick, at: Timestamp) {
        let by = match event {
            Event::Ended { by } => by,
            Event::CallerGone => Side::Caller,
            _ => return,
        };
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        if by == Side::Exchange && !self.confirmed {
            // Its phones were gone: it ended when it was last known to be up.
            self.record.outcome = Outcome::Recovered;
        } else {
            self.record = self.ended(now, at);
        }
        self.record.ended_by = Some(by);
        let node = self.record.trail.entries.last().map(|entry| entry.node).unwrap_or_default();
        self.record.trail.entries.push(TrailEntry { at: self.record.ended, node, what: TrailEvent::Ended { by } });
        self.steps.push_back(Step::End);
    }

    fn ended(&self, now: Tick, at: Timestamp) -> CallRecord {
        let since = u64::try_from(now.saturating_since(self.resumed).as_millis()).unwrap_or(u64::MAX);
        let mut record = self.record.clone();
        record.ended = at.max(record.ended);
        record.duration_ms = self.before.saturating_add(since);
        record
    }
}

impl Call {
    /// What must survive a restart; nothing for a call that is not answered.
    pub(super) fn saved_state(&self, core: &Core) -> Option<OpenCall> {
        let fork = self.forks.get(self.winner()?)?;
        let called = fork.leg.as_ref()?;
        let relay = fork.relay.and_then(|relay| self.relays.relay(relay));
        let record = self.script.record(self.id, self.account, core.now, core.at);
        let started = record.started;
        let towards = called.path.local.ip();
        let alive = Some(core.heartbeat());
        let saved = Saved { record, caller: &self.caller.leg, called, relay, towards, alive };
        let state = serde_json::to_string(&saved).ok()?;
        Some(OpenCall { call: self.id, account: self.account, started, state })
    }

    /// Takes a stored call up again.
    pub(crate) fn restore(core: &mut Core, key: Key, open: &OpenCall, last: Option<Heartbeat>) -> Option<Self> {
        let Saved { mut record, mut caller, mut called, relay, towards, alive } =
            serde_json::from_str::<Saved>(&open.state).ok()?;
        prolong(&mut record, alive, last);
        (record.id, record.account) = (open.call, open.account);
        for leg in [&mut caller, &mut called] {
            leg.dialog = leg.dialog.clone().resumed();
        }
        let (caller_tag, called_tag) = (caller.tag()?, called.tag()?);
        let gap = core.at.saturating_since(record.ended);
        let before = record.duration_ms.saturating_add(u64::try_from(gap.as_millis()).unwrap_or(u64::MAX));
        let (started, answered, answered_by) = (record.started, record.answered, record.answered_by);
        let users: Vec<UserId> = record.caller.user.into_iter().chain(answered_by.map(|who| who.user)).collect();
        let nobody = AnsweredBy { user: UserId::from_u128(0), device: called.device };
        let AnsweredBy { user, device } = answered_by.unwrap_or(nobody);
        let restored =
            Restored { record, resumed: core.now, before, steps: VecDeque::new(), over: false, confirmed: false };
        let mut call =
            Self::new(key, open.call, open.account, Script::Restored(Box::new(restored)), Caller::restored(caller));
        // Without its ports the call goes on, and is silent until a phone makes a new offer or hangs up.
        let relay = relay.and_then(|saved| core.media.restore(&saved, core.now).ok());
        let relay = relay.map(|relay| call.relays.restore(relay, towards));
        call.forks.push(Fork::restored(device, user, called, relay, called_tag));
        call.stage = Stage::Up(0);
        (call.started, call.answered) = (started, answered);
        call.counted = true;
        core.occupied.begin(open.account);
        users.into_iter().for_each(|user| call.occupy(core, user));
        for (id, tag) in [(LegId::Caller, caller_tag), (LegId::Fork(0), called_tag)] {
            core.dialogs.insert(tag, (key, id));
            if let Some(leg) = call.leg(id) {
                core.ladders.add_leg(open.call, leg.dialog.id().call_id());
            }
            call.restore_expectation(core, id);
        }
        call.resume_watch(core);
        Some(call)
    }
}

/// The record of a call whose stored state cannot be taken up: it ended when it was last known to be up.
pub(crate) fn recovered(open: &OpenCall, last: Option<Heartbeat>) -> Option<Box<CallRecord>> {
    let Saved { mut record, alive, .. } =
        serde_json::from_str::<Saved<IgnoredAny, IgnoredAny, IgnoredAny>>(&open.state).ok()?;
    prolong(&mut record, alive, last);
    (record.id, record.account) = (open.call, open.account);
    record.outcome = Outcome::Recovered;
    record.ended_by = Some(Side::Exchange);
    Some(Box::new(record))
}
