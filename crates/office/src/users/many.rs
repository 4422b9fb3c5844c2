//! Use-cases for many users in one transaction.

use std::collections::BTreeSet;

use callflow::{Owner, RingPlan};
use types::ids::UserId;

use super::model::Profile;
use super::rules::Draft;
use super::{Error, identity, keep_an_administrator, publish_with, replace, store, taken};
use crate::audit::{self, Change};
use crate::db::{DbError, Tx};
use crate::http::Moment;
use crate::periods::{self, Subject};
use crate::scope::Scope;
use crate::versions;

/// Adds many users, in a transaction that has checked their locations and addresses.
pub(crate) async fn add_all(tx: &mut Tx, scope: &Scope, drafts: &[(UserId, Draft)]) -> Result<(), Error> {
    store::many::insert_all(tx, scope, drafts).await.map_err(taken)?;
    let now = Moment(tx.now());
    let profiles: Vec<Profile> = drafts.iter().map(|(id, draft)| profile(*id, draft, now)).collect();
    let changes = profiles.iter().map(|profile| Change::new("users.create", profile.id).after(profile)).collect();
    audit::record_all(tx, scope, changes).await?;
    periods::begin_many(tx, scope, profiles.iter().map(|profile| Subject::User(profile.id))).await?;
    for profile in &profiles {
        publish_with(tx, scope, profile, Some(RingPlan::default()));
    }
    Ok(())
}

/// A user who was just added.
fn profile(id: UserId, draft: &Draft, now: Moment) -> Profile {
    Profile {
        id,
        first_name: draft.first_name.clone(),
        last_name: draft.last_name.clone(),
        email: draft.email.as_ref().map(|email| email.as_str().to_owned()),
        role: draft.role,
        blocked: false,
        has_password: false,
        location: draft.location,
        language: draft.language.clone(),
        time_zone: draft.time_zone.clone(),
        busy_on_busy: draft.busy_on_busy,
        caller_number: draft.caller_number,
        created_at: now,
        updated_at: now,
        deleted_at: None,
        version: 1,
    }
}

/// Changes a user in a transaction to what `change` makes of him; answers how he was and is. Nothing for a user who is
/// not there.
pub(crate) async fn alter(
    tx: &mut Tx,
    scope: &Scope,
    id: UserId,
    change: impl FnOnce(&Profile) -> Draft,
) -> Result<Option<(Profile, Profile)>, Error> {
    let Some(before) = store::find(tx.conn(), scope, id).await? else { return Ok(None) };
    let draft = change(&before);
    let after = replace(tx, scope, &before, draft).await?;
    Ok(Some((before, after)))
}

/// Deletes a user in a transaction; his phones have to be signed out after it.
pub(crate) async fn remove(tx: &mut Tx, scope: &Scope, id: UserId) -> Result<(), Error> {
    let before = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    keep_an_administrator(tx, scope, &before).await?;
    let departure = store::departure::depart(tx, scope, id).await?;
    let text = serde_json::to_string(&departure).map_err(|_| DbError::Damaged("users.departure"))?;
    store::set_deleted(tx, scope, &before, text).await?;
    periods::end(tx, scope, Subject::User(id), &before.name()).await?;
    identity::shut_out(tx, id).await?;
    audit::record(tx, scope, Change::new("users.delete", id).before(&before)).await?;
    for group in departure.groups() {
        versions::note(tx, scope, Owner::Group(group)).await?;
    }
    Ok(())
}

/// Which of these users have a password or were changed since they were added.
pub(crate) async fn changed_since_added(
    tx: &Tx,
    scope: &Scope,
    users: &[UserId],
) -> Result<BTreeSet<UserId>, DbError> {
    store::many::changed(tx, scope, users).await
}
