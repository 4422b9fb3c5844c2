//! `/v1/users/{user}/web-sms`

use axum::extract::State;
use serde::Deserialize;
use types::ids::UserId;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::tagged;
use crate::Office;
use crate::http::{Access, Json, Operations, Path, Problem, Tagged};
use crate::scope::{Right, Scope};
use crate::users::{self, User};

pub(super) fn operations() -> Operations {
    Operations::new().on(Access::Administrator(Right::UsersWrite), routes!(allow))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"allowed": true}))]
struct WebSms {
    /// Whether the user may send text messages.
    allowed: bool,
}

/// Lets a user send text messages from the web pages, or does not any more. Everybody may until somebody says otherwise;
/// what waits to be sent by one who may not is not sent.
#[utoipa::path(
    put, path = "/v1/users/{user}/web-sms", tag = "users", operation_id = "setUserWebSms",
    params(("user" = String, Path)),
    request_body = WebSms,
    responses((status = 200, body = User))
)]
async fn allow(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<UserId>,
    Json(body): Json<WebSms>,
) -> Result<Tagged<User>, Problem> {
    Ok(tagged(users::allow_web_sms(&office, &scope, id, body.allowed).await?))
}
