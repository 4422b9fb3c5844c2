//! An entry of the audit log.

use serde::{Deserialize, Serialize};
use types::ids::AuditId;
use utoipa::{IntoParams, ToSchema};

use crate::http::Moment;

/// One change.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditEntry)]
pub struct Entry {
    /// Sorts by time.
    #[schema(value_type = String, example = "aud_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: AuditId,
    /// When.
    pub at: Moment,
    /// Who: `user` with an id, through `session`, `token` or `link`; or `console`, somebody with a shell on the machine; or `operator`, who hosts the account.
    #[schema(example = "usr_06e5m0s3xk7v9bqz2r8h4t1n0c session")]
    pub actor: String,
    /// The address the request came from; empty for the console.
    #[schema(example = "192.0.2.7")]
    pub source: String,
    /// Slice and verb.
    #[schema(example = "users.block")]
    pub action: String,
    /// The id of what changed.
    #[schema(example = "usr_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub object: String,
    /// What it was; null when it is new or when there is nothing to tell.
    #[schema(required, value_type = Option<Object>)]
    pub before: Option<serde_json::Value>,
    /// What it is now; null when it is gone.
    #[schema(required, value_type = Option<Object>)]
    pub after: Option<serde_json::Value>,
}

/// Which entries.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only changes of this object.
    pub object: Option<String>,
}

/// A change to be recorded in the transaction that makes it.
///
/// `before` and `after` are shown to administrators as they are: give only what the API shows anyway.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// Slice and verb: `users.block`.
    pub(crate) action: &'static str,
    /// Id of what changed.
    pub(crate) object: String,
    pub(crate) before: Option<serde_json::Value>,
    pub(crate) after: Option<serde_json::Value>,
}

impl Change {
    pub(crate) fn new(action: &'static str, object: impl ToString) -> Self {
        Self { action, object: object.to_string(), before: None, after: None }
    }

    pub(crate) fn before(mut self, value: &impl Serialize) -> Self {
        self.before = serde_json::to_value(value).ok();
        self
    }

    pub(crate) fn after(mut self, value: &impl Serialize) -> Self {
        self.after = serde_json::to_value(value).ok();
        self
    }
}
