//! What can go wrong with a location.

use super::model::UsedBy;
use crate::db::DbError;
use crate::http::{Code, Problem};

/// Why a use-case of this slice refuses.
#[derive(Debug)]
pub(crate) enum Error {
    /// No such location in the account.
    NotFound,
    /// People are assigned to it: some of them by name, and how many in all.
    InUse { used_by: Vec<UsedBy>, people: i64 },
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
            Error::InUse { used_by, people } => {
                Self::new(Code::LocationInUse).with("usedBy", used_by).with("people", people)
            }
            Error::Db(error) => error.into(),
        }
    }
}
