//! `/v1/bills`

use axum::extract::State;
use utoipa_axum::routes;

use super::Which;
use super::model::Bill;
use crate::Office;
use crate::http::{Access, Code, Json, Operations, Path, Problem};
use crate::scope::{Right, Scope};

pub(crate) fn operations() -> Operations {
    Operations::new().on(Access::Administrator(Right::BillsRead), routes!(find))
}

/// What devices, users, numbers and text messages cost in a month: `2026-11`, or `current` for the one that runs.
///
/// What is there on a day costs that day; a month is shared by its days in the time zone of the account's country. The
/// prices are those of the month's first day.
#[utoipa::path(
    get, path = "/v1/bills/{month}", tag = "bills", operation_id = "findBill",
    params(("month" = String, Path)),
    responses((status = 200, body = Bill))
)]
async fn find(State(office): State<Office>, scope: Scope, Path(month): Path<String>) -> Result<Json<Bill>, Problem> {
    let which = match month.as_str() {
        "current" => Which::Current,
        month => Which::Month(month.parse().map_err(|_| Problem::new(Code::NotFound))?),
    };
    Ok(Json(super::find(&office, &scope, which).await?))
}
