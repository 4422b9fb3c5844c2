//! Routing as the API shows it.

use callflow::{Owner, World, diagram, explain, finding};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::owners::NamedOwner;
use crate::users::FindingShown;
use crate::versions::Arrangement;

/// What happens on calls to a user or group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Routing {
    /// Whose it is.
    pub owner: NamedOwner,
    /// In a sentence.
    #[schema(example = "Calls to extension 44 ring the desk phone and the mobile together for 60 seconds.")]
    pub sentence: String,
    /// What can be changed of it.
    #[serde(flatten)]
    pub arrangement: Arrangement,
    /// What keeps calls from coming or going, and what should be mended.
    pub findings: Vec<FindingShown>,
    /// For drawing: `nodes` and `edges`.
    #[schema(value_type = Object)]
    pub diagram: Value,
    /// The plan the exchange executes.
    #[schema(value_type = Object)]
    pub flow: Value,
    /// Moves with what can be changed; the ETag.
    #[serde(skip)]
    pub version: i64,
}

impl Routing {
    /// Of an owner, if he is in the world.
    pub(crate) fn of(world: &World, owner: Owner) -> Option<Self> {
        let arrangement = Arrangement::of(world, owner)?;
        let name = world.owner_name(owner)?.to_owned();
        Some(Self {
            owner: NamedOwner::new(owner, name),
            sentence: explain::sentence(world, owner),
            findings: finding::findings_of(world, owner).iter().map(Into::into).collect(),
            diagram: serde_json::to_value(diagram::of_owner(world, owner)).unwrap_or_default(),
            flow: serde_json::to_value(callflow::compile_owner(world, owner)).unwrap_or_default(),
            version: arrangement.tag(),
            arrangement,
        })
    }
}

/// What of a wish belongs to somebody else who was not named.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Taken {
    /// Where in the body.
    pub pointer: String,
    /// The number or extension.
    pub value: String,
    /// Whose it is.
    pub owner: NamedOwner,
}

/// A routing that was brought back, and what could not be.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RoutingReturned)]
pub struct Returned {
    /// As it is now.
    pub routing: Routing,
    /// What was left out.
    pub lost: Vec<Lost>,
}

/// Something of an earlier state that is not possible any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RoutingLost)]
pub struct Lost {
    /// What it is.
    pub r#type: LostKind,
    /// The number, the extension, or the name of the phone or person, as it was then.
    #[schema(example = "+493023125017")]
    pub value: String,
    /// Why.
    pub reason: LostReason,
    /// Whose it is now, where it belongs to somebody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub owner: Option<NamedOwner>,
}

/// What was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum LostKind {
    /// A phone number.
    Number,
    /// An extension.
    Extension,
    /// A phone in a step.
    Device,
    /// A member of a group.
    Member,
}

/// Why it was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum LostReason {
    /// It is not in the account any more.
    Gone,
    /// It belongs to somebody else by now.
    Taken,
    /// Only an administrator can change it; it stays as it is now.
    AdministratorsOnly,
}

/// What would happen on a call.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RoutingTrial)]
pub struct Trial {
    /// The plan in words.
    #[schema(example = "Anna Weber calls extension 44.")]
    pub summary: String,
    /// What happens, each with `afterMs`, the `node` of the plan, `what` as on a call record, and `why` in words.
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
