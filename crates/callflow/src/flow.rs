//! What would happen on a call: the plan that is drawn as a diagram and executed by a [`crate::Walk`].

use serde::{Deserialize, Serialize};
use types::dialled::Emergency;
use types::e164::E164;
use types::extension_number::ExtensionNumber;
use types::ids::{DeviceId, LocationId, UserId};
use types::sip_id::SipId;

use crate::event::Failure;
use crate::rejection::Rejection;
use crate::world::Owner;

/// One call, planned to the end. Complete and immutable: whoever executes it has nothing left to decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Flow {
    /// Where the call comes from and goes to.
    pub kind: CallKind,
    /// Who calls.
    pub caller: CallerIdentity,
    /// Who is called.
    pub called: Called,
    /// What happens, in an order that reads well; edges are indices into this list.
    pub nodes: Vec<Node>,
    /// Where it begins.
    pub start: NodeIndex,
}

/// Where a call comes from and goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CallKind {
    /// From a phone of the account to somebody in the account.
    Internal,
    /// From outside to somebody in the account.
    Inbound,
    /// From a phone of the account to a number outside it.
    Outbound,
    /// From a phone of the account to an emergency service.
    Emergency,
}

impl CallKind {
    /// The word the JSON form uses.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Emergency => "emergency",
        }
    }
}

/// Who calls, as the called party may see it and as the record keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallerIdentity {
    /// A person's name, or the number where no name is known; empty for an anonymous caller.
    pub display_name: Box<str>,
    /// The number to call back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<E164>,
    /// The extension to call back within the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<ExtensionNumber>,
    /// The user, if it is one of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The phone, if it is one of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
}

/// Who is called, as dialled and as understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Called {
    /// What was dialled, as it came, cut after [`MAX_DIALLED`] bytes. Untrusted text.
    pub dialled: Box<str>,
    /// The telephone number that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<E164>,
    /// The extension that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<ExtensionNumber>,
    /// The emergency service that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<Emergency>,
    /// Whose number or extension it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// The owner's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_name: Option<Box<str>>,
}

/// The most bytes [`Called::dialled`] keeps.
pub const MAX_DIALLED: usize = 64;

/// A node's place in [`Flow::nodes`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeIndex(pub u16);

/// One thing that happens, and what follows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Node {
    /// Phones ring together until one answers.
    Ring {
        /// Which and for how long.
        stage: RingStage,
        /// What follows when the time is over, or when a phone gave up waiting itself.
        no_answer: NodeIndex,
        /// What follows when the last phone left says that it is busy.
        busy: NodeIndex,
        /// What follows when everybody who could answer declined.
        declined: NodeIndex,
        /// What follows when no phone can be reached.
        unreachable: NodeIndex,
    },
    /// The call leaves the account.
    Outside {
        /// Where to.
        destination: Destination,
        /// The number the other side sees. An emergency call goes without one if need be.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caller_number: Option<E164>,
        /// Where the caller works.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<LocationId>,
        /// What follows when there is no line to take.
        otherwise: NodeIndex,
    },
    /// The call is refused for a reason known beforehand.
    Reject {
        /// Why.
        reason: Rejection,
    },
    /// Nobody took the call: it is refused with the weightiest of what the phones said.
    Unanswered,
}

/// Phones that ring together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RingStage {
    /// The phones, each once.
    pub devices: Vec<RingDevice>,
    /// How long, in seconds.
    pub seconds: u16,
    /// Mobiles and external phones whose number is one of the account: what they lead to rings in their place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diverted: Vec<Diverted>,
}

/// A device whose number is one of the account's own: the phones of whom it belongs to ring in its place, as long as the
/// stage lasts. The call does not leave and come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Diverted {
    /// The device.
    pub device: DeviceId,
    /// Whose it is.
    pub user: UserId,
    /// What its user calls it.
    pub label: Box<str>,
    /// The user's name.
    pub user_name: Box<str>,
    /// Its number.
    pub number: E164,
    /// The name of whom the number belongs to; none while it rings nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leads_to: Option<Box<str>>,
    /// The device this one was come to by, if it was itself diverted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<DeviceId>,
    /// Why nothing rings in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// A phone that rings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RingDevice {
    /// The phone.
    pub device: DeviceId,
    /// Whose it is.
    pub user: UserId,
    /// How it is reached.
    #[serde(flatten)]
    pub reach: Reach,
    /// What its user calls it.
    pub label: Box<str>,
    /// The user's name.
    pub user_name: Box<str>,
    /// The device whose number led to it, if it rings in that one's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<DeviceId>,
    /// It counts as busy while its user is in another call.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unless_in_call: bool,
}

/// How a phone is reached. In JSON a member beside the others: `"sipId"`, `"mobile"` or `"external"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reach {
    /// Where it registered by this id.
    SipId(SipId),
    /// By a call outside to the number of a mobile phone.
    Mobile(E164),
    /// By a call outside to the number of another telephone.
    External(E164),
}

impl Reach {
    /// The number to call outside, if it is reached by one.
    #[must_use]
    pub fn outside(self) -> Option<E164> {
        match self {
            Self::SipId(_) => None,
            Self::Mobile(number) | Self::External(number) => Some(number),
        }
    }
}

impl std::fmt::Display for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SipId(sip_id) => sip_id.fmt(f),
            Self::Mobile(number) | Self::External(number) => number.fmt(f),
        }
    }
}

/// Where a call goes that leaves the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "number", rename_all = "camelCase")]
pub enum Destination {
    /// A telephone number.
    Number(E164),
    /// An emergency service. Goes ahead of everything else and is never refused for want of rights.
    Emergency(Emergency),
}

impl Destination {
    /// Whether it is an emergency service.
    #[must_use]
    pub fn is_emergency(self) -> bool {
        matches!(self, Self::Emergency(_))
    }
}

impl std::fmt::Display for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Emergency(emergency) => emergency.fmt(f),
        }
    }
}

impl Flow {
    /// The node with this index.
    #[must_use]
    pub fn node(&self, index: NodeIndex) -> Option<&Node> {
        self.nodes.get(usize::from(index.0))
    }
}
