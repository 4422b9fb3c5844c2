//! Locations: where people work, where emergency services would come, and which area code completes a number.

mod error;
pub(crate) mod http;
mod model;
mod rules;
mod store;

use types::ids::LocationId;

use crate::Office;
use crate::audit;
use crate::db::{DbError, Tx};
use crate::scope::Scope;

pub(crate) use error::Error;
pub(crate) use model::{Address, Location};
pub(crate) use rules::{Draft, NewLocation};

/// The account's locations by name, each with the number of people there.
pub(crate) async fn list(
    office: &Office,
    scope: &Scope,
    after: Option<(String, LocationId)>,
    limit: u64,
) -> Result<Vec<Location>, Error> {
    Ok(store::list(office.db().reads(), scope, after, limit).await?)
}

/// One location.
pub(crate) async fn find(office: &Office, scope: &Scope, id: LocationId) -> Result<Location, Error> {
    store::find(office.db().reads(), scope, id).await?.ok_or(Error::NotFound)
}

/// Adds a location within a transaction: also for the first one of a new account.
pub(crate) async fn add(tx: &mut Tx, scope: &Scope, draft: Draft) -> Result<Location, DbError> {
    let id = LocationId::new(tx.now(), tx.entropy());
    let location = store::insert(tx, scope, id, draft).await?;
    audit::record(tx, scope, audit::Change::new("locations.create", id).after(&location)).await?;
    publish(tx, scope, &location);
    Ok(location)
}

/// Adds a location.
pub(crate) async fn create(office: &Office, scope: &Scope, draft: Draft) -> Result<Location, Error> {
    let mut tx = office.db().write(scope).await?;
    let location = add(&mut tx, scope, draft).await?;
    tx.commit().await?;
    Ok(location)
}

/// Changes a location to what `change` makes of it; `change` may refuse.
pub(crate) async fn edit<E: From<Error>>(
    office: &Office,
    scope: &Scope,
    id: LocationId,
    change: impl FnOnce(&Location) -> Result<Draft, E>,
) -> Result<Location, E> {
    let mut tx = office.db().write(scope).await.map_err(Error::from)?;
    let before = store::find(tx.conn(), scope, id).await.map_err(Error::from)?.ok_or(Error::NotFound)?;
    let draft = change(&before)?;
    let after = replace(&mut tx, scope, &before, draft).await.map_err(Error::from)?;
    tx.commit().await.map_err(Error::from)?;
    Ok(after)
}

async fn replace(tx: &mut Tx, scope: &Scope, before: &Location, draft: Draft) -> Result<Location, DbError> {
    let after = store::update(tx, scope, before, draft).await?;
    let change = audit::Change::new("locations.edit", before.id).before(before).after(&after);
    audit::record(tx, scope, change).await?;
    publish(tx, scope, &after);
    Ok(after)
}

/// Deletes a location nobody is assigned to.
pub(crate) async fn delete(office: &Office, scope: &Scope, id: LocationId) -> Result<(), Error> {
    let mut tx = office.db().write(scope).await?;
    let before = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    let used_by = store::used_by(tx.conn(), scope, id).await?;
    if before.people > 0 {
        return Err(Error::InUse { used_by, people: before.people });
    }
    store::delete(&tx, scope, id).await?;
    audit::record(&mut tx, scope, audit::Change::new("locations.delete", id).before(&before)).await?;
    tx.world_change(scope.account(), move |world| {
        world.remove_location(id);
    });
    tx.commit().await?;
    Ok(())
}

fn publish(tx: &mut Tx, scope: &Scope, location: &Location) {
    let location = location.to_world();
    tx.world_change(scope.account(), move |world| world.upsert_location(location));
}
