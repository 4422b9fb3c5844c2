//! The table `mails`.

use sea_orm::{ConnectionTrait, QueryResult, Value};
use types::clock::Timestamp;
use types::ids::{MailId, UserId};

use super::model::{Kind, Recipient, Trouble};
use crate::db::{DbError, Tx, statement};
use crate::http::Moment;
use crate::scope::Scope;

/// A mail about to be stored.
pub(super) struct NewMail<'a> {
    pub(super) id: MailId,
    pub(super) to: &'a Recipient,
    pub(super) kind: Kind,
    pub(super) sealed: Vec<u8>,
    pub(super) expires: Option<Timestamp>,
    /// There is only one mail with this name, ever.
    pub(super) once: Option<String>,
}

/// Stores a mail; false when there is one of that name already.
pub(super) async fn insert(tx: &Tx, new: NewMail<'_>) -> Result<bool, DbError> {
    let values = vec![
        new.id.to_string().into(),
        new.to.account.to_string().into(),
        new.to.user.to_string().into(),
        new.kind.as_str().into(),
        new.to.email.as_str().into(),
        new.sealed.into(),
        tx.now().0.into(),
        new.expires.map(|expires| expires.0).into(),
        Value::String(new.once),
        tx.now().0.into(),
    ];
    let sql = "INSERT INTO mails (id, account, \"user\", kind, recipient, sealed, state, attempts, next, expires, once, created) \
               VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0, ?, ?, ?, ?) ON CONFLICT (once) DO NOTHING";
    Ok(tx.run(sql, values).await? == 1)
}

/// Removes mails of these kinds to a user that were not delivered yet and are not being delivered right now.
pub(super) async fn withdraw(tx: &Tx, user: UserId, kinds: &[Kind]) -> Result<(), DbError> {
    for kind in kinds {
        let values = vec![user.to_string().into(), kind.as_str().into(), tx.now().0.into()];
        let sql = "DELETE FROM mails WHERE \"user\" = ? AND kind = ? AND state = 'waiting' \
                   AND (claimed_until IS NULL OR claimed_until <= ?)";
        tx.run(sql, values).await?;
    }
    Ok(())
}

/// How many mails of this kind were written to a user since then.
pub(super) async fn count_since(tx: &Tx, user: UserId, kind: Kind, since: i64) -> Result<i64, DbError> {
    let sql = "SELECT count(*) FROM mails WHERE \"user\" = ? AND kind = ? AND created >= ?";
    let values = vec![user.to_string().into(), kind.as_str().into(), since.into()];
    let row = tx.conn().query_one_raw(statement(tx.conn(), sql, values)).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(0))
}

/// Mails that are due, those that wait longest first.
pub(super) async fn due(db: &impl ConnectionTrait, now: i64, limit: i64) -> Result<Vec<String>, DbError> {
    let sql = "SELECT id FROM mails WHERE state = 'waiting' AND next <= ? \
               AND (claimed_until IS NULL OR claimed_until <= ?) ORDER BY next, id LIMIT ?";
    let rows = db.query_all_raw(statement(db, sql, vec![now.into(), now.into(), limit.into()])).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Takes a mail to deliver it, until `until`. Of two who try at once only one gets it.
pub(super) async fn claim(tx: &Tx, id: &str, until: i64) -> Result<bool, DbError> {
    let now = tx.now().0;
    let values = vec![until.into(), id.into(), now.into(), now.into()];
    let sql = "UPDATE mails SET claimed_until = ?, attempts = attempts + 1 \
               WHERE id = ? AND state = 'waiting' AND next <= ? AND (claimed_until IS NULL OR claimed_until <= ?)";
    Ok(tx.run(sql, values).await? == 1)
}

/// A mail that was claimed.
pub(super) struct Claimed {
    pub(super) id: MailId,
    pub(super) recipient: String,
    pub(super) sealed: Vec<u8>,
    pub(super) attempts: i32,
    pub(super) created: i64,
    pub(super) expires: Option<i64>,
}

pub(super) async fn claimed(tx: &Tx, id: &str) -> Result<Option<Claimed>, DbError> {
    let sql = "SELECT id, recipient, sealed, attempts, created, expires FROM mails WHERE id = ?";
    let row = tx.conn().query_one_raw(statement(tx.conn(), sql, vec![id.into()])).await?;
    row.map(|row| {
        Ok(Claimed {
            id: mail_id(&row, 0)?,
            recipient: row.try_get_by_index(1)?,
            sealed: row.try_get_by_index::<Option<Vec<u8>>>(2)?.unwrap_or_default(),
            attempts: row.try_get_by_index(3)?,
            created: row.try_get_by_index(4)?,
            expires: row.try_get_by_index(5)?,
        })
    })
    .transpose()
}

fn mail_id(row: &QueryResult, index: usize) -> Result<MailId, DbError> {
    row.try_get_by_index::<String>(index)?.parse().map_err(|_| DbError::Damaged("mails.id"))
}

/// A mail is done with: delivered when there is no error. What it said is erased.
pub(super) async fn finish(tx: &Tx, id: MailId, error: Option<String>) -> Result<(), DbError> {
    let state = if error.is_some() { "failed" } else { "sent" };
    let values = vec![state.into(), Value::String(error), tx.now().0.into(), id.to_string().into()];
    let sql = "UPDATE mails SET state = ?, error = ?, finished = ?, sealed = NULL, claimed_until = NULL WHERE id = ?";
    tx.run(sql, values).await.map(drop)
}

/// A mail is tried again at `next`.
pub(super) async fn postpone(tx: &Tx, id: MailId, next: i64, error: String) -> Result<(), DbError> {
    let values = vec![next.into(), error.into(), id.to_string().into()];
    tx.run("UPDATE mails SET next = ?, error = ?, claimed_until = NULL WHERE id = ? AND state = 'waiting'", values)
        .await
        .map(drop)
}

/// Everything that waits is due at once, also what the last run had in hand when it ended.
pub(super) async fn hurry(tx: &Tx) -> Result<(), DbError> {
    let now = tx.now().0;
    let sql = "UPDATE mails SET next = CASE WHEN next > ? THEN ? ELSE next END, claimed_until = NULL \
               WHERE state = 'waiting' AND (next > ? OR claimed_until IS NOT NULL)";
    tx.run(sql, vec![now.into(), now.into(), now.into()]).await.map(drop)
}

/// How many mails of the account wait, and since when; how many failed.
pub(super) async fn counts(db: &impl ConnectionTrait, scope: &Scope) -> Result<(i64, Option<i64>, i64), DbError> {
    let sql = "SELECT count(*), min(created) FROM mails WHERE account = ? AND state = ?";
    let of = |state: &str| statement(db, sql, vec![scope.account().to_string().into(), state.into()]);
    let read = |row: Option<QueryResult>| -> Result<(i64, Option<i64>), DbError> {
        let Some(row) = row else { return Ok((0, None)) };
        Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))
    };
    let (waiting, oldest) = read(db.query_one_raw(of("waiting")).await?)?;
    let (failed, _) = read(db.query_one_raw(of("failed")).await?)?;
    Ok((waiting, oldest, failed))
}

/// Mails of the account that did not get through, newest first.
pub(super) async fn troubles(db: &impl ConnectionTrait, scope: &Scope, limit: i64) -> Result<Vec<Trouble>, DbError> {
    let sql = "SELECT id, kind, recipient, created, state, error FROM mails \
               WHERE account = ? AND state <> 'sent' AND error IS NOT NULL ORDER BY created DESC, id DESC LIMIT ?";
    let rows = db.query_all_raw(statement(db, sql, vec![scope.account().to_string().into(), limit.into()])).await?;
    rows.iter()
        .map(|row| {
            let kind = Kind::from_stored(&row.try_get_by_index::<String>(1)?);
            Ok(Trouble {
                id: mail_id(row, 0)?,
                kind: kind.ok_or(DbError::Damaged("mails.kind"))?,
                to: row.try_get_by_index(2)?,
                since: Moment::from_millis(row.try_get_by_index(3)?),
                failed: row.try_get_by_index::<String>(4)? == "failed",
                error: row.try_get_by_index(5)?,
            })
        })
        .collect()
}

/// Forgets what was finished before the two times: what was delivered, and what was not.
pub(super) async fn sweep(tx: &Tx, sent_before: i64, failed_before: i64) -> Result<(), DbError> {
    tx.run("DELETE FROM mails WHERE state = 'sent' AND finished < ?", vec![sent_before.into()]).await?;
    tx.run("DELETE FROM mails WHERE state = 'failed' AND finished < ?", vec![failed_before.into()]).await.map(drop)
}

/// Forgets everything that waits.
pub(super) async fn forget_waiting(tx: &Tx) -> Result<(), DbError> {
    tx.run("DELETE FROM mails WHERE state = 'waiting'", vec![]).await.map(drop)
}
