//! What waits to be handed over, and what became of it.

use sea_orm::{ConnectionTrait, Value};
use types::ids::{AccountId, MessageId, UserId};

use super::message_id;
use crate::db::{DbError, Tx, statement};
use crate::messages::model::{Reason, State};

/// Messages that are due, those that wait longest first.
pub(crate) async fn due(db: &impl ConnectionTrait, now: i64, limit: i64) -> Result<Vec<String>, DbError> {
    let sql = "SELECT id FROM messages WHERE state = 'waiting' AND next <= ? \
               AND (claimed_until IS NULL OR claimed_until <= ?) ORDER BY next, id LIMIT ?";
    let rows = db.query_all_raw(statement(db, sql, vec![now.into(), now.into(), limit.into()])).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Takes a message to hand it over, until `until`. Of two who try at once only one gets it.
pub(crate) async fn claim(tx: &Tx, id: &str, until: i64) -> Result<bool, DbError> {
    let now = tx.now().0;
    let values = vec![until.into(), id.into(), now.into(), now.into()];
    let sql = "UPDATE messages SET claimed_until = ?, attempts = attempts + 1 \
               WHERE id = ? AND state = 'waiting' AND next <= ? AND (claimed_until IS NULL OR claimed_until <= ?)";
    Ok(tx.run(sql, values).await? == 1)
}

/// A message that was claimed.
pub(crate) struct Claimed {
    pub(crate) id: MessageId,
    pub(crate) account: AccountId,
    pub(crate) user: UserId,
    pub(crate) recipient: String,
    pub(crate) sender: String,
    pub(crate) sealed: Vec<u8>,
    /// Parts the SMSC has.
    pub(crate) handed: i32,
    pub(crate) attempts: i32,
    /// Since when it is due.
    pub(crate) since: i64,
}

pub(crate) async fn claimed(tx: &Tx, id: &str) -> Result<Option<Claimed>, DbError> {
    let sql = "SELECT id, account, \"user\", recipient, sender, sealed, handed, attempts, COALESCE(send_at, created) \
               FROM messages WHERE id = ?";
    let row = tx.conn().query_one_raw(statement(tx.conn(), sql, vec![id.into()])).await?;
    row.map(|row| {
        let damaged = |_| DbError::Damaged("messages");
        Ok(Claimed {
            id: message_id(&row, 0)?,
            account: row.try_get_by_index::<String>(1)?.parse().map_err(damaged)?,
            user: row.try_get_by_index::<String>(2)?.parse().map_err(damaged)?,
            recipient: row.try_get_by_index::<Option<String>>(3)?.unwrap_or_default(),
            sender: row.try_get_by_index(4)?,
            sealed: row.try_get_by_index::<Option<Vec<u8>>>(5)?.unwrap_or_default(),
            handed: row.try_get_by_index(6)?,
            attempts: row.try_get_by_index(7)?,
            since: row.try_get_by_index(8)?,
        })
    })
    .transpose()
}

/// The SMSC has one more part; whoever hands over keeps the message until `until`.
pub(crate) async fn hand_part(tx: &Tx, id: MessageId, number: i32, name: &str, until: i64) -> Result<(), DbError> {
    let (message, now) = (id.to_string(), tx.now().0);
    let sql = "INSERT INTO message_parts (message, number, reference, state, created) VALUES (?, ?, ?, 'sent', ?)";
    tx.run(sql, vec![message.clone().into(), number.into(), name.into(), now.into()]).await?;
    let sql = "UPDATE messages SET handed = ?, sent = COALESCE(sent, ?), claimed_until = ? WHERE id = ?";
    tx.run(sql, vec![number.into(), now.into(), until.into(), message.into()]).await.map(drop)
}

/// All parts are handed over.
pub(crate) async fn complete(tx: &Tx, id: MessageId) -> Result<(), DbError> {
    let sql = "UPDATE messages SET state = 'sent', error = NULL, claimed_until = NULL WHERE id = ?";
    tx.run(sql, vec![id.to_string().into()]).await.map(drop)
}

/// A message is tried again at `next`.
pub(crate) async fn postpone(tx: &Tx, id: MessageId, next: i64, error: String) -> Result<(), DbError> {
    let values = vec![next.into(), error.into(), id.to_string().into()];
    tx.run("UPDATE messages SET next = ?, error = ?, claimed_until = NULL WHERE id = ? AND state = 'waiting'", values)
        .await
        .map(drop)
}

/// A message is over. Its parts are not asked for any more.
pub(crate) async fn finish(
    tx: &Tx,
    id: MessageId,
    state: State,
    why: Option<(Reason, Option<String>)>,
) -> Result<(), DbError> {
    let (reason, error) = why.map_or((None, None), |(reason, error)| (Some(reason.as_str().to_owned()), error));
    let message = id.to_string();
    let values = vec![
        state.as_str().into(),
        Value::String(reason),
        Value::String(error),
        tx.now().0.into(),
        message.clone().into(),
    ];
    let sql = "UPDATE messages SET state = ?, reason = ?, error = ?, finished = ?, claimed_until = NULL WHERE id = ?";
    tx.run(sql, values).await?;
    tx.run("DELETE FROM message_parts WHERE message = ?", vec![message.into()]).await.map(drop)
}

/// Whose part has one of these names, the latest first.
pub(crate) async fn part_named(tx: &Tx, names: &[String]) -> Result<Option<(MessageId, i32, AccountId)>, DbError> {
    let sql = "SELECT message_parts.message, message_parts.number, messages.account FROM message_parts \
               JOIN messages ON messages.id = message_parts.message \
               WHERE message_parts.reference = ? AND message_parts.state = 'sent' \
               ORDER BY message_parts.created DESC LIMIT 1";
    for name in names {
        let row = tx.conn().query_one_raw(statement(tx.conn(), sql, vec![name.clone().into()])).await?;
        if let Some(row) = row {
            let account =
                row.try_get_by_index::<String>(2)?.parse().map_err(|_| DbError::Damaged("messages.account"))?;
            return Ok(Some((message_id(&row, 0)?, row.try_get_by_index(1)?, account)));
        }
    }
    Ok(None)
}

/// Notes what became of a part: `delivered`, or what the SMSC calls it.
pub(crate) async fn note_fate(tx: &Tx, id: MessageId, number: i32, fate: &str) -> Result<(), DbError> {
    let values = vec![fate.into(), id.to_string().into(), number.into()];
    tx.run("UPDATE message_parts SET state = ? WHERE message = ? AND number = ?", values).await.map(drop)
}

/// Keeps a receipt for a part of which nobody knows yet.
pub(crate) async fn keep_receipt(tx: &Tx, name: &str, fate: &str) -> Result<(), DbError> {
    let sql = "INSERT INTO message_receipts (reference, fate, created) VALUES (?, ?, ?) \
               ON CONFLICT (reference) DO UPDATE SET fate = excluded.fate, created = excluded.created";
    tx.run(sql, vec![name.into(), fate.into(), tx.now().0.into()]).await.map(drop)
}

/// Takes the receipt that came before its part was noted, if one did.
pub(crate) async fn take_receipt(tx: &Tx, names: &[String]) -> Result<Option<String>, DbError> {
    for name in names {
        let sql = "SELECT fate FROM message_receipts WHERE reference = ?";
        let row = tx.conn().query_one_raw(statement(tx.conn(), sql, vec![name.clone().into()])).await?;
        if let Some(row) = row {
            tx.run("DELETE FROM message_receipts WHERE reference = ?", vec![name.clone().into()]).await?;
            return Ok(Some(row.try_get_by_index(0)?));
        }
    }
    Ok(None)
}

/// What became of the parts of a message that was handed over whole; nothing for one that was not, or is over.
pub(crate) async fn fates(tx: &Tx, id: MessageId) -> Result<Option<Vec<String>>, DbError> {
    let state = "SELECT state FROM messages WHERE id = ?";
    let row = tx.conn().query_one_raw(statement(tx.conn(), state, vec![id.to_string().into()])).await?;
    let is_sent = row.map(|row| row.try_get_by_index::<String>(0)).transpose()?.is_some_and(|state| state == "sent");
    if !is_sent {
        return Ok(None);
    }
    let sql = "SELECT state FROM message_parts WHERE message = ? ORDER BY number";
    let rows = tx.conn().query_all_raw(statement(tx.conn(), sql, vec![id.to_string().into()])).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect::<Result<Vec<String>, DbError>>().map(Some)
}

/// Everything that was tried and did not get through is due at once, also what the last run had in hand when it ended. What waits
/// for its time goes on waiting.
pub(crate) async fn hurry(tx: &Tx) -> Result<(), DbError> {
    let now = tx.now().0;
    let sql = "UPDATE messages SET next = CASE WHEN next > ? THEN ? ELSE next END, claimed_until = NULL \
               WHERE state = 'waiting' AND attempts > 0";
    tx.run(sql, vec![now.into(), now.into()]).await.map(drop)
}

/// Everything that was tried and did not get through is due at once, unless somebody has it in hand.
pub(crate) async fn retry_now(tx: &Tx) -> Result<(), DbError> {
    let now = tx.now().0;
    let sql = "UPDATE messages SET next = ? WHERE state = 'waiting' AND attempts > 0 AND next > ? \
               AND (claimed_until IS NULL OR claimed_until <= ?)";
    tx.run(sql, vec![now.into(), now.into(), now.into()]).await.map(drop)
}

/// Gives up what should have left by now.
pub(crate) async fn forget_waiting(tx: &Tx) -> Result<(), DbError> {
    let now = tx.now().0;
    let values = vec![Reason::GaveUp.as_str().into(), now.into(), now.into()];
    let sql = "UPDATE messages SET state = 'failed', reason = ?, finished = ?, claimed_until = NULL \
               WHERE state = 'waiting' AND COALESCE(send_at, created) <= ?";
    tx.run(sql, values).await.map(drop)
}

/// Who sent a message; nobody once that is not kept any more.
pub(crate) async fn sender_of(tx: &Tx, id: MessageId) -> Result<Option<UserId>, DbError> {
    let sql = "SELECT \"user\" FROM messages WHERE id = ?";
    let row = tx.conn().query_one_raw(statement(tx.conn(), sql, vec![id.to_string().into()])).await?;
    Ok(row.map(|row| row.try_get_by_index::<String>(0)).transpose()?.and_then(|text| text.parse().ok()))
}
