//! The audit log: who changed what, when, from where; before and after, never a secret.

pub(crate) mod http;
mod model;
mod store;

use serde::Serialize;
use types::ids::AuditId;

use crate::Office;
use crate::db::{DbError, Event, Tx};
use crate::scope::Scope;

pub use model::{Entry, Filter};

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

/// Records a change, and tells whoever watches the account live once it is committed.
pub(crate) async fn record(tx: &mut Tx, scope: &Scope, change: Change) -> Result<(), DbError> {
    let id = AuditId::new(tx.now(), tx.entropy());
    tx.event(Event { account: scope.account(), action: change.action, object: change.object.clone() });
    store::insert(tx, scope, id, change).await
}

/// Entries, newest first.
pub(crate) async fn list(
    office: &Office,
    scope: &Scope,
    filter: &Filter,
    before: Option<AuditId>,
    limit: u64,
) -> Result<Vec<Entry>, DbError> {
    store::list(office.db().reads(), scope, filter, before, limit).await
}
