//! The tables `sessions`, `tokens` and `one_time_links`, and the columns of `users` that let somebody in.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Alias, ExprTrait, Query, SelectStatement};
use sea_orm::{ActiveValue::Set, QueryOrder};
use types::ids::{AccountId, JobId, SessionId, TokenId, UserId};
use types::secret::Secret;

use super::model::{Credentials, LinkPurpose, Session, Token};
use crate::db::{DbError, Tx, statement};
use crate::http::Moment;
use crate::scope::{Role, Scope};

mod sessions {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sessions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub token_hash: String,
        pub id: String,
        pub account: String,
        pub user: String,
        pub created: i64,
        pub expires: i64,
        pub last_seen: i64,
        pub user_agent: String,
        pub address: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod tokens {
    use super::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tokens")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub account: String,
        pub user: String,
        pub label: String,
        pub secret_hash: String,
        pub scopes: String,
        pub created: i64,
        pub last_used: Option<i64>,
        pub expires: Option<i64>,
        pub revoked: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A session or token that was presented, joined with its user.
pub(super) struct Presented {
    pub(super) account: AccountId,
    pub(super) user: UserId,
    pub(super) role: Role,
    /// Id of the session or token.
    pub(super) id: String,
    pub(super) last_used: Option<i64>,
    pub(super) scopes: String,
    /// Whether the operator has stopped the account.
    pub(super) suspended: bool,
    /// Whether the password was chosen by somebody else.
    pub(super) temporary: bool,
}

/// The session with this hash, unless it has expired or its user is blocked or gone.
pub(super) async fn session(
    db: &impl ConnectionTrait,
    token_hash: &str,
    now: i64,
) -> Result<Option<Presented>, DbError> {
    let sql = "SELECT s.account, s.\"user\", u.role, s.id, s.last_seen, 'all', a.suspended, u.password_temporary FROM sessions s \
               JOIN users u ON u.id = s.\"user\" JOIN accounts a ON a.id = s.account \
               WHERE s.token_hash = ? AND s.expires > ? AND NOT u.blocked AND u.deleted IS NULL";
    presented(db, sql, token_hash, now).await
}

/// The token with this hash, unless it was revoked, has expired, or its user is blocked or gone.
pub(super) async fn token(
    db: &impl ConnectionTrait,
    secret_hash: &str,
    now: i64,
) -> Result<Option<Presented>, DbError> {
    let sql = "SELECT t.account, t.\"user\", u.role, t.id, t.last_used, t.scopes, a.suspended, FALSE FROM tokens t \
               JOIN users u ON u.id = t.\"user\" JOIN accounts a ON a.id = t.account \
               WHERE t.secret_hash = ? AND (t.expires IS NULL OR t.expires > ?) AND NOT t.revoked AND NOT u.blocked \
               AND u.deleted IS NULL";
    presented(db, sql, secret_hash, now).await
}

async fn presented(db: &impl ConnectionTrait, sql: &str, hash: &str, now: i64) -> Result<Option<Presented>, DbError> {
    let Some(row) = db.query_one_raw(statement(db, sql, vec![hash.into(), now.into()])).await? else {
        return Ok(None);
    };
    Ok(Some(Presented {
        account: id(row.try_get_by_index::<String>(0)?)?,
        user: id(row.try_get_by_index::<String>(1)?)?,
        role: Role::from_stored(&row.try_get_by_index::<String>(2)?),
        id: row.try_get_by_index(3)?,
        last_used: row.try_get_by_index(4)?,
        scopes: row.try_get_by_index(5)?,
        suspended: row.try_get_by_index(6)?,
        temporary: row.try_get_by_index(7)?,
    }))
}

/// When a row of `sessions` or `tokens` ends by itself.
pub(super) async fn expires(
    db: &impl ConnectionTrait,
    table: &'static str,
    id: String,
) -> Result<Option<i64>, DbError> {
    let row = db.query_one_raw(statement(db, &format!("SELECT expires FROM {table} WHERE id = ?"), vec![id.into()]));
    Ok(row.await?.map(|row| row.try_get_by_index::<Option<i64>>(0)).transpose()?.flatten())
}

fn id<T: std::str::FromStr>(text: String) -> Result<T, DbError> {
    text.parse().map_err(|_| DbError::Damaged("id"))
}

fn credentials() -> SelectStatement {
    // By name, so that every list of these columns can ask for it.
    let suspended = "(SELECT accounts.suspended FROM accounts WHERE accounts.id = users.account)";
    Query::select()
        .columns(
            [
                "account",
                "id",
                "first_name",
                "last_name",
                "email",
                "role",
                "blocked",
                "password_hash",
                "language",
                "time_zone",
                "password_temporary",
            ]
            .map(Alias::new),
        )
        .expr(Expr::cust(suspended))
        .from(Alias::new("users"))
        .and_where(Expr::col(Alias::new("deleted")).is_null())
        .take()
}

/// Whoever signs in with this address.
pub(super) async fn credentials_of_email(
    db: &impl ConnectionTrait,
    email_key: &str,
) -> Result<Option<Credentials>, DbError> {
    let query = credentials().and_where(Expr::col(Alias::new("email_key")).eq(email_key)).take();
    db.query_one(&query).await?.map(|row| read_credentials(&row)).transpose()
}

/// A user of any account. Only for links, which name their user themselves.
pub(super) async fn credentials_of_user(
    db: &impl ConnectionTrait,
    user: UserId,
) -> Result<Option<Credentials>, DbError> {
    let query = credentials().and_where(Expr::col(Alias::new("id")).eq(user.to_string())).take();
    db.query_one(&query).await?.map(|row| read_credentials(&row)).transpose()
}

/// The administrators of the whole installation, oldest first.
pub(super) async fn administrators(db: &impl ConnectionTrait) -> Result<Vec<Credentials>, DbError> {
    let query = credentials()
        .and_where(Expr::col(Alias::new("role")).eq(Role::Administrator.as_str()))
        .order_by(Alias::new("created"), sea_orm::Order::Asc)
        .limit(100)
        .take();
    db.query_all(&query).await?.iter().map(read_credentials).collect()
}

fn read_credentials(row: &sea_orm::QueryResult) -> Result<Credentials, DbError> {
    let (first, last): (String, String) = (row.try_get_by_index(2)?, row.try_get_by_index(3)?);
    Ok(Credentials {
        account: id(row.try_get_by_index(0)?)?,
        user: id(row.try_get_by_index(1)?)?,
        name: format!("{first} {last}").trim().to_owned(),
        email: row.try_get_by_index(4)?,
        role: Role::from_stored(&row.try_get_by_index::<String>(5)?),
        blocked: row.try_get_by_index(6)?,
        password_hash: row.try_get_by_index::<Option<String>>(7)?.map(Secret::new),
        language: row.try_get_by_index(8)?,
        time_zone: row.try_get_by_index(9)?,
        temporary: row.try_get_by_index(10)?,
        suspended: row.try_get_by_index::<Option<bool>>(11)?.unwrap_or(false),
    })
}

/// Sets a password, a `temporary` one if it has to be changed at the next sign-in. The version moves, so that an edit
/// in progress notices.
pub(super) async fn set_password(
    tx: &Tx,
    account: AccountId,
    user: UserId,
    hash: String,
    temporary: bool,
) -> Result<(), DbError> {
    let (account, user) = (account.to_string(), user.to_string());
    let values = vec![hash.into(), temporary.into(), tx.now().0.into(), account.into(), user.into()];
    let sql = "UPDATE users SET password_hash = ?, password_temporary = ?, updated = ?, version = version + 1 WHERE account = ? AND id = ?";
    tx.run(sql, values).await.map(drop)
}

/// A session about to be stored.
pub(super) struct NewSession {
    pub(super) id: SessionId,
    pub(super) token_hash: String,
    pub(super) expires: i64,
    pub(super) user_agent: String,
    pub(super) address: String,
}

pub(super) async fn insert_session(tx: &Tx, who: &Credentials, new: NewSession) -> Result<(), DbError> {
    let row = sessions::ActiveModel {
        token_hash: Set(new.token_hash),
        id: Set(new.id.to_string()),
        account: Set(who.account.to_string()),
        user: Set(who.user.to_string()),
        created: Set(tx.now().0),
        expires: Set(new.expires),
        last_seen: Set(tx.now().0),
        user_agent: Set(new.user_agent),
        address: Set(new.address),
    };
    sessions::Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

/// The caller's own sessions, newest first.
pub(super) async fn list_sessions(
    db: &impl ConnectionTrait,
    user: UserId,
    current: Option<SessionId>,
    now: i64,
) -> Result<Vec<Session>, DbError> {
    let rows = sessions::Entity::find()
        .filter(sessions::Column::User.eq(user.to_string()))
        .filter(sessions::Column::Expires.gt(now))
        .order_by_desc(sessions::Column::Id)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let id: SessionId = id(row.id)?;
            Ok(Session {
                id,
                created_at: Moment::from_millis(row.created),
                expires_at: Moment::from_millis(row.expires),
                last_seen_at: Moment::from_millis(row.last_seen),
                user_agent: row.user_agent,
                address: row.address,
                current: current == Some(id),
            })
        })
        .collect()
}

/// Whether the user has a session from this address.
pub(super) async fn has_session_from(db: &impl ConnectionTrait, user: UserId, address: &str) -> Result<bool, DbError> {
    let found = sessions::Entity::find()
        .filter(sessions::Column::User.eq(user.to_string()))
        .filter(sessions::Column::Address.eq(address))
        .one(db)
        .await?;
    Ok(found.is_some())
}

pub(super) async fn touch_session(tx: &Tx, session: &str) -> Result<(), DbError> {
    tx.run("UPDATE sessions SET last_seen = ? WHERE id = ?", vec![tx.now().0.into(), session.into()]).await.map(drop)
}

pub(super) async fn touch_token(tx: &Tx, token: &str) -> Result<(), DbError> {
    tx.run("UPDATE tokens SET last_used = ? WHERE id = ?", vec![tx.now().0.into(), token.into()]).await.map(drop)
}

/// Ends one session of the user; how many there were.
pub(super) async fn delete_session(tx: &Tx, user: UserId, session: SessionId) -> Result<u64, DbError> {
    let values = vec![user.to_string().into(), session.to_string().into()];
    tx.run("DELETE FROM sessions WHERE \"user\" = ? AND id = ?", values).await
}

/// Ends the user's sessions, but for one to keep.
pub(super) async fn delete_sessions(tx: &Tx, user: UserId, keep: Option<SessionId>) -> Result<u64, DbError> {
    let keep = keep.map(|session| session.to_string()).unwrap_or_default();
    let values = vec![user.to_string().into(), keep.into()];
    tx.run("DELETE FROM sessions WHERE \"user\" = ? AND id <> ?", values).await
}

/// Ends the sessions of these users and makes their unused links worthless.
pub(super) async fn shut_out(tx: &Tx, users: &[UserId]) -> Result<(), DbError> {
    let places = vec!["?"; users.len()].join(", ");
    let values = || users.iter().map(|user| Value::from(user.to_string())).collect::<Vec<_>>();
    tx.run(&format!("DELETE FROM sessions WHERE \"user\" IN ({places})"), values()).await?;
    let sql = format!("DELETE FROM one_time_links WHERE used IS NULL AND \"user\" IN ({places})");
    tx.run(&sql, values()).await.map(drop)
}

pub(super) async fn insert_token(
    tx: &Tx,
    scope: &Scope,
    user: UserId,
    token: &Token,
    secret_hash: String,
    expires: Option<i64>,
) -> Result<(), DbError> {
    let row = tokens::ActiveModel {
        id: Set(token.id.to_string()),
        account: Set(scope.account().to_string()),
        user: Set(user.to_string()),
        label: Set(token.label.clone()),
        secret_hash: Set(secret_hash),
        scopes: Set(token.scopes.join(" ")),
        created: Set(tx.now().0),
        last_used: Set(None),
        expires: Set(expires),
        revoked: Set(false),
    };
    tokens::Entity::insert(row).exec_without_returning(tx.conn()).await?;
    Ok(())
}

pub(super) async fn list_tokens(db: &impl ConnectionTrait, user: UserId) -> Result<Vec<Token>, DbError> {
    let rows = tokens::Entity::find()
        .filter(tokens::Column::User.eq(user.to_string()))
        .filter(tokens::Column::Revoked.eq(false))
        .order_by_desc(tokens::Column::Id)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Token {
                id: id(row.id)?,
                label: row.label,
                scopes: row.scopes.split(' ').map(str::to_owned).collect(),
                created_at: Moment::from_millis(row.created),
                last_used_at: row.last_used.map(Moment::from_millis),
                expires_at: row.expires.map(Moment::from_millis),
            })
        })
        .collect()
}

pub(super) async fn count_tokens(tx: &Tx, user: UserId) -> Result<u64, DbError> {
    let query = tokens::Entity::find()
        .filter(tokens::Column::User.eq(user.to_string()))
        .filter(tokens::Column::Revoked.eq(false));
    Ok(query.count(tx.conn()).await?)
}

/// Revokes one token of the user; how many there were.
pub(super) async fn revoke_token(tx: &Tx, user: UserId, token: TokenId) -> Result<u64, DbError> {
    let values = vec![true.into(), user.to_string().into(), token.to_string().into(), false.into()];
    tx.run("UPDATE tokens SET revoked = ? WHERE \"user\" = ? AND id = ? AND revoked = ?", values).await
}

pub(super) async fn revoke_tokens(tx: &Tx, user: UserId) -> Result<u64, DbError> {
    let values = vec![true.into(), user.to_string().into(), false.into()];
    tx.run("UPDATE tokens SET revoked = ? WHERE \"user\" = ? AND revoked = ?", values).await
}

/// A one-time link as stored.
pub(super) struct StoredLink {
    pub(super) user: Option<UserId>,
    pub(super) purpose: LinkPurpose,
    pub(super) expires: i64,
}

/// Stores a link in place of every other of its user and purpose.
pub(super) async fn replace_link(
    tx: &Tx,
    owner: Option<(AccountId, UserId)>,
    purpose: LinkPurpose,
    token_hash: String,
    expires: i64,
) -> Result<(), DbError> {
    drop_links(tx, owner.map(|(_, user)| user), Some(purpose)).await?;
    let values = vec![
        token_hash.into(),
        owner.map(|(account, _)| account.to_string()).into(),
        owner.map(|(_, user)| user.to_string()).into(),
        purpose.as_str().into(),
        tx.now().0.into(),
        expires.into(),
    ];
    let sql = "INSERT INTO one_time_links (token_hash, account, \"user\", purpose, created, expires) VALUES (?, ?, ?, ?, ?, ?)";
    tx.run(sql, values).await.map(drop)
}

/// Makes the user's unused links worthless: of one purpose, or all.
pub(super) async fn drop_links(tx: &Tx, user: Option<UserId>, purpose: Option<LinkPurpose>) -> Result<(), DbError> {
    let mut values = Vec::new();
    let mut sql = "DELETE FROM one_time_links WHERE used IS NULL AND ".to_owned();
    match user {
        Some(user) => {
            sql.push_str("\"user\" = ?");
            values.push(user.to_string().into());
        }
        None => sql.push_str("\"user\" IS NULL"),
    }
    if let Some(purpose) = purpose {
        sql.push_str(" AND purpose = ?");
        values.push(purpose.as_str().into());
    }
    tx.run(&sql, values).await.map(drop)
}

pub(super) async fn link(db: &impl ConnectionTrait, token_hash: &str, now: i64) -> Result<Option<StoredLink>, DbError> {
    let sql =
        "SELECT \"user\", purpose, expires FROM one_time_links WHERE token_hash = ? AND used IS NULL AND expires > ?";
    let Some(row) = db.query_one_raw(statement(db, sql, vec![token_hash.into(), now.into()])).await? else {
        return Ok(None);
    };
    let user = row.try_get_by_index::<Option<String>>(0)?.map(id).transpose()?;
    let purpose = LinkPurpose::from_stored(&row.try_get_by_index::<String>(1)?);
    let purpose = purpose.ok_or(DbError::Damaged("one_time_links.purpose"))?;
    Ok(Some(StoredLink { user, purpose, expires: row.try_get_by_index(2)? }))
}

/// Uses a link. Of two requests at once only one is answered true.
pub(super) async fn use_link(tx: &Tx, token_hash: &str) -> Result<bool, DbError> {
    let now = tx.now().0;
    let values = vec![now.into(), token_hash.into(), now.into()];
    let sql = "UPDATE one_time_links SET used = ? WHERE token_hash = ? AND used IS NULL AND expires > ?";
    Ok(tx.run(sql, values).await? == 1)
}

/// Ends every session and makes every link worthless, in all accounts.
pub(super) async fn forget_all(tx: &Tx) -> Result<(), DbError> {
    tx.run("DELETE FROM sessions", vec![]).await?;
    tx.run("DELETE FROM one_time_links", vec![]).await?;
    tx.run("DELETE FROM password_resets", vec![]).await?;
    // Addresses that were about to change; in the same breath, since their links are as good as the others.
    tx.run("DELETE FROM email_changes", vec![]).await?;
    tx.run("UPDATE users SET pending_email = NULL WHERE pending_email IS NOT NULL", vec![]).await?;
    tx.run("DELETE FROM idempotency", vec![]).await.map(drop)
}

/// Forgets what has expired.
pub(super) async fn sweep(tx: &Tx, day_ago: i64) -> Result<(), DbError> {
    tx.run("DELETE FROM sessions WHERE expires < ?", vec![tx.now().0.into()]).await?;
    tx.run("DELETE FROM one_time_links WHERE expires < ?", vec![tx.now().0.into()]).await?;
    tx.run("DELETE FROM idempotency WHERE created < ?", vec![day_ago.into()]).await.map(drop)
}

/// Notes that somebody forgot the password of an address, whether anybody has it or not.
pub(super) async fn insert_reset(tx: &Tx, id: JobId, email_key: &str, source: &str) -> Result<(), DbError> {
    let values = vec![id.to_string().into(), email_key.into(), source.into(), tx.now().0.into()];
    tx.run("INSERT INTO password_resets (id, email_key, source, created) VALUES (?, ?, ?, ?)", values).await.map(drop)
}

/// What [`insert_reset`] noted.
pub(super) struct Reset {
    pub(super) id: String,
    pub(super) email_key: String,
    pub(super) source: String,
}

pub(super) async fn resets(db: &impl ConnectionTrait, limit: i64) -> Result<Vec<Reset>, DbError> {
    let sql = "SELECT id, email_key, source FROM password_resets ORDER BY id LIMIT ?";
    let rows = db.query_all_raw(statement(db, sql, vec![limit.into()])).await?;
    rows.iter()
        .map(|row| {
            Ok(Reset {
                id: row.try_get_by_index(0)?,
                email_key: row.try_get_by_index(1)?,
                source: row.try_get_by_index(2)?,
            })
        })
        .collect()
}

/// Takes a note away. Of two who try at once only one is answered true.
pub(super) async fn take_reset(tx: &Tx, id: &str) -> Result<bool, DbError> {
    Ok(tx.run("DELETE FROM password_resets WHERE id = ?", vec![id.into()]).await? == 1)
}
