//! Versions: what rang for each user and group at any time, who changed it, and what the difference was.
//!
//! Every use-case that changes what rings for somebody calls [`note`] before it commits, so that the history is durable
//! together with the change. What changed in another way (a company that is filled in bulk) becomes a version without
//! an author as soon as the next change finds it.

mod model;
mod store;

use callflow::Owner;

use crate::Office;
use crate::db::{DbError, Event, Tx};
use crate::scope::Scope;

use model::difference;
pub use model::{Arrangement, DeviceThen, Version};

/// Versions of one owner that are kept.
const KEPT: i64 = 500;

/// Keeps what rings for the owner at the end of this transaction, if it differs from what rang before it.
pub(crate) async fn note(tx: &mut Tx, scope: &Scope, owner: Owner) -> Result<(), DbError> {
    let Some(after) = store::present(tx, scope, owner).await? else { return Ok(()) };
    let author = scope.user();
    let (before, name) = tx
        .settled(scope.account(), |world| {
            let name = author.and_then(|user| world.user(user)).map(|user| user.name.to_string());
            (Arrangement::of(world, owner), name)
        })
        .await
        .unwrap_or_default();
    if before.as_ref().is_some_and(|before| before.rings_like(&after)) {
        return Ok(());
    }
    let last = store::last(tx, scope, owner).await?;
    let mut number = last.as_ref().map_or(0, |(number, _)| *number);
    let mut known = last.map(|(_, arrangement)| arrangement);
    if let Some(before) = before
        && !known.as_ref().is_some_and(|known| known.rings_like(&before))
    {
        number += 1;
        let changes = known.as_ref().map(|known| difference(known, &before)).unwrap_or_default();
        store::insert(tx, scope, owner, number, None, &before, &changes).await?;
        known = Some(before);
    }
    // Somebody who was brought back with everything.
    if known.as_ref().is_some_and(|known| known.rings_like(&after)) {
        return Ok(());
    }
    let changes = difference(&known.unwrap_or_default(), &after);
    let author = author.zip(name);
    let (account, object) = (scope.account(), store::id_of(owner));
    tx.event(Event { account, action: "routing.change", object, users: Vec::new() });
    store::insert(tx, scope, owner, number + 1, author, &after, &changes).await?;
    store::forget_before(tx, scope, owner, number + 1 - KEPT).await
}

/// What rings for the owner at this point of the transaction.
pub(crate) async fn present(tx: &Tx, scope: &Scope, owner: Owner) -> Result<Option<Arrangement>, DbError> {
    store::present(tx, scope, owner).await
}

/// An owner's versions, newest first.
pub(crate) async fn list(
    office: &Office,
    scope: &Scope,
    owner: Owner,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<Version>, DbError> {
    store::list(office.db().reads(), scope, owner, before, limit).await
}

/// What rang for the owner in a version.
pub(crate) async fn find(tx: &Tx, scope: &Scope, owner: Owner, version: i64) -> Result<Option<Arrangement>, DbError> {
    store::find(tx, scope, owner, version).await
}

/// Forgets the history of an owner who goes for good.
pub(crate) async fn forget(tx: &Tx, scope: &Scope, owner: Owner) -> Result<(), DbError> {
    store::forget_before(tx, scope, owner, i64::MAX).await
}
