//! The table `email_changes`, and what is read of `users` for mail.

use sea_orm::{ConnectionTrait, QueryResult};
use types::ids::{AccountId, JobId, UserId};

use crate::db::{Db, DbError, Tx, statement};

/// An address that is about to change, or has.
#[derive(Debug)]
pub(crate) struct EmailChange {
    pub(crate) id: String,
    pub(crate) account: AccountId,
    pub(crate) user: UserId,
    pub(crate) old: String,
    pub(crate) new: String,
    pub(crate) created: i64,
}

/// The two links of a change, and until when they hold.
pub(crate) struct Links {
    pub(crate) confirm_hash: String,
    pub(crate) confirm_until: i64,
    pub(crate) undo_hash: String,
    pub(crate) undo_until: i64,
}

pub(crate) async fn insert_change(
    tx: &Tx,
    account: AccountId,
    user: UserId,
    (old, new): (&str, &str),
    links: Links,
) -> Result<(), DbError> {
    let id = JobId::new(tx.now(), tx.entropy());
    let values = vec![
        id.to_string().into(),
        account.to_string().into(),
        user.to_string().into(),
        old.into(),
        new.into(),
        links.confirm_hash.into(),
        links.confirm_until.into(),
        links.undo_hash.into(),
        links.undo_until.into(),
        true.into(),
        tx.now().0.into(),
    ];
    let sql = "INSERT INTO email_changes (id, account, \"user\", old, new, confirm_hash, confirm_until, undo_hash, undo_until, open, \
               created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    tx.run(sql, values).await.map(drop)
}

const COLUMNS: &str = "SELECT id, account, \"user\", old, new, created FROM email_changes WHERE ";

/// The change that this link confirms.
pub(crate) async fn change_to_confirm(tx: &Tx, hash: &str) -> Result<Option<EmailChange>, DbError> {
    let sql = format!("{COLUMNS} confirm_hash = ? AND confirm_until > ? AND open = ?");
    let values = vec![hash.into(), tx.now().0.into(), true.into()];
    let row = tx.conn().query_one_raw(statement(tx.conn(), &sql, values)).await?;
    row.map(|row| read(&row)).transpose()
}

/// The change that this link undoes.
pub(crate) async fn change_to_undo(tx: &Tx, hash: &str) -> Result<Option<EmailChange>, DbError> {
    let sql = format!("{COLUMNS} undo_hash = ? AND undo_until > ?");
    let row = tx.conn().query_one_raw(statement(tx.conn(), &sql, vec![hash.into(), tx.now().0.into()])).await?;
    row.map(|row| read(&row)).transpose()
}

fn read(row: &QueryResult) -> Result<EmailChange, DbError> {
    let id = |index| row.try_get_by_index::<String>(index);
    Ok(EmailChange {
        id: id(0)?,
        account: id(1)?.parse().map_err(|_| DbError::Damaged("email_changes.account"))?,
        user: id(2)?.parse().map_err(|_| DbError::Damaged("email_changes.user"))?,
        old: id(3)?,
        new: id(4)?,
        created: row.try_get_by_index(5)?,
    })
}

/// Marks a change as done. Of two requests at once only one is answered true.
pub(crate) async fn apply_change(tx: &Tx, id: &str) -> Result<bool, DbError> {
    let values = vec![tx.now().0.into(), false.into(), id.into(), true.into()];
    Ok(tx.run("UPDATE email_changes SET applied = ?, open = ? WHERE id = ? AND open = ?", values).await? == 1)
}

/// Nothing of the user waits to be confirmed any more. Links that undo stay.
pub(crate) async fn close_changes(tx: &Tx, user: UserId) -> Result<u64, DbError> {
    let values = vec![false.into(), user.to_string().into(), true.into()];
    tx.run("UPDATE email_changes SET open = ? WHERE \"user\" = ? AND open = ?", values).await
}

/// Forgets the user's changes from one on: that one and what came later, with all their links.
pub(crate) async fn forget_changes_since(tx: &Tx, user: UserId, created: i64) -> Result<u64, DbError> {
    let values = vec![user.to_string().into(), created.into()];
    tx.run("DELETE FROM email_changes WHERE \"user\" = ? AND created >= ?", values).await
}

/// Forgets changes whose links have all ended, and that a user waits for a confirmation that can no longer come.
pub(crate) async fn sweep(tx: &Tx) -> Result<(), DbError> {
    let now = tx.now().0;
    let ended = "UPDATE users SET pending_email = NULL WHERE pending_email IS NOT NULL AND NOT EXISTS \
                 (SELECT 1 FROM email_changes c WHERE c.\"user\" = users.id AND c.open = ? AND c.confirm_until > ?)";
    tx.run(ended, vec![true.into(), now.into()]).await?;
    let sql = "DELETE FROM email_changes WHERE undo_until <= ? AND confirm_until <= ?";
    tx.run(sql, vec![now.into(), now.into()]).await.map(drop)
}

/// The account of a user who is there, in whichever account.
pub(crate) async fn account_of(tx: &Tx, user: UserId) -> Result<Option<AccountId>, DbError> {
    let sql = "SELECT account FROM users WHERE id = ? AND deleted IS NULL";
    let row = tx.conn().query_one_raw(statement(tx.conn(), sql, vec![user.to_string().into()])).await?;
    let Some(row) = row else { return Ok(None) };
    row.try_get_by_index::<String>(0)?.parse().map(Some).map_err(|_| DbError::Damaged("users.account"))
}

/// Subscribers of all accounts who can be written to, in the order of their ids.
pub(crate) async fn subscribers(
    db: &Db,
    after: Option<UserId>,
    limit: i64,
) -> Result<Vec<(AccountId, UserId)>, DbError> {
    let sql = "SELECT account, id FROM users WHERE newsletter = 'subscribed' AND email IS NOT NULL AND deleted IS NULL \
               AND NOT blocked AND id > ? ORDER BY id LIMIT ?";
    let after = after.map(|user| user.to_string()).unwrap_or_default();
    let rows = db.reads().query_all_raw(statement(db.reads(), sql, vec![after.into(), limit.into()])).await?;
    rows.iter()
        .map(|row| {
            let account = row.try_get_by_index::<String>(0)?.parse().map_err(|_| DbError::Damaged("users.account"))?;
            let user = row.try_get_by_index::<String>(1)?.parse().map_err(|_| DbError::Damaged("users.id"))?;
            Ok((account, user))
        })
        .collect()
}
