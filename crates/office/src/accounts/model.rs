//! An account as the API shows it.

use serde::Serialize;
use types::ids::AccountId;
use utoipa::ToSchema;

use crate::http::Moment;

/// An organisation.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The account.
    #[schema(value_type = String, example = "acc_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: AccountId,
    /// The organisation's name.
    #[schema(example = "Beispiel GmbH")]
    pub name: String,
    /// Where it is, two letters (ISO 3166-1): how numbers are dialled.
    #[schema(example = "DE")]
    pub country: String,
    /// The language of what is sent in its name.
    #[schema(example = "de")]
    pub language: String,
    /// The time zone that bills, the call list and its table obey (IANA name).
    #[schema(example = "Europe/Berlin")]
    pub time_zone: String,
    /// Whether the account chose it. Otherwise it is that of its country's capital, and follows the country.
    pub time_zone_chosen: bool,
    /// Set while the operator has stopped it. Only emergency calls go then.
    pub suspended: bool,
    /// When it was opened.
    pub created_at: Moment,
    /// For the ETag.
    #[serde(skip)]
    pub version: i64,
}

/// A new account.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) country: String,
    pub(crate) language: String,
    /// IANA name; that of the country's capital when absent.
    pub(crate) time_zone: Option<String>,
}
