//! Another address to sign in with.
//!
//! Whoever changes the address could shut its owner out for good, so: the user proves the password; the new address counts
//! when somebody who reads it confirms; and the old one is told at once, with a link that keeps it, for seven days, before the
//! confirmation and after.

use std::net::IpAddr;

use types::clock::Timestamp;
use types::email::Email;
use types::ids::UserId;
use types::secret::Secret;

use super::model::{Profile, User};
use super::store::post::{self, EmailChange, Links};
use super::{Error, recipient, shown, store, taken};
use crate::Office;
use crate::audit::{self, Change};
use crate::db::Tx;
use crate::identity;
use crate::mails::{self, Kind, Letter, Recipient};
use crate::scope::{Actor, Rights, Scope};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// How long the new address may be confirmed.
const CONFIRM: i64 = DAY;
/// How long the old one may be kept: seven days from the latest moment at which the new one can be confirmed.
const UNDO: i64 = CONFIRM + 7 * DAY;

/// Asks for another address: one's own with the current password, somebody else's as an administrator.
pub(crate) async fn change_email(
    office: &Office,
    scope: &Scope,
    id: UserId,
    email: Email,
    current: Option<Secret<String>>,
) -> Result<User, Error> {
    if !scope.reaches(id) {
        return Err(Error::NotFound);
    }
    let before = store::find(office.db().reads(), scope, id).await?.ok_or(Error::NotFound)?;
    if scope.user() == Some(id) {
        identity::prove(office, scope, current).await?;
    }
    // Mails go to an address that nobody has proved to be his.
    let key = format!("email of {id}");
    office
        .attempts()
        .begin(&key, scope.source(), true, office.clock().tick())
        .map_err(|wait| Error::TooManyAttempts(wait.0))?;
    if before.email.is_none() || !before.has_password {
        return Err(Error::NoEmail);
    }
    if before.email.as_deref() == Some(email.as_str()) {
        return Err(Error::SameEmail);
    }
    let mut tx = office.db().write(scope).await?;
    let before = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    let old = recipient(scope, &before)?;
    withdraw_open(&tx, id).await?;
    ask(office, &mut tx, scope, &old, &email).await?;
    let after = store::set_pending_email(&tx, scope, &before, Some(&email)).await?;
    audit::record(&mut tx, scope, Change::new("users.askEmailChange", id).before(&before).after(&after)).await?;
    tx.commit().await?;
    shown(office, scope, after)
}

/// Writes to both addresses.
async fn ask(office: &Office, tx: &mut Tx, scope: &Scope, old: &Recipient, email: &Email) -> Result<(), Error> {
    let (confirm, confirm_hash) = identity::new_token(tx);
    let (undo, undo_hash) = identity::new_token(tx);
    let (confirm_until, undo_until) = (tx.now().0 + CONFIRM, tx.now().0 + UNDO);
    let links = Links { confirm_hash, confirm_until, undo_hash, undo_until };
    post::insert_change(tx, scope.account(), old.user, (old.email.as_str(), email.as_str()), links).await?;
    let by = identity::actor_beside(tx, scope, old.user).await?;
    let letter = Letter::EmailConfirmation {
        by: by.clone(),
        link: office.page("confirm-email", &confirm),
        until: Timestamp(confirm_until),
    };
    mails::queue(office, tx, &Recipient { email: email.clone(), ..old.clone() }, &letter).await?;
    let letter = Letter::EmailChange {
        by,
        new: email.clone(),
        link: office.page("undo-email", &undo),
        until: Timestamp(undo_until),
    };
    mails::queue(office, tx, old, &letter).await?;
    Ok(())
}

/// What waits to be confirmed waits no more, and a mail that asks for it does not leave.
async fn withdraw_open(tx: &Tx, user: UserId) -> Result<(), Error> {
    post::close_changes(tx, user).await?;
    Ok(mails::withdraw(tx, user, &[Kind::EmailConfirmation]).await?)
}

/// Forgets what waits, because the address was set in another way.
pub(super) async fn forget(tx: &Tx, scope: &Scope, profile: Profile) -> Result<Profile, Error> {
    if profile.pending_email.is_none() {
        return Ok(profile);
    }
    withdraw_open(tx, profile.id).await?;
    Ok(store::set_pending_email(tx, scope, &profile, None).await?)
}

/// Keeps the address as it is. Nothing happens when none was about to change.
pub(crate) async fn keep_email(office: &Office, scope: &Scope, id: UserId) -> Result<(), Error> {
    if !scope.reaches(id) {
        return Err(Error::NotFound);
    }
    let mut tx = office.db().write(scope).await?;
    let before = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    if before.pending_email.is_none() {
        return Ok(());
    }
    let after = forget(&tx, scope, before.clone()).await?;
    audit::record(&mut tx, scope, Change::new("users.keepEmail", id).before(&before).after(&after)).await?;
    Ok(tx.commit().await?)
}

/// Makes the new address the one to sign in with; answers it. Links that were sent to the old one are worthless then, but
/// for the one that brings it back.
pub(crate) async fn confirm_email(office: &Office, token: &str, source: Option<IpAddr>) -> Result<String, Error> {
    let mut tx = office.db().begin().await?;
    let hash = identity::token_hash(token);
    let change = post::change_to_confirm(&tx, &hash).await?.ok_or(Error::LinkInvalid)?;
    let (scope, before) = lock(&tx, &change, source).await?;
    let email: Email = change.new.parse().map_err(|_| Error::LinkInvalid)?;
    let waited = before.email.as_deref() == Some(change.old.as_str());
    if before.blocked || !waited || !post::apply_change(&tx, &change.id).await? {
        return Err(Error::LinkInvalid);
    }
    let after = store::set_email(&tx, &scope, &before, &email).await.map_err(taken)?;
    identity::drop_links(&tx, change.user).await?;
    audit::record(&mut tx, &scope, Change::new("users.changeEmail", change.user).before(&before).after(&after)).await?;
    tx.commit().await?;
    Ok(change.new)
}

/// Brings the old address back, or keeps it; answers it. Everybody who is signed in as this user is thrown out, and what was
/// asked for later is forgotten with its links: it was most likely not the user who asked.
pub(crate) async fn undo_email(office: &Office, token: &str, source: Option<IpAddr>) -> Result<String, Error> {
    let mut tx = office.db().begin().await?;
    let change = post::change_to_undo(&tx, &identity::token_hash(token)).await?.ok_or(Error::LinkInvalid)?;
    let (scope, before) = lock(&tx, &change, source).await?;
    let email: Email = change.old.parse().map_err(|_| Error::LinkInvalid)?;
    if post::forget_changes_since(&tx, change.user, change.created).await? == 0 {
        return Err(Error::LinkInvalid);
    }
    mails::withdraw(&tx, change.user, &[Kind::EmailConfirmation, Kind::EmailChange]).await?;
    let after = store::set_email(&tx, &scope, &before, &email).await.map_err(taken)?;
    identity::throw_out(&tx, change.user).await?;
    audit::record(&mut tx, &scope, Change::new("users.undoEmailChange", change.user).before(&before).after(&after))
        .await?;
    tx.commit().await?;
    Ok(change.old)
}

/// The account to oneself, and the user as he is.
async fn lock(tx: &Tx, change: &EmailChange, source: Option<IpAddr>) -> Result<(Scope, Profile), Error> {
    tx.lock_account(change.account).await?;
    let role = crate::scope::Role::User;
    let scope = Scope::new(change.account, Actor::Link(change.user), role, Rights::NONE, source);
    let before = store::find(tx.conn(), &scope, change.user).await?.ok_or(Error::LinkInvalid)?;
    Ok((scope, before))
}
