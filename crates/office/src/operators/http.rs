//! `/v1/operator`: signing in, and what operators did.

mod accounts;
mod numbers;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use types::secret::Secret;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::SignedIn;
use super::model::{Entry, Link, Person};
use crate::Office;
use crate::http::{
    Access, Code, Json, Moment, Operations, Page, PageQuery, Path, Problem, Query, Visitor, operator_cookie,
};
use crate::identity::exposed;
use crate::scope::Operator;

pub(crate) fn operations() -> Operations {
    Operations::new()
        .on(Access::Open, routes!(sign_in))
        .on(Access::Operator, routes!(sign_out_everywhere))
        .on(Access::Operator, routes!(sign_out))
        .on(Access::Operator, routes!(me))
        .on(Access::Open, routes!(look_at_link))
        .on(Access::Open, routes!(use_link))
        .on(Access::Operator, routes!(audit))
        .and(accounts::operations())
        .and(numbers::operations())
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"email": "night.shift@hoster.example", "password": "drei Kamele im Aufzug"}))]
struct OperatorSignIn {
    /// The address to sign in with.
    email: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    #[serde(deserialize_with = "crate::identity::http::secret")]
    password: Secret<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NewOperatorSession {
    /// For programs: send it as `authorization: Bearer`. Browsers get it as a cookie of its own.
    #[schema(value_type = String, example = "rwo_…")]
    #[serde(serialize_with = "exposed")]
    token: Secret<String>,
    /// When the session ends by itself.
    expires_at: Moment,
    /// Whoever signed in.
    operator: Person,
}

/// Signs an operator in. The answer takes the same time and says the same for an address nobody has.
#[utoipa::path(
    post, path = "/v1/operator/sessions", tag = "operators", operation_id = "signInOperator",
    request_body = OperatorSignIn,
    responses((status = 201, body = NewOperatorSession))
)]
async fn sign_in(
    State(office): State<Office>,
    visitor: Visitor,
    Json(body): Json<OperatorSignIn>,
) -> Result<Response, Problem> {
    if visitor.cross_site {
        return Err(Code::CrossSite.into());
    }
    let SignedIn { token, expires, person } = super::sign_in(&office, &body.email, body.password, visitor).await?;
    let cookie = operator_cookie(&office, Some(token.expose()));
    let body = Json(NewOperatorSession { token, expires_at: Moment(expires), operator: person });
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], body).into_response())
}

/// Ends all of the operator's sessions, also this one.
#[utoipa::path(
    delete, path = "/v1/operator/sessions", tag = "operators", operation_id = "signOutOperatorEverywhere",
    responses((status = 204, description = "Ended."))
)]
async fn sign_out_everywhere(State(office): State<Office>, who: Operator) -> Result<Response, Problem> {
    super::sign_out(&office, &who, true).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, operator_cookie(&office, None))]).into_response())
}

/// Ends the session that asks.
#[utoipa::path(
    delete, path = "/v1/operator/sessions/current", tag = "operators", operation_id = "signOutOperator",
    responses((status = 204, description = "Ended."))
)]
async fn sign_out(State(office): State<Office>, who: Operator) -> Result<Response, Problem> {
    super::sign_out(&office, &who, false).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, operator_cookie(&office, None))]).into_response())
}

/// Which operator asks.
#[utoipa::path(
    get, path = "/v1/operator/me", tag = "operators", operation_id = "findOperator",
    responses((status = 200, body = Person))
)]
async fn me(State(office): State<Office>, who: Operator) -> Result<Json<Person>, Problem> {
    Ok(Json(super::me(&office, &who).await?))
}

/// Whose password a link of `ringwerk operator` sets, for whoever holds it.
#[utoipa::path(
    get, path = "/v1/operator/links/{link}", tag = "operators", operation_id = "findOperatorLink",
    params(("link" = String, Path)),
    responses((status = 200, body = Link))
)]
async fn look_at_link(State(office): State<Office>, Path(link): Path<String>) -> Result<Json<Link>, Problem> {
    Ok(Json(super::look_at_link(&office, &link).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"password": "drei Kamele im Aufzug"}))]
struct UseOperatorLink {
    /// The new password: at least 12 characters, not easy to guess.
    #[schema(value_type = String, format = Password)]
    #[serde(deserialize_with = "crate::identity::http::secret")]
    password: Secret<String>,
}

/// Sets an operator's password by a link. Works once; all sessions of the operator end.
#[utoipa::path(
    post, path = "/v1/operator/links/{link}", tag = "operators", operation_id = "useOperatorLink",
    params(("link" = String, Path)),
    request_body = UseOperatorLink,
    responses((status = 204, description = "The password is set."))
)]
async fn use_link(
    State(office): State<Office>,
    visitor: Visitor,
    Path(link): Path<String>,
    Json(body): Json<UseOperatorLink>,
) -> Result<StatusCode, Problem> {
    if visitor.cross_site {
        return Err(Code::CrossSite.into());
    }
    super::use_link(&office, &link, body.password, visitor.source).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What operators did, newest first. What touches an account is in that account's audit log too.
#[utoipa::path(
    get, path = "/v1/operator/audit", tag = "operators", operation_id = "listOperatorAudit",
    params(PageQuery),
    responses((status = 200, body = Page<Entry>))
)]
async fn audit(State(office): State<Office>, Query(page): Query<PageQuery>) -> Result<Json<Page<Entry>>, Problem> {
    let before = match page.after::<1>()? {
        Some([id]) => Some(id.parse().map_err(|_| Problem::new(Code::InvalidCursor))?),
        None => None,
    };
    let rows = super::list_audit(&office, before, page.limit()? + 1).await?;
    Ok(Json(Page::of(rows, page.limit()?, |entry| vec![entry.id.to_string()], |entry| entry)))
}
