//! Who a number or an extension can belong to: a user or a group of the account.

mod model;
mod store;

use std::collections::BTreeMap;

use sea_orm::ConnectionTrait;

use crate::db::DbError;
use crate::scope::Scope;

pub use model::NamedOwner;
pub(crate) use model::{OwnerRef, columns, from_columns, from_id, same, unknown};

/// The owner with his name, if he is in the account and not deleted.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    scope: &Scope,
    owner: callflow::Owner,
) -> Result<Option<NamedOwner>, DbError> {
    store::find(db, scope, owner).await
}

/// The names of owners; those that are not in the account are left out.
pub(crate) async fn names(
    db: &impl ConnectionTrait,
    scope: &Scope,
    owners: impl Iterator<Item = callflow::Owner>,
) -> Result<BTreeMap<String, NamedOwner>, DbError> {
    store::names(db, scope, owners).await
}
