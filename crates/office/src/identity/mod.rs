//! Who somebody is: passwords, sessions, tokens, one-time links.

pub(crate) mod http;

use std::net::IpAddr;

use crate::Office;
use crate::db::DbError;
use crate::scope::Scope;

pub(crate) async fn scope_of_bearer(_: &Office, _: &str, _: Option<IpAddr>) -> Result<Option<Scope>, DbError> {
    Ok(None)
}

pub(crate) async fn scope_of_session(_: &Office, _: &str, _: Option<IpAddr>) -> Result<Option<Scope>, DbError> {
    Ok(None)
}
