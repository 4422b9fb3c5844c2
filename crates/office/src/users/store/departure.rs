//! What a user leaves behind, and gets back when the deletion is undone.
//!
//! Deleting must happen in one transaction over the tables of phones, numbers, extensions and groups, which
//! are slices that come after this one; so the statements are here, and nowhere else.

use std::collections::BTreeMap;

use callflow::{Device, DeviceKind, Extension, Number, Owner, RingPlan, RingStep};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde::{Deserialize, Serialize};
use types::e164::E164;
use types::extension_number::ExtensionNumber;
use types::ids::{DeviceId, ExtensionId, GroupId, NumberId, UserId};
use types::sip_id::SipId;

use crate::db::{DbError, Tx, statement};
use crate::directory::Phone;
use crate::directory::ha1::Ha1Vault;
use crate::periods;
use crate::scope::Scope;
use crate::users::error::Error;

/// What a user had, by id. Stored with the user until the deletion is final.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Departure {
    numbers: Vec<NumberId>,
    extensions: Vec<ExtensionNumber>,
    groups: Vec<(GroupId, i32)>,
}

impl Departure {
    /// The groups the user was in.
    pub(crate) fn groups(&self) -> impl Iterator<Item = GroupId> {
        self.groups.iter().map(|(group, _)| *group)
    }
}

async fn rows(tx: &Tx, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, DbError> {
    Ok(tx.conn().query_all_raw(statement(tx.conn(), sql, values)).await?)
}

fn parsed<T: std::str::FromStr>(row: &QueryResult, index: usize, column: &'static str) -> Result<T, DbError> {
    row.try_get_by_index::<String>(index)?.parse().map_err(|_| DbError::Damaged(column))
}

/// Takes from users what others may have, and their phones' access: as many statements for many as for one.
pub(crate) async fn depart(
    tx: &mut Tx,
    scope: &Scope,
    users: &[UserId],
) -> Result<BTreeMap<UserId, Departure>, DbError> {
    let places = vec!["?"; users.len()].join(", ");
    let sql = |text: &str| text.replace("{users}", &places);
    let key = || {
        let users = users.iter().map(|user| Value::from(user.to_string()));
        std::iter::once(scope.account().to_string().into()).chain(users).collect::<Vec<Value>>()
    };
    let mut departures: BTreeMap<UserId, Departure> = users.iter().map(|user| (*user, Departure::default())).collect();
    let numbers = sql("SELECT owner_user, id FROM numbers WHERE account = ? AND owner_user IN ({users}) ORDER BY e164");
    for row in rows(tx, &numbers, key()).await? {
        departures.entry(parsed(&row, 0, "numbers.owner_user")?).or_default().numbers.push(parsed(
            &row,
            1,
            "numbers.id",
        )?);
    }
    let extensions =
        sql("SELECT owner_user, number FROM extensions WHERE account = ? AND owner_user IN ({users}) ORDER BY number");
    for row in rows(tx, &extensions, key()).await? {
        let departure = departures.entry(parsed(&row, 0, "extensions.owner_user")?).or_default();
        departure.extensions.push(parsed(&row, 1, "extensions.number")?);
    }
    let groups =
        sql("SELECT \"user\", \"group\", position FROM group_members WHERE account = ? AND \"user\" IN ({users})");
    for row in rows(tx, &groups, key()).await? {
        let departure = departures.entry(parsed(&row, 0, "group_members.user")?).or_default();
        departure.groups.push((parsed(&row, 1, "group_members.group")?, row.try_get_by_index(2)?));
    }
    for statement in [
        "UPDATE numbers SET owner_user = NULL, state = 'unassigned', assigned_at = NULL, version = version + 1 \
         WHERE account = ? AND owner_user IN ({users})",
        "DELETE FROM extensions WHERE account = ? AND owner_user IN ({users})",
        "DELETE FROM group_members WHERE account = ? AND \"user\" IN ({users})",
        "DELETE FROM registrations WHERE device IN \
         (SELECT id FROM devices WHERE account = ? AND \"user\" IN ({users}))",
        "DELETE FROM setup_codes WHERE device IN \
         (SELECT id FROM devices WHERE account = ? AND \"user\" IN ({users}))",
    ] {
        tx.run(&sql(statement), key()).await?;
    }
    periods::end_devices_of(tx, scope, users).await?;
    let (account, gone) = (scope.account(), users.to_vec());
    tx.directory_change(move |state| {
        for user in gone {
            let Some(world) = state.world_mut(account) else { return };
            let phones: Vec<SipId> = world.devices_of(user).filter_map(Device::sip_id).collect();
            world.remove_user(user);
            phones.into_iter().for_each(|sip_id| state.dismiss(sip_id));
        }
    });
    Ok(departures)
}

/// Marks users as deleted. Their addresses become free; what they had is kept to be given back.
pub(crate) async fn set_deleted(
    tx: &Tx,
    scope: &Scope,
    departures: &BTreeMap<UserId, Departure>,
) -> Result<(), DbError> {
    let now = tx.now().0;
    let mut values: Vec<Value> = vec![now.into(), now.into()];
    for (user, departure) in departures {
        let text = serde_json::to_string(departure).map_err(|_| DbError::Damaged("users.departure"))?;
        values.extend([user.to_string().into(), text.into()]);
    }
    values.push(scope.account().to_string().into());
    let places = vec!["(?, ?)"; departures.len()].join(", ");
    let sql = format!(
        "UPDATE users SET email_key = NULL, pending_email = NULL, deleted = ?, updated = ?, departure = gone.column2, version = version + 1 \
         FROM (VALUES {places}) AS gone WHERE users.account = ? AND users.id = gone.column1"
    );
    tx.run(&sql, values).await.map(drop)
}

/// Gives back what nobody else has by now; answers what could not be given back.
pub(crate) async fn come_back(
    vault: &Ha1Vault,
    tx: &mut Tx,
    scope: &Scope,
    user: UserId,
    departure: &Departure,
) -> Result<Vec<String>, Error> {
    let mut lost = Vec::new();
    phones(vault, tx, scope, user).await?;
    for number in &departure.numbers {
        lost.extend(take_number(tx, scope, user, *number).await?);
    }
    for number in &departure.extensions {
        if !take_extension(tx, scope, user, *number).await? {
            lost.push(number.to_string());
        }
    }
    for (group, position) in &departure.groups {
        join(tx, scope, user, *group, *position).await?;
    }
    Ok(lost)
}

/// How the user's phones ring.
pub(crate) async fn ring_plan(tx: &Tx, scope: &Scope, user: UserId) -> Result<RingPlan, DbError> {
    let sql = "SELECT seconds, devices FROM ring_steps WHERE account = ? AND \"user\" = ? ORDER BY position";
    let mut steps = Vec::new();
    for row in rows(tx, sql, vec![scope.account().to_string().into(), user.to_string().into()]).await? {
        let devices: Vec<DeviceId> = serde_json::from_str(&row.try_get_by_index::<String>(1)?)
            .map_err(|_| DbError::Damaged("ring_steps.devices"))?;
        let seconds =
            u16::try_from(row.try_get_by_index::<i32>(0)?).map_err(|_| DbError::Damaged("ring_steps.seconds"))?;
        steps.push(RingStep { devices, seconds });
    }
    RingPlan::new(steps).map_err(|_| DbError::Damaged("ring_steps"))
}

async fn phones(vault: &Ha1Vault, tx: &mut Tx, scope: &Scope, user: UserId) -> Result<(), Error> {
    let sql = "SELECT id, label, sip_id, ha1_sealed, first_registered, kind, number FROM devices \
               WHERE account = ? AND \"user\" = ? ORDER BY id";
    let account = scope.account();
    for row in rows(tx, sql, vec![account.to_string().into(), user.to_string().into()]).await? {
        let id: DeviceId = parsed(&row, 0, "devices.id")?;
        let label: String = row.try_get_by_index(1).map_err(DbError::from)?;
        let registered = row.try_get_by_index::<Option<i64>>(4).map_err(DbError::from)?.is_some();
        let kind: String = row.try_get_by_index(5).map_err(DbError::from)?;
        let (kind, access) = match row.try_get_by_index::<Option<i64>>(2).map_err(DbError::from)? {
            Some(sip_id) => {
                let sip_id = SipId::from_i64(sip_id).ok_or(DbError::Damaged("devices.sip_id"))?;
                let sealed: Vec<u8> = row.try_get_by_index(3).map_err(DbError::from)?;
                let ha1 = vault.open(id, &sealed).map_err(|_| Error::Sealed)?;
                let kind = DeviceKind::Voip { sip_id, ever_registered: registered };
                (kind, Some((sip_id, Phone { account, device: id, user, registered, ha1 })))
            }
            None => {
                let number = parsed(&row, 6, "devices.number")?;
                let mobile = kind == "mobile";
                (if mobile { DeviceKind::Mobile { number } } else { DeviceKind::External { number } }, None)
            }
        };
        tx.directory_change(move |state| {
            if let Some((sip_id, phone)) = access {
                state.admit(sip_id, phone);
            }
            if let Some(world) = state.world_mut(account) {
                world.upsert_device(Device { id, user, label: label.into(), kind });
            }
        });
    }
    periods::restore_devices_of(tx, scope, user).await?;
    Ok(())
}

/// Takes a number if it is still nobody's; answers the number itself if it is not.
async fn take_number(tx: &mut Tx, scope: &Scope, user: UserId, id: NumberId) -> Result<Option<String>, DbError> {
    let account = scope.account();
    let key = || vec![account.to_string().into(), id.to_string().into()];
    let found = rows(tx, "SELECT e164 FROM numbers WHERE account = ? AND id = ?", key()).await?;
    let Some(e164) = found.first().map(|row| parsed::<E164>(row, 0, "numbers.e164")).transpose()? else {
        return Ok(None);
    };
    let mut values = vec![user.to_string().into(), tx.now().0.into()];
    values.extend(key());
    let taken = tx
        .run(
            "UPDATE numbers SET owner_user = ?, state = 'assigned', assigned_at = ?, version = version + 1 \
             WHERE account = ? AND id = ? AND owner_user IS NULL AND owner_group IS NULL",
            values,
        )
        .await?;
    if taken == 0 {
        return Ok(Some(e164.to_string()));
    }
    tx.world_change(account, move |world| world.upsert_number(Number { id, e164, owner: Some(Owner::User(user)) }));
    Ok(None)
}

async fn take_extension(tx: &mut Tx, scope: &Scope, user: UserId, number: ExtensionNumber) -> Result<bool, DbError> {
    let account = scope.account();
    let sql = "SELECT 1 FROM extensions WHERE account = ? AND number = ?";
    if !rows(tx, sql, vec![account.to_string().into(), number.to_string().into()]).await?.is_empty() {
        return Ok(false);
    }
    let id = ExtensionId::new(tx.now(), tx.entropy());
    let values = vec![
        id.to_string().into(),
        account.to_string().into(),
        number.to_string().into(),
        user.to_string().into(),
        tx.now().0.into(),
    ];
    tx.run("INSERT INTO extensions (id, account, number, owner_user, created) VALUES (?, ?, ?, ?, ?)", values).await?;
    tx.world_change(account, move |world| world.upsert_extension(Extension { id, number, owner: Owner::User(user) }));
    Ok(true)
}

/// Joins a group again at the old place, if the group is still there.
async fn join(tx: &mut Tx, scope: &Scope, user: UserId, group: GroupId, position: i32) -> Result<(), DbError> {
    let account = scope.account();
    let values = vec![
        account.to_string().into(),
        group.to_string().into(),
        user.to_string().into(),
        position.into(),
        account.to_string().into(),
        group.to_string().into(),
    ];
    let sql = "INSERT INTO group_members (account, \"group\", \"user\", position) \
               SELECT ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM groups WHERE account = ? AND id = ?)";
    if tx.run(sql, values).await? == 0 {
        return Ok(());
    }
    let sql = "SELECT \"user\" FROM group_members WHERE account = ? AND \"group\" = ? ORDER BY position, \"user\"";
    let mut members = Vec::new();
    for row in rows(tx, sql, vec![account.to_string().into(), group.to_string().into()]).await? {
        members.push(parsed::<UserId>(&row, 0, "group_members.user")?);
    }
    tx.world_change(account, move |world| {
        if let Some(mut changed) = world.group(group).cloned() {
            changed.members = members;
            world.upsert_group(changed);
        }
    });
    Ok(())
}

/// Removes for good what was deleted before `before`.
pub(crate) async fn purge(tx: &Tx, before: i64) -> Result<u64, DbError> {
    tx.run("DELETE FROM routing_versions WHERE owner IN (SELECT id FROM users WHERE deleted < ?)", vec![before.into()])
        .await?;
    for table in ["devices", "ring_steps", "sessions", "tokens", "one_time_links", "email_changes", "mails"] {
        let sql = format!("DELETE FROM {table} WHERE \"user\" IN (SELECT id FROM users WHERE deleted < ?)");
        tx.run(&sql, vec![before.into()]).await?;
    }
    tx.run("DELETE FROM users WHERE deleted < ?", vec![before.into()]).await
}
