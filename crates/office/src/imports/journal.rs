//! What an import did, as it has to be known to be undone.

use serde::{Deserialize, Serialize};
use types::extension_number::ExtensionNumber;
use types::ids::{DeviceId, GroupId, LocationId, NumberId, UserId};

use crate::scope::Role;
use crate::users::Profile;

/// Everything one import did.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Journal {
    pub created: Vec<Created>,
    pub changed: Vec<Changed>,
}

/// Somebody who was added.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Created {
    pub line: u64,
    pub user: UserId,
    pub name: String,
}

/// Somebody who was changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changed {
    pub line: u64,
    pub user: UserId,
    pub name: String,
    /// How he was and is, where that differs.
    pub profile: Option<(Part, Part)>,
    /// The extension he had, and the one he got.
    pub extension: Option<(Option<ExtensionNumber>, ExtensionNumber)>,
    pub took: Vec<NumberId>,
    pub gave_up: Vec<NumberId>,
    pub joined: Vec<GroupId>,
    pub left: Vec<GroupId>,
    pub phones: Vec<DeviceId>,
}

/// What an import can change of a user's own row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Part {
    pub first_name: String,
    pub last_name: String,
    pub email: Option<String>,
    pub role: Role,
    pub location: Option<LocationId>,
}

impl Part {
    pub fn of(profile: &Profile) -> Self {
        Self {
            first_name: profile.first_name.clone(),
            last_name: profile.last_name.clone(),
            email: profile.email.clone(),
            role: profile.role,
            location: profile.location,
        }
    }
}
