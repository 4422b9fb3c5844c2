//! What rings together, and what rings in the place of a device whose number is one of the account.

use types::e164::E164;
use types::ids::DeviceId;

use super::{From, Plan};
use crate::event::Failure;
use crate::flow::{CallKind, Called, CallerIdentity, Diverted, Flow, NodeIndex, Reach, RingDevice, RingStage};
use crate::world::{Device, DeviceKind, Owner, User, World};

/// From how many numbers of the account to the next a call is led. Who arranges more than a handful has lost count.
const MAX_DIVERSIONS: usize = 8;
/// With so many phones in a stage nothing more is led to.
const MAX_TOGETHER: usize = 200;

/// Whether a device of a user could ring, as far as is known without asking whether it is connected.
///
/// # Errors
/// Why not.
pub(crate) fn could_ring(world: &World, user: &User, device: &Device) -> Result<(), Failure> {
    let Some(number) = device.number() else { return Ok(()) };
    if world.number(number).is_none() {
        return Err(Failure::NoLine);
    }
    let flow = Flow {
        kind: CallKind::Inbound,
        caller: CallerIdentity::default(),
        called: Called::default(),
        nodes: Vec::new(),
        start: NodeIndex(0),
    };
    let plan = Plan { world, from: From::Outside, flow };
    let stage = plan.together(Owner::User(user.id), [(user, device)].into_iter(), 0);
    match stage.diverted.first().and_then(|diverted| diverted.failure) {
        Some(failure) => Err(failure),
        // What is led to may itself be a phone outside.
        None if stage.devices.iter().all(|ring| ring.reach.outside().is_some()) => Err(Failure::NoLine),
        None => Ok(()),
    }
}

impl<'a> Plan<'a> {
    /// These phones, and what rings in the place of some of them. Each rings once, whatever ways lead to it; those that are
    /// meant themselves come first.
    pub(super) fn together<'d>(
        &self,
        owner: Owner,
        devices: impl Iterator<Item = (&'d User, &'d Device)>,
        seconds: u16,
    ) -> RingStage {
        let stage = RingStage { devices: Vec::new(), seconds, diverted: Vec::new() };
        let mut together = Together { plan: self, stage, path: vec![owner], seen: Vec::new() };
        let mut diverted = Vec::new();
        for (user, device) in devices {
            match together.reach(device) {
                Ok(reach) => together.ring(user, device, reach, None),
                Err(number) => diverted.push((user, device, number)),
            }
        }
        for (user, device, number) in diverted {
            together.divert(user, device, number, None);
        }
        together.stage
    }

    /// The people an owner stands for: not those who are blocked, and in a group not the caller.
    pub(super) fn people(&self, owner: Owner) -> Vec<&'a User> {
        let members = match owner {
            Owner::User(ref user) => std::slice::from_ref(user),
            Owner::Group(group) => self.world.group(group).map_or(&[][..], |group| &group.members),
        };
        let mut people: Vec<&User> = Vec::with_capacity(members.len());
        for user in members.iter().filter_map(|member| self.world.user(*member)) {
            if !(user.blocked || self.is_calling(user) || people.iter().any(|earlier| earlier.id == user.id)) {
                people.push(user);
            }
        }
        people
    }

    pub(super) fn phones_of(&self, user: &'a User) -> impl Iterator<Item = (&'a User, &'a Device)> {
        self.world.devices_of(user.id).map(move |device| (user, device))
    }

    pub(super) fn calling_device(&self) -> Option<DeviceId> {
        match self.from {
            From::Phone(device, _) => Some(device),
            From::Outside => None,
        }
    }

    fn is_calling(&self, user: &User) -> bool {
        matches!(self.from, From::Phone(_, Some(caller)) if caller.id == user.id)
    }
}

/// A stage in the making.
struct Together<'p, 'a> {
    plan: &'p Plan<'a>,
    stage: RingStage,
    /// From the owner who was called to the one whose phones are being looked at.
    path: Vec<Owner>,
    /// Where a number led already, and what came of it.
    seen: Vec<(Owner, Option<Failure>)>,
}

impl Together<'_, '_> {
    /// How a device is reached; its number, if that is one of the account.
    fn reach(&self, device: &Device) -> Result<Reach, E164> {
        match device.kind {
            DeviceKind::Voip { sip_id, .. } => Ok(Reach::SipId(sip_id)),
            DeviceKind::Mobile { number } | DeviceKind::External { number }
                if self.plan.world.number(number).is_some() =>
            {
                Err(number)
            }
            DeviceKind::Mobile { number } => Ok(Reach::Mobile(number)),
            DeviceKind::External { number } => Ok(Reach::External(number)),
        }
    }

    fn ring(&mut self, user: &User, device: &Device, reach: Reach, through: Option<DeviceId>) {
        if self.stage.devices.iter().any(|ring| ring.device == device.id) {
            return;
        }
        self.stage.devices.push(RingDevice {
            device: device.id,
            user: user.id,
            reach,
            label: device.label.clone(),
            user_name: user.name.clone(),
            through,
            // The caller is in this very call.
            unless_in_call: user.busy_on_busy && !self.plan.is_calling(user),
        });
    }

    /// Lets ring in the place of a device what its number leads to; why nothing does.
    fn divert(&mut self, user: &User, device: &Device, number: E164, through: Option<DeviceId>) -> Option<Failure> {
        if let Some(earlier) = self.stage.diverted.iter().find(|diverted| diverted.device == device.id) {
            return earlier.failure;
        }
        let world = self.plan.world;
        let owner = world.number(number).and_then(|number| number.owner);
        let place = self.stage.diverted.len();
        self.stage.diverted.push(Diverted {
            device: device.id,
            user: user.id,
            label: device.label.clone(),
            user_name: user.name.clone(),
            number,
            leads_to: owner.and_then(|owner| world.owner_name(owner)).map(Into::into),
            through,
            // Until it is known better: whoever comes by here meanwhile goes in circles.
            failure: Some(Failure::Loop),
        });
        let failure = match owner {
            Some(owner) => self.follow(owner, through.unwrap_or(device.id)),
            None => Some(Failure::NoPhone),
        };
        if let Some(diverted) = self.stage.diverted.get_mut(place) {
            diverted.failure = failure;
        }
        failure
    }

    fn follow(&mut self, owner: Owner, through: DeviceId) -> Option<Failure> {
        if self.path.contains(&owner) || self.path.len() > MAX_DIVERSIONS || self.stage.devices.len() >= MAX_TOGETHER {
            return Some(Failure::Loop);
        }
        if let Some((_, failure)) = self.seen.iter().find(|(seen, _)| *seen == owner) {
            return *failure;
        }
        let plan = self.plan;
        let calling = plan.calling_device();
        let mut outcome = Some(Failure::NoPhone);
        self.path.push(owner);
        for (user, device) in plan.people(owner).into_iter().flat_map(|user| plan.phones_of(user)) {
            let failure = match self.reach(device) {
                _ if Some(device.id) == calling => continue,
                Ok(reach) => {
                    self.ring(user, device, reach, Some(through));
                    None
                }
                Err(number) => self.divert(user, device, number, Some(through)),
            };
            outcome = match (outcome, failure) {
                (None, _) | (_, None) => None,
                (Some(Failure::Loop), _) | (_, Some(Failure::Loop)) => Some(Failure::Loop),
                (earlier, _) => earlier,
            };
        }
        self.path.pop();
        self.seen.push((owner, outcome));
        outcome
    }
}
