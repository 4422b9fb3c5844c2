//! What is happening: one call on its way through its Flow.

mod record;
mod ringing;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use types::clock::{Tick, Timestamp};
use types::ids::DeviceId;

use crate::event::{Event, Failure, Side};
use crate::flow::{Flow, Node, NodeIndex};
use crate::rejection::Rejection;
use crate::step::{Leg, Step};
use crate::trail::{Trail, TrailEvent};
use ringing::{Ringing, StageResult};

/// Executes a [`Flow`]. Owns no IO: hand in what happened, then drain [`Walk::poll`].
///
/// Laws: every Walk ends; no phone is called while it rings already; after an answer no other phone rings; an
/// emergency call reaches [`Step::Outside`]; the last step is one [`Step::Reject`] or one [`Step::End`].
#[derive(Clone, Debug)]
pub struct Walk {
    flow: Arc<Flow>,
    phase: Phase,
    node: NodeIndex,
    hops: u16,
    steps: VecDeque<Step>,
    trail: Trail,
    /// The weightiest of what the ringing came to so far.
    result: Option<StageResult>,
    started: Timestamp,
    rang: Option<Timestamp>,
    answered: Option<(Timestamp, Tick, Leg)>,
    ended: Option<(Timestamp, Tick)>,
}

#[derive(Clone, Debug)]
enum Phase {
    Ringing(Ringing),
    Outside { until: Tick },
    Up,
    Over,
}

/// Why a Walk wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The phones of a step have rung long enough.
    RingTimeOver,
    /// The outside has neither answered nor refused.
    OutsideSilent,
}

/// How many nodes a call may pass. No Flow that [`crate::compile()`] makes comes near; one that goes in circles ends here.
pub const MAX_HOPS: u16 = 64;
/// How long a call outside may ring. Proxies give up after three minutes anyway (RFC 3261 section 16.6, timer C).
pub const OUTSIDE_SECONDS: u64 = 180;
/// How long an emergency call may ring: control rooms have queues.
pub const EMERGENCY_SECONDS: u64 = 900;

impl Walk {
    /// Sets out. Drain [`Walk::poll`] next.
    #[must_use]
    pub fn start(flow: Arc<Flow>, now: Tick, at: Timestamp) -> Self {
        let start = flow.start;
        let mut walk = Self {
            flow,
            phase: Phase::Over,
            node: start,
            hops: 0,
            steps: VecDeque::with_capacity(2),
            trail: Trail::default(),
            result: None,
            started: at,
            rang: None,
            answered: None,
            ended: None,
        };
        walk.enter(start, Ringing::default(), now, at);
        walk
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    /// Takes note of something that happened.
    pub fn handle(&mut self, event: Event, now: Tick, at: Timestamp) {
        match (&self.phase, event) {
            (Phase::Over, _) => {}
            (Phase::Up, Event::Ended { by }) => self.hang_up(by, now, at),
            (Phase::Up, Event::CallerGone) => self.hang_up(Side::Caller, now, at),
            (Phase::Up, _) => {}
            (_, Event::CallerGone | Event::Ended { by: Side::Caller }) => self.caller_gone(now, at),
            (_, Event::Ended { by }) => self.called_off(by, now, at),
            (Phase::Ringing(_), Event::Ringing { device }) => self.rings(device, at),
            (Phase::Ringing(_), Event::Answered { device }) => self.answered_by(device, now, at),
            (Phase::Ringing(_), Event::Failed { device, failure }) => self.failed(device, failure, now, at),
            (Phase::Outside { .. }, Event::OutsideRinging) => self.outside_rings(at),
            (Phase::Outside { .. }, Event::OutsideAnswered) => self.outside_answered(now, at),
            (Phase::Outside { .. }, Event::OutsideFailed { failure }) => self.outside_failed(failure, now, at),
            (Phase::Ringing(_) | Phase::Outside { .. }, _) => {}
        }
    }

    /// When the Walk wants to be woken by [`Walk::handle_timeout`], and why.
    #[must_use]
    pub fn deadline(&self) -> Option<(Tick, Why)> {
        match &self.phase {
            Phase::Ringing(ringing) => Some((ringing.until, Why::RingTimeOver)),
            Phase::Outside { until } => Some((*until, Why::OutsideSilent)),
            Phase::Up | Phase::Over => None,
        }
    }

    /// Acts on a deadline that has passed; does nothing before it.
    pub fn handle_timeout(&mut self, now: Tick, at: Timestamp) {
        match self.deadline() {
            Some((deadline, Why::RingTimeOver)) if deadline <= now => {
                self.note(at, TrailEvent::TimeOver);
                self.stage_over(StageResult::NoAnswer, now, at);
            }
            Some((deadline, Why::OutsideSilent)) if deadline <= now => {
                self.steps.push_back(Step::StopOutside);
                self.outside_failed(Failure::NoAnswer, now, at);
            }
            _ => {}
        }
    }

    /// Whether the call is over. [`Walk::poll`] may still hold the last steps.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// Whether somebody answered and the call is up.
    #[must_use]
    pub fn is_up(&self) -> bool {
        matches!(self.phase, Phase::Up)
    }

    /// What happened so far.
    #[must_use]
    pub fn trail(&self) -> &Trail {
        &self.trail
    }

    /// What is executed.
    #[must_use]
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    /// Goes to a node and on through everything that is decided at once. `carried` are the phones that ring.
    fn enter(&mut self, node: NodeIndex, carried: Ringing, now: Tick, at: Timestamp) {
        self.node = node;
        self.hops = self.hops.saturating_add(1);
        let flow = Arc::clone(&self.flow);
        match flow.node(node) {
            _ if self.hops > MAX_HOPS => self.leave(carried, Rejection::Loop, now, at),
            Some(Node::Ring { stage, .. }) => self.ring(stage, carried, now, at),
            Some(Node::Outside { destination, caller_number, location, .. }) => {
                self.stop(carried, false);
                let (destination, caller_number, location) = (*destination, *caller_number, *location);
                self.note(at, TrailEvent::CalledOutside { destination, caller_number });
                self.steps.push_back(Step::Outside { destination, caller_number, location });
                let seconds = if destination.is_emergency() { EMERGENCY_SECONDS } else { OUTSIDE_SECONDS };
                self.phase = Phase::Outside { until: now + Duration::from_secs(seconds) };
            }
            Some(Node::Reject { reason }) => self.leave(carried, *reason, now, at),
            Some(Node::Unanswered) => {
                let reason = self.result.map_or(Rejection::Unreachable, StageResult::rejection);
                self.leave(carried, reason, now, at);
            }
            // Only a damaged Flow leads nowhere.
            None => self.leave(carried, Rejection::Loop, now, at),
        }
    }

    fn leave(&mut self, carried: Ringing, reason: Rejection, now: Tick, at: Timestamp) {
        self.stop(carried, false);
        self.reject(reason, now, at);
    }

    fn reject(&mut self, reason: Rejection, now: Tick, at: Timestamp) {
        self.note(at, TrailEvent::Rejected { reason });
        self.steps.push_back(Step::Reject { reason });
        self.over(now, at);
    }

    fn hang_up(&mut self, by: Side, now: Tick, at: Timestamp) {
        self.note(at, TrailEvent::Ended { by });
        self.steps.push_back(Step::End);
        self.over(now, at);
    }

    fn caller_gone(&mut self, now: Tick, at: Timestamp) {
        self.silence();
        self.note(at, TrailEvent::CallerGone);
        self.steps.push_back(Step::End);
        self.over(now, at);
    }

    /// The exchange itself ends a call that nobody answered yet: the caller still waits for a final response.
    fn called_off(&mut self, by: Side, now: Tick, at: Timestamp) {
        self.silence();
        self.note(at, TrailEvent::Ended { by });
        self.reject(Rejection::Unreachable, now, at);
    }

    fn silence(&mut self) {
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Ringing(ringing) => self.stop(ringing, false),
            Phase::Outside { .. } => self.steps.push_back(Step::StopOutside),
            Phase::Up | Phase::Over => {}
        }
    }

    fn over(&mut self, now: Tick, at: Timestamp) {
        self.phase = Phase::Over;
        self.ended = Some((at, now));
    }

    fn outside_rings(&mut self, at: Timestamp) {
        if self.rang.is_none() {
            self.rang = Some(at);
            self.note(at, TrailEvent::OutsideRinging);
        }
    }

    fn outside_answered(&mut self, now: Tick, at: Timestamp) {
        self.note(at, TrailEvent::OutsideAnswered);
        self.up(Leg::Outside, now, at);
    }

    fn up(&mut self, leg: Leg, now: Tick, at: Timestamp) {
        self.steps.push_back(Step::Bridge { to: leg });
        self.answered = Some((at, now, leg));
        self.phase = Phase::Up;
    }

    fn outside_failed(&mut self, failure: Failure, now: Tick, at: Timestamp) {
        self.note(at, TrailEvent::OutsideFailed { failure });
        let reason = match failure {
            Failure::Busy => Rejection::Busy,
            Failure::Declined => Rejection::Declined,
            Failure::NoAnswer => Rejection::NoAnswer,
            // RFC 3261 sections 21.4.5, 21.4.8, 21.4.22, 21.6.3: there is no such number.
            Failure::Error { status: 404 | 410 | 484 | 604 } => Rejection::UnknownNumber,
            Failure::Error { .. } => Rejection::OutsideFailed,
            Failure::Loop | Failure::NoPhone => Rejection::OutsideFailed,
            Failure::Offline | Failure::NoLine => {
                let next = match self.flow.node(self.node) {
                    Some(Node::Outside { otherwise, .. }) => *otherwise,
                    _ => self.node,
                };
                return self.enter(next, Ringing::default(), now, at);
            }
        };
        self.reject(reason, now, at);
    }

    fn note(&mut self, at: Timestamp, what: TrailEvent) {
        self.trail.note(at, self.node, what);
    }

    fn stop(&mut self, ringing: Ringing, answered_elsewhere: bool) {
        let devices: Vec<DeviceId> = ringing.devices().collect();
        if !devices.is_empty() {
            self.steps.push_back(Step::StopRinging { devices, answered_elsewhere });
        }
    }
}
