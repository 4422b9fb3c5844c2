//! What is kept of messages that left, for whom, and for how long.

use sea_orm::{ConnectionTrait, Value};
use types::clock::Timestamp;
use types::e164::E164;
use types::ids::{AccountId, MessageId, UserId};
use types::money::Currency;

use super::{message_id, money};
use crate::db::{DbError, Tx, statement};
use crate::directory::Mode;
use crate::http::Moment;
use crate::messages::model::{Charge, Filter, Item, State};
use crate::prices::Amount;
use crate::scope::Scope;

/// Keeps of a message that left what the account wants kept.
pub(crate) async fn keep(tx: &Tx, id: MessageId, mode: Option<Mode>) -> Result<(), DbError> {
    let message = id.to_string();
    let name = Value::String(mode.map(|mode| mode.as_str().to_owned()));
    tx.run("UPDATE messages SET mode = ? WHERE id = ?", vec![name, message.clone().into()]).await?;
    match mode {
        None | Some(Mode::Complete) => Ok(()),
        Some(Mode::Shortened) => {
            let sql = "SELECT recipient FROM messages WHERE id = ? AND recipient IS NOT NULL AND NOT shortened";
            let row = tx.conn().query_one_raw(statement(tx.conn(), sql, vec![message.into()])).await?;
            let recipient = row.map(|row| row.try_get_by_index::<String>(0)).transpose()?;
            match recipient {
                Some(recipient) => shorten(tx, id, &recipient).await,
                None => Ok(()),
            }
        }
        Some(Mode::DoNotSave) => {
            let sql = "UPDATE messages SET recipient = NULL, sealed = NULL, error = NULL WHERE id = ?";
            tx.run(sql, vec![message.into()]).await.map(drop)
        }
    }
}

async fn shorten(tx: &Tx, id: MessageId, recipient: &str) -> Result<(), DbError> {
    let masked = masked(recipient);
    let sql = "UPDATE messages SET recipient = ?, shortened = ? WHERE id = ?";
    tx.run(sql, vec![Value::String(masked), true.into(), id.to_string().into()]).await.map(drop)
}

fn masked(recipient: &str) -> Option<String> {
    recipient.parse::<E164>().ok().map(callflow::shorten::masked)
}

/// Messages that left and that administrators may see, newest first; with the recipient as `mode` shows it.
pub(crate) async fn listed(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    mode: Mode,
    before: Option<(i64, MessageId)>,
    limit: u64,
) -> Result<Vec<Item>, DbError> {
    let mut sql =
        "SELECT id, sent, \"user\", author, recipient, shortened, handed, currency, unit, state FROM messages \
                   WHERE account = ? AND sent IS NOT NULL AND mode IN ('complete', 'shortened') AND \"user\" <> ''"
            .to_owned();
    let mut values: Vec<Value> = vec![scope.account().to_string().into()];
    let mut and = |text: &str, more: Vec<Value>| {
        sql.push_str(text);
        values.extend(more);
    };
    if let Some(from) = filter.from {
        and(" AND sent >= ?", vec![from.0.into()]);
    }
    if let Some(to) = filter.to {
        and(" AND sent < ?", vec![to.0.into()]);
    }
    if let Some(user) = filter.user {
        and(" AND \"user\" = ?", vec![user.to_string().into()]);
    }
    if let Some((sent, id)) = before {
        and(" AND (sent < ? OR (sent = ? AND id < ?))", vec![sent.into(), sent.into(), id.to_string().into()]);
    }
    and(" ORDER BY sent DESC, id DESC LIMIT ?", vec![i64::try_from(limit).unwrap_or(i64::MAX).into()]);
    let rows = db.query_all_raw(statement(db, &sql, values)).await?;
    rows.iter()
        .map(|row| {
            let recipient: Option<String> = row.try_get_by_index(4)?;
            let is_whole = !row.try_get_by_index::<bool>(5)?;
            let parts: i32 = row.try_get_by_index(6)?;
            let price = money(row, 7, 8)?.checked_mul(parts.into());
            let state = State::from_stored(&row.try_get_by_index::<String>(9)?);
            Ok(Item {
                id: message_id(row, 0)?,
                sent: Moment::from_millis(row.try_get_by_index(1)?),
                user: row.try_get_by_index::<String>(2)?.parse::<UserId>().ok(),
                name: row.try_get_by_index(3)?,
                to: if is_whole && mode == Mode::Shortened { recipient.as_deref().and_then(masked) } else { recipient },
                parts,
                price: Amount(price.map_err(|_| DbError::Damaged("messages.unit"))?),
                state: state.ok_or(DbError::Damaged("messages.state"))?,
            })
        })
        .collect()
}

/// What was handed over in a time and costs something, by price.
pub(crate) async fn charges(
    db: &impl ConnectionTrait,
    scope: &Scope,
    currency: Currency,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Charge>, DbError> {
    let sql = "SELECT unit, CAST(SUM(handed) AS BIGINT) FROM messages WHERE account = ? AND sent >= ? AND sent < ? \
               AND currency = ? AND unit > 0 GROUP BY unit ORDER BY unit";
    let values = vec![scope.account().to_string().into(), from.0.into(), to.0.into(), currency.code().into()];
    let rows = db.query_all_raw(statement(db, sql, values)).await?;
    rows.iter().map(|row| Ok(Charge { unit: row.try_get_by_index(0)?, parts: row.try_get_by_index(1)? })).collect()
}

/// What makes a record hold more than a choice wants.
fn holds_more_than(mode: Option<Mode>) -> &'static str {
    match mode {
        None | Some(Mode::Complete) => "1 = 0",
        Some(Mode::Shortened) => "NOT shortened AND recipient IS NOT NULL AND state <> 'waiting'",
        Some(Mode::DoNotSave) => "recipient IS NOT NULL AND state <> 'waiting'",
    }
}

/// How many records hold more than the choice wants.
pub(crate) async fn count_older(
    db: &impl ConnectionTrait,
    account: AccountId,
    mode: Option<Mode>,
) -> Result<i64, DbError> {
    let sql = format!("SELECT count(*) FROM messages WHERE account = ? AND {}", holds_more_than(mode));
    let row = db.query_one_raw(statement(db, &sql, vec![account.to_string().into()])).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(0))
}

/// Shortens records from before a moment, some of them; whether there are more.
pub(crate) async fn shorten_older(tx: &Tx, account: AccountId, before: i64, some: usize) -> Result<bool, DbError> {
    let sql = format!(
        "SELECT id, recipient FROM messages WHERE account = ? AND created < ? AND {} LIMIT {some}",
        holds_more_than(Some(Mode::Shortened))
    );
    let rows =
        tx.conn().query_all_raw(statement(tx.conn(), &sql, vec![account.to_string().into(), before.into()])).await?;
    for row in &rows {
        shorten(tx, message_id(row, 0)?, &row.try_get_by_index::<String>(1)?).await?;
    }
    Ok(rows.len() == some)
}

/// Leaves of records from before a moment nothing but what the bill needs; of all accounts when none is named.
pub(crate) async fn erase_older(tx: &Tx, account: Option<AccountId>, before: i64) -> Result<(), DbError> {
    let mut sql =
        "UPDATE messages SET recipient = NULL, sealed = NULL, error = NULL, sender = '', author = '', \"user\" = '' \
                   WHERE created < ? AND state <> 'waiting' AND \"user\" <> ''"
            .to_owned();
    let mut values: Vec<Value> = vec![before.into()];
    if let Some(account) = account {
        sql.push_str(" AND account = ?");
        values.push(account.to_string().into());
    }
    tx.run(&sql, values).await.map(drop)
}

/// Forgets what messages said that left before a moment, and by which names parts and receipts of long ago were called.
pub(crate) async fn sweep(tx: &Tx, texts_before: i64, parts_before: i64, receipts_before: i64) -> Result<(), DbError> {
    let texts = "UPDATE messages SET sealed = NULL, error = NULL WHERE sealed IS NOT NULL AND state <> 'waiting' \
                 AND COALESCE(sent, finished, created) < ?";
    tx.run(texts, vec![texts_before.into()]).await?;
    tx.run("DELETE FROM message_parts WHERE created < ?", vec![parts_before.into()]).await?;
    tx.run("DELETE FROM message_receipts WHERE created < ?", vec![receipts_before.into()]).await.map(drop)
}
