//! What is told live, and how it is written.

use callflow::Owner;
use serde::Serialize;
use types::ids::{DeviceId, UserId};
use utoipa::ToSchema;

use crate::owners::OwnerKind;
use crate::scope::{Right, Scope};
use crate::users::Presence;

/// What the stream holds. `event` names which: `presence`, `changed`, `live`; or `reset`, whose data is an empty object:
/// something was missed, so whatever is shown should be read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = LiveEvent)]
pub(crate) enum Signal {
    /// `event: presence`
    Presence(PresenceEvent),
    /// `event: changed`
    Changed(ChangedEvent),
    /// `event: live`
    Path(PathEvent),
}

/// Somebody can be called from now on, is in a call, or cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PresenceEvent {
    /// The user.
    #[schema(value_type = String, example = "usr_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub user: UserId,
    /// What can be said of the user now.
    pub presence: Presence,
}

/// Something that was read before is another one now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ChangedEvent {
    /// What it is: `users`, `devices`, `numbers`, `routing`, `calls` and so on, as in the API's paths.
    #[schema(example = "devices")]
    pub what: String,
    /// Its id; for `routing` that of the user or group.
    #[schema(example = "dev_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: String,
    /// Whom alone it concerns.
    #[serde(skip)]
    pub users: Vec<UserId>,
}

/// Which phones of a user or group ring or talk at this moment; none when all is quiet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PathEvent {
    /// Whose path it is.
    pub owner: PathOwner,
    /// The phones.
    pub devices: Vec<PathDevice>,
    /// The same, for looking whether somebody may see it.
    #[serde(skip)]
    pub of: Owner,
}

/// A user or group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PathOwner {
    /// User or group.
    pub r#type: OwnerKind,
    /// The id.
    #[schema(example = "usr_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: String,
}

/// A phone that rings or talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PathDevice {
    /// The phone.
    #[schema(value_type = String, example = "dev_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: DeviceId,
    /// What it does.
    pub state: PathState,
}

/// What a phone does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PathState {
    /// It rings.
    Ringing,
    /// Somebody talks.
    Talking,
}

impl PathOwner {
    pub(crate) fn of(owner: Owner) -> Self {
        match owner {
            Owner::User(user) => Self { r#type: OwnerKind::User, id: user.to_string() },
            Owner::Group(group) => Self { r#type: OwnerKind::Group, id: group.to_string() },
        }
    }
}

impl Signal {
    /// The name of the event.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Presence(_) => "presence",
            Self::Changed(_) => "changed",
            Self::Path(_) => "live",
        }
    }

    /// Whether somebody of the account may be told.
    ///
    /// Colleagues see whether one another can be called, never with whom they talk. The live path of a user is for who may
    /// see that routing. Calls are told to those who took part, administrators are nobody special there.
    pub(crate) fn is_for(&self, scope: &Scope) -> bool {
        match self {
            Self::Presence(_) => scope.has(Right::UsersRead),
            Self::Path(path) => {
                let reaches = match path.of {
                    Owner::User(user) => scope.reaches(user),
                    Owner::Group(_) => true,
                };
                reaches && scope.has(Right::RoutingRead)
            }
            Self::Changed(changed) => changed.is_for(scope),
        }
    }
}

impl ChangedEvent {
    fn is_for(&self, scope: &Scope) -> bool {
        let own = scope.user().is_some_and(|user| self.users.contains(&user) || self.id == user.to_string());
        let (right, everybody) = match self.what.as_str() {
            "calls" => return own && scope.has(Right::CallsRead),
            "groups" => (Right::GroupsRead, true),
            "locations" => (Right::LocationsRead, true),
            "extensions" => (Right::ExtensionsRead, true),
            "accounts" => (Right::AccountRead, true),
            "devices" => (Right::DevicesRead, false),
            "numbers" => (Right::NumbersRead, false),
            "routing" => (Right::RoutingRead, false),
            "users" => (Right::UsersRead, false),
            "identity" => return own && scope.has(Right::SessionsRead),
            _ => (Right::AuditRead, false),
        };
        (everybody || own || scope.is_administrator()) && scope.has(right)
    }
}

#[cfg(test)]
mod tests {
    use types::ids::{AccountId, SessionId};

    use super::*;
    use crate::scope::{Actor, Rights, Role};

    fn scope(user: u128, role: Role, rights: Rights) -> Scope {
        let actor = Actor::Session(UserId::from_u128(user), SessionId::from_u128(1));
        Scope::new(AccountId::from_u128(1), actor, role, rights, None)
    }

    fn changed(what: &str, id: &str, users: &[u128]) -> Signal {
        let users = users.iter().copied().map(UserId::from_u128).collect();
        Signal::Changed(ChangedEvent { what: what.to_owned(), id: id.to_owned(), users })
    }

    #[test]
    fn everybody_is_told_what_he_may_see() {
        let administrator = scope(1, Role::Administrator, Rights::ALL);
        let user = scope(2, Role::User, Rights::ALL);
        let own = UserId::from_u128(2).to_string();
        let path = |of| Signal::Path(PathEvent { owner: PathOwner::of(of), devices: Vec::new(), of });
        let of_user = |user| path(Owner::User(UserId::from_u128(user)));
        for (signal, to_administrator, to_user) in [
            (changed("users", "usr_x", &[]), true, false),
            (changed("users", &own, &[]), true, true),
            (changed("devices", "dev_x", &[2]), true, true),
            (changed("groups", "grp_x", &[]), true, true),
            (changed("calls", "cal_x", &[2, 3]), false, true),
            (changed("identity", &own, &[]), false, true),
            (changed("imports", "x", &[]), true, false),
            (of_user(2), true, true),
            (of_user(3), true, false),
            (path(Owner::Group(types::ids::GroupId::from_u128(1))), true, true),
        ] {
            assert_eq!(
                (signal.is_for(&administrator), signal.is_for(&user)),
                (to_administrator, to_user),
                "{signal:?}"
            );
        }
        let narrow = scope(1, Role::Administrator, Rights::NONE.with(Right::UsersRead));
        assert!(!of_user(1).is_for(&narrow) && !changed("devices", "dev_x", &[]).is_for(&narrow));
    }
}
