//! From a call to its Flow.

mod caller;
mod stages;

use serde::{Deserialize, Serialize};
use types::clock::Timestamp;
use types::dialled::{Dialled, Emergency, NotDialable, ShortCode, Typed};
use types::e164::E164;
use types::extension_number::ExtensionNumber;
use types::ids::DeviceId;

use crate::flow::{CallKind, Called, CallerIdentity, Destination, Flow, MAX_DIALLED, Node, NodeIndex};
use crate::rejection::Rejection;
use crate::world::{Owner, User, World};

pub use caller::outside_number;

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
/// In this order: an emergency call from a phone of the account always leaves; a suspended account and a blocked
/// caller get nothing else; an extension beats a local number of the same digits; a number of the account rings its
/// owner; every other number is outside, for callers of the account only.
#[must_use]
pub fn compile(world: &World, call: &Call) -> Flow {
    let typed = Typed::read(call.dialled);
    let mut plan = Plan {
        world,
        from: match call.caller {
            Caller::Device { device } => From::Phone(device, world.device(device).and_then(|d| world.user(d.user))),
            Caller::Outside { .. } => From::Outside,
        },
        flow: Flow {
            kind: match call.caller {
                Caller::Device { .. } => CallKind::Internal,
                Caller::Outside { .. } => CallKind::Inbound,
            },
            caller: caller::identity(world, call.caller),
            called: Called { dialled: cut(call.dialled, MAX_DIALLED).into(), ..Called::default() },
            nodes: Vec::new(),
            start: NodeIndex(0),
        },
    };
    let area_code = plan.area_code();
    let meaning = typed.and_then(|typed| typed.resolve(world.plan(), area_code));
    let extension = typed.ok().and_then(|typed| typed.extension()).filter(|number| world.extension(*number).is_some());
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

impl<'a> Plan<'a> {
    fn route(&mut self, meaning: Result<Dialled, NotDialable>, extension: Option<ExtensionNumber>) {
        if let (From::Phone(_, user), Ok(Dialled::Emergency(emergency))) = (self.from, meaning) {
            return self.emergency(user, emergency);
        }
        if self.world.suspended() {
            return self.reject(Rejection::AccountSuspended);
        }
        match self.from {
            From::Phone(_, None) => return self.reject(Rejection::NotAllowed),
            From::Phone(_, Some(user)) if user.blocked => return self.reject(Rejection::UserBlocked),
            From::Phone(_, Some(_)) if extension.is_some() => return self.extension(extension),
            From::Phone(..) | From::Outside => {}
        }
        match meaning {
            Ok(Dialled::Number(number)) => self.number(number),
            Ok(Dialled::Short(short)) => self.short(short),
            Ok(Dialled::Emergency(_)) => self.reject(Rejection::NotAllowed),
            Err(NotDialable::Malformed) => self.reject(Rejection::UnknownNumber),
            Err(_) => self.reject(Rejection::Invalid),
        }
    }

    fn emergency(&mut self, user: Option<&User>, emergency: Emergency) {
        self.flow.kind = CallKind::Emergency;
        self.flow.called.emergency = Some(emergency);
        let location = user.and_then(|user| user.location);
        let caller_number = caller::emergency_number(self.world, user);
        self.outside(Destination::Emergency(emergency), caller_number);
        if let Some(Node::Outside { location: place, .. }) = self.flow.nodes.first_mut() {
            *place = location;
        }
    }

    fn extension(&mut self, number: Option<ExtensionNumber>) {
        match number.and_then(|number| self.world.extension(number)) {
            Some(extension) => {
                self.flow.called.extension = Some(extension.number);
                self.owned_by(extension.owner);
            }
            None => self.reject(Rejection::UnknownNumber),
        }
    }

    /// Digits without prefix: an extension, or a number in the caller's area.
    fn short(&mut self, short: ShortCode) {
        let From::Phone(..) = self.from else { return self.reject(Rejection::UnknownNumber) };
        let extension = short.extension().filter(|number| self.world.extension(*number).is_some());
        let local = self.area_code().and_then(|area_code| short.in_area(self.world.plan(), area_code));
        match (extension, local) {
            (Some(_), _) => self.extension(extension),
            (None, Some(number)) => self.number(number),
            (None, None) => self.reject(Rejection::UnknownNumber),
        }
    }

    fn number(&mut self, number: E164) {
        self.flow.called.number = Some(number);
        match (self.world.number(number), self.from) {
            (Some(entry), _) => match entry.owner {
                Some(owner) => self.owned_by(owner),
                None => self.reject(Rejection::NotAssigned),
            },
            (None, From::Phone(_, Some(user))) => {
                self.flow.kind = CallKind::Outbound;
                match outside_number(self.world, user) {
                    Some(shown) => self.outside(Destination::Number(number), Some(shown)),
                    None => self.reject(Rejection::CallerNumberMissing),
                }
            }
            // Never from outside to outside: that would make the exchange a relay for strangers.
            (None, From::Phone(_, None) | From::Outside) => self.reject(Rejection::UnknownNumber),
        }
    }

    fn owned_by(&mut self, owner: Owner) {
        self.flow.called.owner = Some(owner);
        self.flow.called.owner_name = self.world.owner_name(owner).map(Into::into);
        self.ring(owner);
    }

    fn outside(&mut self, destination: Destination, caller_number: Option<E164>) {
        let otherwise = NodeIndex(1);
        self.flow.nodes.push(Node::Outside { destination, caller_number, location: None, otherwise });
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
