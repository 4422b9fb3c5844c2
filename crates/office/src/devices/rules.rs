//! What may be written into a phone.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::{Fields, Problem};

/// Phones one user can have. All of them may ring together, so this bounds what a call costs.
pub(crate) const MAX_PER_USER: u64 = 20;

/// Characters of a label.
const LABEL: usize = 60;

/// Kinds of phones that can be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NewDeviceKind)]
pub(crate) enum Kind {
    /// A phone that registers by SIP.
    Voip,
}

/// A new phone as it comes in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"kind": "voip", "label": "Desk phone"}))]
pub(crate) struct NewDevice {
    /// What it is.
    #[expect(dead_code, reason = "there is one kind so far; reading it refuses the others")]
    pub kind: Kind,
    /// What its user calls it, at most 60 characters.
    #[schema(example = "Desk phone")]
    pub label: String,
}

impl NewDevice {
    /// The checked label.
    pub fn check(&self) -> Result<String, Problem> {
        label(&self.label)
    }
}

/// Changes of a phone as they come in. What is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"label": "Desk phone"}))]
pub(crate) struct DevicePatch {
    /// What its user calls it.
    pub label: Option<String>,
}

impl DevicePatch {
    /// The checked label.
    pub fn check(&self) -> Result<Option<String>, Problem> {
        self.label.as_deref().map(label).transpose()
    }
}

fn label(text: &str) -> Result<String, Problem> {
    let mut fields = Fields::default();
    let label = fields.text("/label", text, LABEL);
    fields.finish()?;
    Ok(label)
}
