//! The audit log: who changed what, when, from where; before and after, never a secret.

pub(crate) mod http;
mod model;
mod store;

use types::ids::AuditId;

use crate::Office;
use crate::db::{DbError, Event, Tx};
use crate::scope::Scope;

pub(crate) use model::Change;
pub use model::{Entry, Filter};

/// Records a change, and tells whoever watches the account live once it is committed.
pub(crate) async fn record(tx: &mut Tx, scope: &Scope, change: Change) -> Result<(), DbError> {
    let id = AuditId::new(tx.now(), tx.entropy());
    let (account, action, object) = (scope.account(), change.action, change.object.clone());
    tx.event(Event { account, action, object, users: Vec::new() });
    store::insert(tx, scope, id, change).await
}

/// Changes of which each is told to whoever watches.
const TOLD: usize = 100;

/// Records many changes at once. Whoever watches is told of each, or of very many only of the first of each kind: he has
/// to look at everything anew, and would fall behind otherwise.
pub(crate) async fn record_all(tx: &mut Tx, scope: &Scope, changes: Vec<Change>) -> Result<(), DbError> {
    let mut told = std::collections::BTreeSet::new();
    let few = changes.len() <= TOLD;
    for change in changes.iter().filter(|change| told.insert(change.action) || few) {
        tx.event(Event {
            account: scope.account(),
            action: change.action,
            object: change.object.clone(),
            users: Vec::new(),
        });
    }
    let entries = changes.into_iter().map(|change| (AuditId::new(tx.now(), tx.entropy()), change)).collect();
    store::insert_all(tx, scope, entries).await
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
