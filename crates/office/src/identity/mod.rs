//! Who somebody is: passwords, sessions, personal access tokens, one-time links.

mod attempts;
mod error;
pub(crate) mod http;
mod links;
mod model;
mod password;
mod resets;
mod secret;
mod store;
mod tokens;

use std::net::IpAddr;

use types::clock::Timestamp;
use types::email::Email;
use types::ids::{SessionId, TokenId, UserId};
use types::secret::Secret;

use crate::Office;
use crate::audit;
use crate::db::{DbError, Tx};
use crate::http::Visitor;
use crate::mails::{self, Kind, Letter, Recipient};
use crate::scope::{Actor, Right, Rights, Scope};

pub(crate) use attempts::Attempts;
pub(crate) use error::Error;
pub(crate) use links::{look_at_link, make_link, use_link, use_setup_link};
pub(crate) use model::{LinkPurpose, NewLink, exposed};
pub(crate) use password::{Hasher, check as check_password, hash as hash_now};
pub(crate) use resets::{answer as answer_resets, ask as ask_reset, wait as resets_wait};
pub(crate) use secret::{LINK as LINK_SECRET, OPERATOR as OPERATOR_SECRET, SETUP_CODE, hash, new as new_secret};
pub(crate) use tokens::{Grant, make_token, revoke_token, tokens};

use model::{Credentials, Person, Session};
use password::Weak;

const HOUR: i64 = 60 * 60 * 1000;
/// A session ends after a working day, or after a month for somebody who wants to stay signed in.
const SESSION: i64 = 12 * HOUR;
const LONG_SESSION: i64 = 30 * 24 * HOUR;
/// How exactly the last use of sessions and tokens is kept: writing it down costs a write.
const SESSION_SEEN: i64 = 5 * 60 * 1000;
const TOKEN_USED: i64 = 60 * 1000;

/// A password to be set.
pub(crate) struct NewPassword {
    /// The one until now; needed for one's own.
    pub(crate) current: Option<Secret<String>>,
    pub(crate) password: Secret<String>,
    /// Whether one that somebody else chose may stay.
    pub(crate) keep: bool,
}

/// Somebody who just signed in.
pub(crate) struct SignedIn {
    pub(crate) token: Secret<String>,
    pub(crate) expires: Timestamp,
    pub(crate) person: Person,
    /// Whether nothing else can be done before the password is changed.
    pub(crate) temporary: bool,
}

/// Signs in by address and password.
///
/// An unknown address, a wrong password and a blocked user get the same answer after the same time.
pub(crate) async fn sign_in(
    office: &Office,
    email: &str,
    password: Secret<String>,
    stay: bool,
    visitor: Visitor,
) -> Result<SignedIn, Error> {
    let key = email.trim().parse::<Email>().map(|email| email.key()).unwrap_or_default();
    let reads = office.db().reads();
    let found = store::credentials_of_email(reads, &key).await?;
    let source = visitor.source.map(|source| source.to_string()).unwrap_or_default();
    // Asked for unknown addresses too, so that they cost as many statements.
    let user = found.as_ref().map_or(UserId::from_u128(0), |found| found.user);
    let known = store::has_session_from(reads, user, &source).await?;
    let attempt = office
        .attempts()
        .begin(&key, visitor.source, known, office.clock().tick())
        .map_err(|wait| Error::TooManyAttempts(wait.0))?;

    let hash = found.as_ref().and_then(|found| found.password_hash.clone()).map(Secret::into_exposed);
    let right = office.hasher().verify(password, hash).await?;
    let Some(who) = found.filter(|who| right && !who.blocked) else {
        return Err(Error::WrongCredentials);
    };
    office.attempts().succeeded(&attempt, office.clock().tick());
    // Only told to whoever has proved who he is.
    if who.suspended {
        return Err(Error::Suspended);
    }
    open_session(office, who, stay, visitor).await
}

async fn open_session(office: &Office, who: Credentials, stay: bool, visitor: Visitor) -> Result<SignedIn, Error> {
    let mut tx = office.db().begin().await?;
    tx.lock_account(who.account).await?;
    // Blocked or deleted while the password was being checked?
    let still = store::credentials_of_user(tx.conn(), who.user).await?;
    if !still.is_some_and(|still| !still.blocked && same_hash(&still, &who)) {
        return Err(Error::WrongCredentials);
    }
    let token = secret::new(secret::SESSION, tx.entropy());
    let id = SessionId::new(tx.now(), tx.entropy());
    let expires = Timestamp(tx.now().0 + if stay { LONG_SESSION } else { SESSION });
    let address = visitor.source.map(|source| source.to_string()).unwrap_or_default();
    let token_hash = secret::hash(token.expose());
    let new = store::NewSession { id, token_hash, expires: expires.0, user_agent: visitor.user_agent, address };
    store::insert_session(&tx, &who, new).await?;
    let scope = Scope::new(who.account, Actor::Session(who.user, id), who.role, Rights::ALL, visitor.source);
    audit::record(&mut tx, &scope, audit::Change::new("identity.signIn", who.user)).await?;
    tx.commit().await?;
    Ok(SignedIn { token, expires, person: who.person(), temporary: who.temporary })
}

fn same_hash(a: &Credentials, b: &Credentials) -> bool {
    a.password_hash.as_ref().map(Secret::expose) == b.password_hash.as_ref().map(Secret::expose)
}

/// The scope of a bearer token: a session's or a personal access token.
pub(crate) async fn scope_of_bearer(
    office: &Office,
    token: &str,
    source: Option<IpAddr>,
) -> Result<Option<Scope>, DbError> {
    if !token.starts_with(secret::TOKEN) {
        return scope_of_session(office, token, source).await;
    }
    let now = office.clock().now();
    let Some(found) = store::token(office.db().reads(), &secret::hash(token), now.0).await? else {
        return Ok(None);
    };
    let id: TokenId = found.id.parse().map_err(|_| DbError::Damaged("tokens.id"))?;
    if found.last_used.is_none_or(|used| now.0 - used > TOKEN_USED) {
        let office = office.clone();
        tokio::spawn(async move {
            let noted = async {
                let tx = office.db().begin().await?;
                store::touch_token(&tx, &found.id).await?;
                tx.commit().await
            };
            noted.await.inspect_err(|error: &DbError| tracing::warn!(%error, "the use of a token was not noted"))
        });
    }
    let rights = rights_of(found.scopes.split(' '));
    let scope = Scope::new(found.account, Actor::Token(found.user, id), found.role, rights, source);
    Ok(Some(scope.of_suspended(found.suspended)))
}

/// The scope of a session's token.
pub(crate) async fn scope_of_session(
    office: &Office,
    token: &str,
    source: Option<IpAddr>,
) -> Result<Option<Scope>, DbError> {
    if !token.starts_with(secret::SESSION) {
        return Ok(None);
    }
    let now = office.clock().now();
    let Some(found) = store::session(office.db().reads(), &secret::hash(token), now.0).await? else {
        return Ok(None);
    };
    let id: SessionId = found.id.parse().map_err(|_| DbError::Damaged("sessions.id"))?;
    if found.last_used.is_some_and(|seen| now.0 - seen > SESSION_SEEN) {
        let office = office.clone();
        tokio::spawn(async move {
            let noted = async {
                let tx = office.db().begin().await?;
                store::touch_session(&tx, &found.id).await?;
                tx.commit().await
            };
            noted.await.inspect_err(|error: &DbError| tracing::warn!(%error, "the use of a session was not noted"))
        });
    }
    let scope = Scope::new(found.account, Actor::Session(found.user, id), found.role, Rights::ALL, source);
    Ok(Some(scope.of_suspended(found.suspended).with_temporary_password(found.temporary)))
}

/// When the caller's session or token ends by itself, in milliseconds since the epoch.
pub(crate) async fn expires(office: &Office, scope: &Scope) -> Result<Option<i64>, Error> {
    let (table, id) = match scope.actor() {
        Actor::Session(_, session) => ("sessions", session.to_string()),
        Actor::Token(_, token) => ("tokens", token.to_string()),
        Actor::Link(_) | Actor::Operator(_) | Actor::Console => return Ok(None),
    };
    Ok(store::expires(office.db().reads(), table, id).await?)
}

fn rights_of<'a>(mut names: impl Iterator<Item = &'a str>) -> Rights {
    names
        .try_fold(Rights::NONE, |rights, name| match name {
            "all" => Err(Rights::ALL),
            name => Ok(Right::from_name(name).map_or(rights, |right| rights.with(right))),
        })
        .unwrap_or_else(|all| all)
}

fn current_session(scope: &Scope) -> Option<SessionId> {
    match scope.actor() {
        Actor::Session(_, session) => Some(session),
        Actor::Token(..) | Actor::Link(_) | Actor::Console | Actor::Operator(_) => None,
    }
}

fn own(scope: &Scope) -> Result<UserId, Error> {
    scope.user().ok_or(Error::NotFound)
}

/// The caller's own sessions.
pub(crate) async fn sessions(office: &Office, scope: &Scope) -> Result<Vec<Session>, Error> {
    let now = office.clock().now().0;
    Ok(store::list_sessions(office.db().reads(), own(scope)?, current_session(scope), now).await?)
}

/// Ends one of the caller's sessions: the named one, or the one that asks.
pub(crate) async fn end_session(office: &Office, scope: &Scope, session: Option<SessionId>) -> Result<(), Error> {
    let session = session.or(current_session(scope)).ok_or(Error::NotFound)?;
    let mut tx = office.db().write(scope).await?;
    if store::delete_session(&tx, own(scope)?, session).await? == 0 {
        return Err(Error::NotFound);
    }
    audit::record(&mut tx, scope, audit::Change::new("identity.signOut", session)).await?;
    Ok(tx.commit().await?)
}

/// Ends all the caller's sessions, also the one that asks.
pub(crate) async fn end_own_sessions(office: &Office, scope: &Scope) -> Result<(), Error> {
    let user = own(scope)?;
    let mut tx = office.db().write(scope).await?;
    store::delete_sessions(&tx, user, None).await?;
    audit::record(&mut tx, scope, audit::Change::new("identity.signOutEverywhere", user)).await?;
    Ok(tx.commit().await?)
}

/// Ends everything that lets a user in: blocked, deleted. Tokens of a blocked user are refused anyway and
/// work again afterwards.
pub(crate) async fn shut_out(tx: &Tx, user: UserId) -> Result<(), DbError> {
    store::delete_sessions(tx, user, None).await?;
    drop_links(tx, user).await
}

/// Ends everything that lets these users in.
pub(crate) async fn shut_out_all(tx: &Tx, users: &[UserId]) -> Result<(), DbError> {
    store::shut_out(tx, users).await
}

/// Makes links that were sent to a user worthless, because the address they were sent to is not his any more.
pub(crate) async fn drop_links(tx: &Tx, user: UserId) -> Result<(), DbError> {
    mails::withdraw(tx, user, &[Kind::Invitation, Kind::PasswordReset]).await?;
    store::drop_links(tx, Some(user), None).await
}

/// A token for a link, and what is stored of it.
pub(crate) fn new_token(tx: &Tx) -> (Secret<String>, String) {
    let token = secret::new(secret::LINK, tx.entropy());
    let hash = secret::hash(token.expose());
    (token, hash)
}

/// What is stored of a token that somebody presents.
pub(crate) fn token_hash(token: &str) -> String {
    secret::hash(token)
}

/// Ends everything that lets a user in, tokens of scripts too: somebody else may have been in.
pub(crate) async fn throw_out(tx: &Tx, user: UserId) -> Result<(), DbError> {
    shut_out(tx, user).await?;
    store::revoke_tokens(tx, user).await.map(drop)
}

/// The name of whoever acts, where it is not `user` himself.
pub(crate) async fn actor_beside(tx: &Tx, scope: &Scope, user: UserId) -> Result<Option<String>, DbError> {
    let Some(actor) = scope.user().filter(|actor| *actor != user) else { return Ok(None) };
    let who = store::credentials_of_user(tx.conn(), actor).await?;
    Ok(who.filter(|who| who.account == scope.account()).map(|who| who.name))
}

/// Proves again that it is the user who acts: with the current password. As slow for a wrong one as signing in.
pub(crate) async fn prove(office: &Office, scope: &Scope, current: Option<Secret<String>>) -> Result<(), Error> {
    let user = own(scope)?;
    let who = store::credentials_of_user(office.db().reads(), user).await?.ok_or(Error::NotFound)?;
    prove_as(office, scope, &who, current).await
}

async fn prove_as(
    office: &Office,
    scope: &Scope,
    who: &Credentials,
    current: Option<Secret<String>>,
) -> Result<(), Error> {
    let key = format!("password {}", who.user);
    let attempt = office
        .attempts()
        .begin(&key, scope.source(), true, office.clock().tick())
        .map_err(|wait| Error::TooManyAttempts(wait.0))?;
    let hash = who.password_hash.clone().map(Secret::into_exposed);
    if !office.hasher().verify(current.unwrap_or_default(), hash).await? {
        return Err(Error::WrongPassword);
    }
    office.attempts().succeeded(&attempt, office.clock().tick());
    Ok(())
}

/// How to write to somebody; nobody can be written to without an address.
fn recipient(who: &Credentials) -> Option<Recipient> {
    Some(Recipient {
        account: who.account,
        user: who.user,
        email: who.email.as_deref()?.parse().ok()?,
        name: who.name.clone(),
        language: who.language.clone(),
        time_zone: who.time_zone.clone(),
    })
}

/// Tells a user that the password was changed; `by` names the administrator who did it.
async fn tell_of_password(office: &Office, tx: &mut Tx, who: &Credentials, by: Option<String>) -> Result<(), DbError> {
    if let Some(to) = recipient(who) {
        mails::queue(office, tx, &to, &Letter::PasswordChanged { by }).await?;
    }
    Ok(())
}

/// Sets a user's first password, hashed already, in the transaction that adds the user.
pub(crate) async fn set_first_password(tx: &Tx, scope: &Scope, user: UserId, hash: String) -> Result<(), DbError> {
    store::set_password(tx, scope.account(), user, hash, false).await
}

/// Changes a password: one's own with the current one, somebody else's as an administrator. All other
/// sessions of the user end. What an administrator sets has to be changed at the next sign-in, unless `keep` says
/// otherwise.
pub(crate) async fn change_password(
    office: &Office,
    scope: &Scope,
    user: UserId,
    NewPassword { current, password, keep }: NewPassword,
) -> Result<(), Error> {
    if !scope.reaches(user) {
        return Err(Error::NotFound);
    }
    let who = store::credentials_of_user(office.db().reads(), user).await?;
    let who = who.filter(|who| who.account == scope.account()).ok_or(Error::NotFound)?;
    let own = scope.user() == Some(user);
    if own {
        let same = current.as_ref().is_some_and(|current| current.expose() == password.expose());
        prove_as(office, scope, &who, current).await?;
        if who.temporary && same {
            return Err(Error::Weak(Weak::Same));
        }
    }
    check_password(&password, &[&who.name, who.email.as_deref().unwrap_or_default()]).map_err(Error::Weak)?;
    let hash = office.hasher().hash(password, salt(office)).await?;
    let mut tx = office.db().write(scope).await?;
    store::set_password(&tx, scope.account(), user, hash, !own && !keep).await?;
    store::delete_sessions(&tx, user, current_session(scope)).await?;
    drop_links(&tx, user).await?;
    let by = actor_beside(&tx, scope, user).await?;
    tell_of_password(office, &mut tx, &who, by).await?;
    audit::record(&mut tx, scope, audit::Change::new("users.setPassword", user)).await?;
    Ok(tx.commit().await?)
}

/// A link that lets a locked-out administrator in: by address, or the first one there is.
pub(crate) async fn recover(office: &Office, email: Option<&str>) -> Result<Option<NewLink>, DbError> {
    let reads = office.db().reads();
    let wanted = email.map(|email| email.trim().to_ascii_lowercase());
    let administrators = store::administrators(reads).await?;
    let found = administrators.into_iter().find(|who| match &wanted {
        Some(wanted) => who.email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(wanted)),
        None => who.email.is_some() && !who.blocked,
    });
    let Some(who) = found else { return Ok(None) };
    let scope = Scope::console(who.account);
    let mut tx = office.db().write(&scope).await?;
    let link = make_link(office, &tx, Some((who.account, who.user)), LinkPurpose::Recovery).await?;
    audit::record(&mut tx, &scope, audit::Change::new("identity.recover", who.user)).await?;
    tx.commit().await?;
    Ok(Some(link))
}

/// Ends every session and makes every one-time link worthless, in all accounts: a copy of the database that is
/// brought back must not be a way in.
pub(crate) async fn forget_all(office: &Office) -> Result<(), DbError> {
    let tx = office.db().begin().await?;
    store::forget_all(&tx).await?;
    mails::forget_waiting(&tx).await?;
    tx.commit().await
}

/// Forgets sessions, links and idempotency keys whose time has passed.
pub(crate) async fn sweep(office: &Office) -> Result<(), DbError> {
    let tx = office.db().begin().await?;
    let day_ago = tx.now().0 - crate::http::idempotency::KEPT_MILLIS;
    store::sweep(&tx, day_ago).await?;
    mails::sweep(&tx).await?;
    tx.commit().await
}

/// Random bytes for a hash.
pub(crate) fn salt(office: &Office) -> [u8; 16] {
    office.entropy().u128().to_be_bytes()
}
