//! Rows of many tables, in bulk.

use callflow::Owner;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, Value};
use types::ids::AccountId;

use super::model::Plan;
use crate::db::{DbError, Tx};
use crate::owners;
use crate::users;

pub(super) async fn master_id(tx: &Tx, account: AccountId) -> Result<u32, DbError> {
    let query = Query::select()
        .column(Alias::new("master_id"))
        .from(Alias::new("accounts"))
        .and_where(Expr::col(Alias::new("id")).eq(account.to_string()))
        .take();
    let row = tx.conn().query_one(&query).await?.ok_or(DbError::Damaged("accounts.id"))?;
    let master: i64 = row.try_get_by(0)?;
    u32::try_from(master).map_err(|_| DbError::Damaged("accounts.master_id"))
}

pub(super) async fn write(tx: &Tx, account: AccountId, plan: &Plan) -> Result<(), DbError> {
    let account = account.to_string();
    users(tx, &account, plan).await?;
    devices(tx, &account, plan).await?;
    groups(tx, &account, plan).await?;
    numbers(tx, &account, plan).await?;
    extensions(tx, &account, plan).await
}

async fn users(tx: &Tx, account: &str, plan: &Plan) -> Result<(), DbError> {
    let now = tx.now().0;
    tx.rows(
        "INSERT INTO users (id, account, first_name, last_name, name_key, email, email_key, role, blocked, password_hash, \
         location, language, time_zone, busy_on_busy, version, created, updated) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "",
        plan.users.iter().map(|user| {
            let new = &user.new;
            [
                user.id.to_string().into(),
                account.into(),
                new.first_name.as_str().into(),
                new.last_name.as_str().into(),
                users::name_key(&new.first_name, &new.last_name).into(),
                Value::String(new.email.as_ref().map(ToString::to_string)),
                Value::String(new.email.as_ref().map(|email| email.key())),
                new.role().as_str().into(),
                false.into(),
                Value::String(user.password_hash.clone()),
                Value::String(user.location.map(|location| location.to_string())),
                plan.language.as_str().into(),
                plan.time_zone.as_str().into(),
                false.into(),
                1i64.into(),
                now.into(),
                now.into(),
            ]
        }),
    )
    .await
}

async fn devices(tx: &Tx, account: &str, plan: &Plan) -> Result<(), DbError> {
    let now = tx.now().0;
    let phones: Vec<_> =
        plan.users.iter().flat_map(|user| user.phones.iter().map(move |phone| (user, phone))).collect();
    tx.rows(
        "INSERT INTO devices (id, account, \"user\", kind, label, sip_index, sip_id, ha1_sealed, version, created) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "",
        phones.iter().map(|(user, phone)| {
            [
                phone.id.to_string().into(),
                account.into(),
                user.id.to_string().into(),
                "voip".into(),
                phone.label.as_str().into(),
                i64::from(phone.sip_id.index()).into(),
                phone.sip_id.as_i64().into(),
                phone.ha1_sealed.clone().into(),
                1i64.into(),
                now.into(),
            ]
        }),
    )
    .await?;
    let others: Vec<_> =
        plan.users.iter().flat_map(|user| user.others.iter().map(move |(id, other)| (user, id, other))).collect();
    tx.rows(
        "INSERT INTO devices (id, account, \"user\", kind, label, number, version, created) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?)",
        "",
        others.iter().map(|(user, id, other)| {
            [
                id.to_string().into(),
                account.into(),
                user.id.to_string().into(),
                if other.mobile { "mobile" } else { "external" }.into(),
                other.label.as_str().into(),
                other.number.to_string().into(),
                1i64.into(),
                now.into(),
            ]
        }),
    )
    .await?;
    let next = i64::try_from(phones.len()).unwrap_or(i64::MAX);
    tx.run("UPDATE accounts SET next_device = ? WHERE id = ?", vec![next.into(), account.into()]).await?;
    Ok(())
}

async fn groups(tx: &Tx, account: &str, plan: &Plan) -> Result<(), DbError> {
    let now = tx.now().0;
    tx.rows(
        "INSERT INTO groups (id, account, name, ring_seconds, version, created) VALUES ",
        "(?, ?, ?, ?, ?, ?)",
        "",
        plan.groups.iter().map(|group| {
            [
                group.id.to_string().into(),
                account.into(),
                group.new.name.as_str().into(),
                i32::from(group.new.seconds).into(),
                1i64.into(),
                now.into(),
            ]
        }),
    )
    .await?;
    let members: Vec<[Value; 4]> = plan
        .groups
        .iter()
        .flat_map(|group| {
            group.members.iter().enumerate().map(|(position, user)| {
                let position = i32::try_from(position).unwrap_or(i32::MAX);
                [account.into(), group.id.to_string().into(), user.to_string().into(), position.into()]
            })
        })
        .collect();
    let insert = "INSERT INTO group_members (account, \"group\", \"user\", position) VALUES ";
    tx.rows(insert, "(?, ?, ?, ?)", "", members.into_iter()).await
}

async fn numbers(tx: &Tx, account: &str, plan: &Plan) -> Result<(), DbError> {
    let now = tx.now().0;
    let of_users = plan.users.iter().map(|user| (user.number, user.new.number, Owner::User(user.id)));
    let of_groups = plan.groups.iter().map(|group| (group.number, group.new.number, Owner::Group(group.id)));
    let owned = of_users.chain(of_groups).filter_map(|(id, number, owner)| Some((id?, number?, Some(owner))));
    let spare = plan.spare.iter().map(|(id, number)| (*id, *number, None));
    let all: Vec<[Value; 9]> = owned
        .chain(spare)
        .map(|(id, number, owner)| {
            let (user, group) = owners::columns(owner);
            [
                id.to_string().into(),
                account.into(),
                number.to_string().into(),
                if owner.is_some() { "assigned" } else { "unassigned" }.into(),
                Value::String(user),
                Value::String(group),
                1i64.into(),
                now.into(),
                Value::BigInt(owner.map(|_| now)),
            ]
        })
        .collect();
    tx.rows(
        "INSERT INTO numbers (id, account, e164, state, owner_user, owner_group, version, created, assigned_at) VALUES ",
        "(?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "",
        all.into_iter(),
    )
    .await
}

async fn extensions(tx: &Tx, account: &str, plan: &Plan) -> Result<(), DbError> {
    let now = tx.now().0;
    let of_users = plan.users.iter().map(|user| (user.extension, user.new.extension, Owner::User(user.id)));
    let of_groups = plan.groups.iter().map(|group| (group.extension, group.new.extension, Owner::Group(group.id)));
    let all: Vec<[Value; 6]> = of_users
        .chain(of_groups)
        .filter_map(|(id, number, owner)| {
            let (user, group) = owners::columns(Some(owner));
            Some([
                id?.to_string().into(),
                account.into(),
                number?.to_string().into(),
                Value::String(user),
                Value::String(group),
                now.into(),
            ])
        })
        .collect();
    let insert = "INSERT INTO extensions (id, account, number, owner_user, owner_group, created) VALUES ";
    tx.rows(insert, "(?, ?, ?, ?, ?, ?)", "", all.into_iter()).await
}
