//! Why a call is refused, and how SIP says so.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a call is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Rejection {
    /// Nobody has what was dialled.
    UnknownNumber,
    /// The number belongs to the account, but rings nobody.
    NotAssigned,
    /// The caller is blocked.
    UserBlocked,
    /// The called user is blocked.
    CalledUserBlocked,
    /// The account is suspended.
    AccountSuspended,
    /// Who is called has no phone.
    NoPhone,
    /// Who is called is in another call.
    Busy,
    /// Nobody answered in time.
    NoAnswer,
    /// No phone is reachable.
    Unreachable,
    /// Who is called does not want the call.
    Declined,
    /// The call would go in circles.
    Loop,
    /// No line leads outside.
    OutsideLineMissing,
    /// The outside could not connect the call.
    OutsideFailed,
    /// The caller has no number that may be shown outside.
    CallerNumberMissing,
    /// The caller may not call this.
    NotAllowed,
    /// What was dialled is no number, or not a whole one.
    Invalid,
}

impl Rejection {
    /// Every reason there is.
    pub const ALL: [Self; 16] = [
        Self::UnknownNumber,
        Self::NotAssigned,
        Self::UserBlocked,
        Self::CalledUserBlocked,
        Self::AccountSuspended,
        Self::NoPhone,
        Self::Busy,
        Self::NoAnswer,
        Self::Unreachable,
        Self::Declined,
        Self::Loop,
        Self::OutsideLineMissing,
        Self::OutsideFailed,
        Self::CallerNumberMissing,
        Self::NotAllowed,
        Self::Invalid,
    ];

    /// The SIP status and its reason phrase (RFC 3261 section 21).
    ///
    /// A person who could not be reached this time is 480, so that the caller's phone offers to try again; a number
    /// that leads nowhere is 404, as is one to which no line leads (RFC 3398 section 8.2.6.1: "no route to destination").
    /// 603 is sent only where a person said no: it asks networks to stop looking.
    #[must_use]
    pub fn status(self) -> (u16, &'static str) {
        match self {
            Self::UnknownNumber | Self::NotAssigned | Self::OutsideLineMissing => (404, "Not Found"),
            Self::UserBlocked | Self::AccountSuspended | Self::CallerNumberMissing | Self::NotAllowed => {
                (403, "Forbidden")
            }
            Self::CalledUserBlocked | Self::NoPhone | Self::NoAnswer | Self::Unreachable => {
                (480, "Temporarily Unavailable")
            }
            Self::Busy => (486, "Busy Here"),
            Self::Declined => (603, "Decline"),
            Self::Loop => (482, "Loop Detected"),
            Self::OutsideFailed => (503, "Service Unavailable"),
            Self::Invalid => (484, "Address Incomplete"),
        }
    }

    /// The word the JSON form uses.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownNumber => "unknownNumber",
            Self::NotAssigned => "notAssigned",
            Self::UserBlocked => "userBlocked",
            Self::CalledUserBlocked => "calledUserBlocked",
            Self::AccountSuspended => "accountSuspended",
            Self::NoPhone => "noPhone",
            Self::Busy => "busy",
            Self::NoAnswer => "noAnswer",
            Self::Unreachable => "unreachable",
            Self::Declined => "declined",
            Self::Loop => "loop",
            Self::OutsideLineMissing => "outsideLineMissing",
            Self::OutsideFailed => "outsideFailed",
            Self::CallerNumberMissing => "callerNumberMissing",
            Self::NotAllowed => "notAllowed",
            Self::Invalid => "invalid",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownNumber => "nobody has this number",
            Self::NotAssigned => "this number does not ring any phone",
            Self::UserBlocked => "the caller is blocked",
            Self::CalledUserBlocked => "the called user is blocked",
            Self::AccountSuspended => "the account is suspended",
            Self::NoPhone => "there is no phone to ring",
            Self::Busy => "busy",
            Self::NoAnswer => "nobody answered",
            Self::Unreachable => "no phone is reachable",
            Self::Declined => "the call was declined",
            Self::Loop => "the call would go in circles",
            Self::OutsideLineMissing => "no line leads outside",
            Self::OutsideFailed => "the outside could not connect the call",
            Self::CallerNumberMissing => "the caller has no number to show outside",
            Self::NotAllowed => "the caller may not call this",
            Self::Invalid => "this is not a whole telephone number",
        })
    }
}
