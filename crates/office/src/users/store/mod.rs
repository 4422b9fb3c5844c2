//! The table `users`.

pub(super) mod departure;
pub(super) mod many;
pub(super) mod post;

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{ExprTrait, LikeExpr, SimpleExpr};
use sea_orm::{ActiveValue::Set, Condition, IntoActiveModel, Order, QueryOrder, QuerySelect};
use types::email::Email;
use types::ids::{LocationId, UserId};

use crate::db::{DbError, Tx, statement};
use crate::http::Moment;
use crate::scope::{Role, Scope};
use crate::users::model::{Filter, Profile, Sort, Subscription};
use crate::users::rules::{Draft, name_key};

#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: String,
    account: String,
    first_name: String,
    last_name: String,
    name_key: String,
    email: Option<String>,
    email_key: Option<String>,
    role: String,
    blocked: bool,
    password_hash: Option<String>,
    location: Option<String>,
    language: String,
    time_zone: String,
    busy_on_busy: bool,
    caller_number: Option<String>,
    pending_email: Option<String>,
    newsletter: String,
    web_sms: bool,
    version: i64,
    created: i64,
    updated: i64,
    deleted: Option<i64>,
    departure: Option<String>,
}

impl std::fmt::Debug for Model {
    /// Without the password's hash.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("users::Model").field("id", &self.id).field("version", &self.version).finish_non_exhaustive()
    }
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A row of a list with what it is sorted by.
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) profile: Profile,
}

pub(super) async fn list(
    db: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    after: Option<&(String, UserId)>,
    limit: u64,
) -> Result<Vec<Listed>, DbError> {
    let (column, order) = match filter.sort {
        Sort::Name => (Column::NameKey, Order::Asc),
        Sort::NameDescending => (Column::NameKey, Order::Desc),
        Sort::CreatedAt => (Column::Created, Order::Asc),
        Sort::CreatedAtDescending => (Column::Created, Order::Desc),
    };
    let mut query = of(scope);
    query = if filter.deleted {
        query.filter(Column::Deleted.is_not_null())
    } else {
        query.filter(Column::Deleted.is_null())
    };
    if let Some(blocked) = filter.blocked {
        query = query.filter(Column::Blocked.eq(blocked));
    }
    if let Some(role) = filter.role {
        query = query.filter(Column::Role.eq(role.as_str()));
    }
    if let Some(location) = filter.location {
        query = query.filter(Column::Location.eq(location.to_string()));
    }
    for term in &filter.terms {
        query = query.filter(matches(scope, term));
    }
    if let Some((key, id)) = after {
        query = query.filter(beyond(column, &order, key, *id)?);
    }
    let rows = query.order_by(column, order.clone()).order_by(Column::Id, order).limit(limit).all(db).await?;
    rows.into_iter()
        .map(|row| {
            let key = match column {
                Column::Created => row.created.to_string(),
                _ => row.name_key.clone(),
            };
            Ok(Listed { key, profile: read(row)? })
        })
        .collect()
}

/// Rows that come after the given one.
///
/// `key >= k AND (key > k OR id > i)` instead of the usual `key > k OR (key = k AND id > i)`: the first half
/// alone bounds the index on both engines, so that a late page does not read the early ones.
fn beyond(column: Column, order: &Order, key: &str, id: UserId) -> Result<Condition, DbError> {
    let key: Value = match column {
        Column::Created => key.parse::<i64>().map_err(|_| DbError::Damaged("cursor"))?.into(),
        _ => key.into(),
    };
    let id = id.to_string();
    Ok(if *order == Order::Desc {
        Condition::all().add(column.lte(key.clone())).add(Condition::any().add(column.lt(key)).add(Column::Id.lt(id)))
    } else {
        Condition::all().add(column.gte(key.clone())).add(Condition::any().add(column.gt(key)).add(Column::Id.gt(id)))
    })
}

/// The term is part of the name or the address, or begins an extension, or is part of a number.
fn matches(scope: &Scope, term: &str) -> Condition {
    let inside = LikeExpr::new(format!("%{}%", escaped(term))).escape('\\');
    let mut any = Condition::any()
        .add(Expr::col(Column::NameKey).like(inside.clone()))
        .add(Expr::col(Column::EmailKey).like(inside));
    let digits: String = term.chars().filter(char::is_ascii_digit).collect();
    if !digits.is_empty() && term.chars().all(|c| c.is_ascii_digit() || "+/-()".contains(c)) {
        any = any.add(owns(scope, "extensions", "number", format!("{digits}%")));
        // Typed as at home, without the country: the leading zero is not part of the number.
        let national = digits.trim_start_matches('0');
        if national.len() >= 3 {
            any = any.add(owns(scope, "numbers", "e164", format!("%{national}%")));
        }
    }
    any
}

fn owns(scope: &Scope, table: &'static str, column: &'static str, pattern: String) -> SimpleExpr {
    use sea_orm::sea_query::{Alias, Query};
    let owners = Query::select()
        .column(Alias::new("owner_user"))
        .from(Alias::new(table))
        .and_where(Expr::col(Alias::new("account")).eq(scope.account().to_string()))
        .and_where(Expr::col(Alias::new(column)).like(pattern))
        .and_where(Expr::col(Alias::new("owner_user")).is_not_null())
        .take();
    Expr::col(Column::Id).in_subquery(owners)
}

fn escaped(term: &str) -> String {
    term.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// A user who is there.
pub(super) async fn find(db: &impl ConnectionTrait, scope: &Scope, id: UserId) -> Result<Option<Profile>, DbError> {
    let query = of(scope).filter(Column::Id.eq(id.to_string())).filter(Column::Deleted.is_null());
    query.one(db).await?.map(read).transpose()
}

/// A user who was deleted, with what he had.
pub(super) async fn find_deleted(
    db: &impl ConnectionTrait,
    scope: &Scope,
    id: UserId,
) -> Result<Option<(Profile, String)>, DbError> {
    let query = of(scope).filter(Column::Id.eq(id.to_string())).filter(Column::Deleted.is_not_null());
    let Some(row) = query.one(db).await? else { return Ok(None) };
    let departure = row.departure.clone().unwrap_or_default();
    Ok(Some((read(row)?, departure)))
}

pub(super) async fn insert(tx: &Tx, scope: &Scope, id: UserId, draft: Draft) -> Result<Profile, DbError> {
    let row = Model {
        id: id.to_string(),
        account: scope.account().to_string(),
        name_key: name_key(&draft.first_name, &draft.last_name),
        first_name: draft.first_name,
        last_name: draft.last_name,
        email_key: draft.email.as_ref().map(|email| email.key()),
        email: draft.email.map(|email| email.as_str().to_owned()),
        role: draft.role.as_str().to_owned(),
        blocked: false,
        password_hash: None,
        location: draft.location.map(|location| location.to_string()),
        language: draft.language,
        time_zone: draft.time_zone,
        busy_on_busy: draft.busy_on_busy,
        caller_number: draft.caller_number.map(|number| number.to_string()),
        pending_email: None,
        newsletter: Subscription::None.as_str().to_owned(),
        web_sms: true,
        version: 1,
        created: tx.now().0,
        updated: tx.now().0,
        deleted: None,
        departure: None,
    };
    Entity::insert(row.clone().into_active_model()).exec_without_returning(tx.conn()).await?;
    read(row)
}

pub(super) async fn update(tx: &Tx, scope: &Scope, before: &Profile, draft: Draft) -> Result<Profile, DbError> {
    let changes = ActiveModel {
        name_key: Set(name_key(&draft.first_name, &draft.last_name)),
        first_name: Set(draft.first_name.clone()),
        last_name: Set(draft.last_name.clone()),
        email_key: Set(draft.email.as_ref().map(|email| email.key())),
        email: Set(draft.email.as_ref().map(|email| email.as_str().to_owned())),
        role: Set(draft.role.as_str().to_owned()),
        location: Set(draft.location.map(|location| location.to_string())),
        language: Set(draft.language.clone()),
        time_zone: Set(draft.time_zone.clone()),
        busy_on_busy: Set(draft.busy_on_busy),
        caller_number: Set(draft.caller_number.map(|number| number.to_string())),
        version: Set(before.version + 1),
        updated: Set(tx.now().0),
        ..Default::default()
    };
    change(tx, scope, before.id, changes).await?;
    Ok(Profile {
        first_name: draft.first_name,
        last_name: draft.last_name,
        email: draft.email.map(|email| email.as_str().to_owned()),
        role: draft.role,
        location: draft.location,
        language: draft.language,
        time_zone: draft.time_zone,
        busy_on_busy: draft.busy_on_busy,
        caller_number: draft.caller_number,
        version: before.version + 1,
        updated_at: Moment(tx.now()),
        ..before.clone()
    })
}

pub(super) async fn set_blocked(tx: &Tx, scope: &Scope, before: &Profile, blocked: bool) -> Result<Profile, DbError> {
    let changes = ActiveModel {
        blocked: Set(blocked),
        version: Set(before.version + 1),
        updated: Set(tx.now().0),
        ..Default::default()
    };
    change(tx, scope, before.id, changes).await?;
    Ok(Profile { blocked, version: before.version + 1, updated_at: Moment(tx.now()), ..before.clone() })
}

/// Gives a user another address. What was on its way to another one is over.
pub(super) async fn set_email(tx: &Tx, scope: &Scope, before: &Profile, email: &Email) -> Result<Profile, DbError> {
    let changes = ActiveModel {
        email: Set(Some(email.as_str().to_owned())),
        email_key: Set(Some(email.key())),
        pending_email: Set(None),
        version: Set(before.version + 1),
        updated: Set(tx.now().0),
        ..Default::default()
    };
    change(tx, scope, before.id, changes).await?;
    let email = Some(email.as_str().to_owned());
    let (version, updated_at) = (before.version + 1, Moment(tx.now()));
    Ok(Profile { email, pending_email: None, version, updated_at, ..before.clone() })
}

/// Notes the address that waits to be confirmed.
pub(super) async fn set_pending_email(
    tx: &Tx,
    scope: &Scope,
    before: &Profile,
    pending: Option<&Email>,
) -> Result<Profile, DbError> {
    let pending_email = pending.map(|email| email.as_str().to_owned());
    let changes = ActiveModel {
        pending_email: Set(pending_email.clone()),
        version: Set(before.version + 1),
        updated: Set(tx.now().0),
        ..Default::default()
    };
    change(tx, scope, before.id, changes).await?;
    Ok(Profile { pending_email, version: before.version + 1, updated_at: Moment(tx.now()), ..before.clone() })
}

/// Notes whether the user gets the newsletter.
pub(super) async fn set_newsletter(
    tx: &Tx,
    scope: &Scope,
    before: &Profile,
    newsletter: Subscription,
) -> Result<Profile, DbError> {
    let changes = ActiveModel {
        newsletter: Set(newsletter.as_str().to_owned()),
        version: Set(before.version + 1),
        updated: Set(tx.now().0),
        ..Default::default()
    };
    change(tx, scope, before.id, changes).await?;
    Ok(Profile { newsletter, version: before.version + 1, updated_at: Moment(tx.now()), ..before.clone() })
}

/// Notes whether the user may send text messages.
pub(super) async fn set_web_sms(tx: &Tx, scope: &Scope, before: &Profile, web_sms: bool) -> Result<Profile, DbError> {
    let changes = ActiveModel {
        web_sms: Set(web_sms),
        version: Set(before.version + 1),
        updated: Set(tx.now().0),
        ..Default::default()
    };
    change(tx, scope, before.id, changes).await?;
    Ok(Profile { web_sms, version: before.version + 1, updated_at: Moment(tx.now()), ..before.clone() })
}

/// Takes the mark back.
pub(super) async fn set_restored(tx: &Tx, scope: &Scope, before: &Profile) -> Result<Profile, DbError> {
    let changes = ActiveModel {
        email_key: Set(before.email.as_deref().map(str::to_ascii_lowercase)),
        deleted: Set(None),
        departure: Set(None),
        version: Set(before.version + 1),
        updated: Set(tx.now().0),
        ..Default::default()
    };
    change(tx, scope, before.id, changes).await?;
    Ok(Profile { deleted_at: None, version: before.version + 1, updated_at: Moment(tx.now()), ..before.clone() })
}

async fn change(tx: &Tx, scope: &Scope, id: UserId, changes: ActiveModel) -> Result<(), DbError> {
    Entity::update_many()
        .set(changes)
        .filter(Column::Account.eq(scope.account().to_string()))
        .filter(Column::Id.eq(id.to_string()))
        .exec(tx.conn())
        .await?;
    Ok(())
}

/// How many can administer the account besides this user: there, not blocked, able to sign in.
pub(super) async fn other_administrators(db: &impl ConnectionTrait, scope: &Scope, id: UserId) -> Result<u64, DbError> {
    let query = of(scope)
        .filter(Column::Role.eq(Role::Administrator.as_str()))
        .filter(Column::Blocked.eq(false))
        .filter(Column::Deleted.is_null())
        .filter(Column::PasswordHash.is_not_null())
        .filter(Column::Id.ne(id.to_string()));
    Ok(query.count(db).await?)
}

pub(super) async fn has_location(tx: &Tx, scope: &Scope, location: LocationId) -> Result<bool, DbError> {
    exists(tx, "SELECT 1 FROM locations WHERE account = ? AND id = ?", scope, location.to_string()).await
}

pub(super) async fn has_number(tx: &Tx, scope: &Scope, number: types::e164::E164) -> Result<bool, DbError> {
    exists(tx, "SELECT 1 FROM numbers WHERE account = ? AND e164 = ?", scope, number.to_string()).await
}

async fn exists(tx: &Tx, sql: &str, scope: &Scope, value: String) -> Result<bool, DbError> {
    let values = vec![scope.account().to_string().into(), value.into()];
    Ok(tx.conn().query_one_raw(statement(tx.conn(), sql, values)).await?.is_some())
}

fn of(scope: &Scope) -> Select<Entity> {
    Entity::find().filter(Column::Account.eq(scope.account().to_string()))
}

fn read(row: Model) -> Result<Profile, DbError> {
    Ok(Profile {
        id: row.id.parse().map_err(|_| DbError::Damaged("users.id"))?,
        first_name: row.first_name,
        last_name: row.last_name,
        email: row.email,
        role: Role::from_stored(&row.role),
        blocked: row.blocked,
        has_password: row.password_hash.is_some(),
        location: row.location.map(|id| id.parse()).transpose().map_err(|_| DbError::Damaged("users.location"))?,
        language: row.language,
        time_zone: row.time_zone,
        busy_on_busy: row.busy_on_busy,
        caller_number: row
            .caller_number
            .map(|number| number.parse())
            .transpose()
            .map_err(|_| DbError::Damaged("users.caller_number"))?,
        pending_email: row.pending_email,
        newsletter: Subscription::from_stored(&row.newsletter),
        web_sms: row.web_sms,
        created_at: Moment::from_millis(row.created),
        updated_at: Moment::from_millis(row.updated),
        deleted_at: row.deleted.map(Moment::from_millis),
        version: row.version,
    })
}
