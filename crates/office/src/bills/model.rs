//! A bill as the API shows it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::prices::Amount;

/// What a month costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Bill {
    /// The month.
    #[schema(example = "2026-11")]
    pub month: String,
    /// The currency of every amount in it.
    #[schema(example = "EUR")]
    pub currency: &'static str,
    /// What costs something; devices, then users, then numbers, each by age; then text messages.
    pub items: Vec<BillItem>,
    /// The sum of the items.
    pub total: Amount,
    /// Whether the month is over. The bill of a running month reckons as if everything stayed to its end.
    pub r#final: bool,
}

/// What one thing costs for days in a row, or the text messages of a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BillItem {
    /// What it is.
    pub kind: BillKind,
    /// What it is called, or was when it went.
    /// Empty for text messages.
    #[schema(example = "Conference room")]
    pub label: String,
    /// Whose device it is.
    #[schema(required)]
    pub user: Option<BillUser>,
    /// The first day that costs something.
    #[schema(value_type = String, format = Date, example = "2026-11-24")]
    pub from: String,
    /// The last.
    #[schema(value_type = String, format = Date, example = "2026-11-30")]
    pub to: String,
    /// How many days that are.
    #[schema(example = 7)]
    pub days: u8,
    /// How many days the month has.
    #[schema(example = 30)]
    pub of_days: u8,
    /// What a whole month costs; of text messages what each part does.
    pub monthly: Amount,
    /// How many parts of text messages; null for what costs by the month.
    #[schema(required, example = 12)]
    pub count: Option<i64>,
    /// What these days cost: their share of the month, rounded half up to the cent; or all those parts.
    pub amount: Amount,
}

/// What costs something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum BillKind {
    /// A device beyond those that are included.
    Device,
    /// A user.
    User,
    /// A phone number.
    Number,
    /// Text messages.
    Sms,
}

/// The user of a device; perhaps no longer there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BillUser {
    /// The id.
    #[schema(example = "usr_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: String,
    /// First and last name.
    #[schema(example = "Anna Ahrens")]
    pub name: String,
}
