//! What can happen during a call, as the exchange reports it.

use serde::{Deserialize, Serialize};
use types::ids::DeviceId;

/// Something happened. What no longer matters (a phone that is not ringing any more, a call that is over) is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// A phone rings (180, or 183 where a phone sends only that).
    Ringing {
        /// The phone.
        device: DeviceId,
    },
    /// A phone answered (2xx).
    Answered {
        /// The phone.
        device: DeviceId,
    },
    /// A phone cannot or will not take the call.
    Failed {
        /// The phone.
        device: DeviceId,
        /// Why.
        failure: Failure,
    },
    /// The other side outside rings.
    OutsideRinging,
    /// The other side outside answered.
    OutsideAnswered,
    /// The other side outside cannot be reached or will not take the call.
    OutsideFailed {
        /// Why; [`Failure::Offline`] when there is no line.
        failure: Failure,
    },
    /// The caller gave up before the call was answered (CANCEL, or the caller's connection died).
    CallerGone,
    /// The answered call ended; or the exchange itself ends one that nobody answered yet.
    Ended {
        /// Who ended it.
        by: Side,
    },
}

/// Why a phone, or the outside, does not take the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Failure {
    /// Nothing is registered, or it does not react.
    Offline,
    /// In another call (486, 600).
    Busy,
    /// The person does not want the call (603, 607, 608).
    Declined,
    /// It is reached by a call outside, and there is no line to the outside.
    NoLine,
    /// Its number leads back to where the call came from, or on and on.
    Loop,
    /// Its number is one of the account, and leads to nobody whose phone could ring.
    NoPhone,
    /// The phone stopped waiting for its person (408, 480, 487).
    NoAnswer,
    /// Another refusal.
    Error {
        /// The SIP status, 300 to 699.
        status: u16,
    },
}

impl Failure {
    /// What a final response other than 2xx to our INVITE means (RFC 3261 section 21, RFC 8197, RFC 8688).
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        match status {
            486 | 600 => Self::Busy,
            603 | 607 | 608 => Self::Declined,
            408 | 480 | 487 => Self::NoAnswer,
            _ => Self::Error { status },
        }
    }
}

/// A side of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    /// Who called.
    Caller,
    /// Who was called.
    Called,
    /// The exchange itself: a dead connection, a session timer, an administrator.
    Exchange,
}
