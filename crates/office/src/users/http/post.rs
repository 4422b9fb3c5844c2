//! `/v1/users/{user}/email-change`, `/v1/users/{user}/newsletter`, and the links that mails bring.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use types::ids::UserId;
use types::secret::Secret;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{secret_or_none, tagged};
use crate::Office;
use crate::http::{Access, Code, Fields, Json, Operations, Path, Problem, Tagged, Visitor};
use crate::scope::{Right, Scope};
use crate::users::{self, User};

pub(super) fn operations() -> Operations {
    let own = Access::Anyone(Right::UsersWrite);
    Operations::new()
        .on(own, routes!(change_email))
        .on(own, routes!(keep_email))
        .on(own, routes!(subscribe))
        .on(Access::Open, routes!(confirm_email))
        .on(Access::Open, routes!(undo_email))
        .on(Access::Open, routes!(confirm_newsletter))
        .on(Access::Open, routes!(end_newsletter))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"email": "anna@example.org", "currentPassword": "drei Kamele im Aufzug"}))]
struct EmailChange {
    /// The new address.
    email: String,
    /// The password; needed for one's own address.
    #[schema(value_type = Option<String>, format = Password)]
    #[serde(default, deserialize_with = "secret_or_none")]
    current_password: Option<Secret<String>>,
}

/// Asks for another address to sign in with. It counts when it is confirmed by the link that is mailed there within a day;
/// the old one is told, with a link that keeps it.
#[utoipa::path(
    post, path = "/v1/users/{user}/email-change", tag = "users", operation_id = "changeUserEmail",
    params(("user" = String, Path)),
    request_body = EmailChange,
    responses((status = 202, body = User))
)]
async fn change_email(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<UserId>,
    Json(body): Json<EmailChange>,
) -> Result<Response, Problem> {
    let mut fields = Fields::default();
    let email = users::check_email(&mut fields, "/email", &body.email);
    fields.finish()?;
    let email = email.ok_or(Problem::new(Code::Internal))?;
    let user = users::change_email(&office, &scope, id, email, body.current_password).await?;
    Ok((StatusCode::ACCEPTED, tagged(user)).into_response())
}

/// Keeps the address as it is: the one that waits to be confirmed is forgotten.
#[utoipa::path(
    delete, path = "/v1/users/{user}/email-change", tag = "users", operation_id = "keepUserEmail",
    params(("user" = String, Path)),
    responses((status = 204, description = "The address stays."))
)]
async fn keep_email(State(office): State<Office>, scope: Scope, Path(id): Path<UserId>) -> Result<StatusCode, Problem> {
    users::keep_email(&office, &scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SignInEmail {
    /// The address to sign in with now.
    #[schema(example = "anna@example.org")]
    email: String,
}

/// Confirms a new address by the link that was mailed to it. Works once.
#[utoipa::path(
    post, path = "/v1/email-confirmations/{confirmation}", tag = "users", operation_id = "confirmEmail",
    params(("confirmation" = String, Path)),
    responses((status = 200, body = SignInEmail))
)]
async fn confirm_email(
    State(office): State<Office>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Json<SignInEmail>, Problem> {
    if visitor.cross_site {
        return Err(Code::CrossSite.into());
    }
    Ok(Json(SignInEmail { email: users::confirm_email(&office, &token, visitor.source).await? }))
}

/// Keeps the old address by the link that was mailed to it, or brings it back. Works once; all sessions and tokens of the
/// user end.
#[utoipa::path(
    post, path = "/v1/email-undos/{undo}", tag = "users", operation_id = "undoEmailChange",
    params(("undo" = String, Path)),
    responses((status = 200, body = SignInEmail))
)]
async fn undo_email(
    State(office): State<Office>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Json<SignInEmail>, Problem> {
    if visitor.cross_site {
        return Err(Code::CrossSite.into());
    }
    Ok(Json(SignInEmail { email: users::undo_email(&office, &token, visitor.source).await? }))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"subscribed": true}))]
struct NewsletterWish {
    /// Whether the user wants the newsletter.
    subscribed: bool,
}

/// Orders the newsletter or ends it. An order is confirmed by the link that is mailed to the user.
#[utoipa::path(
    put, path = "/v1/users/{user}/newsletter", tag = "users", operation_id = "setUserNewsletter",
    params(("user" = String, Path)),
    request_body = NewsletterWish,
    responses((status = 200, body = User))
)]
async fn subscribe(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<UserId>,
    Json(body): Json<NewsletterWish>,
) -> Result<Tagged<User>, Problem> {
    Ok(tagged(users::subscribe(&office, &scope, id, body.subscribed).await?))
}

/// Confirms the order of the newsletter by the link that was mailed.
#[utoipa::path(
    post, path = "/v1/newsletter-confirmations/{confirmation}", tag = "users", operation_id = "confirmNewsletter",
    params(("confirmation" = String, Path)),
    responses((status = 204, description = "The newsletter will come."))
)]
async fn confirm_newsletter(
    State(office): State<Office>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<StatusCode, Problem> {
    if visitor.cross_site {
        return Err(Code::CrossSite.into());
    }
    users::confirm_newsletter(&office, &token, visitor.source).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the newsletter by the link in it. Mail programs send this by themselves (RFC 8058), so it asks for nothing more.
#[utoipa::path(
    post, path = "/v1/newsletter-unsubscriptions/{unsubscription}", tag = "users", operation_id = "endNewsletter",
    params(("unsubscription" = String, Path)),
    responses((status = 204, description = "No more newsletters."))
)]
async fn end_newsletter(
    State(office): State<Office>,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<StatusCode, Problem> {
    users::end_newsletter(&office, &token, visitor.source).await?;
    Ok(StatusCode::NO_CONTENT)
}
