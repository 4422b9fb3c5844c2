//! What can go wrong with groups.

use super::rules;
use crate::db::DbError;
use crate::http::{Code, Problem};

/// Why a use-case of this slice refuses.
#[derive(Debug)]
pub(crate) enum Error {
    /// No such group or user in the account.
    NotFound,
    /// The group has as many members as possible, or would have more.
    Full,
    /// This member of a new group is not a user of the account.
    MemberUnknown { index: usize },
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
            Error::Full => Self::new(Code::GroupFull)
                .detail(format!("A group can have {} members.", rules::MAX_MEMBERS))
                .with("limit", rules::MAX_MEMBERS),
            Error::MemberUnknown { index } => {
                Self::field(format!("/members/{index}"), "member.unknown", "There is no such user.")
            }
            Error::Db(error) => error.into(),
        }
    }
}
