//! `/v1/operator/numbers`

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use types::dialled::DialPlan;
use types::ids::{AccountId, NumberId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use crate::Office;
use crate::http::{Access, Code, Json, Operations, Page, PageQuery, Path, Problem, Query};
use crate::numbers::NewNumbers;
use crate::operators::model::{AddedToPool, HostedNumber};
use crate::operators::{self, NumberFilter};
use crate::scope::Operator;

pub(super) fn operations() -> Operations {
    Operations::new()
        .on(Access::Operator, routes!(list))
        .on(Access::Operator, routes!(add))
        .on(Access::Operator, routes!(remove))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HostedNumbersQuery {
    /// Only free ones (`true`), or only those that accounts have.
    free: Option<bool>,
    /// Only those of this account.
    #[param(value_type = Option<String>)]
    account: Option<AccountId>,
}

/// Numbers of this installation by value, and which account has each.
#[utoipa::path(
    get, path = "/v1/operator/numbers", tag = "operators", operation_id = "listHostedNumbers",
    params(PageQuery, HostedNumbersQuery),
    responses((status = 200, body = Page<HostedNumber>))
)]
async fn list(
    State(office): State<Office>,
    Query(page): Query<PageQuery>,
    Query(query): Query<HostedNumbersQuery>,
) -> Result<Json<Page<HostedNumber>>, Problem> {
    let after = match page.after::<1>()? {
        Some([number]) => Some(number.parse().map_err(|_| Problem::new(Code::InvalidCursor))?),
        None => None,
    };
    let filter = NumberFilter { free: query.free, account: query.account };
    let rows = operators::list_numbers(&office, filter, after, page.limit()? + 1).await?;
    Ok(Json(Page::of(rows, page.limit()?, |row| vec![row.number.to_string()], |row| row)))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"from": "+493023125000", "to": "+493023125099"}))]
struct PoolNumbers {
    /// One number (E.164).
    number: Option<String>,
    /// The first number of a block.
    from: Option<String>,
    /// The last number of a block, as long as the first; at most 10,000 numbers in all.
    to: Option<String>,
    /// The country in whose notation they are written, unless they begin with `+`; `DE` when absent.
    country: Option<String>,
}

/// Adds a number or a block of numbers to the pool: all of them or none.
#[utoipa::path(
    post, path = "/v1/operator/numbers", tag = "operators", operation_id = "addNumbersToPool",
    request_body = PoolNumbers,
    responses((status = 201, body = AddedToPool))
)]
async fn add(
    State(office): State<Office>,
    who: Operator,
    Json(body): Json<PoolNumbers>,
) -> Result<(StatusCode, Json<AddedToPool>), Problem> {
    let country = body.country.unwrap_or_else(|| "DE".to_owned());
    let plan = DialPlan::for_country(&country)
        .ok_or_else(|| Problem::field("/country", "country.unknown", "A country by its two letters."))?;
    let new = NewNumbers { number: body.number, from: body.from, to: body.to, location: None };
    let added = operators::add_numbers(&office, &who, new.check(&plan)?).await?;
    Ok((StatusCode::CREATED, Json(added)))
}

/// Takes a free number out of the pool.
#[utoipa::path(
    delete, path = "/v1/operator/numbers/{number}", tag = "operators", operation_id = "removeNumberFromPool",
    params(("number" = String, Path)),
    responses((status = 204, description = "Removed."))
)]
async fn remove(State(office): State<Office>, who: Operator, Path(id): Path<NumberId>) -> Result<StatusCode, Problem> {
    operators::remove_number(&office, &who, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
