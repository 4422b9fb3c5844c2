//! Routing: who rings, drawn, explained, tried out, and changed.
//!
//! Everything shown here comes from the same [`callflow::World`] that the exchange compiles calls from, so the
//! diagram cannot say anything else than what happens.

mod error;
pub(crate) mod http;
mod model;
mod rules;
mod store;

mod wish;

use callflow::{Caller, Owner, World};
use types::clock::Timestamp;

use crate::Office;
use crate::db::Tx;
use crate::scope::Scope;
use crate::versions::{self, Version};

pub(crate) use error::Error;
use model::{Returned, Routing, Trial};
use rules::Wish;

/// What happens on calls to a user or group, and what is missing for it.
pub(crate) fn show(office: &Office, scope: &Scope, owner: Owner) -> Result<Routing, Error> {
    let visible = match owner {
        Owner::User(user) => scope.reaches(user),
        Owner::Group(_) => true,
    };
    let routing = office.directory().with_world(scope.account(), |world| Routing::of(world, owner));
    routing.flatten().filter(|_| visible).ok_or(Error::NotFound)
}

/// Makes what rings for a user or group what the wish says: all of it or nothing.
///
/// `check` refuses when the caller has not seen the present state.
pub(crate) async fn arrange<E: From<Error>>(
    office: &Office,
    scope: &Scope,
    owner: Owner,
    wish: Wish,
    check: impl FnOnce(i64) -> Result<(), E>,
) -> Result<Routing, E> {
    let mut tx = begin(office, scope, owner).await?;
    let before = versions::present(&tx, scope, owner).await.map_err(Error::from)?.ok_or(Error::NotFound)?;
    check(before.tag())?;
    wish::carry_out(office, &mut tx, scope, owner, &before, wish).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(show(office, scope, owner)?)
}

/// The history of what rang for a user or group, newest first.
pub(crate) async fn list_versions(
    office: &Office,
    scope: &Scope,
    owner: Owner,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<Version>, Error> {
    show(office, scope, owner)?;
    Ok(versions::list(office, scope, owner, before, limit).await?)
}

/// Makes what rings for a user or group what it was in a version, and answers what is not possible any more.
pub(crate) async fn return_to<E: From<Error>>(
    office: &Office,
    scope: &Scope,
    owner: Owner,
    version: i64,
    check: impl FnOnce(i64) -> Result<(), E>,
) -> Result<Returned, E> {
    let mut tx = begin(office, scope, owner).await?;
    let now = versions::present(&tx, scope, owner).await.map_err(Error::from)?.ok_or(Error::NotFound)?;
    let then = versions::find(&tx, scope, owner, version).await.map_err(Error::from)?.ok_or(Error::NotFound)?;
    check(now.tag())?;
    let (wish, lost) = wish::to_return(&tx, scope, owner, &now, &then).await?;
    wish::carry_out(office, &mut tx, scope, owner, &now, wish).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Returned { routing: show(office, scope, owner)?, lost })
}

async fn begin(office: &Office, scope: &Scope, owner: Owner) -> Result<Tx, Error> {
    let may = match owner {
        Owner::User(user) => scope.reaches(user),
        Owner::Group(_) => scope.is_administrator(),
    };
    if !may {
        return Err(Error::NotFound);
    }
    Ok(office.db().write(scope).await?)
}

/// What would happen if somebody called: the exchange's own plan, run with the given events and no phone.
pub(crate) fn try_out(
    office: &Office,
    scope: &Scope,
    caller: Caller,
    dialled: &str,
    at: Timestamp,
    script: &callflow::trial::Script,
) -> Result<Trial, Error> {
    let run = |world: &World| {
        if let Caller::Device { device } = caller
            && world.device(device).is_none()
        {
            return Err(Error::CallerUnknown);
        }
        let call = callflow::Call { caller, dialled, at };
        Ok(Trial::of(callflow::trial::run(world, &call, script)))
    };
    office.directory().with_world(scope.account(), run).ok_or(Error::NotFound)?
}
