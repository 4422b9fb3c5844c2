//! Phone numbers: the account's inventory, and whom each rings.
//!
//! A number exists once in an installation. Assigning one that rings somebody else needs that owner named; nothing
//! is ever taken from anybody silently.

mod error;
pub(crate) mod http;
mod model;
mod rules;
mod store;

use callflow::Owner;
use types::e164::E164;
use types::ids::{LocationId, NumberId};

use crate::Office;
use crate::audit;
use crate::db::{DbError, Tx};
use crate::locations;
use crate::owners::{self, NamedOwner};
use crate::periods::{self, Subject};
use crate::scope::Scope;
use crate::versions;

pub(crate) use error::Error;
pub(crate) use model::Number;
use model::{Added, AddedBlock, PoolNumber};
pub(crate) use rules::{Block, NewNumbers};
pub(crate) use store::{Filter, first_existing, of_owners};

/// The account's numbers, by value.
pub(crate) async fn list(
    office: &Office,
    scope: &Scope,
    filter: &Filter,
    after: Option<E164>,
    limit: u64,
) -> Result<Vec<Number>, Error> {
    Ok(store::list(office.db().reads(), scope, filter, after, limit).await?)
}

/// One number.
pub(crate) async fn find(office: &Office, scope: &Scope, id: NumberId) -> Result<Number, Error> {
    store::find(office.db().reads(), scope, id).await?.ok_or(Error::NotFound)
}

/// Adds a block of numbers to the inventory: all of them or none.
pub(crate) async fn add(
    office: &Office,
    scope: &Scope,
    block: Block,
    location: Option<LocationId>,
) -> Result<Added, Error> {
    if let Some(location) = location {
        locations::find(office, scope, location).await.map_err(|error| match error {
            locations::Error::Db(error) => Error::Db(error),
            _ => Error::LocationUnknown,
        })?;
    }
    let mut tx = office.db().write(scope).await?;
    if let Some(number) = store::first_existing(&tx, block).await? {
        return Err(Error::Exists { number });
    }
    let ids: Vec<(NumberId, E164)> =
        block.numbers().map(|number| (NumberId::new(tx.now(), tx.entropy()), number)).collect();
    store::insert(&tx, scope, &ids, location).await.map_err(|error| match error {
        // Somebody in another account was quicker by the blink of an eye; which number it was is not known.
        DbError::Duplicate => Error::Exists { number: block.first() },
        error => Error::Db(error),
    })?;
    periods::begin_numbers(&tx, scope, ids.iter().map(|(id, _)| *id)).await?;
    let change = audit::Change::new("numbers.create", ids.first().map(|(id, _)| id.to_string()).unwrap_or_default());
    audit::record(&mut tx, scope, change.after(&block)).await?;
    let shown: Vec<NumberId> = ids.iter().take(rules::SHOWN).map(|(id, _)| *id).collect();
    let mut items = store::find_all(tx.conn(), scope, &shown).await?;
    let added = match items.pop() {
        Some(only) if ids.len() == 1 => Added::One(only),
        last => {
            items.extend(last);
            Added::Block(AddedBlock { added: ids.len(), items })
        }
    };
    let account = scope.account();
    tx.directory_change(move |state| {
        for (id, e164) in ids {
            state.claim_number(e164, account);
            if let Some(world) = state.world_mut(account) {
                world.upsert_number(callflow::Number { id, e164, owner: None });
            }
        }
    });
    tx.commit().await?;
    Ok(added)
}

/// Lets a number ring a user or group.
///
/// A number that rings somebody else moves only when `moved_from` names that owner. `check` refuses when the caller
/// has not seen the number's present version.
pub(crate) async fn assign<E: From<Error>>(
    office: &Office,
    scope: &Scope,
    id: NumberId,
    owner: Owner,
    moved_from: Option<Owner>,
    check: impl FnOnce(i64) -> Result<(), E>,
) -> Result<Number, E> {
    let mut tx = office.db().write(scope).await.map_err(Error::from)?;
    let before = store::find(tx.conn(), scope, id).await.map_err(Error::from)?.ok_or(Error::NotFound)?;
    check(before.version)?;
    let named = owners::find(tx.conn(), scope, owner).await.map_err(Error::from)?.ok_or(Error::OwnerUnknown)?;
    match &before.owner {
        Some(present) if owners::same(present, owner) => return Ok(before),
        Some(present) if !moved_from.is_some_and(|from| owners::same(present, from)) => {
            return Err(Error::Taken { by: present.clone() }.into());
        }
        _ => {}
    }
    let action = if before.owner.is_some() { "numbers.move" } else { "numbers.assign" };
    let after = Number { owner: Some(named), ..before.clone() };
    let after = change(&mut tx, scope, action, &before, after, Some(owner)).await.map_err(Error::from)?;
    let former = before.owner.as_ref().and_then(NamedOwner::owner);
    for changed in [Some(owner), former].into_iter().flatten() {
        versions::note(&mut tx, scope, changed).await.map_err(Error::from)?;
    }
    tx.commit().await.map_err(Error::from)?;
    Ok(after)
}

/// Numbers of the account by id, as they are within a transaction.
pub(crate) async fn find_all(tx: &Tx, scope: &Scope, ids: &[NumberId]) -> Result<Vec<Number>, DbError> {
    store::find_all(tx.conn(), scope, ids).await
}

/// Gives a number to an owner, or back to the account, within a transaction that has asked everybody. The caller keeps
/// the version of what rings.
pub(crate) async fn hand_over(
    tx: &mut Tx,
    scope: &Scope,
    before: &Number,
    owner: Option<(Owner, NamedOwner)>,
) -> Result<(), DbError> {
    let action = match (&before.owner, &owner) {
        (_, None) => "numbers.unassign",
        (None, Some(_)) => "numbers.assign",
        (Some(_), Some(_)) => "numbers.move",
    };
    let (owner, named) = owner.unzip();
    let after = Number { owner: named, ..before.clone() };
    change(tx, scope, action, before, after, owner).await.map(drop)
}

/// Lets a number ring nobody.
pub(crate) async fn unassign<E: From<Error>>(
    office: &Office,
    scope: &Scope,
    id: NumberId,
    check: impl FnOnce(i64) -> Result<(), E>,
) -> Result<Number, E> {
    let mut tx = office.db().write(scope).await.map_err(Error::from)?;
    let before = store::find(tx.conn(), scope, id).await.map_err(Error::from)?.ok_or(Error::NotFound)?;
    check(before.version)?;
    if before.owner.is_none() {
        return Ok(before);
    }
    let after = Number { owner: None, ..before.clone() };
    let after = change(&mut tx, scope, "numbers.unassign", &before, after, None).await.map_err(Error::from)?;
    if let Some(former) = before.owner.as_ref().and_then(NamedOwner::owner) {
        versions::note(&mut tx, scope, former).await.map_err(Error::from)?;
    }
    tx.commit().await.map_err(Error::from)?;
    Ok(after)
}

/// Takes all numbers away from an owner who goes; they stay in the account.
pub(crate) async fn unassign_all(tx: &mut Tx, scope: &Scope, owner: Owner) -> Result<(), DbError> {
    for before in store::owned(tx.conn(), scope, owner).await? {
        let after = Number { owner: None, ..before.clone() };
        change(tx, scope, "numbers.unassign", &before, after, None).await?;
    }
    Ok(())
}

/// Free numbers of the operator, by value.
pub(crate) async fn pool(
    office: &Office,
    digits: Option<&str>,
    after: Option<E164>,
    limit: u64,
) -> Result<Vec<PoolNumber>, Error> {
    Ok(store::pool(office.db().reads(), digits, after, limit).await?)
}

/// Takes a free number of the operator into the account's inventory. Of two accounts at once one gets it; the other is
/// told that there is no such number, as if it had come later.
pub(crate) async fn order(office: &Office, scope: &Scope, id: NumberId) -> Result<Number, Error> {
    let mut tx = office.db().write(scope).await?;
    if !store::take_from_pool(&tx, scope, id).await? {
        return Err(Error::NotFound);
    }
    periods::begin(&tx, scope, Subject::Number(id)).await?;
    let number = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    audit::record(&mut tx, scope, audit::Change::new("numbers.order", id).after(&number)).await?;
    let (account, e164) = (scope.account(), number.number);
    tx.directory_change(move |state| {
        state.claim_number(e164, account);
        if let Some(world) = state.world_mut(account) {
            world.upsert_number(callflow::Number { id, e164, owner: None });
        }
    });
    tx.commit().await?;
    Ok(number)
}

/// Takes a number that rings nobody out of the inventory; one that came from the operator's pool goes back there.
pub(crate) async fn release(office: &Office, scope: &Scope, id: NumberId) -> Result<(), Error> {
    let mut tx = office.db().write(scope).await?;
    let before = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    if let Some(by) = before.owner {
        return Err(Error::Assigned { by });
    }
    periods::end(&tx, scope, Subject::Number(id), &before.number.to_string()).await?;
    if !store::return_to_pool(&tx, scope, id).await? {
        store::delete(&tx, scope, id).await?;
    }
    audit::record(&mut tx, scope, audit::Change::new("numbers.release", id).before(&before)).await?;
    let (account, number) = (scope.account(), before.number);
    tx.directory_change(move |state| {
        state.release_number(number);
        if let Some(world) = state.world_mut(account) {
            world.remove_number(number);
        }
    });
    tx.commit().await?;
    Ok(())
}

async fn change(
    tx: &mut Tx,
    scope: &Scope,
    action: &'static str,
    before: &Number,
    mut after: Number,
    owner: Option<Owner>,
) -> Result<Number, DbError> {
    after.version += 1;
    after.set_owner_state(tx.now());
    store::assign(tx, scope, &after, owner).await?;
    audit::record(tx, scope, audit::Change::new(action, after.id).before(before).after(&after)).await?;
    let number = callflow::Number { id: after.id, e164: after.number, owner };
    tx.world_change(scope.account(), move |world| world.upsert_number(number));
    Ok(after)
}
