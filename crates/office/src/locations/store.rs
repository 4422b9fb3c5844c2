//! The table `locations`.

use std::collections::BTreeMap;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Order, Query};
use sea_orm::{ActiveValue::Set, Condition, IntoActiveModel, QueryOrder, QuerySelect};
use types::ids::LocationId;

use super::model::{Address, Location, UsedBy};
use super::rules::Draft;
use crate::db::{DbError, Tx};
use crate::scope::Scope;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "locations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    account: String,
    name: String,
    street: String,
    number: String,
    postcode: String,
    city: String,
    country: String,
    area_code: Option<String>,
    version: i64,
    created: i64,
    updated: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    after: Option<(String, LocationId)>,
    limit: u64,
) -> Result<Vec<Location>, DbError> {
    let mut query = of(scope);
    if let Some((name, id)) = after {
        let later = Condition::any()
            .add(Column::Name.gt(&name))
            .add(Condition::all().add(Column::Name.eq(&name)).add(Column::Id.gt(id.to_string())));
        query = query.filter(later);
    }
    let rows = query.order_by_asc(Column::Name).order_by_asc(Column::Id).limit(limit).all(db).await?;
    let people = people(db, scope).await?;
    rows.into_iter().map(|row| read(row, &people)).collect()
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: LocationId,
) -> Result<Option<Location>, DbError> {
    let Some(row) = of(scope).filter(Column::Id.eq(id.to_string())).one(db).await? else {
        return Ok(None);
    };
    let people = people(db, scope).await?;
    read(row, &people).map(Some)
}

pub(super) async fn insert(tx: &Tx, scope: &Scope, id: LocationId, draft: Draft) -> Result<Location, DbError> {
    let row = Model {
        id: id.to_string(),
        account: scope.account().to_string(),
        name: draft.name,
        street: draft.address.street,
        number: draft.address.number,
        postcode: draft.address.postcode,
        city: draft.address.city,
        country: draft.address.country,
        area_code: draft.area_code,
        version: 1,
        created: tx.now().0,
        updated: tx.now().0,
    };
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.conn()).await?;
    read(row, &BTreeMap::new())
}

pub(super) async fn update(tx: &Tx, scope: &Scope, before: &Location, draft: Draft) -> Result<Location, DbError> {
    let after = Location {
        id: before.id,
        name: draft.name,
        missing_for_emergency: draft.address.missing(),
        address: draft.address,
        area_code: draft.area_code,
        people: before.people,
        version: before.version + 1,
    };
    let changes = ActiveModel {
        name: Set(after.name.clone()),
        street: Set(after.address.street.clone()),
        number: Set(after.address.number.clone()),
        postcode: Set(after.address.postcode.clone()),
        city: Set(after.address.city.clone()),
        country: Set(after.address.country.clone()),
        area_code: Set(after.area_code.clone()),
        version: Set(after.version),
        updated: Set(tx.now().0),
        ..Default::default()
    };
    Entity::update_many()
        .set(changes)
        .filter(Column::Account.eq(scope.account().to_string()))
        .filter(Column::Id.eq(before.id.to_string()))
        .exec(tx.conn())
        .await?;
    Ok(after)
}

pub(super) async fn delete(tx: &Tx, scope: &Scope, id: LocationId) -> Result<(), DbError> {
    Entity::delete_many()
        .filter(Column::Account.eq(scope.account().to_string()))
        .filter(Column::Id.eq(id.to_string()))
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// How many people are at each location; locations without anybody are left out.
async fn people(db: &impl ConnectionTrait, scope: &Scope) -> Result<BTreeMap<String, i64>, DbError> {
    let query = Query::select()
        .column(Alias::new("location"))
        .expr(Func::count(Expr::col(Alias::new("id"))))
        .from(Alias::new("users"))
        .and_where(Expr::col(Alias::new("account")).eq(scope.account().to_string()))
        .and_where(Expr::col(Alias::new("deleted")).is_null())
        .and_where(Expr::col(Alias::new("location")).is_not_null())
        .group_by_col(Alias::new("location"))
        .take();
    let rows = db.query_all(&query).await?;
    rows.iter().map(|row| Ok((row.try_get_by(0)?, row.try_get_by(1)?))).collect()
}

/// The first few people at a location.
pub(super) async fn used_by(db: &impl ConnectionTrait, scope: &Scope, id: LocationId) -> Result<Vec<UsedBy>, DbError> {
    let query = Query::select()
        .columns(["id", "first_name", "last_name"].map(Alias::new))
        .from(Alias::new("users"))
        .and_where(Expr::col(Alias::new("account")).eq(scope.account().to_string()))
        .and_where(Expr::col(Alias::new("deleted")).is_null())
        .and_where(Expr::col(Alias::new("location")).eq(id.to_string()))
        .order_by(Alias::new("name_key"), Order::Asc)
        .limit(10)
        .take();
    let rows = db.query_all(&query).await?;
    rows.iter()
        .map(|row| {
            let (id, first, last): (String, String, String) =
                (row.try_get_by(0)?, row.try_get_by(1)?, row.try_get_by(2)?);
            let id = id.parse().map_err(|_| DbError::Damaged("users.id"))?;
            Ok(UsedBy { id, name: format!("{first} {last}").trim().to_owned() })
        })
        .collect()
}

fn of(scope: &Scope) -> Select<Entity> {
    Entity::find().filter(Column::Account.eq(scope.account().to_string()))
}

fn read(row: Model, people: &BTreeMap<String, i64>) -> Result<Location, DbError> {
    let address = Address {
        street: row.street,
        number: row.number,
        postcode: row.postcode,
        city: row.city,
        country: row.country,
    };
    Ok(Location {
        people: people.get(&row.id).copied().unwrap_or(0),
        id: row.id.parse().map_err(|_| DbError::Damaged("locations.id"))?,
        name: row.name,
        missing_for_emergency: address.missing(),
        address,
        area_code: row.area_code,
        version: row.version,
    })
}
