//! The tables `groups` and `group_members`.

use std::collections::BTreeMap;

use callflow::Owner;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, IntoActiveModel, QueryOrder, QuerySelect, Value};
use types::ids::{GroupId, UserId};

use super::model::{Group, Member};
use super::rules::Draft;
use crate::db::{DbError, Tx};
use crate::scope::Scope;
use crate::{extensions, numbers, owners};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "groups")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    account: String,
    name: String,
    ring_seconds: i32,
    version: i64,
    created: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

mod members {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "group_members")]
    pub struct Model {
        pub account: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub group: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub user: String,
        pub position: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    after: Option<(String, GroupId)>,
    limit: u64,
) -> Result<Vec<Group>, DbError> {
    let mut query = of(scope);
    if let Some((name, id)) = after {
        let same = Condition::all().add(Column::Name.eq(&name)).add(Column::Id.gt(id.to_string()));
        query = query.filter(Condition::any().add(Column::Name.gt(&name)).add(same));
    }
    whole(db, scope, query.order_by_asc(Column::Name).order_by_asc(Column::Id).limit(limit).all(db).await?).await
}

pub(super) async fn find(db: &impl ConnectionTrait, scope: &Scope, id: GroupId) -> Result<Option<Group>, DbError> {
    let rows = of(scope).filter(Column::Id.eq(id.to_string())).all(db).await?;
    Ok(whole(db, scope, rows).await?.pop())
}

pub(super) async fn insert(
    tx: &Tx,
    scope: &Scope,
    id: GroupId,
    draft: &Draft,
    members: &[UserId],
) -> Result<(), DbError> {
    let row = Model {
        id: id.to_string(),
        account: scope.account().to_string(),
        name: draft.name.clone(),
        ring_seconds: draft.seconds.into(),
        version: 1,
        created: tx.now().0,
    };
    Entity::insert(row.into_active_model()).exec_without_returning(tx.conn()).await?;
    write_members(tx, scope, id, members).await
}

pub(super) async fn update(tx: &Tx, scope: &Scope, before: &Group, draft: &Draft) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::Name, Expr::value(draft.name.as_str()))
        .col_expr(Column::RingSeconds, Expr::value(i32::from(draft.seconds)))
        .col_expr(Column::Version, Expr::value(before.version + 1))
        .filter(Column::Account.eq(scope.account().to_string()))
        .filter(Column::Id.eq(before.id.to_string()))
        .exec(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn join(tx: &Tx, scope: &Scope, group: &Group, user: UserId) -> Result<(), DbError> {
    let last = members::Entity::find()
        .filter(members::Column::Group.eq(group.id.to_string()))
        .order_by_desc(members::Column::Position)
        .one(tx.conn())
        .await?;
    let row = members::Model {
        account: scope.account().to_string(),
        group: group.id.to_string(),
        user: user.to_string(),
        position: last.map_or(0, |last| last.position + 1),
    };
    members::Entity::insert(row.into_active_model()).exec_without_returning(tx.conn()).await?;
    touch(tx, scope, group).await
}

pub(super) async fn leave(tx: &Tx, scope: &Scope, group: &Group, user: UserId) -> Result<(), DbError> {
    members::Entity::delete_many()
        .filter(members::Column::Account.eq(scope.account().to_string()))
        .filter(members::Column::Group.eq(group.id.to_string()))
        .filter(members::Column::User.eq(user.to_string()))
        .exec(tx.conn())
        .await?;
    touch(tx, scope, group).await
}

/// Takes those out who are not among `members`, lets the others join, and orders them. Members who are deleted and may
/// come back keep their place behind all others.
pub(super) async fn replace_members(tx: &Tx, scope: &Scope, group: &Group, members: &[UserId]) -> Result<(), DbError> {
    let shown = group.members.iter().map(|member| member.id.to_string());
    members::Entity::delete_many()
        .filter(members::Column::Account.eq(scope.account().to_string()))
        .filter(members::Column::Group.eq(group.id.to_string()))
        .filter(members::Column::User.is_in(shown))
        .exec(tx.conn())
        .await?;
    write_members(tx, scope, group.id, members).await
}

async fn write_members(tx: &Tx, scope: &Scope, group: GroupId, members: &[UserId]) -> Result<(), DbError> {
    let rows = members.iter().enumerate().map(|(position, user)| {
        let position = i32::try_from(position).unwrap_or(i32::MAX);
        [scope.account().to_string().into(), group.to_string().into(), user.to_string().into(), Value::from(position)]
    });
    tx.rows("INSERT INTO group_members (account, \"group\", \"user\", position) VALUES ", "(?, ?, ?, ?)", "", rows)
        .await
}

pub(super) async fn delete(tx: &Tx, scope: &Scope, id: GroupId) -> Result<(), DbError> {
    members::Entity::delete_many()
        .filter(members::Column::Account.eq(scope.account().to_string()))
        .filter(members::Column::Group.eq(id.to_string()))
        .exec(tx.conn())
        .await?;
    Entity::delete_many()
        .filter(Column::Account.eq(scope.account().to_string()))
        .filter(Column::Id.eq(id.to_string()))
        .exec(tx.conn())
        .await?;
    Ok(())
}

async fn touch(tx: &Tx, scope: &Scope, group: &Group) -> Result<(), DbError> {
    let draft = Draft { name: group.name.clone(), seconds: group.seconds };
    update(tx, scope, group, &draft).await
}

fn of(scope: &Scope) -> Select<Entity> {
    Entity::find().filter(Column::Account.eq(scope.account().to_string()))
}

/// Groups with members, extension and numbers.
async fn whole(db: &impl ConnectionTrait, scope: &Scope, rows: Vec<Model>) -> Result<Vec<Group>, DbError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let joined = members::Entity::find()
        .filter(members::Column::Account.eq(scope.account().to_string()))
        .filter(members::Column::Group.is_in(&ids))
        .order_by_asc(members::Column::Position)
        .all(db)
        .await?;
    let users: Vec<UserId> = joined
        .iter()
        .map(|row| row.user.parse())
        .collect::<Result<_, _>>()
        .map_err(|_| DbError::Damaged("group_members.user"))?;
    let names = owners::names(db, scope, users.iter().copied().map(Owner::User)).await?;
    let mut members: BTreeMap<String, Vec<Member>> = BTreeMap::new();
    for (row, id) in joined.into_iter().zip(users) {
        // A member without a name is deleted and may come back.
        if let Some(named) = names.get(&row.user) {
            members.entry(row.group).or_default().push(Member { id, name: named.name.clone() });
        }
    }
    let mut extensions = extensions::of_owners(db, scope, &ids).await?;
    let mut numbers = numbers::of_owners(db, scope, &ids).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Group {
                id: row.id.parse().map_err(|_| DbError::Damaged("groups.id"))?,
                name: row.name,
                seconds: u16::try_from(row.ring_seconds).map_err(|_| DbError::Damaged("groups.ring_seconds"))?,
                members: members.remove(&row.id).unwrap_or_default(),
                extension: extensions.remove(&row.id),
                numbers: numbers.remove(&row.id).unwrap_or_default(),
                version: row.version,
            })
        })
        .collect()
}
