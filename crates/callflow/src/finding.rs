//! What keeps a user from making or receiving calls.

use std::fmt;

use serde::{Deserialize, Serialize};
use types::e164::E164;
use types::ids::{DeviceId, LocationId, UserId};

use crate::compile::{could_ring, outside_number};
use crate::event::Failure;
use crate::world::{Device, Owner, User, World};

/// Something to mend. As data for programs; in words by `Display`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Finding {
    /// The account is suspended.
    AccountSuspended,
    /// The user is blocked.
    Blocked,
    /// The user has no phone.
    NoPhone,
    /// A phone of the user was never connected.
    PhoneNeverRegistered {
        /// The phone.
        device: DeviceId,
        /// What the user calls it.
        label: Box<str>,
        /// None of the user's other phones ever was either.
        only_hope: bool,
    },
    /// A mobile or external phone of the user cannot ring: there is no line to the outside.
    PhoneWithoutLine {
        /// The phone.
        device: DeviceId,
        /// What the user calls it.
        label: Box<str>,
        /// None of the user's other phones can ring either.
        only_hope: bool,
    },
    /// The number of a mobile or external phone of the user leads back to the same phones.
    PhoneInCircles {
        /// The phone.
        device: DeviceId,
        /// What the user calls it.
        label: Box<str>,
        /// None of the user's other phones can ring either.
        only_hope: bool,
    },
    /// The number of a mobile or external phone of the user is one of the account and rings nobody.
    PhoneLeadsNowhere {
        /// The phone.
        device: DeviceId,
        /// What the user calls it.
        label: Box<str>,
        /// None of the user's other phones can ring either.
        only_hope: bool,
    },
    /// A phone of the user rings in none of the steps.
    PhoneInNoStep {
        /// The phone.
        device: DeviceId,
        /// What the user calls it.
        label: Box<str>,
    },
    /// The user has no telephone number.
    NoNumber,
    /// The user has no extension.
    NoExtension,
    /// The user has no location, so emergency services would not know where to go.
    NoLocation,
    /// The user's location has no complete address for emergency services.
    LocationWithoutEmergencyAddress {
        /// The location.
        location: LocationId,
        /// Its name.
        name: Box<str>,
    },
    /// There is no number to show on calls outside.
    CallerNumberMissing,
    /// The number chosen to be shown outside is not a number of the account (any more).
    CallerNumberNotOwned {
        /// The number.
        number: E164,
    },
    /// The group has no member who could ring.
    NobodyInGroup,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// No calls at all, except emergency calls from a phone that is there.
    StopsCalls,
    /// No calls from outside come in.
    StopsIncoming,
    /// No calls to the outside go out.
    StopsOutgoing,
    /// Calls work; something else does not.
    Advice,
}

impl Severity {
    /// Whether calls to the outside do not go out.
    #[must_use]
    pub fn stops_outgoing(self) -> bool {
        matches!(self, Self::StopsCalls | Self::StopsOutgoing)
    }

    /// Whether calls from outside do not come in.
    #[must_use]
    pub fn stops_incoming(self) -> bool {
        matches!(self, Self::StopsCalls | Self::StopsIncoming)
    }
}

impl Finding {
    /// The phone it is about, if it is about one that cannot ring or never did.
    pub(crate) fn phone(&self) -> Option<DeviceId> {
        match self {
            Self::PhoneNeverRegistered { device, .. }
            | Self::PhoneWithoutLine { device, .. }
            | Self::PhoneInCircles { device, .. }
            | Self::PhoneLeadsNowhere { device, .. } => Some(*device),
            _ => None,
        }
    }

    /// The word the JSON form uses as `type`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AccountSuspended => "accountSuspended",
            Self::Blocked => "blocked",
            Self::NoPhone => "noPhone",
            Self::PhoneNeverRegistered { .. } => "phoneNeverRegistered",
            Self::PhoneWithoutLine { .. } => "phoneWithoutLine",
            Self::PhoneInCircles { .. } => "phoneInCircles",
            Self::PhoneLeadsNowhere { .. } => "phoneLeadsNowhere",
            Self::PhoneInNoStep { .. } => "phoneInNoStep",
            Self::NoNumber => "noNumber",
            Self::NoExtension => "noExtension",
            Self::NoLocation => "noLocation",
            Self::LocationWithoutEmergencyAddress { .. } => "locationWithoutEmergencyAddress",
            Self::CallerNumberMissing => "callerNumberMissing",
            Self::CallerNumberNotOwned { .. } => "callerNumberNotOwned",
            Self::NobodyInGroup => "nobodyInGroup",
        }
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::AccountSuspended | Self::Blocked | Self::NoPhone => Severity::StopsCalls,
            Self::PhoneNeverRegistered { only_hope: true, .. }
            | Self::PhoneWithoutLine { only_hope: true, .. }
            | Self::PhoneInCircles { only_hope: true, .. }
            | Self::PhoneLeadsNowhere { only_hope: true, .. } => Severity::StopsCalls,
            Self::NoNumber | Self::NobodyInGroup => Severity::StopsIncoming,
            Self::CallerNumberMissing => Severity::StopsOutgoing,
            Self::PhoneNeverRegistered { only_hope: false, .. }
            | Self::PhoneWithoutLine { only_hope: false, .. }
            | Self::PhoneInCircles { only_hope: false, .. }
            | Self::PhoneLeadsNowhere { only_hope: false, .. }
            | Self::PhoneInNoStep { .. }
            | Self::NoExtension
            | Self::NoLocation
            | Self::LocationWithoutEmergencyAddress { .. }
            | Self::CallerNumberNotOwned { .. } => Severity::Advice,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountSuspended => f.write_str("The account is suspended"),
            Self::Blocked => f.write_str("Blocked"),
            Self::NoPhone => f.write_str("No phone yet"),
            Self::PhoneNeverRegistered { label, .. } => write!(f, "{label} was never connected"),
            Self::PhoneWithoutLine { label, .. } => {
                write!(f, "{label} cannot ring yet: there is no line to the outside")
            }
            Self::PhoneInCircles { label, .. } => {
                write!(f, "{label} cannot ring: its number leads back to the same phones")
            }
            Self::PhoneLeadsNowhere { label, .. } => {
                write!(f, "{label} cannot ring: its number leads to nobody who has a phone")
            }
            Self::PhoneInNoStep { label, .. } => write!(f, "{label} rings in none of the steps"),
            Self::NoNumber => f.write_str("No phone number yet"),
            Self::NoExtension => f.write_str("No extension yet"),
            Self::NoLocation => f.write_str("No location, so emergency services would not know where to go"),
            Self::LocationWithoutEmergencyAddress { name, .. } => {
                write!(f, "{name} has no complete address for emergency services")
            }
            Self::CallerNumberMissing => f.write_str("No number to show on calls to the outside"),
            Self::CallerNumberNotOwned { number } => {
                write!(
                    f,
                    "{number} is shown no longer on calls to the outside, because it is not a number of the account"
                )
            }
            Self::NobodyInGroup => f.write_str("Nobody in the group has a phone that could ring"),
        }
    }
}

/// Everything that keeps a user from calling or being called, the worst first within each theme. Empty for a user who
/// lacks nothing, and for one who is not there.
#[must_use]
pub fn findings(world: &World, user: UserId) -> Vec<Finding> {
    let Some(user) = world.user(user) else { return Vec::new() };
    let mut findings = Vec::new();
    if world.suspended() {
        findings.push(Finding::AccountSuspended);
    }
    if user.blocked {
        findings.push(Finding::Blocked);
    }
    phones(world, user, &mut findings);
    if world.numbers_of(Owner::User(user.id)).next().is_none() {
        findings.push(Finding::NoNumber);
    }
    if world.extensions_of(Owner::User(user.id)).next().is_none() {
        findings.push(Finding::NoExtension);
    }
    if outside_number(world, user).is_none() {
        findings.push(Finding::CallerNumberMissing);
    }
    if let Some(number) = user.caller_number.filter(|number| world.number(*number).is_none()) {
        findings.push(Finding::CallerNumberNotOwned { number });
    }
    match user.location.and_then(|location| world.location(location)) {
        None => findings.push(Finding::NoLocation),
        Some(location) if !location.address_complete => findings
            .push(Finding::LocationWithoutEmergencyAddress { location: location.id, name: location.name.clone() }),
        Some(_) => {}
    }
    findings
}

/// Everything that keeps calls from reaching a user or a group.
#[must_use]
pub fn findings_of(world: &World, owner: Owner) -> Vec<Finding> {
    match owner {
        Owner::User(user) => findings(world, user),
        Owner::Group(id) => {
            let Some(group) = world.group(id) else { return Vec::new() };
            let rings = |member: &UserId| {
                let user = world.user(*member).filter(|user| !user.blocked);
                user.is_some_and(|user| world.devices_of(*member).any(|device| could_ring(world, user, device).is_ok()))
            };
            let missing = [
                world.suspended().then_some(Finding::AccountSuspended),
                (!group.members.iter().any(rings)).then_some(Finding::NobodyInGroup),
                world.numbers_of(owner).next().is_none().then_some(Finding::NoNumber),
                world.extensions_of(owner).next().is_none().then_some(Finding::NoExtension),
            ];
            missing.into_iter().flatten().collect()
        }
    }
}

fn phones(world: &World, user: &User, findings: &mut Vec<Finding>) {
    let devices: Vec<(&Device, Result<(), Failure>)> =
        world.devices_of(user.id).map(|device| (device, could_ring(world, user, device))).collect();
    let hopeful = |(device, could): &(&Device, Result<(), Failure>)| {
        could.is_ok() && (device.ever_registered() || device.number().is_some())
    };
    let only_hope = !devices.iter().any(hopeful);
    for (device, could) in &devices {
        let (id, label) = (device.id, device.label.clone());
        match could {
            Ok(()) if device.number().is_none() && !device.ever_registered() => {
                findings.push(Finding::PhoneNeverRegistered { device: id, label, only_hope });
            }
            Ok(()) => {}
            Err(Failure::NoLine) => findings.push(Finding::PhoneWithoutLine { device: id, label, only_hope }),
            Err(Failure::Loop) => findings.push(Finding::PhoneInCircles { device: id, label, only_hope }),
            Err(_) => findings.push(Finding::PhoneLeadsNowhere { device: id, label, only_hope }),
        }
        if !user.steps.steps().is_empty() && !user.steps.mentions(id) {
            findings.push(Finding::PhoneInNoStep { device: id, label: device.label.clone() });
        }
    }
    if devices.is_empty() {
        findings.push(Finding::NoPhone);
    }
}
