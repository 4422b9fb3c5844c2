//! Groups: users whose phones ring together.

mod error;
pub(crate) mod http;
mod model;
mod rules;
mod store;

use callflow::Owner;
use types::ids::{GroupId, UserId};

use crate::Office;
use crate::audit;
use crate::db::{DbError, Tx};
use crate::scope::Scope;
use crate::{extensions, numbers, owners, versions};

pub(crate) use error::Error;
pub(crate) use model::Group;
use rules::Draft;
pub(crate) use rules::MAX_MEMBERS;

/// The account's groups, by name.
pub(crate) async fn list(
    office: &Office,
    scope: &Scope,
    after: Option<(String, GroupId)>,
    limit: u64,
) -> Result<Vec<Group>, Error> {
    Ok(store::list(office.db().reads(), scope, after, limit).await?)
}

/// One group.
pub(crate) async fn find(office: &Office, scope: &Scope, id: GroupId) -> Result<Group, Error> {
    store::find(office.db().reads(), scope, id).await?.ok_or(Error::NotFound)
}

/// Adds a group.
pub(crate) async fn create(office: &Office, scope: &Scope, draft: Draft, members: Vec<UserId>) -> Result<Group, Error> {
    if members.len() > rules::MAX_MEMBERS {
        return Err(Error::Full);
    }
    let mut tx = office.db().write(scope).await?;
    let known = owners::names(tx.conn(), scope, members.iter().copied().map(Owner::User)).await?;
    if let Some(index) = members.iter().position(|member| !known.contains_key(&member.to_string())) {
        return Err(Error::MemberUnknown { index });
    }
    let id = GroupId::new(tx.now(), tx.entropy());
    store::insert(&tx, scope, id, &draft, &members).await?;
    let group = recorded(&mut tx, scope, "groups.create", None, id).await?;
    tx.commit().await?;
    Ok(group)
}

/// Changes a group to what `change` makes of it; `change` may refuse.
pub(crate) async fn edit<E: From<Error>>(
    office: &Office,
    scope: &Scope,
    id: GroupId,
    change: impl FnOnce(&Group) -> Result<Draft, E>,
) -> Result<Group, E> {
    let mut tx = office.db().write(scope).await.map_err(Error::from)?;
    let before = store::find(tx.conn(), scope, id).await.map_err(Error::from)?.ok_or(Error::NotFound)?;
    let draft = change(&before)?;
    store::update(&tx, scope, &before, &draft).await.map_err(Error::from)?;
    let after = recorded(&mut tx, scope, "groups.edit", Some(&before), id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(after)
}

/// Adds a user to a group, at the end. Nothing changes for somebody who is in it already.
pub(crate) async fn join(office: &Office, scope: &Scope, id: GroupId, user: UserId) -> Result<Group, Error> {
    let mut tx = office.db().write(scope).await?;
    let before = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    if owners::find(tx.conn(), scope, Owner::User(user)).await?.is_none() {
        return Err(Error::NotFound);
    }
    if before.has(user) {
        return Ok(before);
    }
    if before.members.len() >= rules::MAX_MEMBERS {
        return Err(Error::Full);
    }
    store::join(&tx, scope, &before, user).await?;
    let after = recorded(&mut tx, scope, "groups.join", Some(&before), id).await?;
    tx.commit().await?;
    Ok(after)
}

/// Removes a user from a group. Nothing changes for somebody who is not in it.
pub(crate) async fn leave(office: &Office, scope: &Scope, id: GroupId, user: UserId) -> Result<Group, Error> {
    let mut tx = office.db().write(scope).await?;
    let before = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    if !before.has(user) {
        return Ok(before);
    }
    store::leave(&tx, scope, &before, user).await?;
    let after = recorded(&mut tx, scope, "groups.leave", Some(&before), id).await?;
    tx.commit().await?;
    Ok(after)
}

/// Lets users join a group at its end and others leave it, in one step.
pub(crate) async fn change_members(
    tx: &mut Tx,
    scope: &Scope,
    id: GroupId,
    joining: &[UserId],
    leaving: &[UserId],
) -> Result<(), Error> {
    let before = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    for user in leaving {
        store::leave(tx, scope, &before, *user).await?;
    }
    for user in joining.iter().filter(|user| !before.has(**user)) {
        store::join(tx, scope, &before, *user).await?;
    }
    let after = recorded(tx, scope, "groups.edit", Some(&before), id).await?;
    if after.members.len() > rules::MAX_MEMBERS { Err(Error::Full) } else { Ok(()) }
}

/// Deletes a group. Its extension is free at once, its numbers stay in the account and ring nobody.
pub(crate) async fn delete(office: &Office, scope: &Scope, id: GroupId) -> Result<(), Error> {
    let mut tx = office.db().write(scope).await?;
    let before = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    extensions::free_of(&mut tx, scope, Owner::Group(id)).await?;
    numbers::unassign_all(&mut tx, scope, Owner::Group(id)).await?;
    store::delete(&tx, scope, id).await?;
    versions::forget(&tx, scope, Owner::Group(id)).await?;
    audit::record(&mut tx, scope, audit::Change::new("groups.delete", id).before(&before)).await?;
    tx.world_change(scope.account(), move |world| world.remove_group(id));
    tx.commit().await?;
    Ok(())
}

/// Sets ring time and members within a transaction; the members are users of the account, each once. The caller keeps
/// the version of what rings.
pub(crate) async fn arrange(
    tx: &mut Tx,
    scope: &Scope,
    id: GroupId,
    seconds: Option<u16>,
    members: Option<&[UserId]>,
) -> Result<(), Error> {
    let before = store::find(tx.conn(), scope, id).await?.ok_or(Error::NotFound)?;
    let draft = Draft { name: before.name.clone(), seconds: seconds.unwrap_or(before.seconds) };
    let present: Vec<UserId> = before.members.iter().map(|member| member.id).collect();
    let members = members.filter(|members| *members != present);
    if members.is_none() && draft.seconds == before.seconds {
        return Ok(());
    }
    if let Some(members) = members {
        store::replace_members(tx, scope, &before, members).await?;
    }
    store::update(tx, scope, &before, &draft).await?;
    written(tx, scope, "groups.edit", Some(&before), id).await.map(drop)
}

/// Records a change that has been written, keeps the version of what rings, and tells the exchange.
async fn recorded(
    tx: &mut Tx,
    scope: &Scope,
    action: &'static str,
    before: Option<&Group>,
    id: GroupId,
) -> Result<Group, Error> {
    let after = written(tx, scope, action, before, id).await?;
    versions::note(tx, scope, Owner::Group(id)).await?;
    Ok(after)
}

async fn written(
    tx: &mut Tx,
    scope: &Scope,
    action: &'static str,
    before: Option<&Group>,
    id: GroupId,
) -> Result<Group, Error> {
    let after = store::find(tx.conn(), scope, id).await?.ok_or(DbError::Damaged("groups.id"))?;
    let change = audit::Change::new(action, id).after(&after);
    let change = match before {
        Some(before) => change.before(before),
        None => change,
    };
    audit::record(tx, scope, change).await?;
    let in_world = after.to_world();
    tx.world_change(scope.account(), move |world| world.upsert_group(in_world));
    Ok(after)
}
