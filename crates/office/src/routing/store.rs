//! The table `ring_steps`.

use callflow::{Owner, RingPlan, RingStep};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, ExprTrait, Query};
use sea_orm::{QueryOrder, Value};
use types::ids::{DeviceId, UserId};

use crate::db::{DbError, Tx};
use crate::owners;
use crate::scope::Scope;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ring_steps")]
pub struct Model {
    account: String,
    #[sea_orm(primary_key, auto_increment = false)]
    user: String,
    #[sea_orm(primary_key, auto_increment = false)]
    position: i32,
    seconds: i32,
    devices: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

pub(super) async fn user_exists(tx: &Tx, scope: &Scope, user: UserId) -> Result<bool, DbError> {
    Ok(owners::find(tx.conn(), scope, Owner::User(user)).await?.is_some())
}

pub(super) async fn devices_of(tx: &Tx, scope: &Scope, user: UserId) -> Result<Vec<DeviceId>, DbError> {
    let query = Query::select()
        .column(Alias::new("id"))
        .from(Alias::new("devices"))
        .and_where(Expr::col(Alias::new("account")).eq(scope.account().to_string()))
        .and_where(Expr::col(Alias::new("user")).eq(user.to_string()))
        .take();
    let rows = tx.conn().query_all(&query).await?;
    rows.iter()
        .map(|row| {
            let id: String = row.try_get_by(0)?;
            id.parse().map_err(|_| DbError::Damaged("devices.id"))
        })
        .collect()
}

/// The user's steps; phones that are gone since are left out, as the exchange does.
pub(super) async fn steps(tx: &Tx, scope: &Scope, user: UserId, own: &[DeviceId]) -> Result<RingPlan, DbError> {
    let damaged = || DbError::Damaged("ring_steps");
    let rows = Entity::find()
        .filter(Column::Account.eq(scope.account().to_string()))
        .filter(Column::User.eq(user.to_string()))
        .order_by_asc(Column::Position)
        .all(tx.conn())
        .await?;
    let mut steps = Vec::with_capacity(rows.len());
    for row in rows {
        let mut devices: Vec<DeviceId> = serde_json::from_str(&row.devices).map_err(|_| damaged())?;
        devices.retain(|device| own.contains(device));
        if !devices.is_empty() {
            steps.push(RingStep { devices, seconds: u16::try_from(row.seconds).map_err(|_| damaged())? });
        }
    }
    RingPlan::new(steps).map_err(|_| damaged())
}

pub(super) async fn replace(tx: &Tx, scope: &Scope, user: UserId, plan: &RingPlan) -> Result<(), DbError> {
    Entity::delete_many()
        .filter(Column::Account.eq(scope.account().to_string()))
        .filter(Column::User.eq(user.to_string()))
        .exec(tx.conn())
        .await?;
    let rows = plan.steps().iter().enumerate().map(|(position, step)| {
        [
            scope.account().to_string().into(),
            user.to_string().into(),
            Value::from(i32::try_from(position).unwrap_or(i32::MAX)),
            Value::from(i32::from(step.seconds)),
            serde_json::to_string(&step.devices).unwrap_or_default().into(),
        ]
    });
    let insert = "INSERT INTO ring_steps (account, \"user\", position, seconds, devices) VALUES ";
    tx.rows(insert, "(?, ?, ?, ?, ?)", "", rows).await
}
