//! Routing as the API shows it.

use callflow::{Finding, Owner, RingPlan, World, diagram, explain, finding};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use types::ids::DeviceId;
use utoipa::ToSchema;

use crate::owners::NamedOwner;

/// What happens on calls to a user or group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Routing {
    /// Whose it is.
    pub owner: NamedOwner,
    /// In a sentence.
    #[schema(example = "Calls to extension 44 ring the desk phone and the mobile together for 60 seconds.")]
    pub sentence: String,
    /// The steps in which a user's phones ring; empty when all ring together, and for a group.
    pub steps: Vec<Step>,
    /// What keeps calls from coming or going, and what should be mended.
    pub findings: Vec<FindingShown>,
    /// For drawing: `nodes` and `edges`.
    #[schema(value_type = Object)]
    pub diagram: Value,
    /// The plan the exchange executes.
    #[schema(value_type = Object)]
    pub flow: Value,
    /// Moves with the steps; the ETag.
    #[serde(skip)]
    pub version: i64,
}

/// Phones that ring together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RingStep)]
pub struct Step {
    /// Which.
    pub devices: Vec<StepDevice>,
    /// How long, in seconds.
    #[schema(example = 25)]
    pub seconds: u16,
}

/// A phone of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RingStepDevice)]
pub struct StepDevice {
    /// The phone.
    #[schema(value_type = String, example = "dev_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: DeviceId,
    /// What its user calls it.
    #[schema(example = "Desk phone")]
    pub label: String,
}

/// Something to mend. What else it says depends on its `type`.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Finding)]
pub struct FindingShown {
    /// What it is: `noPhone`, `phoneNeverRegistered`, `noNumber`, `noExtension`, `noLocation` and so on, with its
    /// details beside.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    finding: Finding,
    /// How bad it is: `stopsCalls`, `stopsIncoming`, `stopsOutgoing` or `advice`.
    #[schema(value_type = String, example = "stopsCalls")]
    severity: callflow::Severity,
    /// In words.
    #[schema(example = "No phone yet")]
    text: String,
}

impl From<Finding> for FindingShown {
    fn from(finding: Finding) -> Self {
        Self { severity: finding.severity(), text: finding.to_string(), finding }
    }
}

impl Routing {
    /// Of an owner who is in the world.
    pub(crate) fn of(world: &World, owner: Owner, named: NamedOwner) -> Self {
        let plan = match owner {
            Owner::User(user) => world.user(user).map(|user| user.steps.clone()).unwrap_or_default(),
            Owner::Group(_) => RingPlan::together(),
        };
        Self {
            owner: named,
            sentence: explain::sentence(world, owner),
            steps: plan.steps().iter().map(|step| Step::of(world, step)).collect(),
            findings: finding::findings_of(world, owner).into_iter().map(Into::into).collect(),
            diagram: serde_json::to_value(diagram::of_owner(world, owner)).unwrap_or_default(),
            flow: serde_json::to_value(callflow::compile_owner(world, owner)).unwrap_or_default(),
            version: version(&plan),
        }
    }
}

impl Step {
    fn of(world: &World, step: &callflow::RingStep) -> Self {
        let devices = step.devices.iter().filter_map(|id| world.device(*id));
        Self {
            devices: devices.map(|device| StepDevice { id: device.id, label: device.label.to_string() }).collect(),
            seconds: step.seconds,
        }
    }
}

/// A number that is another one for other steps: steps have no counter, their content says which version it is.
pub(crate) fn version(plan: &RingPlan) -> i64 {
    let json = serde_json::to_vec(plan).unwrap_or_default();
    let digest = Sha256::digest(&json);
    let first = digest.first_chunk::<8>().copied().unwrap_or_default();
    i64::from_be_bytes(first).checked_abs().unwrap_or(0)
}

/// What would happen on a call.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RoutingTrial)]
pub struct Trial {
    /// The plan in words.
    #[schema(example = "Anna Weber calls extension 44.")]
    pub summary: String,
    /// What happens, each with `afterMs`, the `node` of the plan and `why` in words.
    #[schema(value_type = Vec<Object>)]
    pub steps: Vec<Value>,
    /// How it comes out: an object with a `type`, as on a call record.
    #[schema(value_type = Object)]
    pub outcome: Value,
    /// The plan the exchange would execute.
    #[schema(value_type = Object)]
    pub flow: Value,
    /// The plan for drawing: `nodes` and `edges`.
    #[schema(value_type = Object)]
    pub diagram: Value,
}

impl Trial {
    /// From a trial that was run.
    pub(crate) fn of(trial: callflow::trial::Trial) -> Self {
        let json = |value: Result<Value, serde_json::Error>| value.unwrap_or_default();
        Self {
            diagram: json(serde_json::to_value(diagram::of_flow(&trial.flow))),
            steps: trial.steps.iter().map(|step| json(serde_json::to_value(step))).collect(),
            outcome: json(serde_json::to_value(trial.outcome)),
            flow: json(serde_json::to_value(&trial.flow)),
            summary: trial.summary,
        }
    }
}
