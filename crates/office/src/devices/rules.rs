//! What may be written into a device.

use serde::Deserialize;
use types::dialled::DialPlan;
use types::e164::E164;
use utoipa::ToSchema;

use crate::http::{Fields, Problem};
use crate::written_number;

/// Devices one user can have. All of them may ring together, so this bounds what a call costs.
pub(crate) const MAX_PER_USER: u64 = 20;

/// Characters of a label.
const LABEL: usize = 60;

/// Kinds of devices that can be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = NewDeviceKind)]
pub(crate) enum Kind {
    /// A phone that registers by SIP.
    Voip,
    /// A mobile phone that is called by its number.
    Mobile,
    /// Any other telephone that is called by its number.
    External,
}

/// A new device as it comes in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"kind": "voip", "label": "Desk phone"}))]
pub(crate) struct NewDevice {
    /// What it is.
    pub kind: Kind,
    /// What its user calls it, at most 60 characters.
    #[schema(example = "Desk phone")]
    pub label: String,
    /// The number of a mobile or external phone: E.164, or as written in the account's country.
    #[schema(example = "+491713920017")]
    pub number: Option<String>,
}

/// A new device, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    pub label: String,
    pub what: What,
}

/// What a device is, as far as it is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Voip,
    Mobile(E164),
    External(E164),
}

impl What {
    /// As stored and as written in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Voip => "voip",
            Self::Mobile(_) => "mobile",
            Self::External(_) => "external",
        }
    }

    /// The number it is called by.
    pub fn number(self) -> Option<E164> {
        match self {
            Self::Voip => None,
            Self::Mobile(number) | Self::External(number) => Some(number),
        }
    }
}

impl NewDevice {
    /// Checks what comes in; national notation is read by the account's country.
    pub fn check(&self, plan: &DialPlan) -> Result<Draft, Problem> {
        let mut fields = Fields::default();
        let label = fields.text("/label", &self.label, LABEL);
        let number = match (self.kind, &self.number) {
            (Kind::Voip, None) => None,
            (Kind::Voip, Some(_)) => {
                fields.refuse("/number", "number.notHere", "A VoIP phone has no number of its own.");
                None
            }
            (Kind::Mobile | Kind::External, None) => {
                fields.refuse("/number", "number.missing", "Which number is it called by?");
                None
            }
            (Kind::Mobile | Kind::External, Some(text)) => number(&mut fields, text, plan),
        };
        fields.finish()?;
        let what = match (self.kind, number) {
            (Kind::Mobile, Some(number)) => What::Mobile(number),
            (Kind::External, Some(number)) => What::External(number),
            _ => What::Voip,
        };
        Ok(Draft { label, what })
    }
}

/// Changes of a device as they come in. What is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"label": "Desk phone"}))]
pub(crate) struct DevicePatch {
    /// What its user calls it.
    pub label: Option<String>,
    /// The number of a mobile or external phone: E.164, or as written in the account's country.
    pub number: Option<String>,
}

/// Changes of a device, checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    pub label: Option<String>,
    pub number: Option<E164>,
}

impl DevicePatch {
    /// Checks what comes in.
    pub fn check(&self, plan: &DialPlan) -> Result<Changes, Problem> {
        let mut fields = Fields::default();
        let label = self.label.as_deref().map(|text| fields.text("/label", text, LABEL));
        let number = self.number.as_deref().and_then(|text| number(&mut fields, text, plan));
        fields.finish()?;
        Ok(Changes { label, number })
    }
}

fn number(fields: &mut Fields, text: &str, plan: &DialPlan) -> Option<E164> {
    let number = written_number::read(text, plan);
    if number.is_none() {
        fields.refuse("/number", "number.invalid", "This is not a phone number.");
    }
    number
}
