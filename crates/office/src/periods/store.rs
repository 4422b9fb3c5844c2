//! The table `periods`.

use rating::Kind;
use sea_orm::{ConnectionTrait, Value};
use types::clock::Timestamp;
use types::ids::{AccountId, NumberId, UserId};

use super::model::{Period, Subject, word};
use crate::db::{DbError, Tx, statement};
use crate::scope::Scope;

/// Notes that something is there from now on.
pub(crate) async fn begin(tx: &Tx, scope: &Scope, subject: Subject) -> Result<(), DbError> {
    let object = subject.object();
    tx.run(
        "INSERT INTO periods (object, position, account, kind, \"user\", started) \
         SELECT ?, COALESCE(MAX(position), 0) + 1, ?, ?, ?, ? FROM periods WHERE object = ?",
        vec![
            object.clone().into(),
            scope.account().to_string().into(),
            word(subject.kind()).into(),
            subject.user().map(|user| user.to_string()).into(),
            tx.now().0.into(),
            object.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Notes that new numbers are there from now on.
pub(crate) async fn begin_numbers(
    tx: &Tx,
    scope: &Scope,
    numbers: impl ExactSizeIterator<Item = NumberId>,
) -> Result<(), DbError> {
    let (account, now) = (scope.account().to_string(), tx.now().0);
    tx.rows(
        "INSERT INTO periods (object, position, account, kind, started) VALUES ",
        "(?, ?, ?, ?, ?)",
        "",
        numbers.map(|id| {
            [id.to_string().into(), 1i32.into(), account.clone().into(), word(Kind::Number).into(), now.into()]
        }),
    )
    .await
}

/// Notes that many things that were made just now are there.
pub(crate) async fn begin_many(
    tx: &Tx,
    scope: &Scope,
    subjects: impl ExactSizeIterator<Item = Subject>,
) -> Result<(), DbError> {
    let (account, now) = (scope.account().to_string(), tx.now().0);
    tx.rows(
        "INSERT INTO periods (object, position, account, kind, \"user\", started) VALUES ",
        "(?, ?, ?, ?, ?, ?)",
        "",
        subjects.map(|subject| {
            [
                subject.object().into(),
                1i32.into(),
                account.clone().into(),
                word(subject.kind()).into(),
                Value::String(subject.user().map(|user| user.to_string())),
                now.into(),
            ]
        }),
    )
    .await
}

/// Notes that everything of an account that was made just now is there.
pub(crate) async fn begin_all(tx: &Tx, account: AccountId) -> Result<(), DbError> {
    for sql in [
        "INSERT INTO periods (object, position, account, kind, \"user\", started) \
         SELECT id, 1, account, 'device', \"user\", created FROM devices WHERE account = ?",
        "INSERT INTO periods (object, position, account, kind, \"user\", started) \
         SELECT id, 1, account, 'user', id, created FROM users WHERE account = ?",
        "INSERT INTO periods (object, position, account, kind, started) \
         SELECT id, 1, account, 'number', created FROM numbers WHERE account = ?",
    ] {
        tx.run(sql, vec![account.to_string().into()]).await?;
    }
    Ok(())
}

/// Notes that something goes now, and what it was called.
pub(crate) async fn end(tx: &Tx, scope: &Scope, subject: Subject, label: &str) -> Result<(), DbError> {
    tx.run(
        "UPDATE periods SET ended = ?, label = ?, user_name = (SELECT first_name || ' ' || last_name FROM users \
         WHERE users.id = periods.\"user\") WHERE account = ? AND object = ? AND ended IS NULL",
        vec![tx.now().0.into(), label.into(), scope.account().to_string().into(), subject.object().into()],
    )
    .await?;
    Ok(())
}

/// Notes that all devices of these users go now.
pub(crate) async fn end_devices_of(tx: &Tx, scope: &Scope, users: &[UserId]) -> Result<(), DbError> {
    let places = vec!["?"; users.len()].join(", ");
    let sql = format!(
        "UPDATE periods SET ended = ?, label = (SELECT label FROM devices WHERE devices.id = periods.object), \
         user_name = (SELECT first_name || ' ' || last_name FROM users WHERE users.id = periods.\"user\") \
         WHERE account = ? AND kind = 'device' AND ended IS NULL AND \"user\" IN ({places})"
    );
    tx.run(&sql, of(tx, scope, users)).await?;
    Ok(())
}

/// Notes that these users go now.
pub(crate) async fn end_users(tx: &Tx, scope: &Scope, users: &[UserId]) -> Result<(), DbError> {
    let places = vec!["?"; users.len()].join(", ");
    let name = "(SELECT TRIM(first_name || ' ' || last_name) FROM users WHERE users.id = periods.object)";
    let sql = format!(
        "UPDATE periods SET ended = ?, label = {name}, user_name = {name} \
         WHERE account = ? AND kind = 'user' AND ended IS NULL AND object IN ({places})"
    );
    tx.run(&sql, of(tx, scope, users)).await?;
    Ok(())
}

fn of(tx: &Tx, scope: &Scope, users: &[UserId]) -> Vec<Value> {
    let mut values: Vec<Value> = vec![tx.now().0.into(), scope.account().to_string().into()];
    values.extend(users.iter().map(|user| Value::from(user.to_string())));
    values
}

/// Notes that all devices a user has are there again.
pub(crate) async fn restore_devices_of(tx: &Tx, scope: &Scope, user: UserId) -> Result<(), DbError> {
    tx.run(
        "INSERT INTO periods (object, position, account, kind, \"user\", started) \
         SELECT id, (SELECT COALESCE(MAX(position), 0) + 1 FROM periods WHERE object = devices.id), account, 'device', \
         \"user\", CAST(? AS bigint) FROM devices WHERE account = ? AND \"user\" = ?",
        vec![tx.now().0.into(), scope.account().to_string().into(), user.to_string().into()],
    )
    .await?;
    Ok(())
}

/// The periods of one kind that touch the time from `from` up to but not including `to`, in the order of age. Of devices
/// only those of users who had more than `included` of them meanwhile.
pub(crate) async fn of_month(
    db: &impl ConnectionTrait,
    scope: &Scope,
    kind: Kind,
    (from, to): (Timestamp, Timestamp),
    included: u16,
) -> Result<Vec<Period>, DbError> {
    let label = match kind {
        Kind::Device => "(SELECT label FROM devices WHERE devices.id = periods.object)",
        Kind::User => "(SELECT first_name || ' ' || last_name FROM users WHERE users.id = periods.object)",
        Kind::Number => "(SELECT e164 FROM numbers WHERE numbers.id = periods.object)",
    };
    let touching = "account = ? AND kind = ? AND (ended IS NULL OR ended >= ?) AND started < ?";
    let key = || vec![scope.account().to_string().into(), word(kind).into(), from.0.into(), to.0.into()];
    let mut values = key();
    let many = if kind == Kind::Device {
        values.extend(key());
        values.push(i64::from(included).into());
        format!(
            " AND \"user\" IN (SELECT \"user\" FROM periods WHERE {touching} GROUP BY \"user\" \
             HAVING COUNT(DISTINCT object) > ?)"
        )
    } else {
        String::new()
    };
    let sql = format!(
        "SELECT object, \"user\", started, ended, COALESCE({label}, label, ''), \
         COALESCE((SELECT first_name || ' ' || last_name FROM users WHERE users.id = periods.\"user\"), user_name) \
         FROM periods WHERE {touching}{many} ORDER BY object, position"
    );
    let rows = db.query_all_raw(statement(db, &sql, values)).await?;
    rows.iter()
        .map(|row| {
            let user_name: Option<String> = row.try_get_by_index(5)?;
            Ok(Period {
                object: row.try_get_by_index(0)?,
                user: row.try_get_by_index(1)?,
                started: Timestamp(row.try_get_by_index(2)?),
                ended: row.try_get_by_index::<Option<i64>>(3)?.map(Timestamp),
                label: row.try_get_by_index::<String>(4)?.trim().to_owned(),
                user_name: user_name.map(|name| name.trim().to_owned()),
            })
        })
        .collect()
}
