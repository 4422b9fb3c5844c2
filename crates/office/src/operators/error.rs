//! What can go wrong for operators.

use types::e164::E164;

use crate::db::DbError;
use crate::http::{Code, Problem};
use crate::identity;

/// Why a use-case of this slice refuses.
#[derive(Debug)]
pub(crate) enum Error {
    /// No such account, number or link.
    NotFound,
    /// The link was used, has expired or was replaced.
    LinkInvalid,
    /// The number is in the installation already.
    Exists(E164),
    /// An account has the number.
    InUse,
    /// Identity refuses: wrong credentials, too many attempts, a weak password.
    Identity(identity::Error),
    /// Another slice refuses.
    Refused(Problem),
    /// The database refuses.
    Db(DbError),
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<identity::Error> for Error {
    fn from(error: identity::Error) -> Self {
        Self::Identity(error)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::LinkInvalid => Code::LinkInvalid.into(),
            Error::Exists(number) => Self::new(Code::NumberExists).with("number", number),
            Error::InUse => Code::NumberOrdered.into(),
            Error::Identity(error) => error.into(),
            Error::Refused(problem) => problem,
            Error::Db(error) => error.into(),
        }
    }
}
