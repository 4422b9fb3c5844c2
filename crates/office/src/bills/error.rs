//! What can go wrong with bills.

use types::money::MoneyError;

use crate::db::DbError;
use crate::http::{Code, Problem};

/// Why a use-case of this slice refuses.
#[derive(Debug)]
pub(crate) enum Error {
    /// There is no such bill (yet).
    NotFound,
    /// Amounts beyond all measure.
    Money(MoneyError),
    /// The database.
    Db(DbError),
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<MoneyError> for Error {
    fn from(error: MoneyError) -> Self {
        Self::Money(error)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Money(error) => {
                tracing::error!(%error, "a bill cannot be reckoned");
                Code::Internal.into()
            }
            Error::Db(error) => error.into(),
        }
    }
}
