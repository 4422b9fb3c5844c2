//! The table `devices`.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, ExprTrait, Query};
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect};
use types::ids::{DeviceId, UserId};
use types::sip_id::{SipId, SipIdKind};

use super::model::Device;
use super::rules::Draft;
use crate::db::{DbError, Tx, statement};
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
    number: Option<String>,
    sip_index: Option<i64>,
    sip_id: Option<i64>,
    ha1_sealed: Option<Vec<u8>>,
    first_registered: Option<i64>,
    version: i64,
    created: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A device the caller may see: his own, or as an administrator one of the account.
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

/// These devices, oldest first.
pub(super) async fn list_some(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[DeviceId],
) -> Result<Vec<Device>, DbError> {
    let query = of(scope).filter(Column::Id.is_in(ids.iter().map(ToString::to_string)));
    named(db, scope, query.order_by_asc(Column::Id).all(db).await?).await
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

/// Takes that many SIP ids at once.
pub(super) async fn next_sip_ids(tx: &Tx, scope: &Scope, count: usize) -> Result<Option<Vec<SipId>>, DbError> {
    let Ok(count) = i64::try_from(count) else { return Ok(None) };
    let Some(first) = next_sip_id(tx, scope).await? else { return Ok(None) };
    let values = vec![(count - 1).into(), scope.account().to_string().into()];
    tx.run("UPDATE accounts SET next_device = next_device + ? WHERE id = ?", values).await?;
    let ids = (0..count)
        .map(|more| SipId::new(first.master(), SipIdKind::Voip, u32::try_from(i64::from(first.index()) + more).ok()?));
    Ok(ids.collect())
}

/// A VoIP phone about to be stored with others.
pub(super) struct NewRow {
    pub id: DeviceId,
    pub user: UserId,
    pub label: String,
    pub registers: Registers,
}

/// What a VoIP phone registers by.
pub(super) struct Registers {
    pub sip_id: SipId,
    pub ha1_sealed: Vec<u8>,
}

pub(super) async fn insert_all(tx: &Tx, scope: &Scope, rows: &[NewRow]) -> Result<(), DbError> {
    let (account, now) = (scope.account().to_string(), tx.now().0);
    tx.rows(
        "INSERT INTO devices (id, account, \"user\", kind, label, sip_index, sip_id, ha1_sealed, version, created) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "",
        rows.iter().map(|row| {
            [
                row.id.to_string().into(),
                account.clone().into(),
                row.user.to_string().into(),
                "voip".into(),
                row.label.as_str().into(),
                i64::from(row.registers.sip_id.index()).into(),
                row.registers.sip_id.as_i64().into(),
                row.registers.ha1_sealed.clone().into(),
                1i64.into(),
                now.into(),
            ]
        }),
    )
    .await
}

pub(super) async fn insert(
    tx: &Tx,
    scope: &Scope,
    id: DeviceId,
    owner: NamedOwner,
    draft: Draft,
    registers: Option<Registers>,
) -> Result<Device, DbError> {
    let row = Model {
        id: id.to_string(),
        account: scope.account().to_string(),
        user: owner.id.clone(),
        kind: draft.what.as_str().to_owned(),
        label: draft.label,
        number: draft.what.number().map(|number| number.to_string()),
        sip_index: registers.as_ref().map(|registers| i64::from(registers.sip_id.index())),
        sip_id: registers.as_ref().map(|registers| registers.sip_id.as_i64()),
        ha1_sealed: registers.map(|registers| registers.ha1_sealed),
        first_registered: None,
        version: 1,
        created: tx.now().0,
    };
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.conn()).await?;
    read(row, owner)
}

pub(super) async fn edit(tx: &Tx, scope: &Scope, device: &Device) -> Result<(), DbError> {
    one(scope, device)
        .col_expr(Column::Label, Expr::value(device.label.as_str()))
        .col_expr(Column::Number, Expr::value(device.number.map(|number| number.to_string())))
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
    forget_access(tx, device).await
}

pub(super) async fn delete(tx: &Tx, scope: &Scope, device: &Device) -> Result<(), DbError> {
    Entity::delete_many()
        .filter(Column::Account.eq(scope.account().to_string()))
        .filter(Column::Id.eq(device.id.to_string()))
        .exec(tx.conn())
        .await?;
    forget_access(tx, device).await
}

/// Registrations and setup codes that were worth something with the old password.
async fn forget_access(tx: &Tx, device: &Device) -> Result<(), DbError> {
    if let Some(sip_id) = device.sip_id {
        tx.run("DELETE FROM registrations WHERE sip_id = ?", vec![sip_id.as_i64().into()]).await?;
        tx.run("DELETE FROM setup_codes WHERE device = ?", vec![device.id.to_string().into()]).await?;
    }
    Ok(())
}

/// Keeps a setup code; those made before for the device are gone.
pub(super) async fn replace_setup_code(
    tx: &Tx,
    scope: &Scope,
    device: DeviceId,
    token_hash: String,
    sealed: Vec<u8>,
    expires: i64,
) -> Result<(), DbError> {
    tx.run("DELETE FROM setup_codes WHERE device = ?", vec![device.to_string().into()]).await?;
    tx.run(
        "INSERT INTO setup_codes (token_hash, account, device, sealed, created, expires) VALUES (?, ?, ?, ?, ?, ?)",
        vec![
            token_hash.into(),
            scope.account().to_string().into(),
            device.to_string().into(),
            sealed.into(),
            tx.now().0.into(),
            expires.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Takes a setup code that can still be used. Of two who ask at once one gets it.
pub(super) async fn take_setup_code(tx: &Tx, token_hash: &str) -> Result<Option<Vec<u8>>, DbError> {
    let sql = "SELECT sealed FROM setup_codes WHERE token_hash = ? AND expires > ?";
    let found = statement(tx.conn(), sql, vec![token_hash.into(), tx.now().0.into()]);
    let Some(row) = tx.conn().query_one_raw(found).await? else { return Ok(None) };
    let taken = tx.run("DELETE FROM setup_codes WHERE token_hash = ?", vec![token_hash.into()]).await?;
    Ok(if taken == 1 { Some(row.try_get_by_index(0)?) } else { None })
}

pub(super) async fn sweep_setup_codes(tx: &Tx) -> Result<(), DbError> {
    tx.run("DELETE FROM setup_codes WHERE expires <= ?", vec![tx.now().0.into()]).await?;
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
        sip_id: match row.sip_id {
            Some(sip_id) => Some(SipId::from_i64(sip_id).ok_or(DbError::Damaged("devices.sip_id"))?),
            None => None,
        },
        number: row.number.map(|number| number.parse()).transpose().map_err(|_| DbError::Damaged("devices.number"))?,
        included: true,
        fee: None,
        presence: None,
        first_registered_at: row.first_registered.map(Moment::from_millis),
        created_at: Moment::from_millis(row.created),
        version: row.version,
    })
}
