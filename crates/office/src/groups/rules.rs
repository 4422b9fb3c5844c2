//! What may be written into a group.

use callflow::world::RING_SECONDS;
use serde::Deserialize;
use types::ids::UserId;
use utoipa::ToSchema;

use super::model::Group;
use crate::http::{Fields, Problem};

/// Members of one group. All their phones ring together.
pub(crate) const MAX_MEMBERS: usize = 20;

/// How long a new group's phones ring unless it says otherwise, in seconds.
const DEFAULT_SECONDS: u16 = 30;

/// A group to be added or as it shall be, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    pub name: String,
    pub seconds: u16,
}

/// A new group as it comes in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Support", "seconds": 25}))]
pub(crate) struct NewGroup {
    /// What people call it, at most 60 characters.
    #[schema(example = "Support")]
    pub name: String,
    /// How long its phones ring, 5 to 120 seconds; 30 when absent.
    #[schema(minimum = 5, maximum = 120)]
    pub seconds: Option<u16>,
    /// Who rings, at most 20 users.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub members: Vec<UserId>,
}

impl NewGroup {
    /// Checks every value.
    pub fn check(self) -> Result<(Draft, Vec<UserId>), Problem> {
        let draft = check(&self.name, self.seconds.unwrap_or(DEFAULT_SECONDS))?;
        let mut members = Vec::with_capacity(self.members.len());
        for member in self.members {
            if !members.contains(&member) {
                members.push(member);
            }
        }
        Ok((draft, members))
    }
}

/// Changes of a group as they come in. What is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Support"}))]
pub(crate) struct GroupPatch {
    /// What people call it.
    pub name: Option<String>,
    /// How long its phones ring, 5 to 120 seconds.
    #[schema(minimum = 5, maximum = 120)]
    pub seconds: Option<u16>,
}

impl GroupPatch {
    /// The group as it shall be.
    pub fn merge(&self, group: &Group) -> Result<Draft, Problem> {
        check(self.name.as_deref().unwrap_or(&group.name), self.seconds.unwrap_or(group.seconds))
    }
}

fn check(name: &str, seconds: u16) -> Result<Draft, Problem> {
    let mut fields = Fields::default();
    let name = fields.text("/name", name, 60);
    if !RING_SECONDS.contains(&seconds) {
        let (least, most) = (RING_SECONDS.start(), RING_SECONDS.end());
        fields.refuse("/seconds", "seconds.range", format!("Between {least} and {most} seconds."));
    }
    fields.finish()?;
    Ok(Draft { name, seconds })
}
