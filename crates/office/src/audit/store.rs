//! The table `audit`.

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect, Value};
use types::ids::AuditId;

use super::model::{Change, Entry, Filter};
use crate::db::{DbError, Tx};
use crate::http::Moment;
use crate::scope::{Actor, Scope};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    account: String,
    at: i64,
    actor: String,
    source: String,
    action: String,
    object: String,
    before: Option<String>,
    after: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

pub(super) async fn insert(tx: &Tx, scope: &Scope, id: AuditId, change: Change) -> Result<(), DbError> {
    let row = ActiveModel {
        id: Set(id.to_string()),
        account: Set(scope.account().to_string()),
        at: Set(tx.now().0),
        actor: Set(actor(scope.actor())),
        source: Set(scope.source().map(|source| source.to_string()).unwrap_or_default()),
        action: Set(change.action.to_owned()),
        object: Set(change.object),
        before: Set(change.before.map(|value| value.to_string())),
        after: Set(change.after.map(|value| value.to_string())),
    };
    Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

pub(super) async fn insert_all(tx: &Tx, scope: &Scope, entries: Vec<(AuditId, Change)>) -> Result<(), DbError> {
    let (account, actor) = (scope.account().to_string(), actor(scope.actor()));
    let source = scope.source().map(|source| source.to_string()).unwrap_or_default();
    let rows = entries.into_iter().map(|(id, change)| {
        let json = |value: Option<serde_json::Value>| Value::String(value.map(|value| value.to_string()));
        [
            id.to_string().into(),
            account.clone().into(),
            tx.now().0.into(),
            actor.clone().into(),
            source.clone().into(),
            change.action.into(),
            change.object.into(),
            json(change.before),
            json(change.after),
        ]
    });
    let insert = "INSERT INTO audit (id, account, at, actor, source, action, object, before, after) VALUES ";
    tx.rows(insert, "(?, ?, ?, ?, ?, ?, ?, ?, ?)", "", rows).await
}

fn actor(actor: Actor) -> String {
    match actor {
        Actor::Session(user, _) => format!("{user} session"),
        Actor::Token(user, token) => format!("{user} {token}"),
        Actor::Link(user) => format!("{user} link"),
        Actor::Console => "console".to_owned(),
        Actor::Operator(_) => "operator".to_owned(),
    }
}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    before: Option<AuditId>,
    limit: u64,
) -> Result<Vec<Entry>, DbError> {
    let mut query = Entity::find().filter(Column::Account.eq(scope.account().to_string()));
    if let Some(object) = &filter.object {
        query = query.filter(Column::Object.eq(object));
    }
    if let Some(before) = before {
        query = query.filter(Column::Id.lt(before.to_string()));
    }
    let rows = query.order_by_desc(Column::Id).limit(limit).all(db).await?;
    rows.into_iter().map(read).collect()
}

fn read(row: Model) -> Result<Entry, DbError> {
    let json = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
    Ok(Entry {
        id: row.id.parse().map_err(|_| DbError::Damaged("audit.id"))?,
        at: Moment::from_millis(row.at),
        actor: row.actor,
        source: row.source,
        action: row.action,
        object: row.object,
        before: json(row.before),
        after: json(row.after),
    })
}
