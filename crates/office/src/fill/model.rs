//! What an account is filled with, and what came of it.

use std::fmt;

use types::e164::E164;
use types::email::Email;
use types::extension_number::ExtensionNumber;
use types::ids::{AccountId, DeviceId, ExtensionId, GroupId, LocationId, NumberId, UserId};
use types::secret::Secret;
use types::sip_id::SipId;

use crate::db::DbError;
use crate::directory::Ha1;
use crate::locations::{Address, Draft};
use crate::scope::Role;

/// A whole account.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The organisation's name.
    pub company: String,
    /// Its country, ISO 3166-1 alpha-2; its dialling rules must be known.
    pub country: String,
    /// `de` or `en`.
    pub language: String,
    /// The users' time zone, an IANA name.
    pub time_zone: String,
    /// Where people work.
    pub locations: Vec<NewLocation>,
    /// The people. The first administrator among them gets a token.
    pub users: Vec<NewUser>,
    /// Who rings together.
    pub groups: Vec<NewGroup>,
    /// Numbers that ring nobody yet.
    pub spare_numbers: Vec<E164>,
}

/// A location.
#[derive(Clone, Debug, Default)]
pub struct NewLocation {
    /// Its name.
    pub name: String,
    /// Street without the house number.
    pub street: String,
    /// House number.
    pub number: String,
    /// Postcode.
    pub postcode: String,
    /// City.
    pub city: String,
    /// Country, ISO 3166-1 alpha-2.
    pub country: String,
    /// Area code without trunk prefix.
    pub area_code: Option<String>,
}

/// A user.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The address to sign in with.
    pub email: Option<Email>,
    /// The password to sign in with. It is not checked for strength.
    pub password: Option<Secret<String>>,
    /// Whether the user administers the account.
    pub administrator: bool,
    /// The location, by its place in [`NewAccount::locations`].
    pub location: Option<usize>,
    /// The extension.
    pub extension: Option<ExtensionNumber>,
    /// The telephone number.
    pub number: Option<E164>,
    /// The VoIP phones.
    pub phones: Vec<NewPhone>,
    /// The phones that are called by their numbers.
    pub others: Vec<NewOther>,
}

/// A VoIP phone.
#[derive(Clone, Debug, Default)]
pub struct NewPhone {
    /// What its user calls it.
    pub label: String,
    /// Its password; a random one when absent.
    pub password: Option<Secret<String>>,
}

/// A mobile or external phone.
#[derive(Clone, Debug)]
pub struct NewOther {
    /// What its user calls it.
    pub label: String,
    /// The number it is called by.
    pub number: E164,
    /// Whether it is a mobile.
    pub mobile: bool,
}

/// A group.
#[derive(Clone, Debug, Default)]
pub struct NewGroup {
    /// Its name.
    pub name: String,
    /// How long its phones ring, 5 to 120 seconds.
    pub seconds: u16,
    /// Its members, by their places in [`NewAccount::users`].
    pub members: Vec<usize>,
    /// The extension.
    pub extension: Option<ExtensionNumber>,
    /// The telephone number.
    pub number: Option<E164>,
}

/// What was made.
#[derive(Clone, Debug)]
pub struct Filled {
    /// The account.
    pub account: AccountId,
    /// The users, in the order they were given.
    pub users: Vec<FilledUser>,
    /// A token of the first administrator with all rights.
    pub api_token: Option<Secret<String>>,
}

/// A user that was made.
#[derive(Clone, Debug)]
pub struct FilledUser {
    /// The user.
    pub id: UserId,
    /// The phones, in the order they were given.
    pub phones: Vec<FilledPhone>,
}

/// A phone that was made.
#[derive(Clone, Debug)]
pub struct FilledPhone {
    /// The phone.
    pub id: DeviceId,
    /// What it registers by.
    pub sip_id: SipId,
    /// Its password.
    pub password: Secret<String>,
}

/// Why an account cannot be filled.
#[derive(Debug)]
pub enum Error {
    /// A number, an extension or an address exists already or is given twice.
    Taken,
    /// A group names a user who is not there.
    NoSuchUser,
    /// More phones than an account can have.
    TooMany,
    /// A password cannot be hashed.
    Password,
    /// The token cannot be made.
    Token,
    /// The database.
    Db(DbError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => f.write_str("a number, an extension or an e-mail address exists already"),
            Self::NoSuchUser => f.write_str("a group names a user who is not there"),
            Self::TooMany => f.write_str("these are more phones than an account can have"),
            Self::Password => f.write_str("a password cannot be hashed"),
            Self::Token => f.write_str("the token cannot be made"),
            Self::Db(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl NewUser {
    pub(super) fn role(&self) -> Role {
        if self.administrator { Role::Administrator } else { Role::User }
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }
}

impl NewLocation {
    pub(super) fn draft(&self) -> Draft {
        Draft {
            name: self.name.clone(),
            address: Address {
                street: self.street.clone(),
                number: self.number.clone(),
                postcode: self.postcode.clone(),
                city: self.city.clone(),
                country: self.country.clone(),
            },
            area_code: self.area_code.clone(),
        }
    }
}

/// A user with all ids and hashes, ready to be written.
pub(super) struct Planned {
    pub(super) id: UserId,
    pub(super) new: NewUser,
    pub(super) location: Option<LocationId>,
    pub(super) password_hash: Option<String>,
    pub(super) phones: Vec<PlannedPhone>,
    pub(super) others: Vec<(DeviceId, NewOther)>,
    pub(super) extension: Option<ExtensionId>,
    pub(super) number: Option<NumberId>,
}

pub(super) struct PlannedPhone {
    pub(super) id: DeviceId,
    pub(super) sip_id: SipId,
    pub(super) label: String,
    pub(super) password: Secret<String>,
    pub(super) ha1: Ha1,
    pub(super) ha1_sealed: Vec<u8>,
}

pub(super) struct PlannedGroup {
    pub(super) id: GroupId,
    pub(super) new: NewGroup,
    pub(super) members: Vec<UserId>,
    pub(super) extension: Option<ExtensionId>,
    pub(super) number: Option<NumberId>,
}

/// Everything that will be written.
pub(super) struct Plan {
    pub(super) language: String,
    pub(super) time_zone: String,
    pub(super) users: Vec<Planned>,
    pub(super) groups: Vec<PlannedGroup>,
    pub(super) spare: Vec<(NumberId, E164)>,
}
