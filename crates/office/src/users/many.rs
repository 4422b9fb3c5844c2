//! Use-cases for many users in one transaction.

use std::collections::BTreeSet;

use callflow::{Owner, RingPlan};
use types::ids::{LocationId, UserId};

use super::model::{BulkConsequences, BulkDone, Profile, Subscription, UNDO_DAYS};
use super::rules::Draft;
use super::{
    Error, counts, draft_of, identity, phones_of, publish_with, replace, send_link, shown, sign_out_phones, store,
    taken,
};
use crate::Office;
use crate::audit::{self, Change};
use crate::db::{DbError, Tx};
use crate::http::Moment;
use crate::periods::{self, Subject};
use crate::scope::{Role, Scope};
use crate::versions;

/// Users of one statement.
const CHUNK: usize = 256;

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
        pending_email: None,
        newsletter: Subscription::None,
        web_sms: true,
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

/// Deletes users in a transaction; their phones have to be signed out after it. Those who are not there are left out.
pub(crate) async fn remove(tx: &mut Tx, scope: &Scope, ids: &[UserId]) -> Result<(), Error> {
    let (leaving, _) = store::many::find_all(tx.conn(), scope, ids).await?;
    keep_an_administrator_besides(tx, scope, &leaving).await?;
    let mut groups = BTreeSet::new();
    for chunk in leaving.chunks(CHUNK) {
        let ids: Vec<UserId> = chunk.iter().map(|user| user.id).collect();
        let departures = store::departure::depart(tx, scope, &ids).await?;
        store::departure::set_deleted(tx, scope, &departures).await?;
        periods::end_users(tx, scope, &ids).await?;
        identity::shut_out_all(tx, &ids).await?;
        let changes = chunk.iter().map(|user| Change::new("users.delete", user.id).before(user)).collect();
        audit::record_all(tx, scope, changes).await?;
        groups.extend(departures.values().flat_map(|departure| departure.groups().collect::<Vec<_>>()));
    }
    for group in groups {
        versions::note(tx, scope, Owner::Group(group)).await?;
    }
    Ok(())
}

/// Which of these users have a password or were changed since they were added.
pub(crate) async fn changed_since_added(tx: &Tx, scope: &Scope, users: &[UserId]) -> Result<BTreeSet<UserId>, DbError> {
    store::many::changed(tx, scope, users).await
}

/// What can be done to several users at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BulkAction {
    Invite,
    MoveLocation(LocationId),
    Delete,
    Block,
    Unblock,
}

/// Does the same to several users: to all of them or to none.
pub(crate) async fn bulk(
    office: &Office,
    scope: &Scope,
    ids: &[UserId],
    action: BulkAction,
) -> Result<BulkDone, Error> {
    let mut tx = office.db().write(scope).await?;
    let users = them(&tx, scope, ids).await?;
    if action == BulkAction::Block {
        keep_an_administrator_besides(&tx, scope, &users).await?;
    }
    if action == BulkAction::Invite {
        refuse_among(&users, |user| user.blocked.then_some(("user.blocked", "This user is blocked.")))?;
        refuse_among(&users, |user| user.email.is_none().then_some(("user.noEmail", "This user has no address.")))?;
    }
    let (mut changed, mut phones) = (0, Vec::new());
    if action == BulkAction::Delete {
        phones.extend(users.iter().flat_map(|user| phones_of(office, scope, user.id)));
        remove(&mut tx, scope, &users.iter().map(|user| user.id).collect::<Vec<_>>()).await?;
        changed = users.len();
    }
    for user in &users {
        match action {
            BulkAction::Invite => {
                send_link(office, &mut tx, scope, user).await?;
                changed += 1;
            }
            BulkAction::MoveLocation(location) if user.location != Some(location) => {
                let draft = Draft { location: Some(location), ..draft_of(user) };
                replace(&mut tx, scope, user, draft).await?;
                changed += 1;
            }
            BulkAction::Block if !user.blocked => {
                phones.extend(phones_of(office, scope, user.id));
                set_blocked(&mut tx, scope, user, true).await?;
                changed += 1;
            }
            BulkAction::Unblock if user.blocked => {
                set_blocked(&mut tx, scope, user, false).await?;
                changed += 1;
            }
            BulkAction::MoveLocation(_) | BulkAction::Delete | BulkAction::Block | BulkAction::Unblock => {}
        }
    }
    tx.commit().await?;
    sign_out_phones(office, &phones);
    Ok(BulkDone { changed, unchanged: users.len() - changed })
}

/// What deleting several users would do.
pub(crate) async fn bulk_consequences(
    office: &Office,
    scope: &Scope,
    ids: &[UserId],
) -> Result<BulkConsequences, Error> {
    let reads = office.db().reads();
    let (users, unknown) = store::many::find_all(reads, scope, ids).await?;
    refuse_unknown(unknown)?;
    let leaving: BTreeSet<UserId> = users.iter().map(|user| user.id).collect();
    let staying = store::many::administrators(reads, scope).await?.iter().any(|id| !leaving.contains(id));
    let mut consequences = BulkConsequences {
        users: users.len(),
        administrators: users.iter().filter(|user| user.role == Role::Administrator).count(),
        numbers: Vec::new(),
        extensions: Vec::new(),
        devices: Vec::new(),
        groups: Vec::new(),
        last_administrator: users.iter().any(counts) && !staying,
        undo_days: UNDO_DAYS,
    };
    for user in users {
        let user = shown(office, scope, user)?;
        consequences.numbers.extend(user.numbers);
        consequences.extensions.extend(user.extensions);
        consequences.devices.extend(user.devices);
        consequences.groups.extend(user.groups);
    }
    consequences.groups.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    consequences.groups.dedup_by_key(|group| group.id);
    Ok(consequences)
}

async fn them(tx: &Tx, scope: &Scope, ids: &[UserId]) -> Result<Vec<Profile>, Error> {
    let (users, unknown) = store::many::find_all(tx.conn(), scope, ids).await?;
    refuse_unknown(unknown)?;
    Ok(users)
}

fn refuse_unknown(unknown: Vec<usize>) -> Result<(), Error> {
    let refused: Vec<_> = unknown.into_iter().map(|index| (index, "user.unknown", "There is no such user.")).collect();
    if refused.is_empty() { Ok(()) } else { Err(Error::Among(refused)) }
}

fn refuse_among(
    users: &[Profile],
    why: impl Fn(&Profile) -> Option<(&'static str, &'static str)>,
) -> Result<(), Error> {
    let refused: Vec<_> = users
        .iter()
        .enumerate()
        .filter_map(|(index, user)| why(user).map(|(code, message)| (index, code, message)))
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(Error::Among(refused)) }
}

/// Refuses when nobody but these could administer the account.
async fn keep_an_administrator_besides(tx: &Tx, scope: &Scope, leaving: &[Profile]) -> Result<(), Error> {
    if !leaving.iter().any(counts) {
        return Ok(());
    }
    let leaving: BTreeSet<UserId> = leaving.iter().map(|user| user.id).collect();
    let all = store::many::administrators(tx.conn(), scope).await?;
    if all.iter().all(|id| leaving.contains(id)) { Err(Error::LastAdministrator) } else { Ok(()) }
}

/// Shuts a user out or lets him in again, in a transaction that knows that he is not like that yet. His phones have to
/// be signed out after it.
pub(super) async fn set_blocked(tx: &mut Tx, scope: &Scope, before: &Profile, blocked: bool) -> Result<Profile, Error> {
    let after = store::set_blocked(tx, scope, before, blocked).await?;
    if blocked {
        identity::shut_out(tx, before.id).await?;
    }
    let action = if blocked { "users.block" } else { "users.unblock" };
    audit::record(tx, scope, Change::new(action, before.id).before(before).after(&after)).await?;
    publish_with(tx, scope, &after, None);
    Ok(after)
}
