//! What would happen if: the same Flow and the same Walk, with scripted events and a scripted clock.

use serde::{Deserialize, Serialize};
use types::ids::{DeviceId, UserId};

use crate::compile::Call;
use crate::event::Event;
use crate::flow::{Flow, NodeIndex};
use crate::record::Outcome;
use crate::trail::Trail;
use crate::world::World;

/// What happens during the trial.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Script {
    /// Phones that are not connected.
    pub offline: Vec<DeviceId>,
    /// Users who are in another call.
    pub in_call: Vec<UserId>,
    /// What else happens, in any order.
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
    /// What happened and why, in a sentence.
    pub why: String,
}

/// Runs a call that never was.
#[must_use]
pub fn run(world: &World, call: &Call, script: &Script) -> Trial {
    let flow = crate::compile::compile(world, call);
    let _ = script;
    Trial {
        summary: crate::explain::flow(&flow),
        flow,
        steps: Vec::new(),
        outcome: Outcome::Cancelled,
        trail: Trail::default(),
    }
}
