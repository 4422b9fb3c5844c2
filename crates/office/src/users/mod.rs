//! Users: the people of an account.

mod email_change;
mod error;
pub(crate) mod http;
mod many;
mod model;
mod newsletter;
mod rules;
mod store;
mod web_sms;

use callflow::{Owner, RingPlan};
use types::ids::{DeviceId, UserId};

use crate::Office;
use crate::audit::{self, Change};
use crate::db::{DbError, Tx};
use crate::identity::{self, LinkPurpose};
use crate::mails::{self, Letter, Recipient};
use crate::periods::{self, Subject};
use crate::scope::{Role, Scope};
use crate::versions;

pub(crate) use email_change::{change_email, confirm_email, keep_email, undo_email};
pub(crate) use error::Error;
use many::{BulkAction, bulk, bulk_consequences};
pub(crate) use many::{add_all, alter, changed_since_added, remove};
use model::UNDO_DAYS;
pub(crate) use model::{Consequences, Filter, FindingShown, Invitation, Presence, Profile, Restored, User};
pub use newsletter::{Issue, Newsletter, Sent};
pub(crate) use newsletter::{confirm_newsletter, end_newsletter, send as send_newsletter, subscribe};
pub(crate) use rules::{Draft, NAME as NAME_LENGTH, TIME_ZONE, email as check_email, fold, name_key, terms};
pub(crate) use web_sms::{allow_web_sms, may_text};

/// Rows that one request looks through for incomplete users. A page may then hold fewer rows than asked for
/// and still have a next one.
const LOOK_THROUGH: u64 = 5_000;

/// A page of users, and where the next begins.
pub(crate) struct Listed {
    pub(crate) users: Vec<User>,
    pub(crate) next: Option<(String, UserId)>,
}

/// The account's users.
pub(crate) async fn list(
    office: &Office,
    scope: &Scope,
    filter: &Filter,
    mut after: Option<(String, UserId)>,
    limit: u64,
) -> Result<Listed, Error> {
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let batch = if filter.incomplete.is_some() { LOOK_THROUGH } else { limit };
    let mut rows = store::list(office.db().reads(), scope, filter, after.as_ref(), batch + 1).await?;
    let mut more = u64::try_from(rows.len()).unwrap_or(u64::MAX) > batch;
    rows.truncate(usize::try_from(batch).unwrap_or(usize::MAX));
    let included = office.prices().at(office.clock().now()).included_devices();
    let directory = office.directory();
    let users = directory.with_world(scope.account(), |world| {
        let mut users = Vec::new();
        let total = rows.len();
        for (index, row) in rows.into_iter().enumerate() {
            let id = row.profile.id;
            let fits =
                filter.incomplete.is_none_or(|incomplete| model::stops(&callflow::findings(world, id)) == incomplete);
            if fits {
                users.push(User::of(row.profile, world, included));
            }
            after = Some((row.key, id));
            if users.len() == wanted {
                more |= index + 1 < total;
                break;
            }
        }
        users
    });
    let users = users.unwrap_or_default().into_iter().map(|user| user.with_presence(&**office.phones())).collect();
    Ok(Listed { users, next: after.filter(|_| more) })
}

/// A user, for himself or an administrator.
pub(crate) async fn find(office: &Office, scope: &Scope, id: UserId) -> Result<User, Error> {
    if !scope.reaches(id) {
        return Err(Error::NotFound);
    }
    let profile = store::find(office.db().reads(), scope, id).await?.ok_or(Error::NotFound)?;
    shown(office, scope, profile)
}

fn shown(office: &Office, scope: &Scope, profile: Profile) -> Result<User, Error> {
    let directory = office.directory();
    let included = office.prices().at(office.clock().now()).included_devices();
    let user =
        directory.with_world(scope.account(), |world| User::of(profile, world, included)).ok_or(Error::NotFound)?;
    Ok(user.with_presence(&**office.phones()))
}

/// Adds a user in a transaction: also the first two of a new account.
pub(crate) async fn add(tx: &mut Tx, scope: &Scope, draft: Draft) -> Result<Profile, Error> {
    check(tx, scope, &draft).await?;
    let id = UserId::new(tx.now(), tx.entropy());
    let profile = store::insert(tx, scope, id, draft).await.map_err(taken)?;
    periods::begin(tx, scope, Subject::User(id)).await?;
    audit::record(tx, scope, Change::new("users.create", id).after(&profile)).await?;
    publish_with(tx, scope, &profile, None);
    Ok(profile)
}

/// Adds a user, and mails the invitation if that is wanted.
pub(crate) async fn create(office: &Office, scope: &Scope, draft: Draft, invited: bool) -> Result<User, Error> {
    let mut tx = office.db().write(scope).await?;
    let profile = add(&mut tx, scope, draft).await?;
    if invited {
        send_link(office, &mut tx, scope, &profile).await?;
    }
    tx.commit().await?;
    shown(office, scope, profile)
}

/// Changes a user to what `change` makes of him; `change` may refuse.
pub(crate) async fn edit<E: From<Error>>(
    office: &Office,
    scope: &Scope,
    id: UserId,
    change: impl FnOnce(&Profile) -> Result<Draft, E>,
) -> Result<User, E> {
    if !scope.reaches(id) {
        return Err(Error::NotFound.into());
    }
    let mut tx = office.db().write(scope).await.map_err(Error::from)?;
    let before = store::find(tx.conn(), scope, id).await.map_err(Error::from)?.ok_or(Error::NotFound)?;
    let draft = change(&before)?;
    let after = replace(&mut tx, scope, &before, draft).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(shown(office, scope, after)?)
}

async fn replace(tx: &mut Tx, scope: &Scope, before: &Profile, draft: Draft) -> Result<Profile, Error> {
    check(tx, scope, &draft).await?;
    let moved = draft.email.as_ref().map(|email| email.as_str()) != before.email.as_deref();
    if moved && before.email.is_some() && before.has_password {
        return Err(Error::EmailNeedsConfirmation);
    }
    if moved && !scope.is_administrator() {
        return Err(Error::AdministratorsOnly("email"));
    }
    if before.role == Role::Administrator && draft.role == Role::User {
        keep_an_administrator(tx, scope, before).await?;
    }
    let mut after = store::update(tx, scope, before, draft).await.map_err(taken)?;
    if moved {
        identity::drop_links(tx, before.id).await?;
        after = email_change::forget(tx, scope, after).await?;
    }
    let action = if before.role == after.role { "users.edit" } else { "users.setRole" };
    audit::record(tx, scope, Change::new(action, before.id).before(before).after(&after)).await?;
    publish_with(tx, scope, &after, None);
    Ok(after)
}

/// Makes a user an administrator, or takes that away.
pub(crate) async fn set_role(office: &Office, scope: &Scope, id: UserId, role: Role) -> Result<User, Error> {
    edit(office, scope, id, |before| Ok(Draft { role, ..draft_of(before) })).await
}

/// A user as he is, as the start of a change.
pub(crate) fn draft_of(profile: &Profile) -> Draft {
    Draft {
        first_name: profile.first_name.clone(),
        last_name: profile.last_name.clone(),
        email: profile.email.as_deref().and_then(|email| email.parse().ok()),
        role: profile.role,
        location: profile.location,
        language: profile.language.clone(),
        time_zone: profile.time_zone.clone(),
        busy_on_busy: profile.busy_on_busy,
        caller_number: profile.caller_number,
    }
}

/// Shuts a user out: no sign-in, no calls, phones signed out. Numbers and everything else stay.
pub(crate) async fn block(office: &Office, scope: &Scope, id: UserId) -> Result<User, Error> {
    let mut tx = office.db().write(scope).await?;
    let before = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    if before.blocked {
        drop(tx);
        return shown(office, scope, before);
    }
    keep_an_administrator(&tx, scope, &before).await?;
    let after = many::set_blocked(&mut tx, scope, &before, true).await?;
    tx.commit().await?;
    sign_out_phones(office, &phones_of(office, scope, id));
    shown(office, scope, after)
}

/// Lets a user in again.
pub(crate) async fn unblock(office: &Office, scope: &Scope, id: UserId) -> Result<User, Error> {
    let mut tx = office.db().write(scope).await?;
    let before = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    if !before.blocked {
        drop(tx);
        return shown(office, scope, before);
    }
    let after = many::set_blocked(&mut tx, scope, &before, false).await?;
    tx.commit().await?;
    shown(office, scope, after)
}

/// What deleting the user would do.
pub(crate) async fn consequences(office: &Office, scope: &Scope, id: UserId) -> Result<Consequences, Error> {
    let profile = store::find(office.db().reads(), scope, id).await?.ok_or(Error::NotFound)?;
    let others = store::other_administrators(office.db().reads(), scope, id).await?;
    let user = shown(office, scope, profile)?;
    Ok(Consequences {
        numbers: user.numbers,
        extensions: user.extensions,
        devices: user.devices,
        groups: user.groups,
        last_administrator: counts(&user.profile) && others == 0,
        undo_days: UNDO_DAYS,
    })
}

/// Deletes a user: numbers return to the account, extensions become free, phones and sessions end.
pub(crate) async fn delete(office: &Office, scope: &Scope, id: UserId) -> Result<(), Error> {
    let mut tx = office.db().write(scope).await?;
    if store::find(tx.conn(), scope, id).await?.is_none() {
        return Err(Error::NotFound);
    }
    let phones = phones_of(office, scope, id);
    remove(&mut tx, scope, &[id]).await?;
    tx.commit().await?;
    sign_out_phones(office, &phones);
    Ok(())
}

/// Brings a deleted user back with everything that nobody else has by now.
pub(crate) async fn restore(office: &Office, scope: &Scope, id: UserId) -> Result<Restored, Error> {
    let mut tx = office.db().write(scope).await?;
    let Some((before, departure)) = store::find_deleted(tx.conn(), scope, id).await? else {
        let there = store::find(tx.conn(), scope, id).await?.is_some();
        return Err(if there { Error::NotDeleted } else { Error::NotFound });
    };
    let departure: store::departure::Departure =
        serde_json::from_str(&departure).map_err(|_| DbError::Damaged("users.departure"))?;
    let after = store::set_restored(&tx, scope, &before).await.map_err(taken)?;
    let plan = store::departure::ring_plan(&tx, scope, id).await?;
    publish_with(&mut tx, scope, &after, Some(plan));
    let lost = store::departure::come_back(office.vault(), &mut tx, scope, id, &departure).await?;
    periods::begin(&tx, scope, Subject::User(id)).await?;
    audit::record(&mut tx, scope, Change::new("users.restore", id).after(&after)).await?;
    for owner in departure.groups().map(Owner::Group).chain([Owner::User(id)]) {
        versions::note(&mut tx, scope, owner).await?;
    }
    tx.commit().await?;
    Ok(Restored { user: shown(office, scope, after)?, lost })
}

/// Mails a link by which the user sets a password. Earlier ones are worthless from now on.
pub(crate) async fn invite(office: &Office, scope: &Scope, id: UserId) -> Result<Invitation, Error> {
    let mut tx = office.db().write(scope).await?;
    let profile = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    let invitation = send_link(office, &mut tx, scope, &profile).await?;
    tx.commit().await?;
    Ok(invitation)
}

/// The invitation, for who never had a password; otherwise a link to set another one.
async fn send_link(office: &Office, tx: &mut Tx, scope: &Scope, profile: &Profile) -> Result<Invitation, Error> {
    let to = recipient(scope, profile)?;
    if profile.blocked {
        return Err(Error::Blocked);
    }
    let purpose = if profile.has_password { LinkPurpose::Recovery } else { LinkPurpose::Invitation };
    let link = identity::make_link(office, tx, Some((scope.account(), profile.id)), purpose).await?;
    let by = identity::actor_beside(tx, scope, profile.id).await?;
    let (page, until) = (office.page("link", &link.token), link.expires_at.0);
    let letter = if profile.has_password {
        Letter::PasswordReset { by, link: page, until }
    } else {
        Letter::Invitation { by, link: page, until }
    };
    mails::queue(office, tx, &to, &letter).await?;
    audit::record(tx, scope, Change::new("users.invite", profile.id)).await?;
    Ok(Invitation { link, mailed_to: to.email.to_string() })
}

/// How to write to a user.
fn recipient(scope: &Scope, profile: &Profile) -> Result<Recipient, Error> {
    let email = profile.email.as_deref().and_then(|email| email.parse().ok()).ok_or(Error::NoEmail)?;
    Ok(Recipient {
        account: scope.account(),
        user: profile.id,
        email,
        name: profile.name(),
        language: profile.language.clone(),
        time_zone: profile.time_zone.clone(),
    })
}

/// Removes for good whom it is too late to restore, and what waited too long to be confirmed.
pub(crate) async fn purge(office: &Office) -> Result<(), DbError> {
    let tx = office.db().begin().await?;
    store::post::sweep(&tx).await?;
    let before = tx.now().0 - i64::from(UNDO_DAYS) * 24 * 60 * 60 * 1000;
    store::departure::purge(&tx, before).await?;
    tx.commit().await
}

/// Whether the user is one of those who can administer the account.
fn counts(profile: &Profile) -> bool {
    profile.role == Role::Administrator && !profile.blocked && profile.has_password
}

/// Refuses when nobody else could administer the account. Safe against two requests at once, because a
/// write transaction holds its account to itself.
async fn keep_an_administrator(tx: &Tx, scope: &Scope, leaving: &Profile) -> Result<(), Error> {
    if counts(leaving) && store::other_administrators(tx.conn(), scope, leaving.id).await? == 0 {
        return Err(Error::LastAdministrator);
    }
    Ok(())
}

async fn check(tx: &Tx, scope: &Scope, draft: &Draft) -> Result<(), Error> {
    if let Some(location) = draft.location
        && !store::has_location(tx, scope, location).await?
    {
        return Err(Error::NoSuchLocation);
    }
    if let Some(number) = draft.caller_number
        && !store::has_number(tx, scope, number).await?
    {
        return Err(Error::NoSuchNumber);
    }
    Ok(())
}

fn taken(error: DbError) -> Error {
    match error {
        DbError::Duplicate => Error::EmailTaken,
        error => Error::Db(error),
    }
}

/// Tells the exchange of the user. The ring plan stays as it is unless there is one to set.
fn publish_with(tx: &mut Tx, scope: &Scope, profile: &Profile, plan: Option<RingPlan>) {
    let (id, name) = (profile.id, profile.name());
    let (blocked, location) = (profile.blocked, profile.location);
    let (caller_number, busy_on_busy) = (profile.caller_number, profile.busy_on_busy);
    tx.world_change(scope.account(), move |world| {
        let steps = plan.or_else(|| world.user(id).map(|user| user.steps.clone())).unwrap_or_default();
        let name = name.into();
        world.upsert_user(callflow::User { id, name, blocked, location, caller_number, busy_on_busy, steps });
    });
}

/// The phones of a user, to be signed out when he is gone.
pub(crate) fn phones_of(office: &Office, scope: &Scope, user: UserId) -> Vec<DeviceId> {
    let directory = office.directory();
    directory
        .with_world(scope.account(), |world| world.devices_of(user).map(|device| device.id).collect())
        .unwrap_or_default()
}

/// Lets the exchange forget phones.
pub(crate) fn sign_out_phones(office: &Office, phones: &[DeviceId]) {
    phones.iter().for_each(|phone| office.phones().disconnect(*phone));
}
