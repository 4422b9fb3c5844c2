//! What can go wrong with numbers.

use types::e164::E164;

use crate::db::DbError;
use crate::http::{Code, Problem};
use crate::owners::{self, NamedOwner};

/// Why a use-case of this slice refuses.
#[derive(Debug)]
pub(crate) enum Error {
    /// No such number in the account.
    NotFound,
    /// No such user or group in the account.
    OwnerUnknown,
    /// No such location in the account.
    LocationUnknown,
    /// The number is in the inventory already, perhaps in that of another account: whose is not said.
    Exists { number: E164 },
    /// It rings somebody else.
    Taken { by: NamedOwner },
    /// It rings somebody, so it cannot be released.
    Assigned { by: NamedOwner },
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
            Error::OwnerUnknown => owners::unknown("/owner"),
            Error::LocationUnknown => Self::field("/location", "location.unknown", "There is no such location."),
            Error::Exists { number } => Self::new(Code::NumberExists).with("number", number),
            Error::Taken { by } => {
                Self::new(Code::NumberTaken).detail(format!("It rings {}.", by.name)).with("owner", by)
            }
            Error::Assigned { by } => {
                Self::new(Code::NumberAssigned).detail(format!("It rings {}.", by.name)).with("owner", by)
            }
            Error::Db(error) => error.into(),
        }
    }
}
