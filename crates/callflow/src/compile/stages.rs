//! What rings for a user or a group.

use types::ids::UserId;

use super::Plan;
use crate::flow::{Node, NodeIndex, RingStage};
use crate::rejection::Rejection;
use crate::world::{DEFAULT_RING_SECONDS, Device, Owner};

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
        let calling = self.calling_device();
        let rings = |device: &&Device| device.user == id && Some(device.id) != calling;
        let mut stages = Vec::with_capacity(user.steps.steps().len().max(1));
        for step in user.steps.steps() {
            let devices = step.devices.iter().filter_map(|device| self.world.device(*device)).filter(rings);
            stages.push(self.together(Owner::User(id), devices.map(|device| (user, device)), step.seconds));
        }
        stages.retain(|stage| !is_empty(stage));
        if stages.is_empty() {
            // Without steps, or when their phones are gone: whatever there is.
            let all = self.world.devices_of(id).filter(rings).map(|device| (user, device));
            let stage = self.together(Owner::User(id), all, DEFAULT_RING_SECONDS);
            if is_empty(&stage) {
                return Err(Rejection::NoPhone);
            }
            stages.push(stage);
        }
        Ok(stages)
    }

    fn group_stages(&self, id: types::ids::GroupId) -> Result<Vec<RingStage>, Rejection> {
        let group = self.world.group(id).ok_or(Rejection::NotAssigned)?;
        let owner = Owner::Group(id);
        let devices = self.people(owner).into_iter().flat_map(|user| self.phones_of(user));
        let stage = self.together(owner, devices, group.seconds);
        if is_empty(&stage) { Err(Rejection::NoPhone) } else { Ok(vec![stage]) }
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

fn is_empty(stage: &RingStage) -> bool {
    stage.devices.is_empty() && stage.diverted.is_empty()
}
