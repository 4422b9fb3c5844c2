//! The table `numbers`.

use std::collections::BTreeMap;

use callflow::Owner;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, LikeExpr};
use sea_orm::{Condition, QueryOrder, QuerySelect, Value};
use types::e164::E164;
use types::ids::{LocationId, NumberId};

use super::model::{Number, NumberState, PoolNumber};
use super::rules::Block;
use crate::db::{DbError, Tx};
use crate::http::Moment;
use crate::owners;
use crate::scope::Scope;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "numbers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    account: Option<String>,
    e164: String,
    state: String,
    owner_user: Option<String>,
    owner_group: Option<String>,
    location: Option<String>,
    version: i64,
    created: i64,
    assigned_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Which numbers a list holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Only those that ring nobody (true) or somebody (false).
    pub unassigned: Option<bool>,
    /// Only those of this owner.
    pub owner: Option<Owner>,
    /// Only those that contain these digits.
    pub digits: Option<String>,
}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    after: Option<E164>,
    limit: u64,
) -> Result<Vec<Number>, DbError> {
    let mut query = of(scope);
    if let Some(unassigned) = filter.unassigned {
        let state = if unassigned { NumberState::Unassigned } else { NumberState::Assigned };
        query = query.filter(Column::State.eq(state.as_str()));
    }
    if let Some(owner) = filter.owner {
        query = query.filter(owned_by(owner));
    }
    if let Some(digits) = &filter.digits {
        query = query.filter(Expr::col(Column::E164).like(LikeExpr::new(format!("%{digits}%"))));
    }
    if let Some(after) = after {
        query = query.filter(Column::E164.gt(after.to_string()));
    }
    named(db, scope, query.order_by_asc(Column::E164).limit(limit).all(db).await?).await
}

pub(super) async fn find(db: &impl ConnectionTrait, scope: &Scope, id: NumberId) -> Result<Option<Number>, DbError> {
    Ok(find_all(db, scope, &[id]).await?.pop())
}

pub(super) async fn find_all(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[NumberId],
) -> Result<Vec<Number>, DbError> {
    let ids = ids.iter().map(ToString::to_string);
    let rows = of(scope).filter(Column::Id.is_in(ids)).order_by_asc(Column::E164).all(db).await?;
    named(db, scope, rows).await
}

pub(super) async fn owned(db: &impl ConnectionTrait, scope: &Scope, owner: Owner) -> Result<Vec<Number>, DbError> {
    let rows = of(scope).filter(owned_by(owner)).order_by_asc(Column::E164).all(db).await?;
    named(db, scope, rows).await
}

/// The numbers of many owners, by the owner's id.
pub(crate) async fn of_owners(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[String],
) -> Result<BTreeMap<String, Vec<String>>, DbError> {
    let theirs = Condition::any().add(Column::OwnerUser.is_in(ids)).add(Column::OwnerGroup.is_in(ids));
    let mut numbers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in of(scope).filter(theirs).order_by_asc(Column::E164).all(db).await? {
        if let Some(owner) = row.owner_user.or(row.owner_group) {
            numbers.entry(owner).or_default().push(row.e164);
        }
    }
    Ok(numbers)
}

/// The lowest number of the block that exists in the installation, in whatever account.
pub(crate) async fn first_existing(tx: &Tx, block: Block) -> Result<Option<E164>, DbError> {
    // Of equal length, so that their order as text is their order as numbers.
    let row = Entity::find()
        .filter(Column::E164.between(block.first().to_string(), block.last().to_string()))
        .filter(Expr::cust("length(e164)").eq(i64::try_from(block.first().to_string().len()).unwrap_or(0)))
        .order_by_asc(Column::E164)
        .limit(1)
        .one(tx.conn())
        .await?;
    row.map(|row| row.e164.parse().map_err(|_| DbError::Damaged("numbers.e164"))).transpose()
}

pub(super) async fn insert(
    tx: &Tx,
    scope: &Scope,
    numbers: &[(NumberId, E164)],
    location: Option<LocationId>,
) -> Result<(), DbError> {
    let (account, now) = (scope.account().to_string(), tx.now().0);
    let location = location.map(|location| location.to_string());
    tx.rows(
        "INSERT INTO numbers (id, account, e164, state, location, version, created) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?)",
        "",
        numbers.iter().map(|(id, number)| {
            [
                id.to_string().into(),
                account.clone().into(),
                number.to_string().into(),
                NumberState::Unassigned.as_str().into(),
                Value::String(location.clone()),
                1i64.into(),
                now.into(),
            ]
        }),
    )
    .await
}

pub(super) async fn assign(tx: &Tx, scope: &Scope, number: &Number, owner: Option<Owner>) -> Result<(), DbError> {
    let (user, group) = owners::columns(owner);
    Entity::update_many()
        .col_expr(Column::OwnerUser, Expr::value(user))
        .col_expr(Column::OwnerGroup, Expr::value(group))
        .col_expr(Column::State, Expr::value(number.state.as_str()))
        .col_expr(Column::AssignedAt, Expr::value(number.assigned_at.map(|moment| moment.0.0)))
        .col_expr(Column::Version, Expr::value(number.version))
        .filter(Column::Account.eq(scope.account().to_string()))
        .filter(Column::Id.eq(number.id.to_string()))
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// Free numbers of the operator, by value.
pub(super) async fn pool(
    db: &impl ConnectionTrait,
    digits: Option<&str>,
    after: Option<E164>,
    limit: u64,
) -> Result<Vec<PoolNumber>, DbError> {
    let mut query = Entity::find().filter(Column::Account.is_null());
    if let Some(digits) = digits {
        query = query.filter(Expr::col(Column::E164).like(LikeExpr::new(format!("%{digits}%"))));
    }
    if let Some(after) = after {
        query = query.filter(Column::E164.gt(after.to_string()));
    }
    let rows = query.order_by_asc(Column::E164).limit(limit).all(db).await?;
    rows.into_iter()
        .map(|row| {
            Ok(PoolNumber {
                id: row.id.parse().map_err(|_| DbError::Damaged("numbers.id"))?,
                number: row.e164.parse().map_err(|_| DbError::Damaged("numbers.e164"))?,
            })
        })
        .collect()
}

/// Takes a number out of the pool if it is free; whether it was.
pub(super) async fn take_from_pool(tx: &Tx, scope: &Scope, id: NumberId) -> Result<bool, DbError> {
    let sql = "UPDATE numbers SET account = ?, version = version + 1 WHERE id = ? AND account IS NULL";
    Ok(tx.run(sql, vec![scope.account().to_string().into(), id.to_string().into()]).await? == 1)
}

/// Gives a number back to the pool if it came from there; whether it did.
pub(super) async fn return_to_pool(tx: &Tx, scope: &Scope, id: NumberId) -> Result<bool, DbError> {
    let sql = "UPDATE numbers SET account = NULL, location = NULL, state = 'unassigned', assigned_at = NULL, \
               version = version + 1 WHERE account = ? AND id = ? AND from_pool";
    Ok(tx.run(sql, vec![scope.account().to_string().into(), id.to_string().into()]).await? == 1)
}

pub(super) async fn delete(tx: &Tx, scope: &Scope, id: NumberId) -> Result<(), DbError> {
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

async fn named(db: &impl ConnectionTrait, scope: &Scope, rows: Vec<Model>) -> Result<Vec<Number>, DbError> {
    let owner = |row: &Model| owners::from_columns(row.owner_user.as_deref(), row.owner_group.as_deref());
    let ids: Vec<Owner> = rows.iter().filter_map(|row| owner(row).transpose()).collect::<Result<_, _>>()?;
    let names = owners::names(db, scope, ids.into_iter()).await?;
    rows.into_iter()
        .map(|row| {
            let id = row.owner_user.as_ref().or(row.owner_group.as_ref());
            let owner = id.and_then(|id| names.get(id).cloned());
            let location = row.location.as_deref().map(str::parse).transpose();
            Ok(Number {
                id: row.id.parse().map_err(|_| DbError::Damaged("numbers.id"))?,
                number: row.e164.parse().map_err(|_| DbError::Damaged("numbers.e164"))?,
                state: if owner.is_some() { NumberState::Assigned } else { NumberState::Unassigned },
                assigned_at: row.assigned_at.filter(|_| owner.is_some()).map(Moment::from_millis),
                owner,
                location: location.map_err(|_| DbError::Damaged("numbers.location"))?,
                created_at: Moment::from_millis(row.created),
                version: row.version,
            })
        })
        .collect()
}
