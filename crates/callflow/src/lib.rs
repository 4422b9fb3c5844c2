//! Who rings, and why: one model in three tenses.
//!
//! [`compile()`] makes a [`Flow`] (what would happen) out of the [`World`] and a [`Call`]; a [`Walk`] executes it
//! (what is happening), turning [`Event`]s into [`Step`]s; its [`Trail`] and [`CallRecord`] are what happened. The routing
//! diagram, the what-if trial, the API and the exchange share these types. Nothing here touches anything: every
//! effect is a [`Step`] that is returned.

pub mod compile;
pub mod diagram;
pub mod event;
pub mod explain;
pub mod finding;
pub mod flow;
pub mod record;
pub mod rejection;
pub mod shorten;
pub mod step;
pub mod trail;
pub mod trial;
pub mod walk;
pub mod world;

pub use compile::{Call, Caller, compile, compile_owner};
pub use event::{Event, Failure, Side};
pub use finding::{Finding, Severity, findings};
pub use flow::{
    CallKind, Called, CallerIdentity, Destination, Diverted, Flow, Node, NodeIndex, Reach, RingDevice, RingStage,
};
pub use record::{AnsweredBy, CallRecord, Outcome};
pub use rejection::Rejection;
pub use step::{Leg, Step};
pub use trail::{Trail, TrailEntry, TrailEvent};
pub use walk::{Walk, Why};
pub use world::{
    Device, DeviceKind, Extension, Group, Location, Number, Owner, RingPlan, RingPlanError, RingStep, User, World,
};
