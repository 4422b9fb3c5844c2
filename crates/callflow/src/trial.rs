//! What would happen if: the same Flow and the same Walk, with scripted events and a scripted clock.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use types::clock::{Tick, Timestamp};
use types::ids::{AccountId, CallId, DeviceId, UserId};

use crate::compile::{Call, compile};
use crate::event::{Event, Failure};
use crate::explain;
use crate::flow::{Flow, NodeIndex, RingDevice};
use crate::record::{CallRecord, Outcome};
use crate::step::Step;
use crate::trail::{Trail, TrailEvent};
use crate::walk::Walk;
use crate::world::World;

/// What happens during the trial.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Script {
    /// Phones that are not connected.
    pub offline: Vec<DeviceId>,
    /// Users who are in another call.
    pub in_call: Vec<UserId>,
    /// What else happens, in any order; of two at the same time the first in the list comes first.
    pub events: Vec<ScriptedEvent>,
}

/// Something that happens during the trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScriptedEvent {
    /// When, in milliseconds from the start of the call.
    pub after_ms: u64,
    /// What.
    pub event: Event,
}

/// How the trial went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trial {
    /// The plan.
    pub flow: Flow,
    /// The plan in words.
    pub summary: String,
    /// What happened, each with its reason in words.
    pub steps: Vec<TrialStep>,
    /// How it came out. A call that was answered and that the script does not end counts as answered.
    pub outcome: Outcome,
    /// What would have been stored.
    pub trail: Trail,
}

/// One thing that happened in the trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrialStep {
    /// When, in milliseconds from the start of the call.
    pub after_ms: u64,
    /// The node of the Flow that lights up.
    pub node: NodeIndex,
    /// What happened, as on a call record.
    pub what: TrailEvent,
    /// What happened and why, in a sentence.
    pub why: String,
}

/// Runs a call that never was, to its end or until the script has nothing more to say about a call that is up.
#[must_use]
pub fn run(world: &World, call: &Call, script: &Script) -> Trial {
    let flow = Arc::new(compile(world, call));
    let record = Stage::new(Arc::clone(&flow), call.at, script).play(world.account());
    let steps = record.trail.entries.iter().map(|entry| TrialStep {
        after_ms: u64::try_from(entry.at.saturating_since(call.at).as_millis()).unwrap_or(u64::MAX),
        node: entry.node,
        what: entry.what.clone(),
        why: explain::entry(&flow, entry),
    });
    Trial {
        summary: explain::flow(&flow),
        steps: steps.collect(),
        outcome: record.outcome,
        trail: record.trail,
        flow: Arc::unwrap_or_clone(flow),
    }
}

/// The exchange's part, played: a Walk, a clock that jumps, and phones that do what the script says.
struct Stage<'a> {
    walk: Walk,
    script: &'a Script,
    events: VecDeque<ScriptedEvent>,
    started: Timestamp,
    now: Tick,
}

impl<'a> Stage<'a> {
    fn new(flow: Arc<Flow>, at: Timestamp, script: &'a Script) -> Self {
        let mut events = script.events.clone();
        events.sort_by_key(|event| event.after_ms);
        Self { walk: Walk::start(flow, Tick(0), at), script, events: events.into(), started: at, now: Tick(0) }
    }

    fn play(mut self, account: AccountId) -> CallRecord {
        loop {
            self.answer_at_once();
            let deadline = self.walk.deadline().map(|(deadline, _)| deadline);
            let next = self.events.front().map(|event| moment(event.after_ms));
            match (next, deadline) {
                _ if self.walk.is_over() => break,
                (Some(event), _) if deadline.is_none_or(|deadline| event <= deadline) => {
                    self.now = self.now.max(event);
                    if let Some(scripted) = self.events.pop_front() {
                        self.walk.handle(scripted.event, self.now, self.at());
                    }
                }
                (_, Some(deadline)) => {
                    self.now = self.now.max(deadline);
                    self.walk.handle_timeout(self.now, self.at());
                }
                (_, None) => break,
            }
        }
        self.walk.record(CallId::from_u128(0), account, self.now, self.at())
    }

    /// Phones that are not connected, or whose user is in another call, say so the moment they are called.
    fn answer_at_once(&mut self) {
        while let Some(step) = self.walk.poll() {
            let Step::Ring { devices, .. } = step else { continue };
            for ring in devices {
                if let Some(failure) = self.refusal(&ring) {
                    self.walk.handle(Event::Failed { device: ring.device, failure }, self.now, self.at());
                }
            }
        }
    }

    fn refusal(&self, ring: &RingDevice) -> Option<Failure> {
        if ring.unless_in_call && self.script.in_call.contains(&ring.user) {
            Some(Failure::Busy)
        } else if ring.reach.outside().is_some() {
            // As the exchange does while it has no line.
            Some(Failure::NoLine)
        } else if self.script.offline.contains(&ring.device) {
            Some(Failure::Offline)
        } else {
            None
        }
    }

    fn at(&self) -> Timestamp {
        self.started.after(Duration::from_micros(self.now.0))
    }
}

fn moment(after_ms: u64) -> Tick {
    Tick(0) + Duration::from_millis(after_ms)
}
