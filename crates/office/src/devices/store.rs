//! The table `devices`.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, ExprTrait, Query};
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect};
use types::ids::{DeviceId, UserId};
use types::sip_id::{SipId, SipIdKind};

use super::model::Device;
use crate::db::{DbError, Tx};
use crate::http::Moment;
use crate::owners::{self, NamedOwner};
use crate::scope::Scope;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "devices")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    account: String,
    user: String,
    kind: String,
    label: String,
    sip_index: i64,
    sip_id: i64,
    ha1_sealed: Vec<u8>,
    first_registered: Option<i64>,
    version: i64,
    created: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A phone the caller may see: his own, or as an administrator one of the account.
pub(super) async fn reachable(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: DeviceId,
) -> Result<Option<Device>, DbError> {
    let device = find(db, scope, id).await?;
    Ok(device.filter(|device| device.user_id().is_some_and(|user| scope.reaches(user))))
}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    user: Option<UserId>,
    after: Option<DeviceId>,
    limit: u64,
) -> Result<Vec<Device>, DbError> {
    let users = Query::select()
        .column(Alias::new("id"))
        .from(Alias::new("users"))
        .and_where(Expr::col(Alias::new("account")).eq(scope.account().to_string()))
        .and_where(Expr::col(Alias::new("deleted")).is_null())
        .take();
    let mut query = of(scope).filter(Column::User.in_subquery(users));
    if let Some(user) = user {
        query = query.filter(Column::User.eq(user.to_string()));
    }
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after.to_string()));
    }
    named(db, scope, query.order_by_asc(Column::Id).limit(limit).all(db).await?).await
}

pub(super) async fn find(db: &impl ConnectionTrait, scope: &Scope, id: DeviceId) -> Result<Option<Device>, DbError> {
    let rows = of(scope).filter(Column::Id.eq(id.to_string())).all(db).await?;
    Ok(named(db, scope, rows).await?.pop())
}

pub(super) async fn count(db: &impl ConnectionTrait, scope: &Scope, user: UserId) -> Result<u64, DbError> {
    Ok(of(scope).filter(Column::User.eq(user.to_string())).count(db).await?)
}

/// Takes the next SIP id of the account. Never the same twice, also after phones were removed: an old phone must
/// not come back as somebody else's.
pub(super) async fn next_sip_id(tx: &Tx, scope: &Scope) -> Result<Option<SipId>, DbError> {
    let account = scope.account().to_string();
    tx.run("UPDATE accounts SET next_device = next_device + 1 WHERE id = ?", vec![account.clone().into()]).await?;
    let query = Query::select()
        .columns(["master_id", "next_device"].map(Alias::new))
        .from(Alias::new("accounts"))
        .and_where(Expr::col(Alias::new("id")).eq(account))
        .take();
    let Some(row) = tx.conn().query_one(&query).await? else {
        return Ok(None);
    };
    let (master, next): (i64, i64) = (row.try_get_by(0)?, row.try_get_by(1)?);
    let (Ok(master), Ok(index)) = (u32::try_from(master), u32::try_from(next - 1)) else {
        return Ok(None);
    };
    Ok(SipId::new(master, SipIdKind::Voip, index))
}

pub(super) async fn insert(
    tx: &Tx,
    scope: &Scope,
    id: DeviceId,
    owner: NamedOwner,
    label: String,
    sip_id: SipId,
    ha1_sealed: Vec<u8>,
) -> Result<Device, DbError> {
    let row = Model {
        id: id.to_string(),
        account: scope.account().to_string(),
        user: owner.id.clone(),
        kind: "voip".to_owned(),
        label,
        sip_index: i64::from(sip_id.index()),
        sip_id: sip_id.as_i64(),
        ha1_sealed,
        first_registered: None,
        version: 1,
        created: tx.now().0,
    };
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.conn()).await?;
    read(row, owner)
}

pub(super) async fn rename(tx: &Tx, scope: &Scope, device: &Device) -> Result<(), DbError> {
    one(scope, device)
        .col_expr(Column::Label, Expr::value(device.label.as_str()))
        .col_expr(Column::Version, Expr::value(device.version))
        .exec(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn change_password(
    tx: &Tx,
    scope: &Scope,
    device: &Device,
    ha1_sealed: Vec<u8>,
) -> Result<(), DbError> {
    one(scope, device)
        .col_expr(Column::Ha1Sealed, Expr::value(ha1_sealed))
        .col_expr(Column::Version, Expr::value(device.version))
        .exec(tx.conn())
        .await?;
    forget_registrations(tx, device).await
}

pub(super) async fn delete(tx: &Tx, scope: &Scope, device: &Device) -> Result<(), DbError> {
    Entity::delete_many()
        .filter(Column::Account.eq(scope.account().to_string()))
        .filter(Column::Id.eq(device.id.to_string()))
        .exec(tx.conn())
        .await?;
    forget_registrations(tx, device).await
}

async fn forget_registrations(tx: &Tx, device: &Device) -> Result<(), DbError> {
    tx.run("DELETE FROM registrations WHERE sip_id = ?", vec![device.sip_id.as_i64().into()]).await?;
    Ok(())
}

fn of(scope: &Scope) -> Select<Entity> {
    Entity::find().filter(Column::Account.eq(scope.account().to_string()))
}

fn one(scope: &Scope, device: &Device) -> sea_orm::UpdateMany<Entity> {
    Entity::update_many()
        .filter(Column::Account.eq(scope.account().to_string()))
        .filter(Column::Id.eq(device.id.to_string()))
}

/// Rows with the names of their users; phones of deleted users are left out.
async fn named(db: &impl ConnectionTrait, scope: &Scope, rows: Vec<Model>) -> Result<Vec<Device>, DbError> {
    let users: Vec<UserId> = rows
        .iter()
        .map(|row| row.user.parse())
        .collect::<Result<_, _>>()
        .map_err(|_| DbError::Damaged("devices.user"))?;
    let names = owners::names(db, scope, users.into_iter().map(callflow::Owner::User)).await?;
    rows.into_iter()
        .filter_map(|row| {
            let owner = names.get(&row.user)?.clone();
            Some(read(row, owner))
        })
        .collect()
}

fn read(row: Model, user: NamedOwner) -> Result<Device, DbError> {
    Ok(Device {
        id: row.id.parse().map_err(|_| DbError::Damaged("devices.id"))?,
        user,
        kind: row.kind,
        label: row.label,
        sip_id: SipId::from_i64(row.sip_id).ok_or(DbError::Damaged("devices.sip_id"))?,
        presence: None,
        first_registered_at: row.first_registered.map(Moment::from_millis),
        created_at: Moment::from_millis(row.created),
        version: row.version,
    })
}
