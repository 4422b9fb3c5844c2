//! The tables `registrations`, `open_calls`, `heartbeats`, `calls` and `call_participants`, written in bulk.

use callflow::CallRecord;
use sea_orm::Value;
use types::clock::Timestamp;
use types::sip_id::SipId;

use super::entry::{Heartbeat, OpenCall, RegistrationChange, Stored};
use super::group::Group;
use crate::calls;
use crate::db::{Batch, Db, DbError};
use crate::directory::Mode;

/// What a group comes to. `first` are the phones of it that never registered before `now`.
///
/// `keeps` says what the account of a record keeps of it.
pub(super) fn batch(
    group: &Group,
    first: &[SipId],
    now: Timestamp,
    keeps: impl Fn(&CallRecord) -> Option<Mode>,
) -> Batch {
    let mut batch = Batch::default();
    registrations(&mut batch, group);
    first_registrations(&mut batch, first, now);
    opened(&mut batch, group);
    changed(&mut batch, group);
    alive(&mut batch, group);
    ended(&mut batch, group, keeps);
    batch
}

/// What was durable when the process ended. Phones and calls of accounts that are gone are left out by whoever asks.
/// There are very many phones, so each registration is handed over as it is read.
pub(crate) async fn stored(db: &Db, mut phone: impl FnMut(RegistrationChange) + Send) -> Result<Stored, DbError> {
    let mut stored = Stored::default();
    let sql = "SELECT sip_id, account, device, bindings, expires, user_agent, address FROM registrations";
    db.each_row(sql, |row| {
        phone(RegistrationChange {
            sip_id: SipId::from_i64(row.integer(0)?).ok_or(DbError::Damaged("registrations.sip_id"))?,
            account: row.id(1)?,
            device: row.id(2)?,
            bindings: row.bytes(3)?.to_vec(),
            expires: Timestamp(row.integer(4)?),
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
            started: Timestamp(row.integer(2)?),
            state: row.text(3)?.to_owned(),
        });
        Ok(())
    })
    .await?;
    db.each_row("SELECT run, milliseconds FROM heartbeats", |row| {
        stored.heartbeat = Some(Heartbeat { run: row.integer(0)?, milliseconds: row.integer(1)? });
        Ok(())
    })
    .await?;
    Ok(stored)
}

fn registrations(batch: &mut Batch, group: &Group) {
    let present = group.registrations.values().filter(|change| !change.removed);
    batch.rows(
        "INSERT INTO registrations (sip_id, account, device, bindings, expires, user_agent, address) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?)",
        " ON CONFLICT (sip_id) DO UPDATE SET bindings = excluded.bindings, expires = excluded.expires, \
         user_agent = excluded.user_agent, address = excluded.address",
        present.map(|change| {
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
    );
    let removed = group.registrations.values().filter(|change| change.removed);
    let gone = removed.map(|change| [Value::from(change.sip_id.as_i64())]);
    batch.rows("DELETE FROM registrations WHERE sip_id IN (", "?", ")", gone);
}

fn first_registrations(batch: &mut Batch, first: &[SipId], now: Timestamp) {
    batch.rows(
        "UPDATE devices SET first_registered = seen.column2 FROM (VALUES ",
        "(?, ?)",
        ") AS seen WHERE devices.sip_id = seen.column1 AND devices.first_registered IS NULL",
        first.iter().map(|sip_id| [sip_id.as_i64().into(), now.0.into()]),
    );
}

fn opened(batch: &mut Batch, group: &Group) {
    // A call that has its record is over, whatever comes late.
    batch.rows(
        "INSERT INTO open_calls (id, account, started, state) SELECT * FROM (VALUES ",
        "(?, ?, ?, ?)",
        ") AS opened \
         WHERE NOT EXISTS (SELECT 1 FROM calls WHERE calls.id = opened.column1) ON CONFLICT (id) DO UPDATE SET state = excluded.state",
        group.opened.values().map(open_call),
    );
}

fn changed(batch: &mut Batch, group: &Group) {
    batch.rows(
        "UPDATE open_calls SET state = changed.column2 FROM (VALUES ",
        "(?, ?)",
        ") AS changed WHERE open_calls.id = changed.column1",
        group.changed.values().map(|open| [open.call.to_string().into(), open.state.as_str().into()]),
    );
}

/// One row, whatever there is of calls: the price of a heartbeat does not grow with them.
fn alive(batch: &mut Batch, group: &Group) {
    const EXCHANGE: i64 = 1;
    batch.rows(
        "INSERT INTO heartbeats (exchange, run, milliseconds) VALUES ",
        "(?, ?, ?)",
        " ON CONFLICT (exchange) DO UPDATE SET run = excluded.run, milliseconds = excluded.milliseconds",
        group.heartbeat.map(|heartbeat| [EXCHANGE.into(), heartbeat.run.into(), heartbeat.milliseconds.into()]),
    );
}

fn open_call(open: &OpenCall) -> [Value; 4] {
    [open.call.to_string().into(), open.account.to_string().into(), open.started.0.into(), open.state.as_str().into()]
}

fn ended(batch: &mut Batch, group: &Group, keeps: impl Fn(&CallRecord) -> Option<Mode>) {
    let ids = group.ended.keys().map(|call| [Value::from(call.to_string())]);
    batch.rows("DELETE FROM open_calls WHERE id IN (", "?", ")", ids);
    calls::keep(batch, group.ended.values().map(|record| &**record), keeps);
}
