//! Phones that ring together.

use std::time::Duration;

use types::clock::{Tick, Timestamp};
use types::ids::{DeviceId, UserId};

use super::{Phase, Walk};
use crate::event::Failure;
use crate::flow::{Node, NodeIndex, RingDevice, RingStage};
use crate::rejection::Rejection;
use crate::step::{Leg, Step};
use crate::trail::TrailEvent;

/// The phones that were called and have neither answered nor failed.
#[derive(Clone, Debug, Default)]
pub(super) struct Ringing {
    phones: Vec<Phone>,
    pub(super) until: Tick,
    /// The weightiest failure of the stage so far.
    worst: Option<StageResult>,
}

#[derive(Clone, Copy, Debug)]
struct Phone {
    device: DeviceId,
    user: UserId,
    /// Whether it said that it rings.
    alerting: bool,
}

/// What the ringing of a stage came to, the weightiest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum StageResult {
    Unreachable,
    Busy,
    Declined,
    NoAnswer,
}

impl StageResult {
    fn of(failure: Failure) -> Self {
        match failure {
            Failure::Offline | Failure::NoLine | Failure::Loop | Failure::NoPhone | Failure::Error { .. } => {
                Self::Unreachable
            }
            Failure::Busy => Self::Busy,
            Failure::Declined => Self::Declined,
            Failure::NoAnswer => Self::NoAnswer,
        }
    }

    pub(super) fn rejection(self) -> Rejection {
        match self {
            Self::Unreachable => Rejection::Unreachable,
            Self::Busy => Rejection::Busy,
            Self::Declined => Rejection::Declined,
            Self::NoAnswer => Rejection::NoAnswer,
        }
    }

    /// What caller and record are told when stages came to different results: a "no" is the last word; otherwise what
    /// came closest to an answer.
    fn or(self, later: Self) -> Self {
        if later == Self::Declined { later } else { self.max(later) }
    }
}

impl Ringing {
    pub(super) fn devices(&self) -> impl Iterator<Item = DeviceId> {
        self.phones.iter().map(|phone| phone.device)
    }

    fn take(&mut self, device: DeviceId) -> Option<Phone> {
        let position = self.phones.iter().position(|phone| phone.device == device)?;
        Some(self.phones.remove(position))
    }
}

impl Walk {
    /// Begins a stage. Phones that ring already and belong to it go on ringing; the others of `carried` stop.
    pub(super) fn ring(&mut self, stage: &RingStage, mut carried: Ringing, now: Tick, at: Timestamp) {
        let until = now + Duration::from_secs(u64::from(stage.seconds));
        let mut phones: Vec<Phone> = Vec::with_capacity(stage.devices.len());
        let mut called: Vec<RingDevice> = Vec::with_capacity(stage.devices.len());
        for ring in &stage.devices {
            if phones.iter().any(|phone| phone.device == ring.device) {
                continue;
            }
            phones.push(carried.take(ring.device).unwrap_or_else(|| {
                called.push(ring.clone());
                Phone { device: ring.device, user: ring.user, alerting: false }
            }));
        }
        self.stop(carried, false);
        if !phones.is_empty() {
            self.note(at, TrailEvent::Called { devices: called.clone(), seconds: stage.seconds });
        }
        for diverted in &stage.diverted {
            if let Some(failure) = diverted.failure {
                self.note(at, TrailEvent::Failed { device: diverted.device, failure });
            }
        }
        if !called.is_empty() {
            self.steps.push_back(Step::Ring { devices: called, until });
        }
        if phones.is_empty() {
            // All its devices lead nowhere.
            self.phase = Phase::Ringing(Ringing::default());
            return self.stage_over(StageResult::Unreachable, now, at);
        }
        self.phase = Phase::Ringing(Ringing { phones, until, worst: None });
    }

    pub(super) fn rings(&mut self, device: DeviceId, at: Timestamp) {
        let Phase::Ringing(ringing) = &mut self.phase else { return };
        let Some(phone) = ringing.phones.iter_mut().find(|phone| phone.device == device && !phone.alerting) else {
            return;
        };
        phone.alerting = true;
        self.rang = self.rang.or(Some(at));
        self.note(at, TrailEvent::Ringing { device });
    }

    pub(super) fn answered_by(&mut self, device: DeviceId, now: Tick, at: Timestamp) {
        let Phase::Ringing(ringing) = &mut self.phase else { return };
        if ringing.take(device).is_none() {
            return;
        }
        let others = std::mem::take(ringing);
        self.note(at, TrailEvent::Answered { device });
        self.stop(others, true);
        self.up(Leg::Device { device }, now, at);
    }

    pub(super) fn failed(&mut self, device: DeviceId, failure: Failure, now: Tick, at: Timestamp) {
        let Phase::Ringing(ringing) = &mut self.phase else { return };
        let Some(phone) = ringing.take(device) else { return };
        let result = StageResult::of(failure);
        let worst = ringing.worst.map_or(result, |worst| worst.max(result));
        ringing.worst = Some(worst);
        let mut silenced = Vec::new();
        if result == StageResult::Declined {
            // 603 speaks for the person (RFC 3261 section 21.6.2), so the person's other phones fall silent; the other
            // members of a group are not asked by it.
            silenced.extend(ringing.phones.iter().filter(|other| other.user == phone.user).map(|other| other.device));
            ringing.phones.retain(|other| other.user != phone.user);
        }
        let nobody_left = ringing.phones.is_empty();
        self.note(at, TrailEvent::Failed { device, failure });
        if !silenced.is_empty() {
            self.steps.push_back(Step::StopRinging { devices: silenced, answered_elsewhere: false });
        }
        if nobody_left {
            self.stage_over(worst, now, at);
        }
    }

    /// Follows the edge that fits what the stage came to.
    pub(super) fn stage_over(&mut self, result: StageResult, now: Tick, at: Timestamp) {
        let Phase::Ringing(ringing) = &mut self.phase else { return };
        let carried = std::mem::take(ringing);
        self.result = Some(self.result.map_or(result, |earlier| earlier.or(result)));
        let next = match self.flow.node(self.node) {
            Some(Node::Ring { no_answer, busy, declined, unreachable, .. }) => match result {
                StageResult::NoAnswer => *no_answer,
                StageResult::Busy => *busy,
                StageResult::Declined => *declined,
                StageResult::Unreachable => *unreachable,
            },
            _ => NodeIndex(u16::MAX),
        };
        self.enter(next, carried, now, at);
    }
}
