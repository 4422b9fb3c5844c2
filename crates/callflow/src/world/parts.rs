//! What an account consists of, as far as it decides who rings.

use std::fmt;

use serde::{Deserialize, Serialize};
use types::e164::E164;
use types::extension_number::ExtensionNumber;
use types::ids::{DeviceId, ExtensionId, GroupId, LocationId, NumberId, UserId};
use types::sip_id::SipId;

/// How long a user's phones ring when nothing else is set, in seconds.
pub const DEFAULT_RING_SECONDS: u16 = 60;
/// The shortest and the longest time a step may ring, in seconds.
pub const RING_SECONDS: std::ops::RangeInclusive<u16> = 5..=120;
/// The most steps of a [`RingPlan`].
pub const MAX_STEPS: usize = 10;

/// A person who calls and is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The user.
    pub id: UserId,
    /// First and last name as others see it.
    pub name: Box<str>,
    /// Set while the user may neither call nor be called. Emergency calls go all the same.
    pub blocked: bool,
    /// Where the user works; emergency services are sent there.
    pub location: Option<LocationId>,
    /// The number others see on calls to the outside, if the user chose one.
    pub caller_number: Option<E164>,
    /// A second call is told that the user is busy.
    pub busy_on_busy: bool,
    /// Which phones ring when.
    pub steps: RingPlan,
}

/// Which of a user's phones ring one step after the other. Empty: all of them together, for
/// [`DEFAULT_RING_SECONDS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<RingStep>", into = "Vec<RingStep>")]
pub struct RingPlan(Box<[RingStep]>);

/// Phones that ring together, and for how long. A phone that is in the next step too goes on ringing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RingStep {
    /// The phones, at least one.
    pub devices: Vec<DeviceId>,
    /// Within [`RING_SECONDS`].
    pub seconds: u16,
}

/// Why steps do not make a plan. Steps are counted from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RingPlanError {
    /// More than [`MAX_STEPS`].
    TooManySteps,
    /// This step has no phone.
    NoDevice(usize),
    /// This step names a phone twice.
    DeviceTwice(usize),
    /// This step's time is outside [`RING_SECONDS`].
    Seconds(usize),
}

impl RingPlan {
    /// The plan of these steps.
    ///
    /// # Errors
    /// See [`RingPlanError`].
    pub fn new(steps: Vec<RingStep>) -> Result<Self, RingPlanError> {
        if steps.len() > MAX_STEPS {
            return Err(RingPlanError::TooManySteps);
        }
        for (index, step) in steps.iter().enumerate() {
            if step.devices.is_empty() {
                return Err(RingPlanError::NoDevice(index));
            }
            if step.devices.iter().enumerate().any(|(at, device)| step.devices.iter().take(at).any(|d| d == device)) {
                return Err(RingPlanError::DeviceTwice(index));
            }
            if !RING_SECONDS.contains(&step.seconds) {
                return Err(RingPlanError::Seconds(index));
            }
        }
        Ok(Self(steps.into()))
    }

    /// All phones together, for [`DEFAULT_RING_SECONDS`].
    #[must_use]
    pub fn together() -> Self {
        Self::default()
    }

    /// The steps in order; empty when all phones ring together.
    #[must_use]
    pub fn steps(&self) -> &[RingStep] {
        &self.0
    }

    /// Whether a phone rings in some step.
    #[must_use]
    pub fn mentions(&self, device: DeviceId) -> bool {
        self.0.iter().any(|step| step.devices.contains(&device))
    }

    /// Takes a phone out of every step, and steps without a phone out of the plan.
    pub(super) fn forget(&mut self, device: DeviceId) {
        if self.mentions(device) {
            let mut steps = std::mem::take(&mut self.0).into_vec();
            steps.iter_mut().for_each(|step| step.devices.retain(|other| *other != device));
            steps.retain(|step| !step.devices.is_empty());
            self.0 = steps.into();
        }
    }
}

impl TryFrom<Vec<RingStep>> for RingPlan {
    type Error = RingPlanError;

    fn try_from(steps: Vec<RingStep>) -> Result<Self, RingPlanError> {
        Self::new(steps)
    }
}

impl From<RingPlan> for Vec<RingStep> {
    fn from(plan: RingPlan) -> Self {
        plan.0.into_vec()
    }
}

impl fmt::Display for RingPlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManySteps => write!(f, "there can be at most {MAX_STEPS} steps"),
            Self::NoDevice(step) => write!(f, "step {} has no phone", step + 1),
            Self::DeviceTwice(step) => write!(f, "step {} names a phone twice", step + 1),
            Self::Seconds(step) => {
                write!(
                    f,
                    "step {} must ring between {} and {} seconds",
                    step + 1,
                    RING_SECONDS.start(),
                    RING_SECONDS.end()
                )
            }
        }
    }
}

impl std::error::Error for RingPlanError {}

/// Something that rings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The device.
    pub id: DeviceId,
    /// Whose it is.
    pub user: UserId,
    /// What its user calls it: `desk phone`.
    pub label: Box<str>,
    /// What it is.
    pub kind: DeviceKind,
}

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum DeviceKind {
    /// A phone that registers by SIP.
    Voip {
        /// The user part it registers by.
        sip_id: SipId,
        /// Whether it ever did.
        ever_registered: bool,
    },
    /// A mobile phone, reached by a call to its number.
    Mobile {
        /// The number.
        number: E164,
    },
    /// Any other telephone, reached by a call to its number.
    External {
        /// The number.
        number: E164,
    },
}

impl DeviceKind {
    /// The word the JSON form uses as `type`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Voip { .. } => "voip",
            Self::Mobile { .. } => "mobile",
            Self::External { .. } => "external",
        }
    }
}

impl Device {
    /// The SIP id it registers by, if it registers.
    #[must_use]
    pub fn sip_id(&self) -> Option<SipId> {
        match self.kind {
            DeviceKind::Voip { sip_id, .. } => Some(sip_id),
            DeviceKind::Mobile { .. } | DeviceKind::External { .. } => None,
        }
    }

    /// The number it is reached by, if it is reached by one.
    #[must_use]
    pub fn number(&self) -> Option<E164> {
        match self.kind {
            DeviceKind::Voip { .. } => None,
            DeviceKind::Mobile { number } | DeviceKind::External { number } => Some(number),
        }
    }

    /// Whether it ever registered; a phone that is called by its number does not.
    #[must_use]
    pub fn ever_registered(&self) -> bool {
        matches!(self.kind, DeviceKind::Voip { ever_registered: true, .. })
    }
}

/// Users whose phones ring together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The group.
    pub id: GroupId,
    /// Its name as others see it.
    pub name: Box<str>,
    /// Its members, each once.
    pub members: Vec<UserId>,
    /// How long they ring, in seconds.
    pub seconds: u16,
}

/// A telephone number of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// Its entry in the inventory.
    pub id: NumberId,
    /// The number.
    pub e164: E164,
    /// Whom it rings; nobody while it is unassigned.
    pub owner: Option<Owner>,
}

/// A short number within the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The extension's id.
    pub id: ExtensionId,
    /// The digits.
    pub number: ExtensionNumber,
    /// Whom it rings.
    pub owner: Owner,
}

/// Whom a number or an extension rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "type", content = "id", rename_all = "camelCase")]
pub enum Owner {
    /// A user.
    User(UserId),
    /// A group.
    Group(GroupId),
}

/// A place where people work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The location.
    pub id: LocationId,
    /// Its name: `Head office`.
    pub name: Box<str>,
    /// Whether emergency services would find it: street, number, postcode and city are known.
    pub address_complete: bool,
    /// The area code of its numbers, with or without trunk prefix.
    pub area_code: Option<Box<str>>,
}
