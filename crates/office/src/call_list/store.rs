//! The table `call_list_settings`, and what is done with many rows of `calls` at once.

use callflow::CallRecord;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use types::clock::Timestamp;
use types::ids::{AccountId, CallId};

use super::model::{Existing, Stored, Sweep, Then};
use super::rules::{self, Filter};
use crate::db::{DbError, Tx, statement};
use crate::directory::Mode;
use crate::http::Moment;
use crate::scope::Scope;

async fn rows(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, DbError> {
    Ok(db.query_all_raw(statement(db, sql, values)).await?)
}

pub(super) async fn settings(db: &impl ConnectionTrait, account: AccountId) -> Result<Stored, DbError> {
    let sql = "SELECT mode, since, then_mode, then_from, declaration, sweep, sweep_before, version \
               FROM call_list_settings WHERE account = ?";
    let found = rows(db, sql, vec![account.to_string().into()]).await?;
    found.first().map_or_else(|| Ok(Stored::default()), read_settings)
}

fn read_settings(row: &QueryResult) -> Result<Stored, DbError> {
    let damaged = || DbError::Damaged("call_list_settings");
    let mode = |index| -> Result<Option<Mode>, DbError> {
        let text: Option<String> = row.try_get_by_index(index)?;
        text.map(|text| Mode::from_stored(&text).ok_or_else(damaged)).transpose()
    };
    let moment = |index| -> Result<Option<Moment>, DbError> {
        Ok(row.try_get_by_index::<Option<i64>>(index)?.map(Moment::from_millis))
    };
    let sweep: Option<String> = row.try_get_by_index(5)?;
    let existing = sweep.map(|text| Existing::from_stored(&text).ok_or_else(damaged)).transpose()?;
    let declaration: String = row.try_get_by_index(4)?;
    Ok(Stored {
        mode: mode(0)?,
        since: moment(1)?,
        then: mode(2)?.zip(moment(3)?).map(|(mode, from)| Then { mode, from }),
        declaration: serde_json::from_str(&declaration).map_err(|_| damaged())?,
        sweep: existing.zip(moment(6)?).map(|(existing, before)| Sweep { existing, before }),
        version: row.try_get_by_index(7)?,
    })
}

pub(super) async fn write_settings(tx: &Tx, account: AccountId, settings: &Stored) -> Result<(), DbError> {
    let text = |text: Option<&str>| Value::String(text.map(str::to_owned));
    let moment = |moment: Option<Moment>| Value::BigInt(moment.map(|moment| moment.0.0));
    let sql = "INSERT INTO call_list_settings (account, mode, since, then_mode, then_from, declaration, sweep, sweep_before, \
               version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account) DO UPDATE SET mode = excluded.mode, \
               since = excluded.since, then_mode = excluded.then_mode, then_from = excluded.then_from, \
               declaration = excluded.declaration, sweep = excluded.sweep, sweep_before = excluded.sweep_before, \
               version = excluded.version";
    let values = vec![
        account.to_string().into(),
        text(settings.mode.map(Mode::as_str)),
        moment(settings.since),
        text(settings.then.map(|then| then.mode.as_str())),
        moment(settings.then.map(|then| then.from)),
        serde_json::to_string(&settings.declaration).unwrap_or_default().into(),
        text(settings.sweep.map(|sweep| sweep.existing.as_str())),
        moment(settings.sweep.map(|sweep| sweep.before)),
        settings.version.into(),
    ];
    tx.run(sql, values).await.map(drop)
}

/// Accounts with older records that are still to be dealt with.
pub(super) async fn unswept(db: &impl ConnectionTrait) -> Result<Vec<AccountId>, DbError> {
    let sql = "SELECT account FROM call_list_settings WHERE sweep IS NOT NULL";
    let found = rows(db, sql, Vec::new()).await?;
    let account = |row: &QueryResult| {
        row.try_get_by_index::<String>(0)?.parse().map_err(|_| DbError::Damaged("call_list_settings.account"))
    };
    found.iter().map(account).collect()
}

/// What makes a row hold more than a choice wants; a text without arguments.
fn holds_more_than(mode: Option<Mode>) -> &'static str {
    match mode {
        None | Some(Mode::Complete) => "1 = 0",
        Some(Mode::Shortened) => "NOT shortened",
        Some(Mode::DoNotSave) => "1 = 1",
    }
}

/// How many records hold more than the choice wants.
pub(super) async fn count_older(
    db: &impl ConnectionTrait,
    account: AccountId,
    mode: Option<Mode>,
) -> Result<i64, DbError> {
    let sql = format!("SELECT count(*) FROM calls WHERE account = ? AND {}", holds_more_than(mode));
    let found = rows(db, &sql, vec![account.to_string().into()]).await?;
    Ok(found.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(0))
}

/// Some records that ended before a moment and hold more than the choice wants.
pub(super) async fn older(
    tx: &Tx,
    account: AccountId,
    mode: Option<Mode>,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<CallRecord>, DbError> {
    let sql = format!(
        "SELECT record FROM calls WHERE account = ? AND ended < ? AND {} ORDER BY started LIMIT {limit}",
        holds_more_than(mode)
    );
    let values = vec![account.to_string().into(), before.0.into()];
    rows(tx.conn(), &sql, values).await?.iter().map(|row| record(row, 0)).collect()
}

/// Some records of calls that began before a moment.
pub(super) async fn begun_before(
    tx: &Tx,
    account: AccountId,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<CallRecord>, DbError> {
    let sql = format!("SELECT record FROM calls WHERE account = ? AND started < ? ORDER BY started LIMIT {limit}");
    let values = vec![account.to_string().into(), before.0.into()];
    rows(tx.conn(), &sql, values).await?.iter().map(|row| record(row, 0)).collect()
}

/// Records that administrators may see, newest first.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    before: Option<(i64, CallId)>,
    limit: u64,
) -> Result<Vec<CallRecord>, DbError> {
    let mut sql = String::from("SELECT record FROM calls WHERE account = ? AND mode IN ('complete', 'shortened')");
    let mut values: Vec<Value> = vec![scope.account().to_string().into()];
    let mut and = |text: &str, more: Vec<Value>| {
        sql.push_str(" AND ");
        sql.push_str(text);
        values.extend(more);
    };
    if let Some(from) = filter.from {
        and("started >= ?", vec![from.0.into()]);
    }
    if let Some(to) = filter.to {
        and("started < ?", vec![to.0.into()]);
    }
    if let Some(direction) = filter.direction {
        let kinds = rules::kinds(direction);
        let places = vec!["?"; kinds.len()].join(", ");
        and(&format!("kind IN ({places})"), kinds.iter().map(|kind| (*kind).into()).collect());
    }
    if let Some(user) = filter.user {
        let took_part = "EXISTS (SELECT 1 FROM call_participants WHERE call_participants.\"user\" = ? \
                         AND call_participants.started = calls.started AND call_participants.\"call\" = calls.id)";
        and(took_part, vec![user.to_string().into()]);
    }
    if let Some((started, call)) = before {
        and("(started < ? OR (started = ? AND id < ?))", vec![started.into(), started.into(), call.to_string().into()]);
    }
    sql.push_str(" ORDER BY started DESC, id DESC LIMIT ?");
    values.push(Value::from(i64::try_from(limit).unwrap_or(i64::MAX)));
    rows(db, &sql, values).await?.iter().map(|row| record(row, 0)).collect()
}

fn record(row: &QueryResult, index: usize) -> Result<CallRecord, DbError> {
    let text: String = row.try_get_by_index(index)?;
    serde_json::from_str(&text).map_err(|_| DbError::Damaged("calls.record"))
}
