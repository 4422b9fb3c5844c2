//! What rings for somebody at one moment, and what is different between two.

use callflow::{Owner, RingPlan, World};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use types::e164::E164;
use types::extension_number::ExtensionNumber;
use types::ids::{DeviceId, NumberId, UserId};
use utoipa::ToSchema;

use crate::http::Moment;

/// What rings for a user or group, as far as somebody can change it. Names are those of that time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RoutingArrangement)]
pub struct Arrangement {
    /// The phone numbers that people dial, by value.
    pub numbers: Vec<NumberThen>,
    /// The extension that people dial.
    #[schema(required, value_type = Option<String>, example = "44")]
    pub extension: Option<ExtensionNumber>,
    /// A user's phones, oldest first; empty for a group.
    pub devices: Vec<DeviceThen>,
    /// The steps in which a user's phones ring; empty when all ring together, and for a group.
    pub steps: Vec<Step>,
    /// A group's members in the order in which they are listed; empty for a user.
    pub members: Vec<MemberThen>,
    /// How long a group's phones ring; null for a user.
    #[schema(required, example = 25)]
    pub seconds: Option<u16>,
}

/// A phone number and its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RoutingNumber)]
pub struct NumberThen {
    /// Its id.
    #[schema(value_type = String, example = "num_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: NumberId,
    /// The number (E.164).
    #[schema(value_type = String, example = "+493023125017")]
    pub number: E164,
}

/// A phone and what its user called it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RingStepDevice)]
pub struct DeviceThen {
    /// The phone.
    #[schema(value_type = String, example = "dev_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: DeviceId,
    /// What its user calls it.
    #[schema(example = "Desk phone")]
    pub label: String,
}

/// Phones that ring together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RingStep)]
pub struct Step {
    /// Which.
    pub devices: Vec<DeviceThen>,
    /// How long, in seconds.
    #[schema(example = 25)]
    pub seconds: u16,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = RoutingMember)]
pub struct MemberThen {
    /// The user.
    #[schema(value_type = String, example = "usr_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: UserId,
    /// The user's name.
    #[schema(example = "Anna Weber")]
    pub name: String,
}

impl Arrangement {
    /// As the exchange has it; nothing for an owner who is not there.
    pub(crate) fn of(world: &World, owner: Owner) -> Option<Self> {
        let numbers = world.numbers_of(owner).filter_map(|number| world.number(number));
        let base = Self {
            numbers: numbers.map(|number| NumberThen { id: number.id, number: number.e164 }).collect(),
            extension: world.extensions_of(owner).next(),
            ..Self::default()
        };
        Some(match owner {
            Owner::User(id) => {
                let user = world.user(id)?;
                let devices = world.devices_of(id).map(DeviceThen::of).collect();
                Self { devices, ..base }.with_steps(&user.steps)
            }
            Owner::Group(id) => {
                let group = world.group(id)?;
                let members = group.members.iter().filter_map(|member| world.user(*member));
                let members = members.map(|user| MemberThen { id: user.id, name: user.name.to_string() }).collect();
                Self { members, seconds: Some(group.seconds), ..base }
            }
        })
    }

    /// With steps; phones that are not among the devices are left out, as the exchange does.
    pub(crate) fn with_steps(mut self, plan: &RingPlan) -> Self {
        let known = |id: &DeviceId| self.devices.iter().find(|device| device.id == *id).cloned();
        let steps = plan
            .steps()
            .iter()
            .map(|step| Step { devices: step.devices.iter().filter_map(known).collect(), seconds: step.seconds });
        self.steps = steps.filter(|step| !step.devices.is_empty()).collect();
        self
    }

    /// Whether the same would ring, whatever it is called.
    pub(crate) fn rings_like(&self, other: &Self) -> bool {
        let devices = |of: &Self| of.devices.iter().map(|device| device.id).collect::<Vec<_>>();
        self.editable() == other.editable() && devices(self) == devices(other)
    }

    /// A number that is another one when something of it changed that a wish can set; the ETag.
    pub(crate) fn tag(&self) -> i64 {
        let digest = Sha256::digest(self.editable().to_string());
        let first = digest.first_chunk::<8>().copied().unwrap_or_default();
        i64::from_be_bytes(first).checked_abs().unwrap_or(0)
    }

    fn editable(&self) -> serde_json::Value {
        let numbers: Vec<NumberId> = self.numbers.iter().map(|number| number.id).collect();
        let steps: Vec<_> = self.steps.iter().map(Step::key).collect();
        let members: Vec<UserId> = self.members.iter().map(|member| member.id).collect();
        serde_json::json!([numbers, self.extension, steps, members, self.seconds])
    }
}

impl DeviceThen {
    fn of(device: &callflow::Device) -> Self {
        Self { id: device.id, label: device.label.to_string() }
    }
}

impl Step {
    fn key(&self) -> (Vec<DeviceId>, u16) {
        (self.devices.iter().map(|device| device.id).collect(), self.seconds)
    }
}

/// Something that is different between one state and the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[schema(as = RoutingChange)]
pub enum Change {
    /// A number came.
    NumberAdded(NumberThen),
    /// A number went.
    NumberRemoved(NumberThen),
    /// An extension came.
    ExtensionAdded {
        /// The digits.
        #[schema(value_type = String, example = "44")]
        number: ExtensionNumber,
    },
    /// An extension went.
    ExtensionRemoved {
        /// The digits.
        #[schema(value_type = String, example = "44")]
        number: ExtensionNumber,
    },
    /// A phone came.
    DeviceAdded(DeviceThen),
    /// A phone went.
    DeviceRemoved(DeviceThen),
    /// Somebody joined the group.
    MemberAdded(MemberThen),
    /// Somebody left the group.
    MemberRemoved(MemberThen),
    /// The members are listed in another order.
    MembersReordered {
        /// As it was.
        from: Vec<MemberThen>,
        /// As it is now.
        to: Vec<MemberThen>,
    },
    /// The group rings longer or shorter.
    SecondsChanged {
        /// As it was.
        from: u16,
        /// As it is now.
        to: u16,
    },
    /// The same steps follow each other in another order.
    StepsReordered {
        /// As it was.
        from: Vec<Step>,
        /// As it is now.
        to: Vec<Step>,
    },
    /// Other phones ring, or for another time.
    StepsChanged {
        /// As it was; empty: all phones together.
        from: Vec<Step>,
        /// As it is now; empty: all phones together.
        to: Vec<Step>,
    },
}

/// What is different in `after`.
pub(crate) fn difference(before: &Arrangement, after: &Arrangement) -> Vec<Change> {
    let mut changes = Vec::new();
    let id = |number: &NumberThen| number.id;
    added(&mut changes, &before.numbers, &after.numbers, id, Change::NumberAdded);
    added(&mut changes, &after.numbers, &before.numbers, id, Change::NumberRemoved);
    if before.extension != after.extension {
        changes.extend(before.extension.map(|number| Change::ExtensionRemoved { number }));
        changes.extend(after.extension.map(|number| Change::ExtensionAdded { number }));
    }
    let id = |device: &DeviceThen| device.id;
    added(&mut changes, &before.devices, &after.devices, id, Change::DeviceAdded);
    added(&mut changes, &after.devices, &before.devices, id, Change::DeviceRemoved);
    let id = |member: &MemberThen| member.id;
    added(&mut changes, &before.members, &after.members, id, Change::MemberAdded);
    added(&mut changes, &after.members, &before.members, id, Change::MemberRemoved);
    let stayed = |of: &[MemberThen], among: &[MemberThen]| -> Vec<UserId> {
        of.iter().map(id).filter(|member| among.iter().any(|other| other.id == *member)).collect()
    };
    if stayed(&before.members, &after.members) != stayed(&after.members, &before.members) {
        changes.push(Change::MembersReordered { from: before.members.clone(), to: after.members.clone() });
    }
    if let (Some(from), Some(to)) = (before.seconds, after.seconds)
        && from != to
    {
        changes.push(Change::SecondsChanged { from, to });
    }
    let keys = |of: &Arrangement| of.steps.iter().map(Step::key).collect::<Vec<_>>();
    let (mut was, mut is) = (keys(before), keys(after));
    if was != is {
        was.sort();
        is.sort();
        let (from, to) = (before.steps.clone(), after.steps.clone());
        changes.push(if was == is { Change::StepsReordered { from, to } } else { Change::StepsChanged { from, to } });
    }
    changes
}

fn added<T: Clone, K: PartialEq>(
    changes: &mut Vec<Change>,
    before: &[T],
    after: &[T],
    key: impl Fn(&T) -> K,
    change: impl Fn(T) -> Change,
) {
    let new = after.iter().filter(|one| !before.iter().any(|other| key(other) == key(one)));
    changes.extend(new.cloned().map(change));
}

/// A state that was, or is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RoutingVersion)]
pub struct Version {
    /// Counted from 1 for each user and group.
    #[schema(example = 3)]
    pub version: i64,
    /// Since when.
    pub at: Moment,
    /// Who made it so; null where that is not known: the state in which the history begins, a change in bulk, the console.
    #[schema(required)]
    pub by: Option<Author>,
    /// What is different from the version before, as data.
    pub changes: Vec<Change>,
    /// What rang.
    pub arrangement: Arrangement,
}

/// Who changed something, by the name of that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RoutingVersionAuthor)]
pub struct Author {
    /// The user.
    #[schema(value_type = String, example = "usr_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: UserId,
    /// The user's name then.
    #[schema(example = "Anna Weber")]
    pub name: String,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn member(id: u128) -> MemberThen {
        MemberThen { id: UserId::from_u128(id), name: format!("User {id}") }
    }

    fn step(devices: &[u128], seconds: u16) -> Step {
        let devices = devices.iter().map(|id| DeviceThen { id: DeviceId::from_u128(*id), label: String::new() });
        Step { devices: devices.collect(), seconds }
    }

    #[test]
    fn a_difference_says_what_came_went_and_moved() {
        let before = Arrangement {
            extension: "44".parse().ok(),
            members: vec![member(1), member(2), member(3)],
            seconds: Some(20),
            ..Arrangement::default()
        };
        let after = Arrangement {
            extension: "45".parse().ok(),
            members: vec![member(3), member(2), member(4)],
            seconds: Some(25),
            ..Arrangement::default()
        };
        let words: Vec<String> = difference(&before, &after)
            .iter()
            .map(|change| serde_json::to_value(change).unwrap()["type"].as_str().unwrap().to_owned())
            .collect();
        let expected = "extensionRemoved extensionAdded memberAdded memberRemoved membersReordered secondsChanged";
        assert_eq!(words.join(" "), expected);
        assert!(difference(&after, &after).is_empty());
        assert_ne!(before.tag(), after.tag());
    }

    #[test]
    fn steps_in_another_order_are_told_from_other_steps() {
        let of = |steps: &[Step]| Arrangement { steps: steps.to_vec(), ..Arrangement::default() };
        let (one, two) = (step(&[1], 20), step(&[2], 20));
        let first = of(&[one.clone(), two.clone()]);
        assert!(matches!(*difference(&first, &of(&[two.clone(), one.clone()])), [Change::StepsReordered { .. }]));
        assert!(matches!(*difference(&first, &of(&[one])), [Change::StepsChanged { .. }]));
    }

    #[test]
    fn names_do_not_make_another_state() {
        let mut renamed = Arrangement { members: vec![member(1)], ..Arrangement::default() };
        let before = renamed.clone();
        renamed.members[0].name = "Somebody else".to_owned();
        assert!(before.rings_like(&renamed) && before.tag() == renamed.tag());
    }
}
