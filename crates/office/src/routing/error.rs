//! What can go wrong with routing.

use crate::db::DbError;
use crate::http::{Code, Problem};

/// Why a use-case of this slice refuses.
#[derive(Debug)]
pub(crate) enum Error {
    /// No such user or group for the caller.
    NotFound,
    /// A step names something that is not a phone of the user. Both counted from zero.
    DeviceUnknown { step: usize, device: usize },
    /// The phone that shall call in a trial is not one of the account.
    CallerUnknown,
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
            Error::DeviceUnknown { step, device } => Self::field(
                format!("/steps/{step}/devices/{device}"),
                "device.unknown",
                "This is not a phone of this user.",
            ),
            Error::CallerUnknown => {
                Self::field("/caller/device", "device.unknown", "There is no such phone in the account.")
            }
            Error::Db(error) => error.into(),
        }
    }
}
