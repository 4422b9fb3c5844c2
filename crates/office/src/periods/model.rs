//! Periods as stored.

use rating::Kind;
use types::clock::Timestamp;
use types::ids::{DeviceId, NumberId, UserId};

/// What is there for a while.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subject {
    /// A device and its user.
    Device(DeviceId, UserId),
    /// A user.
    User(UserId),
    /// A telephone number.
    Number(NumberId),
}

impl Subject {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Device(..) => Kind::Device,
            Self::User(_) => Kind::User,
            Self::Number(_) => Kind::Number,
        }
    }

    pub(crate) fn object(self) -> String {
        match self {
            Self::Device(device, _) => device.to_string(),
            Self::User(user) => user.to_string(),
            Self::Number(number) => number.to_string(),
        }
    }

    pub(crate) fn user(self) -> Option<UserId> {
        match self {
            Self::Device(_, user) | Self::User(user) => Some(user),
            Self::Number(_) => None,
        }
    }
}

/// As stored and as written in the API.
pub(crate) fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Device => "device",
        Kind::User => "user",
        Kind::Number => "number",
    }
}

/// A stretch of time in which something was there.
#[derive(Clone, Debug)]
pub(crate) struct Period {
    /// Its id.
    pub object: String,
    /// Whose it is, of a device.
    pub user: Option<String>,
    /// When it came.
    pub started: Timestamp,
    /// When it went; none while it is there.
    pub ended: Option<Timestamp>,
    /// What it is called, or was when it went.
    pub label: String,
    /// What its user is called, or was when it went.
    pub user_name: Option<String>,
}
