//! Names of users and groups.

use std::collections::BTreeMap;

use callflow::Owner;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};

use super::model::NamedOwner;
use crate::db::DbError;
use crate::scope::Scope;

/// The owner with his name, if he is in the account and not deleted.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    scope: &Scope,
    owner: Owner,
) -> Result<Option<NamedOwner>, DbError> {
    Ok(names(db, scope, std::iter::once(owner)).await?.into_values().next())
}

/// The names of owners; those that are not in the account are left out.
pub(crate) async fn names(
    db: &impl ConnectionTrait,
    scope: &Scope,
    owners: impl Iterator<Item = Owner>,
) -> Result<BTreeMap<String, NamedOwner>, DbError> {
    let (mut users, mut groups) = (Vec::new(), Vec::new());
    for owner in owners {
        match owner {
            Owner::User(user) => users.push(user.to_string()),
            Owner::Group(group) => groups.push(group.to_string()),
        }
    }
    let mut found = BTreeMap::new();
    if !users.is_empty() {
        let query = Query::select()
            .columns(["id", "first_name", "last_name"].map(Alias::new))
            .from(Alias::new("users"))
            .and_where(Expr::col(Alias::new("account")).eq(scope.account().to_string()))
            .and_where(Expr::col(Alias::new("deleted")).is_null())
            .and_where(Expr::col(Alias::new("id")).is_in(users))
            .take();
        for row in db.query_all(&query).await? {
            let (id, first, last) =
                (row.try_get_by::<String, _>(0)?, row.try_get_by::<String, _>(1)?, row.try_get_by::<String, _>(2)?);
            let user = id.parse().map_err(|_| DbError::Damaged("users.id"))?;
            found.insert(id, NamedOwner::new(Owner::User(user), format!("{first} {last}").trim().to_owned()));
        }
    }
    if !groups.is_empty() {
        let query = Query::select()
            .columns(["id", "name"].map(Alias::new))
            .from(Alias::new("groups"))
            .and_where(Expr::col(Alias::new("account")).eq(scope.account().to_string()))
            .and_where(Expr::col(Alias::new("id")).is_in(groups))
            .take();
        for row in db.query_all(&query).await? {
            let (id, name) = (row.try_get_by::<String, _>(0)?, row.try_get_by::<String, _>(1)?);
            let group = id.parse().map_err(|_| DbError::Damaged("groups.id"))?;
            found.insert(id, NamedOwner::new(Owner::Group(group), name));
        }
    }
    Ok(found)
}
