//! What can go wrong with the itemized call list.

use crate::db::DbError;
use crate::http::{Code, Problem};
use crate::{accounts, users};

/// Why a use-case of this slice refuses.
#[derive(Debug)]
pub(crate) enum Error {
    /// The account keeps no list, or has not chosen yet.
    Off,
    /// No such user in the account.
    UserUnknown,
    /// The caller is not in the account any more.
    NotFound,
    /// The database.
    Db(DbError),
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<accounts::Error> for Error {
    fn from(error: accounts::Error) -> Self {
        match error {
            accounts::Error::Db(error) => Self::Db(error),
            _ => Self::NotFound,
        }
    }
}

impl From<users::Error> for Error {
    fn from(error: users::Error) -> Self {
        match error {
            users::Error::Db(error) => Self::Db(error),
            _ => Self::NotFound,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Off => Code::CallListOff.into(),
            Error::UserUnknown => Self::new(Code::InvalidQuery).detail("`user` is not a user of the account"),
            Error::NotFound => Code::NotFound.into(),
            Error::Db(error) => error.into(),
        }
    }
}
