//! From a request to the [`Scope`] it may act in: a bearer token, or the session cookie of a browser.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, header};

use super::problem::{Code, Problem};
use crate::scope::{Operator, Scope};
use crate::{Office, identity, operators};

/// The session cookie where pages come by https. The prefix makes browsers insist on Secure, this very
/// host and the whole path (RFC 6265bis section 4.1.3.2).
pub(crate) const SECURE_COOKIE: &str = "__Host-ringwerk";
/// The session cookie on plain http, where browsers refuse the prefix.
pub(crate) const PLAIN_COOKIE: &str = "ringwerk";

/// The cookies of operators, who are no users: whoever is both keeps two sessions apart.
pub(crate) const SECURE_OPERATOR_COOKIE: &str = "__Host-ringwerk-operator";
const PLAIN_OPERATOR_COOKIE: &str = "ringwerk-operator";

/// Finds out who asks. Problems: 401; 403 for a cookie that another site's page made the browser send, for operators,
/// and while the account is suspended.
pub(crate) async fn authenticate(
    office: &Office,
    method: &Method,
    headers: &HeaderMap,
    source: Option<IpAddr>,
) -> Result<Scope, Problem> {
    let found = match (bearer(headers), cookie(headers, SECURE_COOKIE, PLAIN_COOKIE)) {
        (Some(token), _) => identity::scope_of_bearer(office, token, source).await?,
        (None, Some(token)) => identity::scope_of_session(office, token, source).await?,
        (None, None) => None,
    };
    let Some(scope) = found else {
        let operator = find_operator(office, headers, source).await?.is_some();
        return Err(if operator { Code::AccountRequired } else { Code::SignInRequired }.into());
    };
    if bearer(headers).is_none() && !is_safe(method) && !same_origin(office, headers) {
        return Err(Code::CrossSite.into());
    }
    if scope.suspended() {
        return Err(Code::AccountSuspended.into());
    }
    Ok(scope)
}

/// Finds out which operator asks. Problems: 401; 403 for a cookie that another site's page made the browser send, and for
/// users.
pub(crate) async fn authenticate_operator(
    office: &Office,
    method: &Method,
    headers: &HeaderMap,
    source: Option<IpAddr>,
) -> Result<Operator, Problem> {
    let Some(operator) = find_operator(office, headers, source).await? else {
        let user = match (bearer(headers), cookie(headers, SECURE_COOKIE, PLAIN_COOKIE)) {
            (Some(token), _) => identity::scope_of_bearer(office, token, source).await?,
            (None, Some(token)) => identity::scope_of_session(office, token, source).await?,
            (None, None) => None,
        };
        return Err(if user.is_some() { Code::OperatorRequired } else { Code::SignInRequired }.into());
    };
    if bearer(headers).is_none() && !is_safe(method) && !same_origin(office, headers) {
        return Err(Code::CrossSite.into());
    }
    Ok(operator)
}

async fn find_operator(
    office: &Office,
    headers: &HeaderMap,
    source: Option<IpAddr>,
) -> Result<Option<Operator>, Problem> {
    let cookie = || cookie(headers, SECURE_OPERATOR_COOKIE, PLAIN_OPERATOR_COOKIE);
    match bearer(headers).or_else(cookie) {
        Some(token) if token.starts_with(identity::OPERATOR_SECRET) => {
            Ok(operators::of_session(office, token, source).await?)
        }
        _ => Ok(None),
    }
}

/// What somebody proved by who he is, to be looked at again later.
pub(crate) struct Credentials(HeaderMap);

impl Credentials {
    /// The credentials of a request.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut kept = HeaderMap::new();
        for name in [header::AUTHORIZATION, header::COOKIE] {
            for value in headers.get_all(&name) {
                kept.append(name.clone(), value.clone());
            }
        }
        Self(kept)
    }

    /// Who it is now; nobody once the session or token has ended.
    pub(crate) async fn scope(&self, office: &Office, source: Option<IpAddr>) -> Option<Scope> {
        authenticate(office, &Method::GET, &self.0, source).await.ok()
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie<'a>(headers: &'a HeaderMap, secure: &str, plain: &str) -> Option<&'a str> {
    let named = |name: &str| {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
    };
    named(secure).or_else(|| named(plain))
}

/// The cookie of a session, or one that removes it. Lasts as long as the browser runs unless told otherwise.
pub(crate) fn session_cookie(office: &Office, token: Option<&str>, lasts: Option<Duration>) -> HeaderValue {
    set_cookie(office, SECURE_COOKIE, PLAIN_COOKIE, "Lax", token, lasts)
}

/// The cookie of an operator's session, or one that removes it. It ends with the browser, and no link from elsewhere
/// brings it along.
pub(crate) fn operator_cookie(office: &Office, token: Option<&str>) -> HeaderValue {
    set_cookie(office, SECURE_OPERATOR_COOKIE, PLAIN_OPERATOR_COOKIE, "Strict", token, None)
}

fn set_cookie(
    office: &Office,
    secure_name: &str,
    plain_name: &str,
    same_site: &str,
    token: Option<&str>,
    lasts: Option<Duration>,
) -> HeaderValue {
    let secure = office.public_url().is_some_and(|url| url.starts_with("https://"));
    let (name, attribute) = if secure { (secure_name, "; Secure") } else { (plain_name, "") };
    let age = match (token, lasts) {
        (None, _) => "; Max-Age=0".to_owned(),
        (Some(_), Some(lasts)) => format!("; Max-Age={}", lasts.as_secs()),
        (Some(_), None) => String::new(),
    };
    let text = format!("{name}={}; Path=/; HttpOnly; SameSite={same_site}{attribute}{age}", token.unwrap_or_default());
    let mut value = HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a page of this very server sent the request.
///
/// Browsers of today say so in `Sec-Fetch-Site`; older ones send `Origin` with everything unsafe. A
/// request with neither is refused: scripts have bearer tokens.
pub(crate) fn same_origin(office: &Office, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let Some(origin) = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    if let Some(url) = office.public_url() {
        return origin == url.trim_end_matches('/');
    }
    let Some((_, host)) = origin.split_once("://") else {
        return false;
    };
    headers.get(header::HOST).and_then(|value| value.to_str().ok()) == Some(host)
}

/// The address at the other end of the connection, where the server told it.
pub(crate) fn source_of(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip().to_canonical())
}

impl FromRequestParts<Office> for Scope {
    type Rejection = Problem;

    /// What `access::enforce` found out; on an open operation there is nothing to extract.
    async fn from_request_parts(parts: &mut Parts, _: &Office) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Code::SignInRequired.into())
    }
}

impl FromRequestParts<Office> for Operator {
    type Rejection = Problem;

    /// What `access::enforce` found out; on every other operation there is nothing to extract.
    async fn from_request_parts(parts: &mut Parts, _: &Office) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().copied().ok_or_else(|| Code::SignInRequired.into())
    }
}

/// What a request without a scope still tells: for open operations.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The address it came from.
    pub source: Option<IpAddr>,
    /// What the browser or script calls itself, cut to 200 characters.
    pub user_agent: String,
    /// Whether a page of another site made the browser send it.
    pub cross_site: bool,
}

impl FromRequestParts<Office> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, office: &Office) -> Result<Self, Self::Rejection> {
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let from_browser = parts.headers.contains_key("sec-fetch-site") || parts.headers.contains_key(header::ORIGIN);
        Ok(Self {
            source: source_of(&parts.extensions),
            user_agent: agent.chars().filter(|c| !c.is_control()).take(200).collect(),
            cross_site: from_browser && !same_origin(office, &parts.headers),
        })
    }
}
