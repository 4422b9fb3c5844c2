//! What can go wrong with routing.

use super::model::Taken;
use crate::db::DbError;
use crate::http::{Code, Problem};
use crate::{extensions, groups};

/// Why a use-case of this slice refuses.
#[derive(Debug)]
pub(crate) enum Error {
    /// No such user, group or version for the caller.
    NotFound,
    /// A step names something that is not a phone of the user. Both counted from zero.
    DeviceUnknown { step: usize, device: usize },
    /// No such number in the account.
    NumberUnknown { index: usize },
    /// No such user in the account.
    MemberUnknown { index: usize },
    /// The group would have too many members.
    GroupFull,
    /// These digits cannot be an extension.
    Extension(Problem),
    /// Some of it belongs to somebody who was not named.
    Taken(Vec<Taken>),
    /// Numbers and extensions are given by administrators.
    AdministratorsOnly(&'static str),
    /// The phone that shall call in a trial is not one of the account.
    CallerUnknown,
    /// The database.
    Db(DbError),
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<groups::Error> for Error {
    fn from(error: groups::Error) -> Self {
        match error {
            groups::Error::NotFound => Self::NotFound,
            groups::Error::Full => Self::GroupFull,
            groups::Error::MemberUnknown { index } => Self::MemberUnknown { index },
            groups::Error::Db(error) => Self::Db(error),
        }
    }
}

impl From<extensions::Refusal> for Error {
    fn from(refusal: extensions::Refusal) -> Self {
        Self::Extension(refusal.problem("/extension"))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Code::NotFound.into(),
            Error::DeviceUnknown { step, device } => Self::field(
                format!("/steps/{step}/devices/{device}"),
                "device.unknown",
                "This is not a phone of this user.",
            ),
            Error::NumberUnknown { index } => {
                Self::field(format!("/numbers/{index}/id"), "number.unknown", "There is no such number.")
            }
            Error::MemberUnknown { index } => groups::Error::MemberUnknown { index }.into(),
            Error::GroupFull => groups::Error::Full.into(),
            Error::Extension(problem) => problem,
            Error::Taken(taken) => {
                taken.iter().fold(Self::new(Code::RoutingTaken).with("taken", &taken), |problem, one| {
                    problem.and_field(&one.pointer, "taken", format!("{} belongs to {}.", one.value, one.owner.name))
                })
            }
            Error::AdministratorsOnly(field) => {
                Self::new(Code::AdministratorRequired).detail(format!("`{field}` is changed by administrators."))
            }
            Error::CallerUnknown => {
                Self::field("/caller/device", "device.unknown", "There is no such phone in the account.")
            }
            Error::Db(error) => error.into(),
        }
    }
}
