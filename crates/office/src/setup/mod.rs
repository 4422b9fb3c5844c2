//! The first account of an installation. Puts other slices together, so it comes after them all.

pub(crate) mod http;

use std::net::IpAddr;

use types::email::Email;
use types::secret::Secret;

use crate::Office;
use crate::accounts::{self, Account};
use crate::db::DbError;
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
    let language = draft.account.language.clone();
    let account = accounts::open(&mut tx, draft.account).await?;
    let scope =
        Scope::new(account.id, Actor::Console, Role::Administrator, Rights::NONE.with(Right::UsersWrite), source);
    let location = locations::add(&mut tx, &scope, draft.location).await?;
    let user = |first_name, last_name, email, role| users::Draft {
        first_name,
        last_name,
        email,
        role,
        location: Some(location.id),
        language: language.clone(),
        time_zone: "Europe/Berlin".to_owned(),
        busy_on_busy: false,
        caller_number: None,
    };
    let first = user(draft.first_name, draft.last_name, Some(draft.email), Role::Administrator);
    let administrator = users::add(&mut tx, &scope, first).await?;
    identity::set_first_password(&tx, &scope, administrator.id, hash).await?;
    users::add(&mut tx, &scope, user(String::new(), String::new(), None, Role::User)).await?;
    tx.commit().await?;
    Ok((account, Profile { has_password: true, ..administrator }))
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
