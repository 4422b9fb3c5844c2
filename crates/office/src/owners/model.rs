//! An owner, as the API reads and writes him.

use callflow::Owner;
use serde::{Deserialize, Serialize};
use types::ids::{GroupId, UserId};
use utoipa::ToSchema;

use crate::db::DbError;
use crate::http::{Code, Problem};

/// What kind of owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum OwnerKind {
    /// A user.
    User,
    /// A group.
    Group,
}

/// An owner with his name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Owner)]
pub struct NamedOwner {
    /// User or group.
    pub r#type: OwnerKind,
    /// The id of the user or group.
    #[schema(example = "usr_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: String,
    /// What people call him.
    #[schema(example = "Anna Weber")]
    pub name: String,
}

/// An owner as named in a request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnerRef {
    /// User or group.
    pub r#type: OwnerKind,
    /// The id of the user or group.
    #[schema(example = "usr_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: String,
}

impl OwnerRef {
    /// The owner that is meant; `at` is the JSON pointer of this object.
    pub fn check(&self, at: &str) -> Result<Owner, Problem> {
        let owner = match self.r#type {
            OwnerKind::User => self.id.parse().ok().map(Owner::User),
            OwnerKind::Group => self.id.parse().ok().map(Owner::Group),
        };
        owner.ok_or_else(|| unknown(at))
    }
}

/// The owner with this id, as a query parameter names him.
pub(crate) fn from_id(id: &str) -> Result<Owner, Problem> {
    let user = id.parse().ok().map(Owner::User);
    user.or_else(|| id.parse().ok().map(Owner::Group))
        .ok_or_else(|| Problem::new(Code::InvalidQuery).detail("`owner` must be the id of a user or a group"))
}

/// The refusal of an owner that is not in the account.
pub(crate) fn unknown(at: &str) -> Problem {
    Problem::field(format!("{at}/id"), "owner.unknown", "There is no such user or group.")
}

impl NamedOwner {
    /// Who it is.
    pub(crate) fn owner(&self) -> Option<Owner> {
        match self.r#type {
            OwnerKind::User => self.id.parse().ok().map(Owner::User),
            OwnerKind::Group => self.id.parse().ok().map(Owner::Group),
        }
    }

    /// An owner and his name.
    pub(crate) fn new(owner: Owner, name: String) -> Self {
        let (r#type, id) = match owner {
            Owner::User(user) => (OwnerKind::User, user.to_string()),
            Owner::Group(group) => (OwnerKind::Group, group.to_string()),
        };
        Self { r#type, id, name }
    }
}

/// Whether it is this owner.
pub(crate) fn same(named: &NamedOwner, owner: Owner) -> bool {
    match owner {
        Owner::User(user) => named.id == user.to_string(),
        Owner::Group(group) => named.id == group.to_string(),
    }
}

/// The two columns an owner is stored in: user, group.
pub(crate) fn columns(owner: Option<Owner>) -> (Option<String>, Option<String>) {
    match owner {
        None => (None, None),
        Some(Owner::User(user)) => (Some(user.to_string()), None),
        Some(Owner::Group(group)) => (None, Some(group.to_string())),
    }
}

/// Reads [`columns`] back.
pub(crate) fn from_columns(user: Option<&str>, group: Option<&str>) -> Result<Option<Owner>, DbError> {
    let damaged = |_| DbError::Damaged("owner");
    Ok(match (user, group) {
        (Some(user), _) => Some(Owner::User(user.parse::<UserId>().map_err(damaged)?)),
        (None, Some(group)) => Some(Owner::Group(group.parse::<GroupId>().map_err(damaged)?)),
        (None, None) => None,
    })
}
