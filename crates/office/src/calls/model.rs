//! A call as the API shows it.

use std::borrow::Cow;

use callflow::{CallRecord, Destination, Side, TrailEvent};
use serde::Serialize;
use types::ids::{CallId, UserId};
use utoipa::ToSchema;

use crate::directory::Mode;
use crate::http::Moment;

/// A record as it is kept, and the choice it was kept under.
pub(crate) struct Kept<'r> {
    pub record: Cow<'r, CallRecord>,
    pub mode: Option<Mode>,
}

/// Which way a call went for the user whose list it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// The user's phone rang.
    Incoming,
    /// The user called.
    Outgoing,
}

impl Direction {
    /// As stored and as written in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Incoming => "incoming",
            Self::Outgoing => "outgoing",
        }
    }
}

/// A call in the own list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// Its id.
    #[schema(value_type = String, example = "cal_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: CallId,
    /// Which way it went for the user.
    pub direction: Direction,
    /// `internal`, `inbound`, `outbound` or `emergency`.
    #[schema(example = "internal")]
    pub kind: String,
    /// When the caller's phone asked for it.
    pub started: Moment,
    /// When somebody answered.
    #[schema(required)]
    pub answered: Option<Moment>,
    /// From answer to end, in milliseconds; 0 when nobody answered.
    pub duration_ms: i64,
    /// `answered`, `noAnswer`, `busy`, `declined`, `unreachable`, `cancelled`, `rejected` or `recovered`.
    #[schema(example = "answered")]
    pub outcome: String,
    /// Whether it was the user who answered, and not somebody who was called together with him.
    pub answered_by_me: bool,
    /// Who called.
    pub caller: CallParty,
    /// Who was called.
    pub called: CallParty,
    /// What was dialled, as it came from the phone.
    #[schema(example = "44")]
    pub dialled: String,
}

/// A side of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallParty {
    /// The name, where one is known.
    #[schema(required, example = "Anna Weber")]
    pub name: Option<String>,
    /// The telephone number; `xxx` stands for its last three digits where the account keeps shortened ones.
    #[schema(required, example = "+493023125017")]
    pub number: Option<String>,
    /// The extension.
    #[schema(required, example = "44")]
    pub extension: Option<String>,
}

/// A call with what happened on it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallDetail {
    /// As in the list.
    #[serde(flatten)]
    pub call: Call,
    /// When the first phone rang.
    #[schema(required)]
    pub ringing: Option<Moment>,
    /// When it ended.
    pub ended: Moment,
    /// `caller`, `called` or `exchange`: a dead connection, or a restart.
    #[schema(required, example = "caller")]
    pub ended_by: Option<&'static str>,
    /// The caller and everybody whose phone rang.
    pub participants: Vec<Participant>,
    /// What happened, in order.
    pub trail: Vec<TrailItem>,
}

/// Somebody who took part in a call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Participant {
    /// The user.
    #[schema(value_type = String, example = "usr_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: UserId,
    /// The name; null when the user is deleted.
    #[schema(required, example = "Anna Weber")]
    pub name: Option<String>,
}

/// Something that happened on a call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TrailItem {
    /// When.
    pub at: Moment,
    /// The node of the routing diagram where it happened.
    pub node: u16,
    /// What: its `type` is one of `called`, `ringing`, `failed`, `timeOver`, `answered`, `calledOutside`,
    /// `outsideRinging`, `outsideFailed`, `outsideAnswered`, `callerGone`, `rejected`, `ended`.
    #[schema(value_type = Object, example = json!({"type": "ringing", "device": "dev_06e5m0s3xk7v9bqz2r8h4t1n0c"}))]
    pub what: serde_json::Value,
}

/// What happened, with a number outside written as everywhere else.
fn shown(record: &CallRecord, what: &TrailEvent) -> serde_json::Value {
    let mut json = serde_json::to_value(what).unwrap_or_default();
    if let TrailEvent::CalledOutside { destination: Destination::Number(number), .. } = what
        && let Some(written) = json.pointer_mut("/destination/number")
    {
        *written = record.written(*number, true).into();
    }
    json
}

impl CallDetail {
    /// From the row and the record; `name` knows the users of today.
    pub(crate) fn new(call: Call, record: &CallRecord, name: impl Fn(UserId) -> Option<String>) -> Self {
        Self {
            call,
            ringing: record.ringing.map(Moment),
            ended: Moment(record.ended),
            ended_by: record.ended_by.map(|side| match side {
                Side::Caller => "caller",
                Side::Called => "called",
                Side::Exchange => "exchange",
            }),
            participants: record.participants.iter().map(|id| Participant { id: *id, name: name(*id) }).collect(),
            trail: record
                .trail
                .entries
                .iter()
                .map(|entry| TrailItem { at: Moment(entry.at), node: entry.node.0, what: shown(record, &entry.what) })
                .collect(),
        }
    }
}
