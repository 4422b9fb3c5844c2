//! Operators: those who host several companies. They open, count and stop accounts and hand out numbers, and see nothing
//! of what is inside.
//!
//! They are no users: a table, sessions and a cookie of their own, and an access of their own for every operation
//! ([`crate::http::Access::Operator`]), so that neither reaches what is the other's.

mod error;
pub(crate) mod http;
mod model;
mod store;

use std::net::IpAddr;

use types::clock::Timestamp;
use types::e164::E164;
use types::email::Email;
use types::ids::{AccountId, AuditId, NumberId, OperatorId, SessionId};
use types::secret::Secret;

use crate::Office;
use crate::accounts::{self, Account};
use crate::db::{DbError, Tx};
use crate::http::{Moment, Visitor};
use crate::identity::{self, LinkPurpose, NewLink};
use crate::locations;
use crate::mails::{self, Letter, Recipient};
use crate::numbers::{self, Block};
use crate::scope::{Operator, Scope};
use crate::setup::{self, Founder};
use crate::users::Profile;

pub(crate) use error::Error;
pub(crate) use store::NumberFilter;

use model::{AddedToPool, Entry, HostedAccount, HostedNumber, Link, OpenedAccount, Person};

const HOUR: i64 = 60 * 60 * 1000;
/// A session ends after a working day.
const SESSION: i64 = 12 * HOUR;
/// For how long a link can be used.
const LINK: i64 = HOUR / 2;

/// An operator who just signed in.
pub(crate) struct SignedIn {
    pub(crate) token: Secret<String>,
    pub(crate) expires: Timestamp,
    pub(crate) person: Person,
}

/// Makes somebody an operator who is not one yet, and a link by which he sets a password; earlier ones are worthless.
pub(crate) async fn make_link(office: &Office, email: &Email) -> Result<Secret<String>, DbError> {
    let tx = office.db().begin().await?;
    let id = match store::by_email(tx.conn(), &email.key()).await? {
        Some(operator) => operator.id,
        None => {
            let id = OperatorId::new(tx.now(), tx.entropy());
            store::insert(&tx, id, email.as_str(), email.key()).await?;
            store::record(&tx, None, "operators.create", id.to_string(), None).await?;
            id
        }
    };
    let token = identity::new_secret(identity::LINK_SECRET, tx.entropy());
    store::replace_link(&tx, id, identity::hash(token.expose()), tx.now().0 + LINK).await?;
    store::record(&tx, None, "operators.link", id.to_string(), None).await?;
    tx.commit().await?;
    Ok(token)
}

/// Takes somebody out who is an operator; whether he was one.
pub(crate) async fn remove(office: &Office, email: &Email) -> Result<bool, DbError> {
    let tx = office.db().begin().await?;
    let Some(operator) = store::by_email(tx.conn(), &email.key()).await? else { return Ok(false) };
    store::delete(&tx, operator.id).await?;
    store::record(&tx, None, "operators.delete", operator.id.to_string(), None).await?;
    tx.commit().await?;
    Ok(true)
}

/// What the holder of a link may know about it.
pub(crate) async fn look_at_link(office: &Office, token: &str) -> Result<Link, Error> {
    let reads = office.db().reads();
    let now = office.clock().now().0;
    let (id, expires) = store::link(reads, &identity::hash(token), now).await?.ok_or(Error::LinkInvalid)?;
    let operator = store::by_id(reads, id).await?.ok_or(Error::LinkInvalid)?;
    Ok(Link { email: operator.email, expires_at: Moment::from_millis(expires) })
}

/// Sets a password by a link. All the operator's sessions end.
pub(crate) async fn use_link(
    office: &Office,
    token: &str,
    password: Secret<String>,
    source: Option<IpAddr>,
) -> Result<(), Error> {
    let token_hash = identity::hash(token);
    let email = look_at_link(office, token).await?.email;
    identity::check_password(&password, &[&email]).map_err(identity::Error::Weak)?;
    let hash = office.hasher().hash(password, identity::salt(office)).await.map_err(identity::Error::from)?;
    let tx = office.db().begin().await?;
    let (id, _) = store::link(tx.conn(), &token_hash, tx.now().0).await?.ok_or(Error::LinkInvalid)?;
    if !store::use_link(&tx, &token_hash).await? {
        return Err(Error::LinkInvalid);
    }
    store::set_password(&tx, id, hash).await?;
    store::shut_out(&tx, id).await?;
    let who = Operator { id, session: SessionId::from_u128(0), source };
    store::record(&tx, Some(&who), "operators.setPasswordByLink", id.to_string(), None).await?;
    Ok(tx.commit().await?)
}

/// Signs in by address and password. An address nobody has gets the same answer after the same time as a wrong password.
pub(crate) async fn sign_in(
    office: &Office,
    email: &str,
    password: Secret<String>,
    visitor: Visitor,
) -> Result<SignedIn, Error> {
    let key = email.trim().parse::<Email>().map(|email| email.key()).unwrap_or_default();
    let reads = office.db().reads();
    let found = store::by_email(reads, &key).await?;
    let address = visitor.source.map(|source| source.to_string()).unwrap_or_default();
    let id = found.as_ref().map_or(OperatorId::from_u128(0), |found| found.id);
    let known = store::has_session_from(reads, id, &address).await?;
    let attempt = office
        .attempts()
        .begin(&format!("operator {key}"), visitor.source, known, office.clock().tick())
        .map_err(|wait| identity::Error::TooManyAttempts(wait.0))?;
    let hash = found.as_ref().and_then(|found| found.password_hash.clone()).map(Secret::into_exposed);
    let right = office.hasher().verify(password, hash).await.map_err(identity::Error::from)?;
    let Some(operator) = found.filter(|_| right) else {
        return Err(identity::Error::WrongCredentials.into());
    };
    office.attempts().succeeded(&attempt, office.clock().tick());

    let tx = office.db().begin().await?;
    // Removed, or given another password while this one was being checked?
    let still = store::by_id(tx.conn(), operator.id).await?.ok_or(identity::Error::WrongCredentials)?;
    let hash = |operator: &model::Stored| operator.password_hash.as_ref().map(|hash| hash.expose().clone());
    if hash(&still) != hash(&operator) {
        return Err(identity::Error::WrongCredentials.into());
    }
    let token = identity::new_secret(identity::OPERATOR_SECRET, tx.entropy());
    let expires = Timestamp(tx.now().0 + SESSION);
    let session = SessionId::new(tx.now(), tx.entropy());
    let new = store::NewSession {
        id: session,
        token_hash: identity::hash(token.expose()),
        expires: expires.0,
        user_agent: visitor.user_agent,
        address,
    };
    store::insert_session(&tx, operator.id, new).await?;
    let who = Operator { id: operator.id, session, source: visitor.source };
    store::record(&tx, Some(&who), "operators.signIn", operator.id.to_string(), None).await?;
    tx.commit().await?;
    Ok(SignedIn { token, expires, person: operator.person() })
}

/// The operator behind a session's token.
pub(crate) async fn of_session(
    office: &Office,
    token: &str,
    source: Option<IpAddr>,
) -> Result<Option<Operator>, DbError> {
    let now = office.clock().now().0;
    let found = store::session(office.db().reads(), &identity::hash(token), now).await?;
    Ok(found.map(|(id, session)| Operator { id, session, source }))
}

/// Who asks.
pub(crate) async fn me(office: &Office, who: &Operator) -> Result<Person, Error> {
    Ok(store::by_id(office.db().reads(), who.id).await?.ok_or(Error::NotFound)?.person())
}

/// Ends the session that asks, or all of the operator's.
pub(crate) async fn sign_out(office: &Office, who: &Operator, everywhere: bool) -> Result<(), Error> {
    let tx = office.db().begin().await?;
    store::delete_sessions(&tx, who.id, (!everywhere).then_some(who.session)).await?;
    let action = if everywhere { "operators.signOutEverywhere" } else { "operators.signOut" };
    store::record(&tx, Some(who), action, who.id.to_string(), None).await?;
    Ok(tx.commit().await?)
}

/// Accounts by name, with how much is in them.
pub(crate) async fn list_accounts(
    office: &Office,
    after: Option<(String, AccountId)>,
    limit: u64,
) -> Result<Vec<HostedAccount>, Error> {
    let accounts = accounts::list(office, after, limit).await?;
    counted(office, accounts).await
}

async fn counted(office: &Office, accounts: Vec<Account>) -> Result<Vec<HostedAccount>, Error> {
    let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
    let counts = store::counts(office.db().reads(), &ids).await?;
    let show = |account: Account| {
        let [users, phones, numbers] = counts.get(&account.id).copied().unwrap_or_default();
        let calls = office.phones().live_calls(account.id).len();
        HostedAccount { account, users, phones, numbers, calls }
    };
    Ok(accounts.into_iter().map(show).collect())
}

/// One account from outside.
pub(crate) async fn find_account(office: &Office, id: AccountId) -> Result<HostedAccount, Error> {
    let account = accounts::of_id(office, id).await?.ok_or(Error::NotFound)?;
    counted(office, vec![account]).await?.pop().ok_or(Error::NotFound)
}

/// Opens an account with its first location, its administrator and a second user who waits for a name.
pub(crate) async fn open_account(
    office: &Office,
    who: &Operator,
    draft: accounts::Draft,
    location: locations::Draft,
    founder: Founder,
) -> Result<OpenedAccount, Error> {
    let mut tx = office.db().begin().await?;
    let scope_of = |account| Scope::operator(account, who);
    let (account, administrator) =
        setup::furnish(&mut tx, draft, location, founder, scope_of).await.map_err(Error::Refused)?;
    let owner = Some((account.id, administrator.id));
    let link = identity::make_link(office, &tx, owner, LinkPurpose::Invitation).await?;
    let mailed_to = mail_link(office, &mut tx, &administrator, &account, &link).await?;
    record(&tx, who, "accounts.open", account.id, Some(&account)).await?;
    tx.commit().await?;
    Ok(OpenedAccount { account: find_account(office, account.id).await?, link, mailed_to })
}

/// Mails the first administrator the link, where a mail server takes it: otherwise it would wait in a folder for somebody
/// to carry, and the operator has it at hand anyway.
async fn mail_link(
    office: &Office,
    tx: &mut Tx,
    administrator: &Profile,
    account: &Account,
    link: &NewLink,
) -> Result<Option<String>, DbError> {
    let address = administrator.email.as_deref().and_then(|email| email.parse::<Email>().ok());
    let Some(email) = address.filter(|_| mails::has_server(office)) else { return Ok(None) };
    let mailed_to = email.to_string();
    let to = Recipient {
        account: account.id,
        user: administrator.id,
        email,
        name: administrator.name(),
        language: administrator.language.clone(),
        time_zone: administrator.time_zone.clone(),
    };
    let letter = Letter::Invitation { by: None, link: office.page("link", &link.token), until: link.expires_at.0 };
    mails::queue(office, tx, &to, &letter).await?;
    Ok(Some(mailed_to))
}

/// Stops an account, or lets it go on. Nobody of it signs in or calls meanwhile, and nobody reaches it; emergency calls
/// go, and calls that are up go on until they end, since one of them may be an emergency call.
pub(crate) async fn set_suspended(
    office: &Office,
    who: &Operator,
    id: AccountId,
    suspended: bool,
) -> Result<HostedAccount, Error> {
    let scope = Scope::operator(id, who);
    let mut tx = office.db().write(&scope).await?;
    let (action, changed) = match accounts::set_suspended(&mut tx, &scope, suspended).await {
        Ok(changed) => (if suspended { "accounts.suspend" } else { "accounts.resume" }, changed),
        Err(accounts::Error::NotFound) => return Err(Error::NotFound),
        Err(accounts::Error::Db(error)) => return Err(error.into()),
    };
    if changed {
        record(&tx, who, action, id, None::<&()>).await?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    find_account(office, id).await
}

/// Numbers of the installation by value, and who has them.
pub(crate) async fn list_numbers(
    office: &Office,
    filter: NumberFilter,
    after: Option<E164>,
    limit: u64,
) -> Result<Vec<HostedNumber>, Error> {
    Ok(store::numbers(office.db().reads(), filter, after, limit).await?)
}

/// Adds a block of numbers to the pool: all of them or none.
pub(crate) async fn add_numbers(office: &Office, who: &Operator, block: Block) -> Result<AddedToPool, Error> {
    let tx = office.db().begin().await?;
    if let Some(number) = numbers::first_existing(&tx, block).await? {
        return Err(Error::Exists(number));
    }
    let ids: Vec<(NumberId, E164)> =
        block.numbers().map(|number| (NumberId::new(tx.now(), tx.entropy()), number)).collect();
    store::insert_numbers(&tx, &ids).await.map_err(|error| match error {
        DbError::Duplicate => Error::Exists(block.first()),
        error => error.into(),
    })?;
    let first = ids.first().map(|(id, _)| id.to_string()).unwrap_or_default();
    record(&tx, who, "numbers.addToPool", first, Some(&block)).await?;
    tx.commit().await?;
    Ok(AddedToPool { added: ids.len() })
}

/// Takes a free number out of the pool.
pub(crate) async fn remove_number(office: &Office, who: &Operator, id: NumberId) -> Result<(), Error> {
    let tx = office.db().begin().await?;
    let Some(number) = store::delete_number(&tx, id).await? else {
        let there = store::has_number(tx.conn(), id).await?;
        return Err(if there { Error::InUse } else { Error::NotFound });
    };
    record(&tx, who, "numbers.removeFromPool", id, Some(&number)).await?;
    Ok(tx.commit().await?)
}

/// What operators did, newest first.
pub(crate) async fn list_audit(office: &Office, before: Option<AuditId>, limit: u64) -> Result<Vec<Entry>, Error> {
    Ok(store::audit(office.db().reads(), before, limit).await?)
}

/// Forgets sessions and links whose time has passed.
pub(crate) async fn sweep(office: &Office) -> Result<(), DbError> {
    let tx = office.db().begin().await?;
    store::sweep(&tx, tx.now().0).await?;
    tx.commit().await
}

/// Ends every session and makes every link worthless, because a copy of the database must not be a way in.
pub(crate) async fn forget_all(office: &Office) -> Result<(), DbError> {
    let tx = office.db().begin().await?;
    store::sweep(&tx, i64::MAX).await?;
    tx.commit().await
}

async fn record(
    tx: &Tx,
    who: &Operator,
    action: &'static str,
    object: impl ToString,
    after: Option<&impl serde::Serialize>,
) -> Result<(), DbError> {
    let after = after.and_then(|after| serde_json::to_value(after).ok());
    store::record(tx, Some(who), action, object.to_string(), after).await
}
