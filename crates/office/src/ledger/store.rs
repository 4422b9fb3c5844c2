//! The tables `registrations`, `open_calls`, `calls` and `call_participants`, written in bulk.

use sea_orm::Value;
use types::ids::CallId;
use types::sip_id::SipId;

use super::entry::{OpenCall, RegistrationChange, Stored};
use super::group::Group;
use crate::calls;
use crate::db::{Db, DbError, Tx};

/// Writes a group. `first` are the phones of it that never registered before.
pub(super) async fn write(tx: &Tx, group: &Group, first: &[SipId]) -> Result<(), DbError> {
    registrations(tx, group).await?;
    first_registrations(tx, first).await?;
    opened(tx, group).await?;
    changed(tx, group).await?;
    ended(tx, group).await
}

/// What was durable when the process ended. Phones and calls of accounts that are gone are left out by whoever asks.
pub(crate) async fn stored(db: &Db) -> Result<Stored, DbError> {
    let mut stored = Stored::default();
    let sql = "SELECT sip_id, account, device, bindings, expires, user_agent, address FROM registrations";
    db.each_row(sql, |row| {
        stored.registrations.push(RegistrationChange {
            sip_id: SipId::from_i64(row.integer(0)?).ok_or(DbError::Damaged("registrations.sip_id"))?,
            account: row.id(1)?,
            device: row.id(2)?,
            bindings: row.bytes(3)?.to_vec(),
            expires: types::clock::Timestamp(row.integer(4)?),
            user_agent: row.text(5)?.to_owned(),
            address: row.text(6)?.to_owned(),
            removed: false,
        });
        Ok(())
    })
    .await?;
    db.each_row("SELECT id, account, started, state FROM open_calls ORDER BY id", |row| {
        stored.open_calls.push(OpenCall {
            call: row.id(0)?,
            account: row.id(1)?,
            started: types::clock::Timestamp(row.integer(2)?),
            state: row.text(3)?.to_owned(),
        });
        Ok(())
    })
    .await?;
    Ok(stored)
}

async fn registrations(tx: &Tx, group: &Group) -> Result<(), DbError> {
    let (removed, present): (Vec<_>, Vec<_>) = group.registrations.values().partition(|change| change.removed);
    tx.rows(
        "INSERT INTO registrations (sip_id, account, device, bindings, expires, user_agent, address) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?)",
        " ON CONFLICT (sip_id) DO UPDATE SET bindings = excluded.bindings, expires = excluded.expires, \
         user_agent = excluded.user_agent, address = excluded.address",
        present.iter().map(|change| {
            [
                change.sip_id.as_i64().into(),
                change.account.to_string().into(),
                change.device.to_string().into(),
                change.bindings.clone().into(),
                change.expires.0.into(),
                change.user_agent.as_str().into(),
                change.address.as_str().into(),
            ]
        }),
    )
    .await?;
    let gone = removed.iter().map(|change| [Value::from(change.sip_id.as_i64())]);
    tx.rows("DELETE FROM registrations WHERE sip_id IN (", "?", ")", gone).await
}

async fn first_registrations(tx: &Tx, first: &[SipId]) -> Result<(), DbError> {
    let sql =
        format!("UPDATE devices SET first_registered = {} WHERE first_registered IS NULL AND sip_id IN (", tx.now().0);
    tx.rows(&sql, "?", ")", first.iter().map(|sip_id| [Value::from(sip_id.as_i64())])).await
}

async fn opened(tx: &Tx, group: &Group) -> Result<(), DbError> {
    // A call that has its record is over, whatever comes late.
    tx.rows(
        "INSERT INTO open_calls (id, account, started, state) SELECT * FROM (VALUES ",
        "(?, ?, ?, ?)",
        ") AS opened \
         WHERE NOT EXISTS (SELECT 1 FROM calls WHERE calls.id = opened.column1) ON CONFLICT (id) DO UPDATE SET state = excluded.state",
        group.opened.values().map(open_call),
    )
    .await
}

async fn changed(tx: &Tx, group: &Group) -> Result<(), DbError> {
    tx.rows(
        "UPDATE open_calls SET state = changed.column2 FROM (VALUES ",
        "(?, ?)",
        ") AS changed WHERE open_calls.id = changed.column1",
        group.changed.values().map(|open| [open.call.to_string().into(), open.state.as_str().into()]),
    )
    .await
}

fn open_call(open: &OpenCall) -> [Value; 4] {
    [open.call.to_string().into(), open.account.to_string().into(), open.started.0.into(), open.state.as_str().into()]
}

async fn ended(tx: &Tx, group: &Group) -> Result<(), DbError> {
    let ids = group.ended.keys().map(|call: &CallId| [Value::from(call.to_string())]);
    tx.rows("DELETE FROM open_calls WHERE id IN (", "?", ")", ids).await?;
    calls::keep(tx, group.ended.values().map(|record| &**record)).await
}
