//! Which digits can be an extension.

use std::fmt;

use serde::Deserialize;
use types::dialled::DialPlan;
use types::extension_number::{ExtensionError, ExtensionNumber};
use utoipa::ToSchema;

use crate::http::Problem;
use crate::owners::OwnerRef;

/// Digits of the longest extension.
pub(crate) const MOST_DIGITS: u8 = 6;

/// A new extension as it comes in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": "44", "owner": {"type": "user", "id": "usr_06e5m0s3xk7v9bqz2r8h4t1n0c"}}))]
pub(crate) struct NewExtension {
    /// One to six digits.
    #[schema(example = "44")]
    pub number: String,
    /// Whom it shall ring.
    pub owner: OwnerRef,
}

/// Why digits cannot be an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// By the rules for all accounts.
    Rule(ExtensionError),
    /// They call an emergency service in the account's country.
    Emergency,
}

impl Refusal {
    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rule(ExtensionError::NotDigits) => "notDigits",
            Self::Rule(ExtensionError::Length) => "length",
            Self::Rule(ExtensionError::Reserved(reserved)) => reserved.code(),
            Self::Emergency => "emergency",
        }
    }

    /// The code of a field that is refused for this.
    pub fn field_code(&self) -> &'static str {
        match self {
            Self::Rule(ExtensionError::NotDigits) => "extension.notDigits",
            Self::Rule(ExtensionError::Length) => "extension.length",
            Self::Rule(ExtensionError::Reserved(_)) | Self::Emergency => "extension.reserved",
        }
    }

    /// The refusal of the value at `pointer`.
    pub fn problem(&self, pointer: &str) -> Problem {
        Problem::field(pointer, self.field_code(), self.to_string()).with("reason", self.code())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(error) => error.fmt(f),
            Self::Emergency => f.write_str("these digits call an emergency service"),
        }
    }
}

/// The extension of these digits in a country.
pub(crate) fn check(digits: &str, plan: &DialPlan) -> Result<ExtensionNumber, Refusal> {
    let number: ExtensionNumber = digits.parse().map_err(Refusal::Rule)?;
    if number.is_emergency_in(plan) { Err(Refusal::Emergency) } else { Ok(number) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn digits_are_refused_with_a_reason() {
        let germany = DialPlan::germany();
        for (digits, reason) in [
            ("", "length"),
            ("1234567", "length"),
            ("4a", "notDigits"),
            ("٤٤", "notDigits"),
            ("110", "emergency"),
            ("1123", "emergency"),
            ("116", "harmonised"),
            ("911", "emergencyAbroad"),
            ("2119", "service"),
            ("9900", "exchange"),
        ] {
            assert_eq!(check(digits, &germany).unwrap_err().code(), reason, "{digits}");
        }
        for digits in ["3", "44", "567", "11", "990", "007"] {
            assert_eq!(check(digits, &germany).unwrap().to_string(), digits);
        }
    }

    #[test]
    fn an_emergency_number_of_the_country_is_refused_too() {
        let switzerland = DialPlan::for_country("CH").unwrap();
        assert_eq!(check("144", &switzerland), Err(Refusal::Emergency));
        assert!(check("144", &DialPlan::germany()).is_ok());
    }
}
