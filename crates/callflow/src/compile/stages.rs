//! What rings for a user or a group.

use types::ids::{DeviceId, UserId};

use super::{From, Plan};
use crate::flow::{Node, NodeIndex, RingDevice, RingStage};
use crate::rejection::Rejection;
use crate::world::{DEFAULT_RING_SECONDS, Device, Owner, User};

impl Plan<'_> {
    pub(super) fn ring(&mut self, owner: Owner) {
        let stages = match owner {
            Owner::User(user) => self.user_stages(user),
            Owner::Group(group) => self.group_stages(group),
        };
        match stages {
            Ok(stages) => self.chain(stages),
            Err(reason) => self.reject(reason),
        }
    }

    fn user_stages(&self, id: UserId) -> Result<Vec<RingStage>, Rejection> {
        let user = self.world.user(id).ok_or(Rejection::NotAssigned)?;
        if user.blocked {
            return Err(Rejection::CalledUserBlocked);
        }
        // Somebody who dials the own number reaches the own other phones.
        let calling = match self.from {
            From::Phone(device, _) => Some(device),
            From::Outside => None,
        };
        let rings = |device: &DeviceId| Some(*device) != calling;
        let mut stages = Vec::with_capacity(user.steps.steps().len().max(1));
        for step in user.steps.steps() {
            let own = |device: &DeviceId| self.world.device(*device).filter(|device| device.user == id);
            let devices: Vec<RingDevice> = step
                .devices
                .iter()
                .filter(|d| rings(d))
                .filter_map(own)
                .filter_map(|d| self.ringing(user, d))
                .collect();
            if !devices.is_empty() {
                stages.push(RingStage { devices, seconds: step.seconds });
            }
        }
        if stages.is_empty() {
            // Without steps, or when their phones are gone: whatever there is.
            let all = self.world.devices_of(id).filter(|device| rings(&device.id));
            let devices: Vec<RingDevice> = all.filter_map(|device| self.ringing(user, device)).collect();
            if devices.is_empty() {
                return Err(Rejection::NoPhone);
            }
            stages.push(RingStage { devices, seconds: DEFAULT_RING_SECONDS });
        }
        Ok(stages)
    }

    fn group_stages(&self, id: types::ids::GroupId) -> Result<Vec<RingStage>, Rejection> {
        let group = self.world.group(id).ok_or(Rejection::NotAssigned)?;
        let mut devices = Vec::new();
        for (position, member) in group.members.iter().enumerate() {
            let again = group.members.iter().take(position).any(|earlier| earlier == member);
            let calls = matches!(self.from, From::Phone(_, Some(caller)) if caller.id == *member);
            if let Some(user) = self.world.user(*member)
                && !(again || calls || user.blocked)
            {
                devices.extend(self.world.devices_of(*member).filter_map(|device| self.ringing(user, device)));
            }
        }
        if devices.is_empty() {
            return Err(Rejection::NoPhone);
        }
        Ok(vec![RingStage { devices, seconds: group.seconds }])
    }

    fn ringing(&self, user: &User, device: &Device) -> Option<RingDevice> {
        let calls = matches!(self.from, From::Phone(_, Some(caller)) if caller.id == user.id);
        Some(RingDevice {
            device: device.id,
            user: user.id,
            sip_id: device.sip_id()?,
            label: device.label.clone(),
            user_name: user.name.clone(),
            // The caller is in this very call.
            unless_in_call: user.busy_on_busy && !calls,
        })
    }

    /// One stage after the other; whatever a stage comes to short of an answer or a "no", the next one follows.
    fn chain(&mut self, stages: Vec<RingStage>) {
        let end = NodeIndex(u16::try_from(stages.len()).unwrap_or(u16::MAX));
        for (stage, next) in stages.into_iter().zip(1..) {
            let next = NodeIndex(next);
            self.flow.nodes.push(Node::Ring { stage, no_answer: next, busy: next, declined: end, unreachable: next });
        }
        self.flow.nodes.push(Node::Unanswered);
    }
}
