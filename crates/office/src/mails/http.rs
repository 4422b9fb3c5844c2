//! `/v1/mail`

use axum::extract::State as Extract;
use utoipa_axum::routes;

use super::model::State;
use crate::Office;
use crate::http::{Access, Json, Operations, Problem};
use crate::scope::{Right, Scope};

pub(crate) fn operations() -> Operations {
    Operations::new().on(Access::Administrator(Right::AccountRead), routes!(state))
}

/// How the account's mail is doing: whether it leaves, what waits, what did not arrive.
#[utoipa::path(
    get, path = "/v1/mail", tag = "mails", operation_id = "findMailState",
    responses((status = 200, body = State))
)]
async fn state(Extract(office): Extract<Office>, scope: Scope) -> Result<Json<State>, Problem> {
    Ok(Json(super::state(&office, &scope).await?))
}
