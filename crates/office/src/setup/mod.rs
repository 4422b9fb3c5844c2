//! The first account of an installation. Puts other slices together, so it comes after them all.

pub(crate) mod http;

use std::net::IpAddr;

use types::email::Email;
use types::ids::AccountId;
use types::secret::Secret;

use crate::Office;
use crate::accounts::{self, Account};
use crate::db::{DbError, Tx};
use crate::http::{Code, Problem};
use crate::identity::{self, LinkPurpose};
use crate::locations;
use crate::scope::{Actor, Right, Rights, Role, Scope};
use crate::users::{self, Profile};

/// What the first account begins with, checked.
pub(crate) struct Draft {
    pub(crate) account: accounts::Draft,
    pub(crate) location: locations::Draft,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: Email,
    pub(crate) password: Secret<String>,
}

/// Makes the first account with its administrator and a second user who waits for a name.
pub(crate) async fn begin(
    office: &Office,
    token: &str,
    draft: Draft,
    source: Option<IpAddr>,
) -> Result<(Account, Profile), Problem> {
    if accounts::any(office).await? {
        return Err(Code::SetupDone.into());
    }
    if identity::look_at_link(office, token).await.map_err(Problem::from)?.purpose != LinkPurpose::Setup {
        return Err(Code::LinkInvalid.into());
    }
    let known =
        [draft.account.name.as_str(), draft.first_name.as_str(), draft.last_name.as_str(), draft.email.as_str()];
    if let Err(weak) = identity::check_password(&draft.password, &known) {
        return Err(Problem::field("/administrator/password", weak.code(), weak.to_string()));
    }
    let hash = office.hasher().hash(draft.password, identity::salt(office)).await.map_err(identity::Error::from)?;

    let mut tx = office.db().begin().await?;
    // Of two requests at once one gets the link; the other finds it used.
    if !identity::use_setup_link(&tx, token).await? {
        return Err(Code::LinkInvalid.into());
    }
    let founder = Founder { first_name: draft.first_name, last_name: draft.last_name, email: draft.email };
    let scope_of = |account| {
        Scope::new(account, Actor::Console, Role::Administrator, Rights::NONE.with(Right::UsersWrite), source)
    };
    let (account, administrator) = furnish(&mut tx, draft.account, draft.location, founder, scope_of).await?;
    identity::set_first_password(&tx, &scope_of(account.id), administrator.id, hash).await?;
    tx.commit().await?;
    Ok((account, Profile { has_password: true, ..administrator }))
}

/// Whoever administers an account first.
pub(crate) struct Founder {
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: Email,
}

/// Opens an account with its first location, its administrator, who has no password yet, and a second user who waits for
/// a name, on behalf of whoever `scope_of` says.
pub(crate) async fn furnish(
    tx: &mut Tx,
    account: accounts::Draft,
    location: locations::Draft,
    founder: Founder,
    scope_of: impl Fn(AccountId) -> Scope,
) -> Result<(Account, Profile), Problem> {
    let language = account.language.clone();
    let account = accounts::open_as(tx, account, &scope_of).await?;
    let scope = scope_of(account.id);
    let location = locations::add(tx, &scope, location).await?;
    let user = |first_name, last_name, email, role| users::Draft {
        first_name,
        last_name,
        email,
        role,
        location: Some(location.id),
        language: language.clone(),
        time_zone: users::TIME_ZONE.to_owned(),
        busy_on_busy: false,
        caller_number: None,
    };
    let first = user(founder.first_name, founder.last_name, Some(founder.email), Role::Administrator);
    let administrator = users::add(tx, &scope, first).await?;
    users::add(tx, &scope, user(String::new(), String::new(), None, Role::User)).await?;
    Ok((account, administrator))
}

/// The secret of the link that makes the first account; nothing once there is one. Every call makes a new
/// one and the former worthless, since only its hash is kept.
pub(crate) async fn token(office: &Office) -> Result<Option<Secret<String>>, DbError> {
    if accounts::any(office).await? {
        return Ok(None);
    }
    let tx = office.db().begin().await?;
    let link = identity::make_link(office, &tx, None, LinkPurpose::Setup).await?;
    tx.commit().await?;
    Ok(Some(link.token))
}
