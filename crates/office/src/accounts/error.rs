//! What can go wrong with an account.

use crate::db::DbError;
use crate::http::{Code, Problem};

/// Why a use-case of this slice refuses.
#[derive(Debug)]
pub(crate) enum Error {
    /// The account is gone.
    NotFound,
    /// The database refuses.
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
            Error::Db(error) => error.into(),
        }
    }
}
