//! What can go wrong with a user.

use crate::db::DbError;
use crate::http::{Code, Fields, Problem};
use crate::identity;

/// Why a use-case of this slice refuses.
#[derive(Debug)]
pub(crate) enum Error {
    /// No such user in the account, or not one the caller may see.
    NotFound,
    /// Nobody else could administer the account.
    LastAdministrator,
    /// The address belongs to another user, maybe of another account.
    EmailTaken,
    /// The address of somebody who signs in changes by confirmation only.
    EmailNeedsConfirmation,
    /// It is the address already.
    SameEmail,
    /// The link was used, has expired or never was.
    LinkInvalid,
    /// Wait so many seconds.
    TooManyAttempts(u64),
    /// The current password, asked for again, is wrong; or something else about who acts.
    Identity(identity::Error),
    /// An invitation needs an address.
    NoEmail,
    /// The user is blocked.
    Blocked,
    /// The user was not deleted, so there is nothing to restore.
    NotDeleted,
    /// No such location in the account.
    NoSuchLocation,
    /// The caller number is none of the account's numbers.
    NoSuchNumber,
    /// Only an administrator may change this field.
    AdministratorsOnly(&'static str),
    /// These of several users stand in the way: place in the list, code, message.
    Among(Vec<(usize, &'static str, &'static str)>),
    /// A phone's stored password does not open with this installation's key.
    Sealed,
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
            Error::LastAdministrator => Code::LastAdministrator.into(),
            Error::EmailTaken => Code::EmailTaken.into(),
            Error::EmailNeedsConfirmation => Code::EmailNeedsConfirmation.into(),
            Error::SameEmail => Self::field("/email", "email.same", "This is the address already."),
            Error::LinkInvalid => Code::LinkInvalid.into(),
            Error::TooManyAttempts(seconds) => Self::new(Code::TooManyAttempts).retry_after(seconds),
            Error::Identity(identity::Error::WrongPassword) => {
                Self::field("/currentPassword", "password.wrong", "This is not the current password.")
            }
            Error::Identity(error) => error.into(),
            Error::NoEmail => Code::UserHasNoEmail.into(),
            Error::Blocked => Code::UserBlocked.into(),
            Error::NotDeleted => Code::NotDeleted.into(),
            Error::NoSuchLocation => Self::field("/location", "location.unknown", "There is no such location."),
            Error::NoSuchNumber => {
                Self::field("/callerNumber", "number.unknown", "This is none of the account's numbers.")
            }
            Error::AdministratorsOnly(field) => {
                Self::new(Code::AdministratorRequired).detail(format!("`{field}` is changed by administrators."))
            }
            Error::Among(refused) => {
                let mut fields = Fields::default();
                for (index, code, message) in refused {
                    fields.refuse(format!("/ids/{index}"), code, message);
                }
                fields.finish().err().unwrap_or(Code::NotFound.into())
            }
            Error::Sealed => {
                tracing::error!("a stored phone password does not open with this installation's key");
                Code::Internal.into()
            }
            Error::Db(error) => error.into(),
        }
    }
}
