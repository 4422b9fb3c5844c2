//! What can go wrong with devices.

use super::rules;
use crate::db::DbError;
use crate::http::{Code, Problem};

/// Why a use-case of this slice refuses.
#[derive(Debug)]
pub(crate) enum Error {
    /// No such device or user for the caller.
    NotFound,
    /// The user has as many devices as possible.
    Limit,
    /// A mobile or external phone has no password to renew.
    NoCredentials,
    /// A VoIP phone has no number to change.
    NoNumber,
    /// A setup code that was never made, was used, or has expired.
    SetupCode,
    /// Too many wrong setup codes; seconds to wait.
    TooMany(u64),
    /// The account has used up the counter of its SIP ids.
    SipIdsUsedUp,
    /// The database.
    Db(DbError),
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Limit => Self::new(Code::DeviceLimit)
                .detail(format!("A user can have {} phones.", rules::MAX_PER_USER))
                .with("limit", rules::MAX_PER_USER),
            Error::NoCredentials => Code::DeviceWithoutCredentials.into(),
            Error::NoNumber => Self::field("/number", "number.notHere", "A VoIP phone has no number of its own."),
            Error::SetupCode => Code::LinkInvalid.into(),
            Error::TooMany(seconds) => Self::new(Code::TooManyAttempts).retry_after(seconds),
            Error::SipIdsUsedUp => {
                tracing::error!("an account has used up its SIP ids");
                Code::Internal.into()
            }
            Error::Db(error) => error.into(),
        }
    }
}
