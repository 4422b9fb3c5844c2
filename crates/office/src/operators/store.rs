//! The operators' tables, and accounts and numbers as seen from outside.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, QueryResult, Value};
use types::e164::E164;
use types::ids::{AccountId, AuditId, NumberId, OperatorId, SessionId};
use types::secret::Secret;

use super::model::{AccountName, Entry, HostedNumber, Stored};
use crate::db::{DbError, Tx, statement};
use crate::http::Moment;
use crate::scope::Operator;

fn parsed<T: std::str::FromStr>(row: &QueryResult, index: usize) -> Result<T, DbError> {
    row.try_get_by_index::<String>(index)?.parse().map_err(|_| DbError::Damaged("an operator's row"))
}

async fn one(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<Option<QueryResult>, DbError> {
    Ok(db.query_one_raw(statement(db, sql, values)).await?)
}

fn operator(row: &QueryResult) -> Result<Stored, DbError> {
    let hash: Option<String> = row.try_get_by_index(2)?;
    Ok(Stored { id: parsed(row, 0)?, email: row.try_get_by_index(1)?, password_hash: hash.map(Secret::new) })
}

pub(super) async fn by_email(db: &impl ConnectionTrait, key: &str) -> Result<Option<Stored>, DbError> {
    let sql = "SELECT id, email, password_hash FROM operators WHERE email_key = ?";
    one(db, sql, vec![key.into()]).await?.as_ref().map(operator).transpose()
}

pub(super) async fn by_id(db: &impl ConnectionTrait, id: OperatorId) -> Result<Option<Stored>, DbError> {
    let sql = "SELECT id, email, password_hash FROM operators WHERE id = ?";
    one(db, sql, vec![id.to_string().into()]).await?.as_ref().map(operator).transpose()
}

pub(super) async fn insert(tx: &Tx, id: OperatorId, email: &str, key: String) -> Result<(), DbError> {
    let values = vec![id.to_string().into(), email.into(), key.into(), tx.now().0.into()];
    tx.run("INSERT INTO operators (id, email, email_key, created) VALUES (?, ?, ?, ?)", values).await.map(drop)
}

pub(super) async fn delete(tx: &Tx, id: OperatorId) -> Result<(), DbError> {
    shut_out(tx, id).await?;
    tx.run("DELETE FROM operators WHERE id = ?", vec![id.to_string().into()]).await.map(drop)
}

/// Ends everything that lets an operator in but the password.
pub(super) async fn shut_out(tx: &Tx, id: OperatorId) -> Result<(), DbError> {
    tx.run("DELETE FROM operator_sessions WHERE operator = ?", vec![id.to_string().into()]).await?;
    tx.run("DELETE FROM operator_links WHERE operator = ?", vec![id.to_string().into()]).await.map(drop)
}

pub(super) async fn set_password(tx: &Tx, id: OperatorId, hash: String) -> Result<(), DbError> {
    let values = vec![hash.into(), id.to_string().into()];
    tx.run("UPDATE operators SET password_hash = ? WHERE id = ?", values).await.map(drop)
}

/// Stores a link in place of every other of the operator.
pub(super) async fn replace_link(tx: &Tx, id: OperatorId, token_hash: String, expires: i64) -> Result<(), DbError> {
    tx.run("DELETE FROM operator_links WHERE operator = ?", vec![id.to_string().into()]).await?;
    let values = vec![token_hash.into(), id.to_string().into(), tx.now().0.into(), expires.into()];
    let sql = "INSERT INTO operator_links (token_hash, operator, created, expires) VALUES (?, ?, ?, ?)";
    tx.run(sql, values).await.map(drop)
}

/// Whose an unused link is, and until when.
pub(super) async fn link(
    db: &impl ConnectionTrait,
    token_hash: &str,
    now: i64,
) -> Result<Option<(OperatorId, i64)>, DbError> {
    let sql = "SELECT operator, expires FROM operator_links WHERE token_hash = ? AND used IS NULL AND expires > ?";
    let Some(row) = one(db, sql, vec![token_hash.into(), now.into()]).await? else { return Ok(None) };
    Ok(Some((parsed(&row, 0)?, row.try_get_by_index(1)?)))
}

/// Uses a link. Of two requests at once only one is answered true.
pub(super) async fn use_link(tx: &Tx, token_hash: &str) -> Result<bool, DbError> {
    let now = tx.now().0;
    let sql = "UPDATE operator_links SET used = ? WHERE token_hash = ? AND used IS NULL AND expires > ?";
    Ok(tx.run(sql, vec![now.into(), token_hash.into(), now.into()]).await? == 1)
}

/// A session about to be stored.
pub(super) struct NewSession {
    pub id: SessionId,
    pub token_hash: String,
    pub expires: i64,
    pub user_agent: String,
    pub address: String,
}

pub(super) async fn insert_session(tx: &Tx, operator: OperatorId, new: NewSession) -> Result<(), DbError> {
    let values = vec![
        new.token_hash.into(),
        new.id.to_string().into(),
        operator.to_string().into(),
        tx.now().0.into(),
        new.expires.into(),
        new.user_agent.into(),
        new.address.into(),
    ];
    let sql = "INSERT INTO operator_sessions (token_hash, id, operator, created, expires, user_agent, address) \
               VALUES (?, ?, ?, ?, ?, ?, ?)";
    tx.run(sql, values).await.map(drop)
}

/// The operator and session behind a token.
pub(super) async fn session(
    db: &impl ConnectionTrait,
    token_hash: &str,
    now: i64,
) -> Result<Option<(OperatorId, SessionId)>, DbError> {
    let sql = "SELECT s.operator, s.id FROM operator_sessions s JOIN operators o ON o.id = s.operator \
               WHERE s.token_hash = ? AND s.expires > ?";
    let Some(row) = one(db, sql, vec![token_hash.into(), now.into()]).await? else { return Ok(None) };
    Ok(Some((parsed(&row, 0)?, parsed(&row, 1)?)))
}

/// Whether the operator has a session from this address.
pub(super) async fn has_session_from(
    db: &impl ConnectionTrait,
    operator: OperatorId,
    address: &str,
) -> Result<bool, DbError> {
    let sql = "SELECT 1 FROM operator_sessions WHERE operator = ? AND address = ?";
    Ok(one(db, sql, vec![operator.to_string().into(), address.into()]).await?.is_some())
}

/// Ends the operator's sessions: one, or all.
pub(super) async fn delete_sessions(tx: &Tx, operator: OperatorId, only: Option<SessionId>) -> Result<(), DbError> {
    let mut values: Vec<Value> = vec![operator.to_string().into()];
    let mut sql = "DELETE FROM operator_sessions WHERE operator = ?".to_owned();
    if let Some(session) = only {
        sql.push_str(" AND id = ?");
        values.push(session.to_string().into());
    }
    tx.run(&sql, values).await.map(drop)
}

/// Forgets sessions and links whose time has passed; all of them for a database from a backup.
pub(super) async fn sweep(tx: &Tx, until: i64) -> Result<(), DbError> {
    tx.run("DELETE FROM operator_sessions WHERE expires <= ?", vec![until.into()]).await?;
    tx.run("DELETE FROM operator_links WHERE expires <= ? OR used IS NOT NULL", vec![until.into()]).await.map(drop)
}

pub(super) async fn record(
    tx: &Tx,
    who: Option<&Operator>,
    action: &str,
    object: String,
    after: Option<serde_json::Value>,
) -> Result<(), DbError> {
    let source = who.and_then(|who| who.source).map(|source| source.to_string()).unwrap_or_default();
    let values = vec![
        AuditId::new(tx.now(), tx.entropy()).to_string().into(),
        tx.now().0.into(),
        Value::String(who.map(|who| who.id.to_string())),
        source.into(),
        action.into(),
        object.into(),
        Value::String(after.map(|after| after.to_string())),
    ];
    let sql =
        "INSERT INTO operator_audit (id, at, operator, source, action, object, after) VALUES (?, ?, ?, ?, ?, ?, ?)";
    tx.run(sql, values).await.map(drop)
}

pub(super) async fn audit(
    db: &impl ConnectionTrait,
    before: Option<AuditId>,
    limit: u64,
) -> Result<Vec<Entry>, DbError> {
    let mut values: Vec<Value> = Vec::new();
    let mut sql = "SELECT a.id, a.at, o.email, a.source, a.action, a.object, a.after FROM operator_audit a \
                   LEFT JOIN operators o ON o.id = a.operator"
        .to_owned();
    if let Some(before) = before {
        sql.push_str(" WHERE a.id < ?");
        values.push(before.to_string().into());
    }
    sql.push_str(" ORDER BY a.id DESC LIMIT ?");
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let rows = db.query_all_raw(statement(db, &sql, values)).await?;
    rows.iter()
        .map(|row| {
            let after: Option<String> = row.try_get_by_index(6)?;
            Ok(Entry {
                id: parsed(row, 0)?,
                at: Moment::from_millis(row.try_get_by_index(1)?),
                operator: row.try_get_by_index(2)?,
                source: row.try_get_by_index(3)?,
                action: row.try_get_by_index(4)?,
                object: row.try_get_by_index(5)?,
                after: after.and_then(|after| serde_json::from_str(&after).ok()),
            })
        })
        .collect()
}

/// How much is in each of these accounts: users, phones, numbers.
pub(super) async fn counts(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
) -> Result<BTreeMap<AccountId, [u64; 3]>, DbError> {
    let mut counts: BTreeMap<AccountId, [u64; 3]> = BTreeMap::new();
    if accounts.is_empty() {
        return Ok(counts);
    }
    let places = vec!["?"; accounts.len()].join(", ");
    let values = || accounts.iter().map(|account| Value::from(account.to_string())).collect::<Vec<_>>();
    let conditions = [("users", "AND deleted IS NULL"), ("devices", ""), ("numbers", "")].into_iter().enumerate();
    for (index, (table, condition)) in conditions {
        let sql =
            format!("SELECT account, COUNT(*) FROM {table} WHERE account IN ({places}) {condition} GROUP BY account");
        for row in db.query_all_raw(statement(db, &sql, values())).await? {
            let count = u64::try_from(row.try_get_by_index::<i64>(1)?).unwrap_or(0);
            if let Some(place) = counts.entry(parsed(&row, 0)?).or_default().get_mut(index) {
                *place = count;
            }
        }
    }
    Ok(counts)
}

/// Which numbers a list holds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NumberFilter {
    /// Only free ones (true), or only those that accounts have.
    pub free: Option<bool>,
    /// Only those of this account.
    pub account: Option<AccountId>,
}

/// Numbers of the installation by value.
pub(super) async fn numbers(
    db: &impl ConnectionTrait,
    filter: NumberFilter,
    after: Option<E164>,
    limit: u64,
) -> Result<Vec<HostedNumber>, DbError> {
    let mut values: Vec<Value> = Vec::new();
    let mut sql = "SELECT n.id, n.e164, n.account, a.name, n.from_pool, n.created FROM numbers n \
                   LEFT JOIN accounts a ON a.id = n.account WHERE 1 = 1"
        .to_owned();
    match filter.free {
        Some(true) => sql.push_str(" AND n.account IS NULL"),
        Some(false) => sql.push_str(" AND n.account IS NOT NULL"),
        None => {}
    }
    if let Some(account) = filter.account {
        sql.push_str(" AND n.account = ?");
        values.push(account.to_string().into());
    }
    if let Some(after) = after {
        sql.push_str(" AND n.e164 > ?");
        values.push(after.to_string().into());
    }
    sql.push_str(" ORDER BY n.e164 LIMIT ?");
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let rows = db.query_all_raw(statement(db, &sql, values)).await?;
    rows.iter()
        .map(|row| {
            let (account, name): (Option<String>, Option<String>) =
                (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
            let account = account.map(|id| id.parse()).transpose().map_err(|_| DbError::Damaged("numbers.account"))?;
            Ok(HostedNumber {
                id: parsed(row, 0)?,
                number: parsed(row, 1)?,
                account: account.map(|id| AccountName { id, name: name.unwrap_or_default() }),
                from_pool: row.try_get_by_index(4)?,
                created_at: Moment::from_millis(row.try_get_by_index(5)?),
            })
        })
        .collect()
}

pub(super) async fn insert_numbers(tx: &Tx, numbers: &[(NumberId, E164)]) -> Result<(), DbError> {
    let now = tx.now().0;
    let rows = numbers.iter().map(|(id, number)| {
        [
            id.to_string().into(),
            number.to_string().into(),
            "unassigned".into(),
            1i64.into(),
            now.into(),
            Value::from(true),
        ]
    });
    let insert = "INSERT INTO numbers (id, e164, state, version, created, from_pool) VALUES ";
    tx.rows(insert, "(?, ?, ?, ?, ?, ?)", "", rows).await
}

/// Takes a free number out of the pool; what it was. Nothing if it is not free.
pub(super) async fn delete_number(tx: &Tx, id: NumberId) -> Result<Option<E164>, DbError> {
    let key = || vec![id.to_string().into()];
    let found = one(tx.conn(), "SELECT e164 FROM numbers WHERE id = ? AND account IS NULL", key()).await?;
    let Some(row) = found else { return Ok(None) };
    let gone = tx.run("DELETE FROM numbers WHERE id = ? AND account IS NULL", key()).await?;
    Ok(if gone == 1 { Some(parsed(&row, 0)?) } else { None })
}

/// Whether there is such a number at all.
pub(super) async fn has_number(db: &impl ConnectionTrait, id: NumberId) -> Result<bool, DbError> {
    Ok(one(db, "SELECT 1 FROM numbers WHERE id = ?", vec![id.to_string().into()]).await?.is_some())
}
