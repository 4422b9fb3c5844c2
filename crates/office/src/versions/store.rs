//! The table `routing_versions`, and what rings for somebody as the tables of phones, numbers and so on have it.
//!
//! Those tables belong to slices that come after this one and call it; so the statements are here.

use callflow::{Owner, RingPlan, RingStep};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use types::ids::UserId;

use super::model::{Arrangement, Author, Change, DeviceThen, MemberThen, NumberThen, Version};
use crate::db::{DbError, Tx, statement};
use crate::http::Moment;
use crate::scope::Scope;

async fn rows(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, DbError> {
    Ok(db.query_all_raw(statement(db, sql, values)).await?)
}

fn parsed<T: std::str::FromStr>(row: &QueryResult, index: usize, column: &'static str) -> Result<T, DbError> {
    row.try_get_by_index::<String>(index)?.parse().map_err(|_| DbError::Damaged(column))
}

fn key(scope: &Scope, owner: Owner) -> Vec<Value> {
    vec![scope.account().to_string().into(), id_of(owner).into()]
}

pub(super) fn id_of(owner: Owner) -> String {
    match owner {
        Owner::User(user) => user.to_string(),
        Owner::Group(group) => group.to_string(),
    }
}

/// What rings for the owner; nothing for one who is not there.
pub(super) async fn present(tx: &Tx, scope: &Scope, owner: Owner) -> Result<Option<Arrangement>, DbError> {
    let arrangement = match owner {
        Owner::User(_) => of_user(tx, scope, owner).await?,
        Owner::Group(_) => of_group(tx, scope, owner).await?,
    };
    let Some(mut arrangement) = arrangement else { return Ok(None) };
    let column = match owner {
        Owner::User(_) => "owner_user",
        Owner::Group(_) => "owner_group",
    };
    let numbers = format!("SELECT id, e164 FROM numbers WHERE account = ? AND {column} = ?");
    for row in rows(tx.conn(), &numbers, key(scope, owner)).await? {
        arrangement
            .numbers
            .push(NumberThen { id: parsed(&row, 0, "numbers.id")?, number: parsed(&row, 1, "numbers.e164")? });
    }
    arrangement.numbers.sort_by_key(|number| number.number);
    let extensions =
        format!("SELECT number FROM extensions WHERE account = ? AND {column} = ? ORDER BY length(number), number");
    let extension = rows(tx.conn(), &extensions, key(scope, owner)).await?;
    arrangement.extension = extension.first().map(|row| parsed(row, 0, "extensions.number")).transpose()?;
    Ok(Some(arrangement))
}

async fn of_user(tx: &Tx, scope: &Scope, owner: Owner) -> Result<Option<Arrangement>, DbError> {
    let there = "SELECT 1 FROM users WHERE account = ? AND id = ? AND deleted IS NULL";
    if rows(tx.conn(), there, key(scope, owner)).await?.is_empty() {
        return Ok(None);
    }
    let mut devices = Vec::new();
    let phones = "SELECT id, label FROM devices WHERE account = ? AND \"user\" = ? ORDER BY id";
    for row in rows(tx.conn(), phones, key(scope, owner)).await? {
        devices.push(DeviceThen { id: parsed(&row, 0, "devices.id")?, label: row.try_get_by_index(1)? });
    }
    let mut steps = Vec::new();
    let plan = "SELECT seconds, devices FROM ring_steps WHERE account = ? AND \"user\" = ? ORDER BY position";
    let damaged = || DbError::Damaged("ring_steps");
    for row in rows(tx.conn(), plan, key(scope, owner)).await? {
        let devices = serde_json::from_str(&row.try_get_by_index::<String>(1)?).map_err(|_| damaged())?;
        let seconds = u16::try_from(row.try_get_by_index::<i32>(0)?).map_err(|_| damaged())?;
        steps.push(RingStep { devices, seconds });
    }
    let plan = RingPlan::new(steps).map_err(|_| damaged())?;
    Ok(Some(Arrangement { devices, ..Arrangement::default() }.with_steps(&plan)))
}

async fn of_group(tx: &Tx, scope: &Scope, owner: Owner) -> Result<Option<Arrangement>, DbError> {
    let there = "SELECT ring_seconds FROM groups WHERE account = ? AND id = ?";
    let Some(row) = rows(tx.conn(), there, key(scope, owner)).await?.into_iter().next() else { return Ok(None) };
    let seconds =
        u16::try_from(row.try_get_by_index::<i32>(0)?).map_err(|_| DbError::Damaged("groups.ring_seconds"))?;
    let mut members = Vec::new();
    let joined = "SELECT users.id, users.first_name, users.last_name FROM group_members \
                  JOIN users ON users.id = group_members.\"user\" \
                  WHERE group_members.account = ? AND group_members.\"group\" = ? AND users.deleted IS NULL \
                  ORDER BY group_members.position, users.id";
    for row in rows(tx.conn(), joined, key(scope, owner)).await? {
        let (first, last): (String, String) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        members
            .push(MemberThen { id: parsed(&row, 0, "users.id")?, name: format!("{first} {last}").trim().to_owned() });
    }
    Ok(Some(Arrangement { members, seconds: Some(seconds), ..Arrangement::default() }))
}

pub(super) async fn insert(
    tx: &Tx,
    scope: &Scope,
    owner: Owner,
    version: i64,
    author: Option<(UserId, String)>,
    arrangement: &Arrangement,
    changes: &[Change],
) -> Result<(), DbError> {
    let (user, name) = author.map(|(user, name)| (user.to_string(), name)).unzip();
    let mut values = key(scope, owner);
    values.extend([
        version.into(),
        tx.now().0.into(),
        Value::String(user),
        Value::String(name),
        serde_json::to_string(arrangement).unwrap_or_default().into(),
        serde_json::to_string(changes).unwrap_or_default().into(),
    ]);
    let sql = "INSERT INTO routing_versions (account, owner, version, at, author, author_name, arrangement, changes) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    tx.run(sql, values).await.map(drop)
}

pub(super) async fn last(tx: &Tx, scope: &Scope, owner: Owner) -> Result<Option<(i64, Arrangement)>, DbError> {
    let sql = "SELECT version, arrangement FROM routing_versions WHERE account = ? AND owner = ? \
               ORDER BY version DESC LIMIT 1";
    let found = rows(tx.conn(), sql, key(scope, owner)).await?;
    found.first().map(|row| Ok((row.try_get_by_index(0)?, arrangement(row, 1)?))).transpose()
}

pub(super) async fn find(tx: &Tx, scope: &Scope, owner: Owner, version: i64) -> Result<Option<Arrangement>, DbError> {
    let mut values = key(scope, owner);
    values.push(version.into());
    let sql = "SELECT arrangement FROM routing_versions WHERE account = ? AND owner = ? AND version = ?";
    rows(tx.conn(), sql, values).await?.first().map(|row| arrangement(row, 0)).transpose()
}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    owner: Owner,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<Version>, DbError> {
    let mut values = key(scope, owner);
    values.extend([before.unwrap_or(i64::MAX).into(), Value::from(i64::try_from(limit).unwrap_or(i64::MAX))]);
    let sql = "SELECT version, at, author, author_name, changes, arrangement FROM routing_versions \
               WHERE account = ? AND owner = ? AND version < ? ORDER BY version DESC LIMIT ?";
    rows(db, sql, values).await?.iter().map(read).collect()
}

pub(super) async fn forget_before(tx: &Tx, scope: &Scope, owner: Owner, version: i64) -> Result<(), DbError> {
    let mut values = key(scope, owner);
    values.push(version.into());
    tx.run("DELETE FROM routing_versions WHERE account = ? AND owner = ? AND version < ?", values).await.map(drop)
}

fn arrangement(row: &QueryResult, index: usize) -> Result<Arrangement, DbError> {
    let text: String = row.try_get_by_index(index)?;
    serde_json::from_str(&text).map_err(|_| DbError::Damaged("routing_versions.arrangement"))
}

fn read(row: &QueryResult) -> Result<Version, DbError> {
    let author: Option<String> = row.try_get_by_index(2)?;
    let name: Option<String> = row.try_get_by_index(3)?;
    let author = author.map(|id| id.parse().map_err(|_| DbError::Damaged("routing_versions.author"))).transpose()?;
    let changes: String = row.try_get_by_index(4)?;
    Ok(Version {
        version: row.try_get_by_index(0)?,
        at: Moment::from_millis(row.try_get_by_index(1)?),
        by: author.zip(name).map(|(id, name)| Author { id, name }),
        changes: serde_json::from_str(&changes).map_err(|_| DbError::Damaged("routing_versions.changes"))?,
        arrangement: arrangement(row, 5)?,
    })
}
