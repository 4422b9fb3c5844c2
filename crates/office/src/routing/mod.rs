//! Routing: who rings, drawn, explained, tried out, and changed.
//!
//! Everything shown here comes from the same [`callflow::World`] that the exchange compiles calls from, so the
//! diagram cannot say anything else than what happens.

mod error;
pub(crate) mod http;
mod model;
mod rules;
mod store;

use callflow::{Caller, Owner, RingPlan, World};
use types::clock::Timestamp;
use types::ids::UserId;

use crate::Office;
use crate::audit;
use crate::db::Tx;
use crate::owners::NamedOwner;
use crate::scope::Scope;

pub(crate) use error::Error;
use model::{Routing, Trial};

/// What happens on calls to a user or group, and what is missing for it.
pub(crate) fn show(office: &Office, scope: &Scope, owner: Owner) -> Result<Routing, Error> {
    let visible = match owner {
        Owner::User(user) => scope.reaches(user),
        Owner::Group(_) => true,
    };
    let routing = office.directory().with_world(scope.account(), |world| {
        let name = world.owner_name(owner)?.to_owned();
        Some(Routing::of(world, owner, NamedOwner::new(owner, name)))
    });
    routing.flatten().filter(|_| visible).ok_or(Error::NotFound)
}

/// Replaces the steps in which a user's phones ring. No steps: all of them together.
///
/// `check` refuses when the caller has not seen the present steps.
pub(crate) async fn replace_steps<E: From<Error>>(
    office: &Office,
    scope: &Scope,
    user: UserId,
    plan: RingPlan,
    check: impl FnOnce(i64) -> Result<(), E>,
) -> Result<Routing, E> {
    if !scope.reaches(user) {
        return Err(Error::NotFound.into());
    }
    let mut tx = office.db().write(scope).await.map_err(Error::from)?;
    if !store::user_exists(&tx, scope, user).await.map_err(Error::from)? {
        return Err(Error::NotFound.into());
    }
    let own = store::devices_of(&tx, scope, user).await.map_err(Error::from)?;
    if let Some((step, device)) = rules::foreign_device(&plan, &own) {
        return Err(Error::DeviceUnknown { step, device }.into());
    }
    let before = store::steps(&tx, scope, user, &own).await.map_err(Error::from)?;
    check(model::version(&before))?;
    write_steps(&mut tx, scope, user, &before, plan).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(show(office, scope, Owner::User(user))?)
}

async fn write_steps(
    tx: &mut Tx,
    scope: &Scope,
    user: UserId,
    before: &RingPlan,
    after: RingPlan,
) -> Result<(), Error> {
    if *before == after {
        return Ok(());
    }
    store::replace(tx, scope, user, &after).await?;
    let change = audit::Change::new("routing.edit", user).before(before).after(&after);
    audit::record(tx, scope, change).await?;
    tx.world_change(scope.account(), move |world| {
        if let Some(present) = world.user(user) {
            let changed = callflow::User { steps: after, ..present.clone() };
            world.upsert_user(changed);
        }
    });
    Ok(())
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
