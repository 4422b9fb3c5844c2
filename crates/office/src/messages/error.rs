//! Why a text message is not sent or withdrawn.

use crate::db::DbError;
use crate::http::{Code, Problem};
use crate::{accounts, users};

/// Why a use-case of this slice refuses.
#[derive(Debug)]
pub(crate) enum Error {
    /// No such message among the caller's own.
    NotFound,
    /// The user may not.
    NotAllowed,
    /// The installation has no line.
    NoLine,
    /// So many parts are left in this time; wait so many seconds.
    TooMany { parts: i64, seconds: u64 },
    /// It is on its way, or over.
    Sent,
    /// Values that cannot be accepted.
    Refused(Problem),
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
            accounts::Error::NotFound => Self::NotFound,
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
            Error::NotFound => Code::NotFound.into(),
            Error::NotAllowed => Code::WebSmsOff.into(),
            Error::NoLine => Code::NoSmsLine.into(),
            Error::TooMany { parts, seconds } => {
                Self::new(Code::TooManyMessages).with("parts", parts).retry_after(seconds)
            }
            Error::Sent => Code::MessageSent.into(),
            Error::Refused(problem) => problem,
            Error::Db(error) => error.into(),
        }
    }
}
