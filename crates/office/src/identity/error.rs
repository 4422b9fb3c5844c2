//! Why somebody is not let in.

use super::password::{Busy, Weak};
use crate::db::DbError;
use crate::http::{Code, Problem};

/// Why an identity use-case refuses.
#[derive(Debug)]
pub(crate) enum Error {
    /// Unknown address, wrong password or blocked: which one is not said.
    WrongCredentials,
    /// The current password, asked for again, is wrong.
    WrongPassword,
    /// Wait so many seconds.
    TooManyAttempts(u64),
    /// Too many passwords are being checked.
    Busy,
    /// The new password is too weak.
    Weak(Weak),
    /// No such session or token among one's own.
    NotFound,
    /// The link was used, has expired or never was.
    LinkInvalid,
    /// The user is blocked.
    Blocked,
    /// The operator has stopped the user's account.
    Suspended,
    /// The database refuses.
    Db(DbError),
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<Busy> for Error {
    fn from(Busy: Busy) -> Self {
        Self::Busy
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::WrongCredentials => Code::WrongCredentials.into(),
            Error::WrongPassword => Self::field("/current", "password.wrong", "This is not the current password."),
            Error::TooManyAttempts(seconds) => Self::new(Code::TooManyAttempts).retry_after(seconds),
            Error::Busy => Self::new(Code::Busy).retry_after(2),
            Error::Weak(weak) => Self::field("/password", weak.code(), weak.to_string()),
            Error::NotFound => Code::NotFound.into(),
            Error::LinkInvalid => Code::LinkInvalid.into(),
            Error::Suspended => Code::AccountSuspended.into(),
            Error::Blocked => Code::UserBlocked.into(),
            Error::Db(error) => error.into(),
        }
    }
}
