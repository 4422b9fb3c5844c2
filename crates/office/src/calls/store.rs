//! The tables `calls` and `call_participants`.

use callflow::CallRecord;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, LikeExpr, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use types::ids::{CallId, UserId};

use super::model::{Call, CallParty, Direction, Kept};
use super::rules::{self, Filter};
use crate::db::{Batch, DbError, Tx};
use crate::http::Moment;
use crate::scope::Scope;

pub(super) fn insert(batch: &mut Batch, records: &[Kept<'_>]) {
    batch.rows(
        "INSERT INTO calls (id, account, started, answered, duration_ms, kind, outcome, caller_name, caller_number, \
         caller_extension, called_name, called_number, called_extension, dialled, search, record, ended, mode, shortened) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        " ON CONFLICT (id) DO NOTHING",
        records.iter().map(row),
    );
    batch.rows(
        "INSERT INTO call_participants (account, \"user\", started, \"call\", direction, answered) VALUES ",
        "(?, ?, ?, ?, ?, ?)",
        " ON CONFLICT (\"user\", started, \"call\") DO NOTHING",
        records.iter().flat_map(|kept| participants(&kept.record)),
    );
}

/// Writes again what a row says of numbers.
pub(super) async fn rewrite(tx: &Tx, record: &CallRecord) -> Result<(), DbError> {
    let text = |value: Option<String>| Value::String(value);
    let (caller, called) = (&record.caller, &record.called);
    let sql = "UPDATE calls SET caller_name = ?, caller_number = ?, called_number = ?, dialled = ?, search = ?, record = ?, \
               shortened = ? WHERE account = ? AND id = ?";
    let values = vec![
        caller.display_name.to_string().into(),
        text(caller.number.map(|number| record.written(number, record.caller_is_outside()))),
        text(called.number.map(|number| record.written(number, record.called_is_outside()))),
        called.dialled.to_string().into(),
        rules::haystack(record).into(),
        serde_json::to_string(record).unwrap_or_default().into(),
        record.shortened.into(),
        record.account.to_string().into(),
        record.id.to_string().into(),
    ];
    tx.run(sql, values).await.map(drop)
}

pub(super) async fn erase(tx: &Tx, records: &[CallRecord]) -> Result<(), DbError> {
    let part = "DELETE FROM call_participants WHERE \"user\" = ? AND started = ? AND \"call\" = ?";
    for record in records {
        for user in &record.participants {
            tx.run(part, vec![user.to_string().into(), record.started.0.into(), record.id.to_string().into()]).await?;
        }
        let key = vec![record.account.to_string().into(), record.id.to_string().into()];
        tx.run("DELETE FROM calls WHERE account = ? AND id = ?", key).await?;
    }
    Ok(())
}

fn row(kept: &Kept<'_>) -> [Value; 19] {
    let record = &*kept.record;
    let (caller, called) = (&record.caller, &record.called);
    let text = |value: Option<String>| Value::String(value);
    [
        record.id.to_string().into(),
        record.account.to_string().into(),
        record.started.0.into(),
        Value::BigInt(record.answered.map(|at| at.0)),
        i64::try_from(record.duration_ms).unwrap_or(i64::MAX).into(),
        record.kind.code().into(),
        record.outcome.code().into(),
        caller.display_name.to_string().into(),
        text(caller.number.map(|number| record.written(number, record.caller_is_outside()))),
        text(caller.extension.map(|extension| extension.to_string())),
        text(called.owner_name.as_deref().map(str::to_owned)),
        text(called.number.map(|number| record.written(number, record.called_is_outside()))),
        text(called.extension.map(|extension| extension.to_string())),
        called.dialled.to_string().into(),
        rules::haystack(record).into(),
        serde_json::to_string(record).unwrap_or_default().into(),
        record.ended.0.into(),
        text(kept.mode.map(|mode| mode.as_str().to_owned())),
        record.shortened.into(),
    ]
}

fn participants(record: &CallRecord) -> impl Iterator<Item = [Value; 6]> {
    record.participants.iter().map(|user| {
        let outgoing = record.caller.user == Some(*user);
        let direction = if outgoing { Direction::Outgoing } else { Direction::Incoming };
        let answered = record.answered_by.is_some_and(|by| by.user == *user);
        [
            record.account.to_string().into(),
            user.to_string().into(),
            record.started.0.into(),
            record.id.to_string().into(),
            direction.as_str().into(),
            answered.into(),
        ]
    })
}

const CALL: &str = "calls";
const PART: &str = "call_participants";

fn of_call(column: &'static str) -> Expr {
    Expr::col((Alias::new(CALL), Alias::new(column)))
}

fn of_part(column: &'static str) -> Expr {
    Expr::col((Alias::new(PART), Alias::new(column)))
}

/// The calls a user took part in.
fn own(scope: &Scope, user: UserId) -> SelectStatement {
    Query::select()
        .from(Alias::new(PART))
        .inner_join(Alias::new(CALL), of_call("id").equals((Alias::new(PART), Alias::new("call"))))
        .and_where(of_part("user").eq(user.to_string()))
        .and_where(of_part("account").eq(scope.account().to_string()))
        .and_where(of_call("account").eq(scope.account().to_string()))
        .take()
}

/// In the order in which [`read`] takes them.
const COLUMNS: [&str; 13] = [
    "id",
    "kind",
    "started",
    "answered",
    "duration_ms",
    "outcome",
    "caller_name",
    "caller_number",
    "caller_extension",
    "called_name",
    "called_number",
    "called_extension",
    "dialled",
];

fn columns(query: &mut SelectStatement) {
    for column in COLUMNS {
        query.expr(of_call(column));
    }
    query.expr(of_part("direction")).expr(of_part("answered"));
}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    user: UserId,
    filter: &Filter,
    before: Option<(i64, CallId)>,
    limit: u64,
) -> Result<Vec<Call>, DbError> {
    let mut query = own(scope, user);
    columns(&mut query);
    if let Some(from) = filter.from {
        query.and_where(of_part("started").gte(from.0));
    }
    if let Some(to) = filter.to {
        query.and_where(of_part("started").lt(to.0));
    }
    if let Some(direction) = filter.direction {
        query.and_where(of_part("direction").eq(direction.as_str()));
    }
    if !filter.outcomes.is_empty() {
        query.and_where(of_call("outcome").is_in(filter.outcomes.iter().copied()));
    }
    if let Some(needle) = &filter.search {
        let escaped = needle.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        query.and_where(of_call("search").like(LikeExpr::new(format!("%{escaped}%")).escape('\\')));
    }
    if let Some((started, call)) = before {
        let same = of_part("started").eq(started).and(of_part("call").lt(call.to_string()));
        query.and_where(of_part("started").lt(started).or(same));
    }
    query
        .order_by((Alias::new(PART), Alias::new("started")), Order::Desc)
        .order_by((Alias::new(PART), Alias::new("call")), Order::Desc)
        .limit(limit);
    db.query_all(&query).await?.iter().map(read).collect()
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    scope: &Scope,
    user: UserId,
    call: CallId,
) -> Result<Option<(Call, CallRecord)>, DbError> {
    let mut query = own(scope, user);
    columns(&mut query);
    query.expr(of_call("record")).and_where(of_call("id").eq(call.to_string()));
    let Some(row) = db.query_one(&query).await? else {
        return Ok(None);
    };
    let record: String = row.try_get_by(COLUMNS.len() + 2)?;
    let record = serde_json::from_str(&record).map_err(|_| DbError::Damaged("calls.record"))?;
    Ok(Some((read(&row)?, record)))
}

pub(super) async fn took_part(
    db: &impl ConnectionTrait,
    scope: &Scope,
    user: UserId,
    call: CallId,
) -> Result<bool, DbError> {
    let mut query = own(scope, user);
    query.expr(Expr::val(1)).and_where(of_call("id").eq(call.to_string()));
    Ok(db.query_one(&query).await?.is_some())
}

fn read(row: &QueryResult) -> Result<Call, DbError> {
    let id: String = row.try_get_by(0)?;
    let direction: String = row.try_get_by(13)?;
    let direction = if direction == Direction::Outgoing.as_str() { Direction::Outgoing } else { Direction::Incoming };
    let answered: Option<i64> = row.try_get_by(3)?;
    let caller_name: String = row.try_get_by(6)?;
    Ok(Call {
        id: id.parse().map_err(|_| DbError::Damaged("calls.id"))?,
        direction,
        kind: row.try_get_by(1)?,
        started: Moment::from_millis(row.try_get_by(2)?),
        answered: answered.map(Moment::from_millis),
        duration_ms: row.try_get_by(4)?,
        outcome: row.try_get_by(5)?,
        answered_by_me: row.try_get_by(14)?,
        caller: CallParty {
            name: Some(caller_name).filter(|name| !name.is_empty()),
            number: row.try_get_by(7)?,
            extension: row.try_get_by(8)?,
        },
        called: CallParty { name: row.try_get_by(9)?, number: row.try_get_by(10)?, extension: row.try_get_by(11)? },
        dialled: row.try_get_by(12)?,
    })
}
