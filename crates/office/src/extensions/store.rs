//! The table `extensions`.

use std::collections::BTreeMap;

use callflow::Owner;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{Condition, IntoActiveModel, Order, QueryOrder, QuerySelect, Value};
use types::extension_number::ExtensionNumber;
use types::ids::ExtensionId;

use super::model::Extension;
use crate::db::{DbError, Tx};
use crate::http::Moment;
use crate::owners::{self, NamedOwner};
use crate::scope::Scope;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "extensions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    account: String,
    number: String,
    owner_user: Option<String>,
    owner_group: Option<String>,
    created: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What the index `extensions_in_order` is made of.
fn length() -> Expr {
    Expr::cust("length(number)")
}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    owner: Option<Owner>,
    after: Option<ExtensionNumber>,
    limit: u64,
) -> Result<Vec<Extension>, DbError> {
    let mut query = of(scope);
    if let Some(owner) = owner {
        query = query.filter(owned_by(owner));
    }
    if let Some(after) = after {
        let digits = i64::try_from(after.length()).unwrap_or(i64::MAX);
        let same = length().eq(digits).and(Expr::col(Column::Number).gt(after.to_string()));
        query = query.filter(Condition::any().add(length().gt(digits)).add(same));
    }
    let query = query.order_by(length(), Order::Asc).order_by_asc(Column::Number).limit(limit);
    named(db, scope, query.all(db).await?).await
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: ExtensionId,
) -> Result<Option<Extension>, DbError> {
    let rows = of(scope).filter(Column::Id.eq(id.to_string())).all(db).await?;
    Ok(named(db, scope, rows).await?.pop())
}

pub(super) async fn by_number(
    db: &impl ConnectionTrait,
    scope: &Scope,
    number: ExtensionNumber,
) -> Result<Option<Extension>, DbError> {
    let rows = of(scope).filter(Column::Number.eq(number.to_string())).all(db).await?;
    Ok(named(db, scope, rows).await?.pop())
}

pub(super) async fn of_owner(
    db: &impl ConnectionTrait,
    scope: &Scope,
    owner: Owner,
) -> Result<Option<Extension>, DbError> {
    let rows = of(scope).filter(owned_by(owner)).all(db).await?;
    Ok(named(db, scope, rows).await?.pop())
}

/// The extensions of many owners, by the owner's id.
pub(crate) async fn of_owners(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[String],
) -> Result<BTreeMap<String, String>, DbError> {
    let theirs = Condition::any().add(Column::OwnerUser.is_in(ids)).add(Column::OwnerGroup.is_in(ids));
    let rows = of(scope).filter(theirs).all(db).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.owner_user.or(row.owner_group)?, row.number))).collect())
}

pub(super) async fn insert(
    tx: &Tx,
    scope: &Scope,
    id: ExtensionId,
    number: ExtensionNumber,
    owner: Owner,
    named: NamedOwner,
) -> Result<Extension, DbError> {
    let (owner_user, owner_group) = owners::columns(Some(owner));
    let row = Model {
        id: id.to_string(),
        account: scope.account().to_string(),
        number: number.to_string(),
        owner_user,
        owner_group,
        created: tx.now().0,
    };
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.conn()).await?;
    read(&row, named)
}

pub(super) async fn insert_all(tx: &Tx, scope: &Scope, extensions: &[(Owner, Extension)]) -> Result<(), DbError> {
    let account = scope.account().to_string();
    let rows = extensions.iter().map(|(owner, extension)| {
        let (user, group) = owners::columns(Some(*owner));
        [
            extension.id.to_string().into(),
            account.clone().into(),
            extension.number.to_string().into(),
            Value::String(user),
            Value::String(group),
            tx.now().0.into(),
        ]
    });
    let insert = "INSERT INTO extensions (id, account, number, owner_user, owner_group, created) VALUES ";
    tx.rows(insert, "(?, ?, ?, ?, ?, ?)", "", rows).await
}

pub(super) async fn delete(tx: &Tx, scope: &Scope, id: ExtensionId) -> Result<(), DbError> {
    Entity::delete_many()
        .filter(Column::Account.eq(scope.account().to_string()))
        .filter(Column::Id.eq(id.to_string()))
        .exec(tx.conn())
        .await?;
    Ok(())
}

fn of(scope: &Scope) -> Select<Entity> {
    Entity::find().filter(Column::Account.eq(scope.account().to_string()))
}

fn owned_by(owner: Owner) -> Expr {
    match owner {
        Owner::User(user) => Column::OwnerUser.eq(user.to_string()),
        Owner::Group(group) => Column::OwnerGroup.eq(group.to_string()),
    }
}

async fn named(db: &impl ConnectionTrait, scope: &Scope, rows: Vec<Model>) -> Result<Vec<Extension>, DbError> {
    let owner = |row: &Model| owners::from_columns(row.owner_user.as_deref(), row.owner_group.as_deref());
    let ids: Vec<Owner> = rows.iter().filter_map(|row| owner(row).transpose()).collect::<Result<_, _>>()?;
    let names = owners::names(db, scope, ids.into_iter()).await?;
    rows.iter()
        .map(|row| {
            let id = row.owner_user.as_ref().or(row.owner_group.as_ref());
            // An owner without a name is one who is being deleted right now.
            let named = id.and_then(|id| names.get(id).cloned());
            let fallback = || owner(row).map(|owner| owner.map(|owner| NamedOwner::new(owner, String::new())));
            let named = match named {
                Some(named) => named,
                None => fallback()?.ok_or(DbError::Damaged("extensions.owner"))?,
            };
            read(row, named)
        })
        .collect()
}

fn read(row: &Model, owner: NamedOwner) -> Result<Extension, DbError> {
    Ok(Extension {
        id: row.id.parse().map_err(|_| DbError::Damaged("extensions.id"))?,
        number: row.number.parse().map_err(|_| DbError::Damaged("extensions.number"))?,
        owner,
        created_at: Moment::from_millis(row.created),
    })
}
