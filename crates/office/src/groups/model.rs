//! A group as the API shows it.

use serde::Serialize;
use types::ids::{GroupId, UserId};
use utoipa::ToSchema;

/// Users whose phones ring together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Its id.
    #[schema(value_type = String, example = "grp_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: GroupId,
    /// What people call it.
    #[schema(example = "Support")]
    pub name: String,
    /// How long its phones ring, in seconds.
    #[schema(example = 25)]
    pub seconds: u16,
    /// Who rings, in the order in which they joined.
    pub members: Vec<Member>,
    /// Its extension.
    #[schema(required, example = "20")]
    pub extension: Option<String>,
    /// Its phone numbers.
    #[schema(example = json!(["+493023125020"]))]
    pub numbers: Vec<String>,
    /// Moves with each change; the ETag.
    #[serde(skip)]
    pub version: i64,
}

/// A user in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = GroupMember)]
pub struct Member {
    /// The user.
    #[schema(value_type = String, example = "usr_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: UserId,
    /// The user's name.
    #[schema(example = "Anna Weber")]
    pub name: String,
}

impl Group {
    /// Whether the user is in it.
    pub(crate) fn has(&self, user: UserId) -> bool {
        self.members.iter().any(|member| member.id == user)
    }

    /// As the exchange sees it.
    pub(crate) fn to_world(&self) -> callflow::Group {
        callflow::Group {
            id: self.id,
            name: self.name.as_str().into(),
            members: self.members.iter().map(|member| member.id).collect(),
            seconds: self.seconds,
        }
    }
}
