//! Many users with few statements.

use std::collections::BTreeSet;

use sea_orm::entity::prelude::*;
use types::ids::UserId;

use crate::db::{DbError, Tx, statement};
use crate::scope::{Role, Scope};
use crate::users::model::Profile;
use crate::users::rules::{Draft, name_key};

pub(crate) async fn insert_all(tx: &Tx, scope: &Scope, drafts: &[(UserId, Draft)]) -> Result<(), DbError> {
    let (account, now) = (scope.account().to_string(), tx.now().0);
    tx.rows(
        "INSERT INTO users (id, account, first_name, last_name, name_key, email, email_key, role, blocked, location, \
         language, time_zone, busy_on_busy, caller_number, version, created, updated) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "",
        drafts.iter().map(|(id, draft)| {
            [
                id.to_string().into(),
                account.clone().into(),
                draft.first_name.as_str().into(),
                draft.last_name.as_str().into(),
                name_key(&draft.first_name, &draft.last_name).into(),
                Value::String(draft.email.as_ref().map(ToString::to_string)),
                Value::String(draft.email.as_ref().map(|email| email.key())),
                draft.role.as_str().into(),
                false.into(),
                Value::String(draft.location.map(|location| location.to_string())),
                draft.language.as_str().into(),
                draft.time_zone.as_str().into(),
                draft.busy_on_busy.into(),
                Value::String(draft.caller_number.map(|number| number.to_string())),
                1i64.into(),
                now.into(),
                now.into(),
            ]
        }),
    )
    .await
}

/// Which of these users are not as they were added.
pub(crate) async fn changed(tx: &Tx, scope: &Scope, users: &[UserId]) -> Result<BTreeSet<UserId>, DbError> {
    let mut found = BTreeSet::new();
    for chunk in users.chunks(500) {
        let places = vec!["?"; chunk.len()].join(", ");
        let sql = format!(
            "SELECT id FROM users WHERE account = ? AND (version > 1 OR password_hash IS NOT NULL) AND id IN ({places})"
        );
        let mut values: Vec<Value> = vec![scope.account().to_string().into()];
        values.extend(chunk.iter().map(|user| Value::from(user.to_string())));
        for row in tx.conn().query_all_raw(statement(tx.conn(), &sql, values)).await? {
            let id: String = row.try_get_by_index(0)?;
            found.insert(id.parse().map_err(|_| DbError::Damaged("users.id"))?);
        }
    }
    Ok(found)
}

/// Several users who are there, in the order of `ids`, and which of these are not.
pub(crate) async fn find_all(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[UserId],
) -> Result<(Vec<Profile>, Vec<usize>), DbError> {
    let mut found = std::collections::BTreeMap::new();
    for chunk in ids.chunks(500) {
        let query = super::of(scope)
            .filter(super::Column::Deleted.is_null())
            .filter(super::Column::Id.is_in(chunk.iter().map(ToString::to_string)));
        for row in query.all(db).await? {
            let profile = super::read(row)?;
            found.insert(profile.id, profile);
        }
    }
    let unknown = ids.iter().enumerate().filter(|(_, id)| !found.contains_key(id)).map(|(index, _)| index).collect();
    Ok((ids.iter().filter_map(|id| found.remove(id)).collect(), unknown))
}

/// Everybody who can administer the account: there, not blocked, able to sign in.
pub(crate) async fn administrators(db: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<UserId>, DbError> {
    let query = super::of(scope)
        .filter(super::Column::Role.eq(Role::Administrator.as_str()))
        .filter(super::Column::Blocked.eq(false))
        .filter(super::Column::Deleted.is_null())
        .filter(super::Column::PasswordHash.is_not_null());
    query.all(db).await?.into_iter().map(|row| row.id.parse().map_err(|_| DbError::Damaged("users.id"))).collect()
}
