//! Operators and what they see.

use serde::Serialize;
use types::e164::E164;
use types::ids::{AccountId, AuditId, NumberId, OperatorId};
use types::secret::Secret;
use utoipa::ToSchema;

use crate::accounts::Account;
use crate::http::Moment;
use crate::identity::NewLink;

/// Somebody who runs the installation.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Operator)]
pub struct Person {
    /// The operator.
    #[schema(value_type = String, example = "opr_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: OperatorId,
    /// The address to sign in with.
    #[schema(example = "night.shift@hoster.example")]
    pub email: String,
}

/// An operator as stored.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub id: OperatorId,
    pub email: String,
    pub password_hash: Option<Secret<String>>,
}

impl Stored {
    pub(super) fn person(&self) -> Person {
        Person { id: self.id, email: self.email.clone() }
    }
}

/// What the holder of an operator's link sees before using it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OperatorLink)]
pub struct Link {
    /// The address to sign in with.
    pub email: String,
    /// Until when it can be used.
    pub expires_at: Moment,
}

/// An account from outside: its name and how much is in it, nothing of what is in it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostedAccount {
    #[serde(flatten)]
    pub account: Account,
    /// Users, deleted ones not counted.
    pub users: u64,
    /// Phones.
    pub phones: u64,
    /// Telephone numbers.
    pub numbers: u64,
    /// Calls that ring or talk right now.
    pub calls: usize,
}

/// An account that was just made, and how its administrator gets in.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpenedAccount {
    /// The account.
    pub account: HostedAccount,
    /// By this its first administrator sets a password. Shown this once; valid for a week.
    pub link: NewLink,
    /// The address it was mailed to; null while no mail server is configured.
    #[schema(required, example = "anna@example.com")]
    pub mailed_to: Option<String>,
}

/// A number of the operator: free, or with the account that ordered it. Also numbers that accounts brought along.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HostedNumber {
    /// Its id.
    #[schema(value_type = String, example = "num_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: NumberId,
    /// The number (E.164).
    #[schema(value_type = String, example = "+493023125017")]
    pub number: E164,
    /// Who has it; null while it is free.
    #[schema(required)]
    pub account: Option<AccountName>,
    /// Whether it belongs to the pool, so that it returns there when it is released.
    pub from_pool: bool,
    /// When it came into the installation.
    pub created_at: Moment,
}

/// An account by name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountName {
    /// The account.
    #[schema(value_type = String, example = "acc_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: AccountId,
    /// The organisation's name.
    pub name: String,
}

/// How many numbers came into the pool.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct AddedToPool {
    /// How many.
    #[schema(example = 100)]
    pub added: usize,
}

/// Something an operator did.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OperatorAuditEntry)]
pub struct Entry {
    /// Sorts by time.
    #[schema(value_type = String, example = "aud_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: AuditId,
    /// When.
    pub at: Moment,
    /// The operator's address; null for somebody with a shell on the machine.
    #[schema(required)]
    pub operator: Option<String>,
    /// The address the request came from; empty for the console.
    pub source: String,
    /// Slice and verb.
    #[schema(example = "accounts.suspend")]
    pub action: String,
    /// The id of what it happened to.
    pub object: String,
    /// What it is now; null when there is nothing to tell.
    #[schema(required, value_type = Option<Object>)]
    pub after: Option<serde_json::Value>,
}
