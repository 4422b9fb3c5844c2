//! What can go wrong with extensions.

use types::extension_number::ExtensionNumber;

use super::model::Extension;
use crate::db::DbError;
use crate::http::{Code, Problem};
use crate::owners::{self, NamedOwner};

/// Why a use-case of this slice refuses.
#[derive(Debug)]
pub(crate) enum Error {
    /// No such extension in the account.
    NotFound,
    /// No such user or group in the account.
    OwnerUnknown,
    /// Somebody has it already.
    Taken { by: NamedOwner, proposal: Option<ExtensionNumber> },
    /// The owner has one already.
    OwnerHasOne { present: Extension },
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
            Error::Taken { by, proposal } => Self::new(Code::ExtensionTaken)
                .detail(format!("It belongs to {}.", by.name))
                .with("owner", by)
                .with("proposal", proposal),
            Error::OwnerHasOne { present } => Self::new(Code::OwnerHasExtension)
                .detail(format!("{} has the extension {}.", present.owner.name, present.number))
                .with("extension", present),
            Error::Db(error) => error.into(),
        }
    }
}
