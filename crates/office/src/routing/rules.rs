//! What may be written into steps, and what a trial may ask.

use callflow::trial::{Script, ScriptedEvent};
use callflow::world::{MAX_STEPS, RING_SECONDS};
use callflow::{Caller, Owner, RingPlan, RingPlanError, RingStep};
use serde::Deserialize;
use types::clock::Timestamp;
use types::ids::{DeviceId, NumberId, UserId};
use utoipa::ToSchema;

use crate::http::{Fields, Patch, Problem};
use crate::owners::OwnerRef;

/// What shall ring for a user, as it comes in. What is absent stays as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"steps": [{"devices": ["dev_06e5m0s3xk7v9bqz2r8h4t1n0c"], "seconds": 25}]}))]
pub(crate) struct UserRoutingWish {
    /// The steps, one after the other, at most ten. Empty: all phones ring together.
    pub steps: Option<Vec<NewStep>>,
    /// All numbers that shall ring the user. Those that are missing here go back to the account.
    pub numbers: Option<Vec<WishedNumber>>,
    /// The user's extension; null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "44")]
    pub extension: Patch<String>,
    /// Whom the extension belongs to now, where it is to be taken from somebody.
    pub extension_moved_from: Option<OwnerRef>,
}

/// What shall ring for a group, as it comes in. What is absent stays as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"members": ["usr_06e5m0s3xk7v9bqz2r8h4t1n0c"], "seconds": 25}))]
pub(crate) struct GroupRoutingWish {
    /// How long the group rings, 5 to 120 seconds.
    #[schema(minimum = 5, maximum = 120)]
    pub seconds: Option<u16>,
    /// All members in their order, at most 20. Those that are missing here leave the group.
    #[schema(value_type = Option<Vec<String>>)]
    pub members: Option<Vec<UserId>>,
    /// All numbers that shall ring the group. Those that are missing here go back to the account.
    pub numbers: Option<Vec<WishedNumber>>,
    /// The group's extension; null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "20")]
    pub extension: Patch<String>,
    /// Whom the extension belongs to now, where it is to be taken from somebody.
    pub extension_moved_from: Option<OwnerRef>,
}

/// A number of a wish.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct WishedNumber {
    /// The number's id.
    #[schema(value_type = String, example = "num_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: NumberId,
    /// Whom it rings now, where it is to be taken from somebody.
    pub moved_from: Option<OwnerRef>,
}

/// A new step as it comes in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStep {
    /// The user's phones that ring together, at least one. One that is in the next step too goes on ringing.
    #[schema(value_type = Vec<String>)]
    pub devices: Vec<DeviceId>,
    /// How long, 5 to 120 seconds.
    #[schema(minimum = 5, maximum = 120)]
    pub seconds: u16,
}

/// What shall ring, checked, except whether it exists and whose it is. `None` and [`Patch::Keep`] leave as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wish {
    pub steps: Option<RingPlan>,
    pub seconds: Option<u16>,
    pub members: Option<Vec<UserId>>,
    /// With the owner each is to be taken from.
    pub numbers: Option<Vec<(NumberId, Option<Owner>)>>,
    pub extension: Patch<String>,
    pub extension_moved_from: Option<Owner>,
}

impl UserRoutingWish {
    /// Checks every value.
    pub fn check(self) -> Result<Wish, Problem> {
        Ok(Wish {
            steps: self.steps.map(check_steps).transpose()?,
            numbers: self.numbers.map(check_numbers).transpose()?,
            extension: self.extension,
            extension_moved_from: check_owner(self.extension_moved_from.as_ref(), "/extensionMovedFrom")?,
            ..Wish::default()
        })
    }
}

impl GroupRoutingWish {
    /// Checks every value.
    pub fn check(self) -> Result<Wish, Problem> {
        if self.seconds.is_some_and(|seconds| !RING_SECONDS.contains(&seconds)) {
            return Err(Problem::field("/seconds", "seconds.range", seconds_range()));
        }
        let members = self.members.map(|wished| {
            let mut members = Vec::with_capacity(wished.len());
            wished.into_iter().for_each(|member| {
                if !members.contains(&member) {
                    members.push(member);
                }
            });
            members
        });
        Ok(Wish {
            seconds: self.seconds,
            members,
            numbers: self.numbers.map(check_numbers).transpose()?,
            extension: self.extension,
            extension_moved_from: check_owner(self.extension_moved_from.as_ref(), "/extensionMovedFrom")?,
            ..Wish::default()
        })
    }
}

/// Numbers of one owner. The exchange would bear more; nobody would find one among them.
const MAX_NUMBERS: usize = 500;

fn check_numbers(numbers: Vec<WishedNumber>) -> Result<Vec<(NumberId, Option<Owner>)>, Problem> {
    if numbers.len() > MAX_NUMBERS {
        return Err(Problem::field("/numbers", "list.long", format!("At most {MAX_NUMBERS}.")));
    }
    let checked = numbers.into_iter().enumerate().map(|(index, number)| {
        Ok((number.id, check_owner(number.moved_from.as_ref(), &format!("/numbers/{index}/movedFrom"))?))
    });
    checked.collect()
}

fn check_owner(owner: Option<&OwnerRef>, at: &str) -> Result<Option<Owner>, Problem> {
    owner.map(|owner| owner.check(at)).transpose()
}

fn seconds_range() -> String {
    format!("Between {} and {} seconds.", RING_SECONDS.start(), RING_SECONDS.end())
}

/// Checks every step, except whose phones these are.
fn check_steps(steps: Vec<NewStep>) -> Result<RingPlan, Problem> {
    let mut fields = Fields::default();
    if steps.len() > MAX_STEPS {
        fields.refuse("/steps", "steps.many", format!("At most {MAX_STEPS} steps."));
        fields.finish()?;
        return Ok(RingPlan::together());
    }
    for (index, step) in steps.iter().enumerate() {
        if !RING_SECONDS.contains(&step.seconds) {
            fields.refuse(format!("/steps/{index}/seconds"), "seconds.range", seconds_range());
        }
    }
    fields.finish()?;
    let steps = steps.into_iter().map(|step| RingStep { devices: step.devices, seconds: step.seconds });
    RingPlan::new(steps.collect()).map_err(|error| {
        let (pointer, code) = match error {
            RingPlanError::TooManySteps => ("/steps".to_owned(), "steps.many"),
            RingPlanError::NoDevice(step) => (format!("/steps/{step}/devices"), "devices.empty"),
            RingPlanError::DeviceTwice(step) => (format!("/steps/{step}/devices"), "devices.twice"),
            RingPlanError::Seconds(step) => (format!("/steps/{step}/seconds"), "seconds.range"),
        };
        Problem::field(pointer, code, format!("{}.", capitalised(&error.to_string())))
    })
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Where a plan names a phone that is not among `own`: step and place in it.
pub(crate) fn foreign_device(plan: &RingPlan, own: &[DeviceId]) -> Option<(usize, usize)> {
    plan.steps().iter().enumerate().find_map(|(step, ring)| {
        ring.devices.iter().position(|device| !own.contains(device)).map(|device| (step, device))
    })
}

/// Most events of a trial.
const MAX_EVENTS: usize = 100;

/// A call to try out, as it comes in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"caller": {"type": "outside", "number": "+493023125999"}, "dialled": "44"}))]
pub(crate) struct NewTrial {
    /// Who calls: `{"type":"device","device":"dev_…"}`, or `{"type":"outside","number":"+49…"}` (without `number`
    /// when it is withheld).
    #[schema(value_type = Object, example = json!({"type": "outside", "number": "+493023125999"}))]
    pub caller: Caller,
    /// What is dialled.
    #[schema(example = "44")]
    pub dialled: String,
    /// When (RFC 3339); now when absent.
    #[serde(default)]
    pub at: Option<String>,
    /// Phones that are not connected.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub offline: Vec<DeviceId>,
    /// Users who are in another call.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub in_call: Vec<UserId>,
    /// What happens on the way, at most 100 events like
    /// `{"afterMs":3000,"event":{"type":"answered","device":"dev_…"}}`.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub events: Vec<ScriptedEvent>,
}

/// A call to try out, checked.
#[derive(Clone, Debug)]
pub(crate) struct CheckedTrial {
    pub caller: Caller,
    pub dialled: String,
    pub at: Timestamp,
    pub script: Script,
}

impl NewTrial {
    /// Checks every value.
    pub fn check(self, now: Timestamp) -> Result<CheckedTrial, Problem> {
        let mut fields = Fields::default();
        let dialled = fields.text("/dialled", &self.dialled, 100);
        let at = match self.at.as_deref().map(str::parse::<jiff::Timestamp>) {
            None => now,
            Some(Ok(moment)) => Timestamp(moment.as_millisecond()),
            Some(Err(_)) => {
                fields.refuse("/at", "moment.invalid", "Write a moment like 2026-11-24T08:00:00Z.");
                now
            }
        };
        for (pointer, length) in
            [("/events", self.events.len()), ("/offline", self.offline.len()), ("/inCall", self.in_call.len())]
        {
            if length > MAX_EVENTS {
                fields.refuse(pointer, "list.long", format!("At most {MAX_EVENTS}."));
            }
        }
        fields.finish()?;
        let script = Script { offline: self.offline, in_call: self.in_call, events: self.events };
        Ok(CheckedTrial { caller: self.caller, dialled, at, script })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn steps(steps: &[(&[u128], u16)]) -> Vec<NewStep> {
        let steps = steps.iter().map(|(devices, seconds)| NewStep {
            devices: devices.iter().copied().map(DeviceId::from_u128).collect(),
            seconds: *seconds,
        });
        steps.collect()
    }

    #[test]
    fn steps_are_refused_that_do_not_ring() {
        assert!(check_steps(steps(&[])).unwrap().steps().is_empty());
        assert!(check_steps(steps(&[(&[1, 2], 5), (&[1], 120)])).is_ok());
        for bad in [steps(&[(&[], 20)]), steps(&[(&[1, 1], 20)]), steps(&[(&[1], 4)]), steps(&[(&[1], 121)])] {
            assert!(check_steps(bad.clone()).is_err(), "{bad:?}");
        }
        let step: (&[u128], u16) = (&[1], 20);
        assert!(check_steps(steps(&[step; MAX_STEPS + 1])).is_err());
    }

    #[test]
    fn a_foreign_phone_is_found_by_its_place() {
        let plan = check_steps(steps(&[(&[1], 20), (&[2, 3], 20)])).unwrap();
        let own = [1, 2].map(DeviceId::from_u128);
        assert_eq!(foreign_device(&plan, &own), Some((1, 1)));
        assert_eq!(foreign_device(&plan, &[1, 2, 3].map(DeviceId::from_u128)), None);
    }
}
