//! What happened on a call: stored with the record, shown on the diagram.

use serde::{Deserialize, Serialize};
use types::clock::Timestamp;
use types::e164::E164;
use types::ids::DeviceId;

use crate::event::{Failure, Side};
use crate::flow::{Destination, NodeIndex, RingDevice};
use crate::rejection::Rejection;

/// What happened, in order. Times never go back, even where the machine's clock does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trail {
    /// The entries, at most [`MAX_ENTRIES`].
    pub entries: Vec<TrailEntry>,
}

/// The most entries of a trail. What a call does beyond is not noted, except how it was answered and how it ended.
pub const MAX_ENTRIES: usize = 500;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrailEntry {
    /// When.
    pub at: Timestamp,
    /// The node of the [`crate::Flow`] where it happened.
    pub node: NodeIndex,
    /// What.
    pub what: TrailEvent,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum TrailEvent {
    /// Phones were called.
    Called {
        /// Those that were not ringing already.
        devices: Vec<RingDevice>,
        /// How long the step lasts at most.
        seconds: u16,
    },
    /// A phone began to ring.
    Ringing {
        /// The phone.
        device: DeviceId,
    },
    /// A phone did not take the call.
    Failed {
        /// The phone.
        device: DeviceId,
        /// Why.
        failure: Failure,
    },
    /// Nobody answered within the step's time.
    TimeOver,
    /// A phone answered.
    Answered {
        /// The phone.
        device: DeviceId,
    },
    /// The call was placed outside.
    CalledOutside {
        /// Where to.
        destination: Destination,
        /// The number shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caller_number: Option<E164>,
    },
    /// The other side outside began to ring.
    OutsideRinging,
    /// The other side outside did not take the call.
    OutsideFailed {
        /// Why.
        failure: Failure,
    },
    /// The other side outside answered.
    OutsideAnswered,
    /// The caller gave up.
    CallerGone,
    /// The call was refused.
    Rejected {
        /// Why.
        reason: Rejection,
    },
    /// The call was ended: an answered one by a side, one that still rang by the exchange.
    Ended {
        /// Who ended it.
        by: Side,
    },
}

impl Trail {
    /// Adds an entry; its time is moved forward to that of the last one if it lies before.
    pub(crate) fn note(&mut self, at: Timestamp, node: NodeIndex, what: TrailEvent) {
        let closing = matches!(
            what,
            TrailEvent::Answered { .. }
                | TrailEvent::OutsideAnswered
                | TrailEvent::CallerGone
                | TrailEvent::Rejected { .. }
                | TrailEvent::Ended { .. }
        );
        // At most an answer and an end follow, or the end of the ringing and a refusal.
        let room = if closing { MAX_ENTRIES } else { MAX_ENTRIES - 2 };
        if self.entries.len() < room {
            let at = self.entries.last().map_or(at, |last| last.at.max(at));
            self.entries.push(TrailEntry { at, node, what });
        }
    }
}
