//! The call record: what is kept of a call.

use serde::{Deserialize, Serialize};
use types::clock::Timestamp;
use types::ids::{AccountId, CallId, DeviceId, UserId};

use crate::event::Side;
use crate::flow::{CallKind, Called, CallerIdentity};
use crate::rejection::Rejection;
use crate::trail::{Trail, TrailEvent};

/// One call, answered or not. [`crate::Walk::record`] makes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallRecord {
    /// The call.
    pub id: CallId,
    /// The account it belongs to.
    pub account: AccountId,
    /// Where it came from and went to.
    pub kind: CallKind,
    /// When the caller's INVITE came.
    pub started: Timestamp,
    /// When the first phone rang.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ringing: Option<Timestamp>,
    /// When somebody answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<Timestamp>,
    /// When it ended; for a call that is up, when this was written.
    pub ended: Timestamp,
    /// From answer to end by the monotonic clock, in milliseconds; 0 if nobody answered.
    pub duration_ms: u64,
    /// Who called.
    pub caller: CallerIdentity,
    /// Who was called.
    pub called: Called,
    /// Which user answered on which phone; absent for a call to the outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<AnsweredBy>,
    /// How it came out.
    pub outcome: Outcome,
    /// Who ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<Side>,
    /// Who finds it in the own list: the caller, everybody whose phones were called, and who had none; each once.
    pub participants: Vec<UserId>,
    /// What happened.
    pub trail: Trail,
    /// Outside numbers in it lack their last three digits; see [`CallRecord::shorten`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shortened: bool,
}

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnsweredBy {
    /// The user.
    pub user: UserId,
    /// The phone.
    pub device: DeviceId,
}

/// How a call came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Outcome {
    /// Somebody answered.
    Answered,
    /// Nobody answered in time.
    NoAnswer,
    /// Busy.
    Busy,
    /// A person did not want it.
    Declined,
    /// No phone was reachable.
    Unreachable,
    /// The caller gave up first.
    Cancelled,
    /// It was refused.
    Rejected {
        /// Why.
        reason: Rejection,
    },
    /// It was up when the exchange died; the end is when it was last known to be up.
    Recovered,
}

impl CallRecord {
    /// Ends a call that was up when this record was written, after a restart: the process that measured its
    /// duration is gone, so the time since is taken from the wall clock, and never counts backwards.
    pub fn end(&mut self, ended: Timestamp, by: Side) {
        let since = ended.saturating_since(self.ended);
        self.ended = self.ended.max(ended);
        self.duration_ms = self.duration_ms.saturating_add(u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
        self.ended_by = Some(by);
        let node = self.trail.entries.last().map(|last| last.node).unwrap_or_default();
        self.trail.note(self.ended, node, TrailEvent::Ended { by });
    }

    /// Closes a call that was up when the exchange died and of which nothing more is known: it ended when this record
    /// was written, so nobody pays for time that may not have been.
    pub fn recover(&mut self) {
        self.outcome = Outcome::Recovered;
        self.end(self.ended, Side::Exchange);
    }
}

impl Outcome {
    /// The word the JSON form uses as `type`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::NoAnswer => "noAnswer",
            Self::Busy => "busy",
            Self::Declined => "declined",
            Self::Unreachable => "unreachable",
            Self::Cancelled => "cancelled",
            Self::Rejected { .. } => "rejected",
            Self::Recovered => "recovered",
        }
    }
}

impl From<Rejection> for Outcome {
    fn from(reason: Rejection) -> Self {
        match reason {
            Rejection::NoAnswer => Self::NoAnswer,
            Rejection::Busy => Self::Busy,
            Rejection::Declined => Self::Declined,
            Rejection::Unreachable => Self::Unreachable,
            reason => Self::Rejected { reason },
        }
    }
}
