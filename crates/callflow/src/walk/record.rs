//! The record of a Walk.

use types::clock::{Tick, Timestamp};
use types::ids::{AccountId, CallId, UserId};

use super::Walk;
use crate::event::Side;
use crate::flow::{Node, RingDevice};
use crate::record::{AnsweredBy, CallRecord, Outcome};
use crate::rejection::Rejection;
use crate::step::Leg;
use crate::trail::TrailEvent;
use crate::world::Owner;

impl Walk {
    /// The call's record. While the call is up, as if it ended at `now`: that is what a restart closes the call with.
    #[must_use]
    pub fn record(&self, id: CallId, account: AccountId, now: Tick, at: Timestamp) -> CallRecord {
        let (ended, end) = self.ended.unwrap_or((at, now));
        let duration = self.answered.map(|(_, answer, _)| end.saturating_since(answer)).unwrap_or_default();
        let last = self.trail.entries.last();
        CallRecord {
            id,
            account,
            kind: self.flow.kind,
            started: self.started,
            ringing: self.rang,
            answered: self.answered.map(|(answered, _, _)| answered),
            ended: last.map_or(ended, |last| last.at.max(ended)),
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            caller: self.flow.caller.clone(),
            called: self.flow.called.clone(),
            answered_by: self.answered.and_then(|(_, _, leg)| self.answered_by_whom(leg)),
            outcome: match last.map(|entry| &entry.what) {
                _ if self.answered.is_some() => Outcome::Answered,
                Some(TrailEvent::Rejected { reason }) => (*reason).into(),
                _ => Outcome::Cancelled,
            },
            ended_by: match last.map(|entry| &entry.what) {
                Some(TrailEvent::Ended { by }) => Some(*by),
                Some(TrailEvent::CallerGone) => Some(Side::Caller),
                Some(TrailEvent::Rejected { reason: Rejection::Busy | Rejection::Declined }) => Some(Side::Called),
                Some(TrailEvent::Rejected { .. }) => Some(Side::Exchange),
                _ => None,
            },
            participants: self.participants(),
            trail: self.trail.clone(),
            shortened: false,
        }
    }

    fn answered_by_whom(&self, leg: Leg) -> Option<AnsweredBy> {
        let Leg::Device { device } = leg else { return None };
        let rang = self.rang_devices().find(|ring| ring.device == device)?;
        Some(AnsweredBy { user: rang.user, device })
    }

    fn participants(&self) -> Vec<UserId> {
        let mut participants: Vec<UserId> = self.flow.caller.user.into_iter().collect();
        let without_phone = match (self.flow.node(self.flow.start), self.flow.called.owner) {
            (Some(Node::Reject { reason: Rejection::NoPhone }), Some(Owner::User(user))) => Some(user),
            _ => None,
        };
        // Whose device led to other phones wants to know of the call as well.
        let diverted = self.trail.entries.iter().flat_map(|entry| match self.flow.node(entry.node) {
            Some(Node::Ring { stage, .. }) => stage.diverted.as_slice(),
            _ => &[],
        });
        let people = self.rang_devices().map(|ring| ring.user).chain(diverted.map(|diverted| diverted.user));
        for user in people.chain(without_phone) {
            if !participants.contains(&user) {
                participants.push(user);
            }
        }
        participants
    }

    fn rang_devices(&self) -> impl Iterator<Item = &RingDevice> {
        self.trail.entries.iter().flat_map(|entry| match &entry.what {
            TrailEvent::Called { devices, .. } => devices.as_slice(),
            _ => &[],
        })
    }
}
