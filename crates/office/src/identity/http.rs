//! `/v1/sessions`, `/v1/tokens`, `/v1/links`

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use types::clock::Timestamp;
use types::ids::{SessionId, TokenId};
use types::secret::Secret;
use utoipa::ToSchema;
use utoipa_axum::routes;

pub(crate) use super::model::exposed;
use super::model::{Link, Person, Session, Token};
use super::{Grant, SignedIn};
use crate::Office;
use crate::http::{Access, Code, Fields, Json, Moment, Operations, Page, Path, Problem, Visitor, session_cookie};
use crate::scope::{Right, Rights, Scope};

pub(crate) fn operations() -> Operations {
    Operations::new()
        .on(Access::Open, routes!(sign_in))
        .on(Access::Anyone(Right::SessionsRead), routes!(sessions))
        .on(Access::Anyone(Right::SessionsWrite), routes!(sign_out_everywhere))
        .on(Access::Anyone(Right::SessionsWrite), routes!(sign_out))
        .on(Access::Anyone(Right::SessionsWrite), routes!(end_session))
        .on(Access::Anyone(Right::SessionsRead), routes!(tokens))
        .on(Access::Anyone(Right::SessionsWrite), routes!(make_token))
        .on(Access::Anyone(Right::SessionsWrite), routes!(revoke_token))
        .on(Access::Open, routes!(ask_reset))
        .on(Access::Open, routes!(look_at_link))
        .on(Access::Open, routes!(use_link))
}

/// A secret in a request: read, never shown.
pub(crate) fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Secret<String>, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"email": "anna@example.com", "password": "drei Kamele im Aufzug", "staySignedIn": false}))]
struct SignIn {
    /// The address to sign in with.
    email: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    #[serde(deserialize_with = "secret")]
    password: Secret<String>,
    /// For a month instead of a working day.
    #[serde(default)]
    stay_signed_in: bool,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewSession {
    /// For programs: send it as `authorization: Bearer`. Browsers get it as a cookie.
    #[schema(value_type = String, example = "rws_…")]
    #[serde(serialize_with = "exposed")]
    token: Secret<String>,
    /// When the session ends by itself.
    expires_at: Moment,
    /// Whoever signed in.
    user: Person,
    /// Whether the password was chosen by somebody else: everything but `PUT /v1/users/{user}/password` and signing
    /// out is refused until it is changed.
    must_change_password: bool,
}

/// Signs in. The answer takes the same time and says the same for an address nobody has.
#[utoipa::path(
    post, path = "/v1/sessions", tag = "identity", operation_id = "signIn",
    request_body = SignIn,
    responses((status = 201, body = NewSession))
)]
async fn sign_in(
    State(office): State<Office>,
    visitor: Visitor,
    Json(body): Json<SignIn>,
) -> Result<Response, Problem> {
    // A page elsewhere must not sign somebody in as somebody else.
    if visitor.cross_site {
        return Err(Code::CrossSite.into());
    }
    let SignIn { email, password, stay_signed_in } = body;
    let SignedIn { token, expires, person, temporary } =
        super::sign_in(&office, &email, password, stay_signed_in, visitor).await?;
    let lasts = stay_signed_in.then(|| expires.saturating_since(office.clock().now()));
    let cookie = session_cookie(&office, Some(token.expose()), lasts);
    let body = Json(NewSession { token, expires_at: Moment(expires), user: person, must_change_password: temporary });
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], body).into_response())
}

/// One's own sessions, newest first.
#[utoipa::path(
    get, path = "/v1/sessions", tag = "identity", operation_id = "listSessions",
    responses((status = 200, body = Page<Session>))
)]
async fn sessions(State(office): State<Office>, scope: Scope) -> Result<Json<Page<Session>>, Problem> {
    Ok(Json(Page::whole(super::sessions(&office, &scope).await?)))
}

/// Ends all of one's own sessions, also this one.
#[utoipa::path(
    delete, path = "/v1/sessions", tag = "identity", operation_id = "signOutEverywhere",
    responses((status = 204, description = "Ended."))
)]
async fn sign_out_everywhere(State(office): State<Office>, scope: Scope) -> Result<Response, Problem> {
    super::end_own_sessions(&office, &scope).await?;
    Ok(signed_out(&office))
}

/// Ends the session that asks.
#[utoipa::path(
    delete, path = "/v1/sessions/current", tag = "identity", operation_id = "signOut",
    responses((status = 204, description = "Ended."))
)]
async fn sign_out(State(office): State<Office>, scope: Scope) -> Result<Response, Problem> {
    super::end_session(&office, &scope, None).await?;
    Ok(signed_out(&office))
}

/// Ends one of one's own sessions.
#[utoipa::path(
    delete, path = "/v1/sessions/{session}", tag = "identity", operation_id = "endSession",
    params(("session" = String, Path)),
    responses((status = 204, description = "Ended."))
)]
async fn end_session(
    State(office): State<Office>,
    scope: Scope,
    Path(session): Path<SessionId>,
) -> Result<StatusCode, Problem> {
    super::end_session(&office, &scope, Some(session)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn signed_out(office: &Office) -> Response {
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, session_cookie(office, None, None))]).into_response()
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"label": "nightly export", "scopes": ["users:read"], "expiresInDays": 365}))]
struct NewToken {
    /// What the token is for; 1 to 100 characters.
    label: String,
    /// What it may do: names of scopes, or `all`. Never more than its owner, and never more than what asks for it.
    scopes: Vec<String>,
    /// After how many days it ends, 1 to 3650; never when absent.
    expires_in_days: Option<u16>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MadeToken {
    /// The token's secret. Shown this once.
    #[schema(value_type = String, example = "rwk_…")]
    #[serde(serialize_with = "exposed")]
    secret: Secret<String>,
    /// The token.
    token: Token,
}

/// One's own personal access tokens, newest first.
#[utoipa::path(
    get, path = "/v1/tokens", tag = "identity", operation_id = "listTokens",
    responses((status = 200, body = Page<Token>))
)]
async fn tokens(State(office): State<Office>, scope: Scope) -> Result<Json<Page<Token>>, Problem> {
    Ok(Json(Page::whole(super::tokens(&office, &scope).await?)))
}

/// Makes a personal access token for scripts.
#[utoipa::path(
    post, path = "/v1/tokens", tag = "identity", operation_id = "makeToken",
    request_body = NewToken,
    responses((status = 201, body = MadeToken))
)]
async fn make_token(
    State(office): State<Office>,
    scope: Scope,
    Json(body): Json<NewToken>,
) -> Result<Response, Problem> {
    let grant = grant(body, office.clock().now())?;
    let Some((token, secret)) = super::make_token(&office, &scope, grant).await? else {
        return Err(Problem::new(Code::MissingScope)
            .detail("A token cannot do more than what makes it, and a user has at most 100 tokens."));
    };
    Ok((StatusCode::CREATED, Json(MadeToken { secret, token })).into_response())
}

fn grant(body: NewToken, now: Timestamp) -> Result<Grant, Problem> {
    let mut fields = Fields::default();
    let label = fields.text("/label", &body.label, 100);
    let mut rights = Rights::NONE;
    for (index, name) in body.scopes.iter().enumerate() {
        match (name.as_str(), Right::from_name(name)) {
            ("all", _) => rights = Rights::ALL,
            (_, Some(right)) => rights = rights.with(right),
            (_, None) => fields.refuse(format!("/scopes/{index}"), "scope.unknown", "There is no such scope."),
        }
    }
    if body.scopes.is_empty() {
        fields.refuse("/scopes", "scope.none", "Name at least one scope.");
    }
    if body.expires_in_days.is_some_and(|days| !(1..=3650).contains(&days)) {
        fields.refuse("/expiresInDays", "days.range", "Between 1 and 3650 days.");
    }
    fields.finish()?;
    let expires = body.expires_in_days.map(|days| Timestamp(now.0 + i64::from(days) * 24 * 60 * 60 * 1000));
    Ok(Grant { label, rights, expires })
}

/// Revokes one of one's own tokens, at once.
#[utoipa::path(
    delete, path = "/v1/tokens/{token}", tag = "identity", operation_id = "revokeToken",
    params(("token" = String, Path)),
    responses((status = 204, description = "Revoked."))
)]
async fn revoke_token(
    State(office): State<Office>,
    scope: Scope,
    Path(token): Path<TokenId>,
) -> Result<StatusCode, Problem> {
    super::revoke_token(&office, &scope, token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a one-time link is for, for whoever holds it.
#[utoipa::path(
    get, path = "/v1/links/{link}", tag = "identity", operation_id = "findLink",
    params(("link" = String, Path)),
    responses((status = 200, body = Link))
)]
async fn look_at_link(State(office): State<Office>, Path(link): Path<String>) -> Result<Json<Link>, Problem> {
    Ok(Json(super::look_at_link(&office, &link).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"password": "drei Kamele im Aufzug"}))]
struct UseLink {
    /// The new password: at least 12 characters, not easy to guess.
    #[schema(value_type = String, format = Password)]
    #[serde(deserialize_with = "secret")]
    password: Secret<String>,
}

/// Sets a password by an invitation or a recovery link. Works once; all sessions and tokens of the user end.
#[utoipa::path(
    post, path = "/v1/links/{link}", tag = "identity", operation_id = "useLink",
    params(("link" = String, Path)),
    request_body = UseLink,
    responses((status = 204, description = "The password is set."))
)]
async fn use_link(
    State(office): State<Office>,
    visitor: Visitor,
    Path(link): Path<String>,
    Json(body): Json<UseLink>,
) -> Result<StatusCode, Problem> {
    if visitor.cross_site {
        return Err(Code::CrossSite.into());
    }
    super::use_link(&office, &link, body.password, visitor.source).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"email": "anna@example.com"}))]
struct Forgotten {
    /// The address to sign in with.
    email: String,
}

/// Has a link mailed that sets a new password: valid for 30 minutes, once. The answer takes the same time and says the
/// same for an address nobody has.
#[utoipa::path(
    post, path = "/v1/password-resets", tag = "identity", operation_id = "askPasswordReset",
    request_body = Forgotten,
    responses((status = 202, description = "If somebody has this address, a mail is on its way."))
)]
async fn ask_reset(
    State(office): State<Office>,
    visitor: Visitor,
    Json(body): Json<Forgotten>,
) -> Result<StatusCode, Problem> {
    if visitor.cross_site {
        return Err(Code::CrossSite.into());
    }
    super::ask_reset(&office, &body.email, visitor.source).await?;
    Ok(StatusCode::ACCEPTED)
}
