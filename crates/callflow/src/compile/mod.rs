//! From a call to its Flow.

mod caller;
mod stages;
mod together;

use serde::{Deserialize, Serialize};
use types::clock::Timestamp;
use types::dialled::{Dialled, Emergency, NotDialable, ShortCode, Typed};
use types::e164::E164;
use types::ids::{DeviceId, LocationId};

use crate::flow::{CallKind, Called, CallerIdentity, Destination, Flow, MAX_DIALLED, Node, NodeIndex};
use crate::rejection::Rejection;
use crate::world::{Extension, Owner, User, World};

pub use caller::outside_number;
pub(crate) use together::could_ring;

/// The fewest digits of a number within an area.
const MIN_LOCAL_DIGITS: usize = 4;

/// A call that somebody wants to make.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Who calls.
    pub caller: Caller,
    /// What was dialled: a SIP user part, a `tel:` or `sip:` URI, typed text. Untrusted.
    pub dialled: &'a str,
    /// When.
    pub at: Timestamp,
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Caller {
    /// A phone of the account, authenticated.
    Device {
        /// The phone.
        device: DeviceId,
    },
    /// Somebody outside the account.
    Outside {
        /// The number, unless it is withheld.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<E164>,
    },
}

/// Plans a call. Total: what cannot be connected becomes a Flow that says why.
///
/// An emergency call from a phone of the account always leaves; a suspended account and a blocked caller get nothing
/// else. An extension beats a local number of the same digits; a number of the account rings its owner; every other
/// number is outside, for callers of the account only.
#[must_use]
pub fn compile(world: &World, call: &Call) -> Flow {
    let (from, kind, caller) = match call.caller {
        Caller::Device { device } => {
            let user = world.device(device).and_then(|device| world.user(device.user));
            (From::Phone(device, user), CallKind::Internal, caller::of_phone(world, device, user))
        }
        Caller::Outside { number } => (From::Outside, CallKind::Inbound, caller::of_outside(world, number)),
    };
    let flow = Flow {
        kind,
        caller,
        called: Called { dialled: cut(call.dialled, MAX_DIALLED).into(), ..Called::default() },
        nodes: Vec::new(),
        start: NodeIndex(0),
    };
    let mut plan = Plan { world, from, flow };
    let typed = Typed::read(call.dialled);
    let meaning = typed.and_then(|typed| typed.resolve(world.plan(), plan.area_code()));
    let extension = typed.ok().and_then(|typed| world.extension(typed.extension()?));
    plan.route(meaning, extension);
    plan.flow
}

/// What rings for a user or a group, whoever calls: the Flow of the routing diagram.
#[must_use]
pub fn compile_owner(world: &World, owner: Owner) -> Flow {
    let flow = Flow {
        kind: CallKind::Inbound,
        caller: CallerIdentity::default(),
        called: Called { owner: Some(owner), owner_name: world.owner_name(owner).map(Into::into), ..Called::default() },
        nodes: Vec::new(),
        start: NodeIndex(0),
    };
    let mut plan = Plan { world, from: From::Outside, flow };
    if world.suspended() {
        plan.reject(Rejection::AccountSuspended);
    } else {
        plan.ring(owner);
    }
    plan.flow
}

/// A Flow in the making.
struct Plan<'a> {
    world: &'a World,
    from: From<'a>,
    flow: Flow,
}

/// Who calls, looked up.
#[derive(Clone, Copy)]
enum From<'a> {
    /// A phone; its user unless the World does not know the phone (any more).
    Phone(DeviceId, Option<&'a User>),
    Outside,
}

/// Who or what is meant, before it is asked whether the call may go there.
#[derive(Clone, Copy)]
enum Aim {
    Emergency(Emergency),
    Owner(Owner),
    /// A telephone number that is not the account's.
    Outside(E164),
    Nobody(Rejection),
}

impl<'a> Plan<'a> {
    fn route(&mut self, meaning: Result<Dialled, NotDialable>, extension: Option<&Extension>) {
        let aim = self.aim(meaning, extension);
        if let Aim::Owner(owner) = aim {
            self.flow.called.owner = Some(owner);
            self.flow.called.owner_name = self.world.owner_name(owner).map(Into::into);
        }
        match (aim, self.from) {
            (Aim::Emergency(emergency), From::Phone(_, user)) => self.emergency(user, emergency),
            _ if self.world.suspended() => self.reject(Rejection::AccountSuspended),
            (_, From::Phone(_, None)) => self.reject(Rejection::NotAllowed),
            (_, From::Phone(_, Some(user))) if user.blocked => self.reject(Rejection::UserBlocked),
            (Aim::Owner(owner), _) => self.ring(owner),
            (Aim::Outside(number), From::Phone(_, Some(user))) => self.outbound(user, number),
            // Never from outside to outside: that would make the exchange a relay for strangers.
            (Aim::Outside(_), From::Outside) => self.reject(Rejection::UnknownNumber),
            (Aim::Emergency(_), From::Outside) => self.reject(Rejection::NotAllowed),
            (Aim::Nobody(reason), _) => self.reject(reason),
        }
    }

    fn aim(&mut self, meaning: Result<Dialled, NotDialable>, extension: Option<&Extension>) -> Aim {
        match (meaning, extension, self.from) {
            (Ok(Dialled::Emergency(emergency)), ..) => {
                self.flow.called.emergency = Some(emergency);
                Aim::Emergency(emergency)
            }
            (_, Some(extension), From::Phone(..)) => self.aim_at_extension(extension),
            (Ok(Dialled::Number(number)), ..) => self.aim_at_number(number),
            (Ok(Dialled::Short(short)), ..) => self.aim_at_short(short),
            (Err(NotDialable::Malformed), ..) => Aim::Nobody(Rejection::UnknownNumber),
            (Err(_), ..) => Aim::Nobody(Rejection::Invalid),
        }
    }

    fn aim_at_extension(&mut self, extension: &Extension) -> Aim {
        self.flow.called.extension = Some(extension.number);
        Aim::Owner(extension.owner)
    }

    fn aim_at_number(&mut self, number: E164) -> Aim {
        self.flow.called.number = Some(number);
        match self.world.number(number).map(|entry| entry.owner) {
            Some(Some(owner)) => Aim::Owner(owner),
            Some(None) => Aim::Nobody(Rejection::NotAssigned),
            None => Aim::Outside(number),
        }
    }

    /// Digits without prefix: an extension, or a number in the caller's area. What can be neither is most likely a
    /// mistyped extension, and is told so instead of trying to call the town's number 47.
    fn aim_at_short(&mut self, short: ShortCode) -> Aim {
        let From::Phone(_, user) = self.from else { return Aim::Nobody(Rejection::UnknownNumber) };
        if let Some(extension) = short.extension().and_then(|number| self.world.extension(number)) {
            return self.aim_at_extension(extension);
        }
        let local = self.area_code().and_then(|area_code| short.in_area(self.world.plan(), area_code));
        let can_go_out =
            short.digits().len() >= MIN_LOCAL_DIGITS && user.is_some_and(|u| outside_number(self.world, u).is_some());
        match local.filter(|number| can_go_out || self.world.number(*number).is_some()) {
            Some(number) => self.aim_at_number(number),
            None => Aim::Nobody(Rejection::UnknownNumber),
        }
    }

    fn emergency(&mut self, user: Option<&User>, emergency: Emergency) {
        self.flow.kind = CallKind::Emergency;
        let shown = caller::emergency_number(self.world, user);
        let location = user.and_then(|user| user.location);
        self.outside(Destination::Emergency(emergency), shown, location);
    }

    fn outbound(&mut self, user: &User, number: E164) {
        self.flow.kind = CallKind::Outbound;
        match outside_number(self.world, user) {
            Some(shown) => self.outside(Destination::Number(number), Some(shown), user.location),
            None => self.reject(Rejection::CallerNumberMissing),
        }
    }

    fn outside(&mut self, destination: Destination, caller_number: Option<E164>, location: Option<LocationId>) {
        let otherwise = NodeIndex(1);
        self.flow.nodes.push(Node::Outside { destination, caller_number, location, otherwise });
        self.flow.nodes.push(Node::Reject { reason: Rejection::OutsideLineMissing });
    }

    fn reject(&mut self, reason: Rejection) {
        self.flow.nodes.push(Node::Reject { reason });
    }

    fn area_code(&self) -> Option<&'a str> {
        let From::Phone(_, Some(user)) = self.from else { return None };
        self.world.location(user.location?)?.area_code.as_deref()
    }
}

/// The longest beginning of `text` that fits into `bytes` and does not split a character.
fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or("")
}
