//! What can go wrong with an import.

use super::model::{Column, Kept, Row};
use super::text::Unreadable;
use crate::db::DbError;
use crate::http::{Code, Problem};
use crate::scope::Right;
use crate::{accounts, devices, groups, users};

/// Rows that one problem shows.
const SHOWN: usize = 100;

/// Why a use-case of this slice refuses.
#[derive(Debug)]
pub(crate) enum Error {
    /// No such import in the account.
    NotFound,
    /// The file is no list of users.
    Unreadable(Unreadable),
    /// The token may not do what the file does.
    MissingRight(Right),
    /// A row is refused, or it was undone.
    NotApplicable,
    /// The account has changed since the preview; how these rows would be now.
    Outdated(Vec<Row>),
    /// These have changed since it was carried out.
    Contradicted(Vec<Kept>),
    /// It was not carried out, or too long ago.
    NotUndoable,
    /// Another slice refuses, although its rules were looked at before.
    Refused(Problem),
    /// The database refuses.
    Db(DbError),
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

macro_rules! refused {
    ($($error:ty),*) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::Refused(error.into())
            }
        })*
    };
}

refused!(accounts::Error, users::Error, devices::Error, groups::Error);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::Unreadable(unreadable) => refusal(unreadable),
            Error::MissingRight(right) => Self::new(Code::MissingScope)
                .detail(format!("The token lacks the scope `{}`, which a column of the file needs.", right.as_str())),
            Error::NotApplicable => Code::ImportNotApplicable.into(),
            Error::Outdated(rows) => {
                let count = rows.len();
                let shown: Vec<Row> = rows.into_iter().take(SHOWN).collect();
                Self::new(Code::ImportOutdated).with("rows", shown).with("count", count)
            }
            Error::Contradicted(kept) => Self::new(Code::ImportContradicted).with("kept", kept),
            Error::NotUndoable => Code::ImportNotUndoable.into(),
            Error::Refused(problem) => problem,
            Error::Db(error) => error.into(),
        }
    }
}

fn refusal(unreadable: Unreadable) -> Problem {
    let problem = Problem::new(Code::CsvUnreadable);
    match unreadable {
        Unreadable::Empty => problem.detail("There is nobody in it.").with("reason", "empty"),
        Unreadable::Headings { found } => problem
            .detail("The first line needs headings, such as “First name; Last name; E-mail”.")
            .with("reason", "headings")
            .with("found", found),
        Unreadable::ColumnTwice(column) => problem
            .detail(format!("Two columns mean “{}”.", Column::heading(column, "en")))
            .with("reason", "columnTwice")
            .with("column", column),
        Unreadable::TooManyRows => problem.detail("At most 10,000 rows at once.").with("reason", "tooManyRows"),
    }
}
