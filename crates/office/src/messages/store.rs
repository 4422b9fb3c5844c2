//! The tables `messages`, `message_parts` and `message_receipts`.

pub(super) mod kept;
pub(super) mod outbox;

use sea_orm::{ConnectionTrait, QueryResult, Value};
use types::ids::{MessageId, UserId};
use types::money::{Currency, Money};

use super::model::{Message, Reason, State};
use super::rules::Draft;
use crate::Office;
use crate::db::{DbError, Tx, statement};
use crate::http::Moment;
use crate::prices::Amount;
use crate::scope::Scope;

/// A message about to be stored.
pub(super) struct NewMessage<'a> {
    pub(super) id: MessageId,
    pub(super) user: UserId,
    pub(super) author: &'a str,
    pub(super) draft: &'a Draft,
    pub(super) sealed: Vec<u8>,
    /// What a part costs.
    pub(super) unit: Money,
}

pub(super) async fn insert(tx: &Tx, scope: &Scope, new: NewMessage<'_>) -> Result<(), DbError> {
    let now = tx.now().0;
    let send_at = new.draft.send_at.map(|moment| moment.0);
    let values = vec![
        new.id.to_string().into(),
        scope.account().to_string().into(),
        new.user.to_string().into(),
        new.author.into(),
        new.draft.to.to_string().into(),
        new.draft.sender.to_string().into(),
        new.sealed.into(),
        i32::try_from(new.draft.parts).unwrap_or(i32::MAX).into(),
        new.unit.currency().code().into(),
        new.unit.minor().into(),
        Value::BigInt(send_at),
        send_at.unwrap_or(now).into(),
        now.into(),
        false.into(),
    ];
    let sql = "INSERT INTO messages (id, account, \"user\", author, recipient, sender, sealed, state, parts, handed, currency, \
               unit, send_at, attempts, next, created, shortened) \
               VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, 0, ?, ?, ?, 0, ?, ?, ?)";
    tx.run(sql, values).await.map(drop)
}

/// How many parts a user's messages since then have, and when the first of them was written.
pub(super) async fn recent(tx: &Tx, user: UserId, since: i64) -> Result<(i64, Option<i64>), DbError> {
    let sql =
        "SELECT CAST(COALESCE(SUM(parts), 0) AS BIGINT), MIN(created) FROM messages WHERE \"user\" = ? AND created > ?";
    let row = tx.conn().query_one_raw(statement(tx.conn(), sql, vec![user.to_string().into(), since.into()])).await?;
    row.map_or(Ok((0, None)), |row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
}

const COLUMNS: &str = "SELECT id, recipient, sender, sealed, state, send_at, parts, currency, unit, created, sent, finished, \
                       reason, error FROM messages WHERE account = ? AND \"user\" = ?";

fn own(scope: &Scope, user: UserId) -> Vec<Value> {
    vec![scope.account().to_string().into(), user.to_string().into()]
}

pub(super) async fn list(
    office: &Office,
    scope: &Scope,
    user: UserId,
    before: Option<(i64, MessageId)>,
    limit: u64,
) -> Result<Vec<Message>, DbError> {
    let db = office.db().reads();
    let (mut sql, mut values) = (COLUMNS.to_owned(), own(scope, user));
    if let Some((created, id)) = before {
        sql.push_str(" AND (created < ? OR (created = ? AND id < ?))");
        values.extend([created.into(), created.into(), id.to_string().into()]);
    }
    sql.push_str(" ORDER BY created DESC, id DESC LIMIT ?");
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let rows = db.query_all_raw(statement(db, &sql, values)).await?;
    rows.iter().map(|row| read(office, row)).collect()
}

pub(super) async fn find(
    office: &Office,
    scope: &Scope,
    user: UserId,
    id: MessageId,
) -> Result<Option<Message>, DbError> {
    let db = office.db().reads();
    let mut values = own(scope, user);
    values.push(id.to_string().into());
    let row = db.query_one_raw(statement(db, &format!("{COLUMNS} AND id = ?"), values)).await?;
    row.map(|row| read(office, &row)).transpose()
}

fn read(office: &Office, row: &QueryResult) -> Result<Message, DbError> {
    let id = message_id(row, 0)?;
    let sealed: Option<Vec<u8>> = row.try_get_by_index(3)?;
    let stored = State::from_stored(&row.try_get_by_index::<String>(4)?).ok_or(DbError::Damaged("messages.state"))?;
    let moment = |index| Ok::<_, DbError>(row.try_get_by_index::<Option<i64>>(index)?.map(Moment::from_millis));
    let send_at = moment(5)?;
    let is_ahead = send_at.is_some_and(|at| at.0 > office.clock().now());
    let parts: i32 = row.try_get_by_index(6)?;
    let unit = money(row, 7, 8)?;
    Ok(Message {
        id,
        to: row.try_get_by_index(1)?,
        sender: row.try_get_by_index(2)?,
        text: sealed.and_then(|sealed| text(office, id, &sealed)),
        state: if stored == State::Waiting && is_ahead { State::Scheduled } else { stored },
        send_at,
        parts,
        price: Amount(unit.checked_mul(parts.into()).map_err(|_| DbError::Damaged("messages.unit"))?),
        created_at: Moment::from_millis(row.try_get_by_index(9)?),
        sent_at: moment(10)?,
        finished_at: moment(11)?,
        reason: row.try_get_by_index::<Option<String>>(12)?.as_deref().and_then(Reason::from_stored),
        error: row.try_get_by_index(13)?,
    })
}

/// What a message says, if it opens with this installation's key.
pub(super) fn text(office: &Office, id: MessageId, sealed: &[u8]) -> Option<String> {
    String::from_utf8(office.seal().open(id.to_string().as_bytes(), sealed)?).ok()
}

fn message_id(row: &QueryResult, index: usize) -> Result<MessageId, DbError> {
    row.try_get_by_index::<String>(index)?.parse().map_err(|_| DbError::Damaged("messages.id"))
}

fn money(row: &QueryResult, currency: usize, minor: usize) -> Result<Money, DbError> {
    let code: String = row.try_get_by_index(currency)?;
    let currency: Currency = code.parse().map_err(|_| DbError::Damaged("messages.currency"))?;
    Ok(Money::from_minor(row.try_get_by_index(minor)?, currency))
}

/// Removes one that waits and of which nothing has left; whether there was one.
pub(super) async fn withdraw(tx: &Tx, scope: &Scope, user: UserId, id: MessageId) -> Result<bool, DbError> {
    let mut values = own(scope, user);
    values.extend([id.to_string().into(), tx.now().0.into()]);
    let sql = "DELETE FROM messages WHERE account = ? AND \"user\" = ? AND id = ? AND state = 'waiting' AND handed = 0 \
               AND (claimed_until IS NULL OR claimed_until <= ?)";
    Ok(tx.run(sql, values).await? == 1)
}
