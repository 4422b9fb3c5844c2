//! Extensions: short numbers within the account, each for one user or group.
//!
//! An extension exists once in an account, and a user or group has one. A deleted one is free at once.

mod error;
pub(crate) mod http;
mod model;
mod rules;
mod store;

use callflow::Owner;
use types::extension_number::ExtensionNumber;
use types::ids::ExtensionId;

use crate::Office;
use crate::audit;
use crate::db::{DbError, Tx};
use crate::http::Moment;
use crate::owners::{self, NamedOwner};
use crate::scope::Scope;
use crate::versions;

pub(crate) use error::Error;
use model::Availability;
pub(crate) use model::Extension;
pub(crate) use rules::{Refusal, check as check_digits};
pub(crate) use store::of_owners;

/// The account's extensions, by length and value.
pub(crate) async fn list(
    office: &Office,
    scope: &Scope,
    owner: Option<Owner>,
    after: Option<ExtensionNumber>,
    limit: u64,
) -> Result<Vec<Extension>, Error> {
    Ok(store::list(office.db().reads(), scope, owner, after, limit).await?)
}

/// Whether an extension can be given to somebody; if not, why, and which one could.
pub(crate) async fn availability(office: &Office, scope: &Scope, digits: &str) -> Result<Availability, Error> {
    let plan = office.directory().with_world(scope.account(), |world| *world.plan()).ok_or(Error::NotFound)?;
    let verdict = rules::check(digits, &plan);
    let taken = match &verdict {
        Ok(number) => store::by_number(office.db().reads(), scope, *number).await?,
        Err(_) => None,
    };
    let free = verdict.is_ok() && taken.is_none();
    let proposal = if free { None } else { proposal(office, scope, digits) };
    Ok(match verdict {
        Err(refusal) => Availability::refused(digits, &refusal, proposal),
        Ok(number) => Availability::of(number, taken.map(|extension| extension.owner), proposal),
    })
}

/// Gives a user or group an extension.
pub(crate) async fn create(
    office: &Office,
    scope: &Scope,
    number: ExtensionNumber,
    owner: Owner,
) -> Result<Extension, Error> {
    let mut tx = office.db().write(scope).await?;
    let named = owners::find(tx.conn(), scope, owner).await?.ok_or(Error::OwnerUnknown)?;
    if let Some(present) = store::by_number(tx.conn(), scope, number).await? {
        return Err(Error::Taken { by: present.owner, proposal: proposal(office, scope, &number.to_string()) });
    }
    if let Some(present) = store::of_owner(tx.conn(), scope, owner).await? {
        return Err(Error::OwnerHasOne { present });
    }
    let extension = give(&mut tx, scope, number, owner, named).await?;
    versions::note(&mut tx, scope, owner).await?;
    tx.commit().await?;
    Ok(extension)
}

/// Gives an owner a free extension, within a transaction. The caller keeps the version of what rings.
pub(crate) async fn give(
    tx: &mut Tx,
    scope: &Scope,
    number: ExtensionNumber,
    owner: Owner,
    named: NamedOwner,
) -> Result<Extension, DbError> {
    let id = ExtensionId::new(tx.now(), tx.entropy());
    let extension = store::insert(tx, scope, id, number, owner, named).await?;
    audit::record(tx, scope, audit::Change::new("extensions.create", id).after(&extension)).await?;
    tx.world_change(scope.account(), move |world| {
        world.upsert_extension(callflow::Extension { id, number, owner });
    });
    Ok(extension)
}

/// Whose an extension is within a transaction.
pub(crate) async fn by_number(tx: &Tx, scope: &Scope, number: ExtensionNumber) -> Result<Option<Extension>, DbError> {
    store::by_number(tx.conn(), scope, number).await
}

/// Frees an extension.
pub(crate) async fn delete(office: &Office, scope: &Scope, id: ExtensionId) -> Result<(), Error> {
    let mut tx = office.db().write(scope).await?;
    let extension = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    free(&mut tx, scope, &extension).await?;
    if let Some(owner) = extension.owner.owner() {
        versions::note(&mut tx, scope, owner).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Gives many owners an extension each, in a transaction that has checked that nobody has these yet. The caller keeps
/// the versions of what rings.
pub(crate) async fn give_all(
    tx: &mut Tx,
    scope: &Scope,
    given: Vec<(ExtensionNumber, Owner, NamedOwner)>,
) -> Result<(), DbError> {
    let now = Moment(tx.now());
    let extensions: Vec<(Owner, Extension)> = given
        .into_iter()
        .map(|(number, owner, named)| {
            let id = ExtensionId::new(tx.now(), tx.entropy());
            (owner, Extension { id, number, owner: named, created_at: now })
        })
        .collect();
    store::insert_all(tx, scope, &extensions).await?;
    let change =
        |(_, extension): &(Owner, Extension)| audit::Change::new("extensions.create", extension.id).after(extension);
    audit::record_all(tx, scope, extensions.iter().map(change).collect()).await?;
    tx.world_change(scope.account(), move |world| {
        for (owner, Extension { id, number, .. }) in extensions {
            world.upsert_extension(callflow::Extension { id, number, owner });
        }
    });
    Ok(())
}

/// Frees what an owner has, because the owner goes.
pub(crate) async fn free_of(tx: &mut Tx, scope: &Scope, owner: Owner) -> Result<(), DbError> {
    if let Some(extension) = store::of_owner(tx.conn(), scope, owner).await? {
        free(tx, scope, &extension).await?;
    }
    Ok(())
}

/// Frees an extension within a transaction. The caller keeps the version of what rings.
pub(crate) async fn free(tx: &mut Tx, scope: &Scope, extension: &Extension) -> Result<(), DbError> {
    store::delete(tx, scope, extension.id).await?;
    let change = audit::Change::new("extensions.delete", extension.id).before(extension);
    audit::record(tx, scope, change).await?;
    let number = extension.number;
    tx.world_change(scope.account(), move |world| world.remove_extension(number));
    Ok(())
}

/// The lowest free extension of as many digits as were asked for, or of more where all of these are taken.
fn proposal(office: &Office, scope: &Scope, digits: &str) -> Option<ExtensionNumber> {
    let wanted = u8::try_from(digits.len()).unwrap_or(u8::MAX).clamp(2, rules::MOST_DIGITS);
    office.directory().with_world(scope.account(), |world| {
        (wanted..=rules::MOST_DIGITS).find_map(|digits| {
            let unusable =
                |number: &ExtensionNumber| world.extension(*number).is_some() || number.is_emergency_in(world.plan());
            ExtensionNumber::next_free(unusable, digits)
        })
    })?
}
