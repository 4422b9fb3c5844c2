//! What can go wrong with phones.

use super::rules;
use crate::db::DbError;
use crate::http::{Code, Problem};

/// Why a use-case of this slice refuses.
#[derive(Debug)]
pub(crate) enum Error {
    /// No such phone or user for the caller.
    NotFound,
    /// The user has as many phones as possible.
    Limit,
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
            Error::SipIdsUsedUp => {
                tracing::error!("an account has used up its SIP ids");
                Code::Internal.into()
            }
            Error::Db(error) => error.into(),
        }
    }
}
