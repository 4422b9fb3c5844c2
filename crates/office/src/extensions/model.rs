//! An extension as the API shows it.

use serde::Serialize;
use types::extension_number::ExtensionNumber;
use types::ids::ExtensionId;
use utoipa::ToSchema;

use super::rules::Refusal;
use crate::http::Moment;
use crate::owners::NamedOwner;

/// An extension and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Extension {
    /// Its id.
    #[schema(value_type = String, example = "ext_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: ExtensionId,
    /// The digits; also called with a star behind them.
    #[schema(value_type = String, example = "44")]
    pub number: ExtensionNumber,
    /// Whom it rings.
    pub owner: NamedOwner,
    /// Since when.
    pub created_at: Moment,
}

/// Whether an extension can be given to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ExtensionAvailability)]
pub struct Availability {
    /// The digits that were asked about.
    #[schema(example = "110")]
    pub number: String,
    /// Whether it can.
    pub free: bool,
    /// If not, why: `taken`, `notDigits`, `length`, or which rule reserves it: `emergency`, `harmonised`,
    /// `emergencyAbroad`, `service`, `exchange`.
    #[schema(required, example = "emergency")]
    pub reason: Option<&'static str>,
    /// The reason in words.
    #[schema(required, example = "110 and 112 and numbers beginning with these are reserved for emergency calls")]
    pub detail: Option<String>,
    /// Who has it.
    #[schema(required)]
    pub owner: Option<NamedOwner>,
    /// A free one of the same length.
    #[schema(required, value_type = Option<String>, example = "120")]
    pub proposal: Option<ExtensionNumber>,
}

impl Availability {
    /// Of digits that can be an extension.
    pub(crate) fn of(number: ExtensionNumber, owner: Option<NamedOwner>, proposal: Option<ExtensionNumber>) -> Self {
        Self {
            number: number.to_string(),
            free: owner.is_none(),
            reason: owner.is_some().then_some("taken"),
            detail: owner.as_ref().map(|owner| format!("{number} belongs to {}.", owner.name)),
            owner,
            proposal,
        }
    }

    /// Of digits that cannot.
    pub(crate) fn refused(digits: &str, refusal: &Refusal, proposal: Option<ExtensionNumber>) -> Self {
        Self {
            number: digits.to_owned(),
            free: false,
            reason: Some(refusal.code()),
            detail: Some(refusal.to_string()),
            owner: None,
            proposal,
        }
    }
}
