//! The table `imports`.

pub(super) mod snapshot;

use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use types::ids::{ImportId, UserId};

use super::journal::Journal;
use super::model::{Column, Counts, Kept, Mode, Row, State};
use super::text::Source;
use crate::db::{DbError, Tx, statement};
use crate::scope::Scope;

/// What is small enough to be read for a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head {
    pub columns: Vec<Column>,
    pub ignored: Vec<String>,
    pub counts: Counts,
}

/// An import as stored, without its rows.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub id: ImportId,
    pub user: Option<UserId>,
    pub mode: Mode,
    pub state: State,
    pub created: i64,
    pub applied: Option<i64>,
    pub head: Head,
    pub kept: Vec<Kept>,
}

const COLUMNS: &str = "SELECT id, \"user\", mode, state, created, applied, head, kept FROM imports WHERE account = ?";

fn json<T: DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|_| DbError::Damaged("imports"))
}

fn text(value: &impl Serialize) -> Result<Value, DbError> {
    serde_json::to_string(value).map(Into::into).map_err(|_| DbError::Damaged("imports"))
}

fn key(scope: &Scope, id: ImportId) -> Vec<Value> {
    vec![scope.account().to_string().into(), id.to_string().into()]
}

pub(super) async fn insert(
    tx: &Tx,
    scope: &Scope,
    id: ImportId,
    mode: Mode,
    head: &Head,
    source: &[Source],
    rows: &[Row],
) -> Result<(), DbError> {
    let mode = serde_json::to_value(mode).ok().and_then(|mode| mode.as_str().map(str::to_owned));
    tx.run(
        "INSERT INTO imports (id, account, \"user\", mode, state, created, head, source, rows) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        vec![
            id.to_string().into(),
            scope.account().to_string().into(),
            scope.user().map(|user| user.to_string()).into(),
            mode.unwrap_or_default().into(),
            State::Preview.as_str().into(),
            tx.now().0.into(),
            text(head)?,
            text(&source)?,
            text(&rows)?,
        ],
    )
    .await
    .map(drop)
}

/// Imports, newest first.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    before: Option<ImportId>,
    limit: u64,
) -> Result<Vec<Stored>, DbError> {
    let mut values: Vec<Value> = vec![scope.account().to_string().into()];
    let mut sql = COLUMNS.to_owned();
    if let Some(before) = before {
        sql.push_str(" AND id < ?");
        values.push(before.to_string().into());
    }
    sql.push_str(" ORDER BY id DESC LIMIT ?");
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    db.query_all_raw(statement(db, &sql, values)).await?.iter().map(read).collect()
}

pub(super) async fn find(db: &impl ConnectionTrait, scope: &Scope, id: ImportId) -> Result<Option<Stored>, DbError> {
    let sql = format!("{COLUMNS} AND id = ?");
    db.query_one_raw(statement(db, &sql, key(scope, id))).await?.as_ref().map(read).transpose()
}

fn read(row: &QueryResult) -> Result<Stored, DbError> {
    let get = |index| row.try_get_by_index::<String>(index).map_err(DbError::from);
    let kept: Option<String> = row.try_get_by_index(7)?;
    let user: Option<String> = row.try_get_by_index(1)?;
    Ok(Stored {
        id: get(0)?.parse().map_err(|_| DbError::Damaged("imports.id"))?,
        user: user.map(|user| user.parse()).transpose().map_err(|_| DbError::Damaged("imports.user"))?,
        mode: serde_json::from_value(get(2)?.into()).map_err(|_| DbError::Damaged("imports.mode"))?,
        state: State::from_stored(&get(3)?).ok_or(DbError::Damaged("imports.state"))?,
        created: row.try_get_by_index(4)?,
        applied: row.try_get_by_index(5)?,
        head: json(&get(6)?)?,
        kept: kept.as_deref().map(json).transpose()?.unwrap_or_default(),
    })
}

async fn one(db: &impl ConnectionTrait, sql: &str, scope: &Scope, id: ImportId) -> Result<Option<String>, DbError> {
    let row = db.query_one_raw(statement(db, sql, key(scope, id))).await?;
    Ok(row.map(|row| row.try_get_by_index::<Option<String>>(0)).transpose()?.flatten())
}

/// The preview, row by row.
pub(super) async fn rows(db: &impl ConnectionTrait, scope: &Scope, id: ImportId) -> Result<Vec<Row>, DbError> {
    json(&one(db, "SELECT rows FROM imports WHERE account = ? AND id = ?", scope, id).await?.unwrap_or_default())
}

/// The rows as they were handed in.
pub(super) async fn source(db: &impl ConnectionTrait, scope: &Scope, id: ImportId) -> Result<Vec<Source>, DbError> {
    json(&one(db, "SELECT source FROM imports WHERE account = ? AND id = ?", scope, id).await?.unwrap_or_default())
}

/// What it did.
pub(super) async fn journal(db: &impl ConnectionTrait, scope: &Scope, id: ImportId) -> Result<Journal, DbError> {
    json(&one(db, "SELECT journal FROM imports WHERE account = ? AND id = ?", scope, id).await?.unwrap_or_default())
}

/// Notes that it was carried out. The rows then name the users who were added.
pub(super) async fn set_done(
    tx: &Tx,
    scope: &Scope,
    id: ImportId,
    rows: &[Row],
    journal: &Journal,
) -> Result<(), DbError> {
    let mut values = vec![State::Done.as_str().into(), tx.now().0.into(), text(&rows)?, text(journal)?];
    values.extend(key(scope, id));
    let sql = "UPDATE imports SET state = ?, applied = ?, rows = ?, journal = ? WHERE account = ? AND id = ?";
    tx.run(sql, values).await.map(drop)
}

/// Notes that it was undone, and what was left as it is.
pub(super) async fn set_undone(tx: &Tx, scope: &Scope, id: ImportId, kept: &[Kept]) -> Result<(), DbError> {
    let mut values = vec![State::Undone.as_str().into(), tx.now().0.into(), text(&kept)?];
    values.extend(key(scope, id));
    let sql = "UPDATE imports SET state = ?, undone = ?, kept = ?, journal = NULL WHERE account = ? AND id = ?";
    tx.run(sql, values).await.map(drop)
}

/// Notes that it ran into an error; one that was carried out stays so.
pub(super) async fn set_failed(tx: &Tx, scope: &Scope, id: ImportId) -> Result<(), DbError> {
    let mut values = vec![State::Failed.as_str().into()];
    values.extend(key(scope, id));
    tx.run("UPDATE imports SET state = ? WHERE account = ? AND id = ? AND applied IS NULL", values).await.map(drop)
}

/// Forgets previews beyond the newest few of the account, so that looking at files does not fill the disk.
pub(super) async fn forget_previews(tx: &Tx, scope: &Scope, keep: u64) -> Result<(), DbError> {
    let account = || scope.account().to_string().into();
    let preview = || State::Preview.as_str().into();
    let keep = i64::try_from(keep).unwrap_or(i64::MAX);
    let sql = "DELETE FROM imports WHERE account = ? AND state = ? AND id NOT IN \
               (SELECT id FROM imports WHERE account = ? AND state = ? ORDER BY id DESC LIMIT ?)";
    tx.run(sql, vec![account(), preview(), account(), preview(), keep.into()]).await.map(drop)
}

/// Forgets, in all accounts, what nobody can carry out or undo any more: it is full of people's names.
pub(super) async fn purge(tx: &Tx, previews: i64, done: i64) -> Result<(), DbError> {
    tx.run(
        "DELETE FROM imports WHERE (applied IS NULL AND created < ?) OR applied < ?",
        vec![previews.into(), done.into()],
    )
    .await
    .map(drop)
}
