//! The table `accounts`.

use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, Condition, IntoActiveModel, QueryOrder, QuerySelect};
use types::ids::AccountId;

use super::calendar::zone;
use super::model::{Account, Draft};
use crate::db::{DbError, Tx};
use crate::http::Moment;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    name: String,
    country: String,
    language: String,
    time_zone: Option<String>,
    master_id: i64,
    next_device: i64,
    suspended: bool,
    revision: i64,
    created: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

pub(super) async fn any(db: &impl ConnectionTrait) -> Result<bool, DbError> {
    Ok(Entity::find().one(db).await?.is_some())
}

pub(super) async fn find(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<Account>, DbError> {
    Entity::find_by_id(account.to_string()).one(db).await?.map(read).transpose()
}

/// Accounts by name.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    after: Option<(String, AccountId)>,
    limit: u64,
) -> Result<Vec<Account>, DbError> {
    let mut query = Entity::find();
    if let Some((name, id)) = after {
        let same = Condition::all().add(Column::Name.eq(&name)).add(Column::Id.gt(id.to_string()));
        query = query.filter(Condition::any().add(Column::Name.gt(&name)).add(same));
    }
    let rows = query.order_by_asc(Column::Name).order_by_asc(Column::Id).limit(limit).all(db).await?;
    rows.into_iter().map(read).collect()
}

pub(super) async fn set_suspended(tx: &Tx, before: &Account, suspended: bool) -> Result<Account, DbError> {
    let after = Account { suspended, version: before.version + 1, ..before.clone() };
    let changes = ActiveModel { suspended: Set(suspended), revision: Set(after.version), ..Default::default() };
    Entity::update_many().set(changes).filter(Column::Id.eq(before.id.to_string())).exec(tx.conn()).await?;
    Ok(after)
}

pub(super) async fn has_master_id(tx: &Tx, master_id: i64) -> Result<bool, DbError> {
    Ok(Entity::find().filter(Column::MasterId.eq(master_id)).one(tx.conn()).await?.is_some())
}

pub(super) async fn insert(tx: &Tx, id: AccountId, master_id: i64, draft: Draft) -> Result<Account, DbError> {
    let row = Model {
        id: id.to_string(),
        name: draft.name,
        country: draft.country,
        language: draft.language,
        time_zone: draft.time_zone,
        master_id,
        next_device: 0,
        suspended: false,
        revision: 1,
        created: tx.now().0,
    };
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.conn()).await?;
    read(row)
}

pub(super) async fn update(tx: &Tx, before: &Account, draft: Draft) -> Result<Account, DbError> {
    let country = draft.country.clone();
    let after = Account {
        name: draft.name,
        country: draft.country,
        language: draft.language,
        time_zone_chosen: draft.time_zone.is_some(),
        time_zone: draft.time_zone.unwrap_or_else(|| zone(&country).to_owned()),
        version: before.version + 1,
        ..before.clone()
    };
    let changes = ActiveModel {
        name: Set(after.name.clone()),
        country: Set(after.country.clone()),
        language: Set(after.language.clone()),
        time_zone: Set(after.time_zone_chosen.then(|| after.time_zone.clone())),
        revision: Set(after.version),
        ..Default::default()
    };
    Entity::update_many().set(changes).filter(Column::Id.eq(before.id.to_string())).exec(tx.conn()).await?;
    Ok(after)
}

fn read(row: Model) -> Result<Account, DbError> {
    Ok(Account {
        id: row.id.parse().map_err(|_| DbError::Damaged("accounts.id"))?,
        name: row.name,
        time_zone_chosen: row.time_zone.is_some(),
        time_zone: row.time_zone.unwrap_or_else(|| zone(&row.country).to_owned()),
        country: row.country,
        language: row.language,
        suspended: row.suspended,
        created_at: Moment::from_millis(row.created),
        version: row.revision,
    })
}
