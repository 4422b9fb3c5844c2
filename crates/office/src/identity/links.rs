//! One-time links: who holds one may set a password, or make the first account.

use std::net::IpAddr;

use types::ids::{AccountId, UserId};
use types::secret::Secret;

use super::model::{Link, LinkPurpose, NewLink};
use super::{Error, check_password, salt, secret, store, tell_of_password, throw_out};
use crate::Office;
use crate::audit;
use crate::db::{DbError, Tx};
use crate::http::Moment;
use crate::mails;
use crate::scope::{Actor, Rights, Scope};

/// Makes a one-time link; those made before for the same user and purpose are worthless from now on.
pub(crate) async fn make_link(
    office: &Office,
    tx: &Tx,
    owner: Option<(AccountId, UserId)>,
    purpose: LinkPurpose,
) -> Result<NewLink, DbError> {
    let token = secret::new(secret::LINK, tx.entropy());
    let expires = tx.now().0 + purpose.lifetime();
    store::replace_link(tx, owner, purpose, secret::hash(token.expose()), expires).await?;
    if let (Some((_, user)), Some(kind)) = (owner, purpose.mail()) {
        mails::withdraw(tx, user, &[kind]).await?;
    }
    // In the fragment, which browsers keep to themselves: it reaches no log and no referrer.
    let page = if purpose == LinkPurpose::Setup { "setup" } else { "link" };
    let url =
        office.public_url().map(|url| Secret::new(format!("{}/{page}#{}", url.trim_end_matches('/'), token.expose())));
    Ok(NewLink { token, url, expires_at: Moment::from_millis(expires) })
}

/// What the holder of a link may know about it.
pub(crate) async fn look_at_link(office: &Office, token: &str) -> Result<Link, Error> {
    let reads = office.db().reads();
    let now = office.clock().now().0;
    let link = store::link(reads, &secret::hash(token), now).await?.ok_or(Error::LinkInvalid)?;
    let who = match link.user {
        Some(user) => Some(store::credentials_of_user(reads, user).await?.ok_or(Error::LinkInvalid)?),
        None => None,
    };
    Ok(Link {
        purpose: link.purpose,
        name: who.as_ref().map(|who| who.name.clone()),
        email: who.and_then(|who| who.email),
        expires_at: Moment::from_millis(link.expires),
    })
}

/// Sets a password by an invitation or recovery link. Every session and token of the user ends.
pub(crate) async fn use_link(
    office: &Office,
    token: &str,
    password: Secret<String>,
    source: Option<IpAddr>,
) -> Result<(), Error> {
    let token_hash = secret::hash(token);
    let reads = office.db().reads();
    let link = store::link(reads, &token_hash, office.clock().now().0).await?.ok_or(Error::LinkInvalid)?;
    let user = link.user.ok_or(Error::LinkInvalid)?;
    let who = store::credentials_of_user(reads, user).await?.ok_or(Error::LinkInvalid)?;
    check_password(&password, &[&who.name, who.email.as_deref().unwrap_or_default()]).map_err(Error::Weak)?;
    let hash = office.hasher().hash(password, salt(office)).await?;

    let mut tx = office.db().begin().await?;
    tx.lock_account(who.account).await?;
    let who = store::credentials_of_user(tx.conn(), user).await?.ok_or(Error::LinkInvalid)?;
    if who.blocked {
        return Err(Error::Blocked);
    }
    if !store::use_link(&tx, &token_hash).await? {
        return Err(Error::LinkInvalid);
    }
    store::set_password(&tx, who.account, user, hash, false).await?;
    throw_out(&tx, user).await?;
    // Whoever has just been invited knows.
    if link.purpose == LinkPurpose::Recovery {
        tell_of_password(office, &mut tx, &who, None).await?;
    }
    let scope = Scope::new(who.account, Actor::Link(user), who.role, Rights::NONE, source);
    audit::record(&mut tx, &scope, audit::Change::new("identity.setPasswordByLink", user)).await?;
    Ok(tx.commit().await?)
}

/// Uses up the link that lets the first account be made.
pub(crate) async fn use_setup_link(tx: &Tx, token: &str) -> Result<bool, DbError> {
    let token_hash = secret::hash(token);
    let link = store::link(tx.conn(), &token_hash, tx.now().0).await?;
    Ok(link.is_some_and(|link| link.purpose == LinkPurpose::Setup) && store::use_link(tx, &token_hash).await?)
}
