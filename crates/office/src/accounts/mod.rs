//! Accounts: organisations, each with its own people, phones and numbers.

mod calendar;
mod error;
pub(crate) mod http;
mod model;
mod rules;
mod store;

use callflow::World;
use types::dialled::DialPlan;
use types::ids::AccountId;

use crate::Office;
use crate::audit;
use crate::db::{DbError, Tx};
use crate::scope::Scope;

pub(crate) use calendar::{Calendar, six_months_before};
pub(crate) use error::Error;
pub(crate) use model::{Account, Draft};
pub(crate) use rules::{LANGUAGES, time_zone as check_time_zone};

/// Whether any account exists in this installation.
pub(crate) async fn any(office: &Office) -> Result<bool, DbError> {
    store::any(office.db().reads()).await
}

/// The caller's account.
pub(crate) async fn find(office: &Office, scope: &Scope) -> Result<Account, Error> {
    store::find(office.db().reads(), scope.account()).await?.ok_or(Error::NotFound)
}

/// The calendar of the caller's account.
pub(crate) async fn calendar(office: &Office, scope: &Scope) -> Result<Calendar, Error> {
    Ok(Calendar::of_zone(&find(office, scope).await?.time_zone))
}

/// What an account is called, in a transaction.
pub(crate) async fn name(tx: &Tx, account: AccountId) -> Result<String, DbError> {
    Ok(store::find(tx.conn(), account).await?.map(|account| account.name).unwrap_or_default())
}

/// Opens an account in a transaction. Nobody is in it yet.
pub(crate) async fn open(tx: &mut Tx, draft: Draft) -> Result<Account, DbError> {
    open_as(tx, draft, Scope::console).await
}

/// Opens an account on behalf of whoever `scope_of` says.
pub(crate) async fn open_as(
    tx: &mut Tx,
    draft: Draft,
    scope_of: impl FnOnce(AccountId) -> Scope,
) -> Result<Account, DbError> {
    let id = AccountId::new(tx.now(), tx.entropy());
    let master_id = free_master_id(tx).await?;
    let account = store::insert(tx, id, master_id, draft).await?;
    let world = World::new(id, &account.name, plan(&account.country));
    tx.directory_change(move |state| state.open_account(id, world));
    audit::record(tx, &scope_of(id), audit::Change::new("accounts.open", id).after(&account)).await?;
    Ok(account)
}

/// The first seven digits of the account's SIP ids. Random, so that they do not tell how many accounts there are.
async fn free_master_id(tx: &Tx) -> Result<i64, DbError> {
    const FIRST: i64 = 1_000_000;
    const COUNT: u128 = 9_000_000;
    loop {
        let master_id = FIRST + i64::try_from(tx.entropy().u128() % COUNT).unwrap_or(0);
        if !store::has_master_id(tx, master_id).await? {
            return Ok(master_id);
        }
    }
}

fn plan(country: &str) -> DialPlan {
    DialPlan::for_country(country).unwrap_or_else(DialPlan::germany)
}

/// Changes the account to what `change` makes of it; `change` may refuse.
pub(crate) async fn edit<E: From<Error>>(
    office: &Office,
    scope: &Scope,
    change: impl FnOnce(&Account) -> Result<Draft, E>,
) -> Result<Account, E> {
    let mut tx = office.db().write(scope).await.map_err(Error::from)?;
    let before = store::find(tx.conn(), scope.account()).await.map_err(Error::from)?.ok_or(Error::NotFound)?;
    let draft = change(&before)?;
    let after = replace(&mut tx, scope, &before, draft).await.map_err(Error::from)?;
    tx.commit().await.map_err(Error::from)?;
    Ok(after)
}

async fn replace(tx: &mut Tx, scope: &Scope, before: &Account, draft: Draft) -> Result<Account, DbError> {
    let after = store::update(tx, before, draft).await?;
    audit::record(tx, scope, audit::Change::new("accounts.edit", before.id).before(before).after(&after)).await?;
    let (name, plan) = (after.name.clone(), plan(&after.country));
    tx.world_change(scope.account(), move |world| {
        world.set_name(&name);
        world.set_plan(plan);
    });
    Ok(after)
}

/// Accounts by name: for the operator, who sees nothing of what is in them.
pub(crate) async fn list(
    office: &Office,
    after: Option<(String, AccountId)>,
    limit: u64,
) -> Result<Vec<Account>, DbError> {
    store::list(office.db().reads(), after, limit).await
}

/// An account, for the operator.
pub(crate) async fn of_id(office: &Office, id: AccountId) -> Result<Option<Account>, DbError> {
    store::find(office.db().reads(), id).await
}

/// Stops the account or lets it go on, in a transaction; whether that changed anything.
pub(crate) async fn set_suspended(tx: &mut Tx, scope: &Scope, suspended: bool) -> Result<bool, Error> {
    let before = store::find(tx.conn(), scope.account()).await?.ok_or(Error::NotFound)?;
    if before.suspended == suspended {
        return Ok(false);
    }
    let after = store::set_suspended(tx, &before, suspended).await?;
    let action = if suspended { "accounts.suspend" } else { "accounts.resume" };
    audit::record(tx, scope, audit::Change::new(action, before.id).before(&before).after(&after)).await?;
    tx.world_change(scope.account(), move |world| world.set_suspended(suspended));
    Ok(true)
}
