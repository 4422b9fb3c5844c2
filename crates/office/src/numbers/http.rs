//! `/v1/numbers`

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use types::ids::NumberId;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::Filter;
use super::model::{Added, Number, PoolNumber};
use super::rules::{Assignment, NewNumbers};
use crate::Office;
use crate::http::{Access, Code, IfMatch, Json, Operations, Page, PageQuery, Path, Problem, Query, Tagged};
use crate::owners;
use crate::scope::{Right, Scope};

pub(crate) fn operations() -> Operations {
    Operations::new()
        .on(Access::Administrator(Right::NumbersRead), routes!(list))
        .on(Access::Administrator(Right::NumbersRead), routes!(pool))
        .on(Access::Administrator(Right::NumbersWrite), routes!(order))
        .on(Access::Administrator(Right::NumbersRead), routes!(find))
        .on(Access::Administrator(Right::NumbersWrite), routes!(add))
        .on(Access::Administrator(Right::NumbersWrite), routes!(assign))
        .on(Access::Administrator(Right::NumbersWrite), routes!(unassign))
        .on(Access::Administrator(Right::NumbersWrite), routes!(release))
}

/// Which numbers.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct NumbersQuery {
    /// Only those that ring nobody (`true`) or somebody (`false`).
    unassigned: Option<bool>,
    /// Only those of this user or group.
    owner: Option<String>,
    /// Only those that contain these digits; a leading zero is the national prefix.
    search: Option<String>,
}

impl NumbersQuery {
    fn check(&self) -> Result<Filter, Problem> {
        Ok(Filter {
            unassigned: self.unassigned,
            owner: self.owner.as_deref().map(owners::from_id).transpose()?,
            digits: digits(self.search.as_deref()),
        })
    }
}

/// Digits that a number shall contain, without the national prefix.
fn digits(search: Option<&str>) -> Option<String> {
    let digits: String = search?.chars().filter(char::is_ascii_digit).take(20).collect();
    Some(digits.trim_start_matches('0').to_owned()).filter(|digits| !digits.is_empty())
}

/// Which of the operator's numbers.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PoolQuery {
    /// Only those that contain these digits; a leading zero is the national prefix.
    search: Option<String>,
}

/// Numbers that the operator of this installation has to give, by value.
#[utoipa::path(
    get, path = "/v1/numbers/pool", tag = "numbers", operation_id = "listPoolNumbers",
    params(PageQuery, PoolQuery),
    responses((status = 200, body = Page<PoolNumber>))
)]
async fn pool(
    State(office): State<Office>,
    Query(page): Query<PageQuery>,
    Query(query): Query<PoolQuery>,
) -> Result<Json<Page<PoolNumber>>, Problem> {
    let after = match page.after::<1>()? {
        Some([number]) => Some(number.parse().map_err(|_| Problem::new(Code::InvalidCursor))?),
        None => None,
    };
    let digits = digits(query.search.as_deref());
    let rows = super::pool(&office, digits.as_deref(), after, page.limit()? + 1).await?;
    Ok(Json(Page::of(rows, page.limit()?, |number| vec![number.number.to_string()], |number| number)))
}

/// A number to be ordered.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": "num_00000000000000000000000000"}))]
struct NumberOrder {
    /// Its id in the operator's pool.
    #[schema(value_type = String)]
    id: NumberId,
}

/// Takes one of the operator's numbers into the account's inventory. Released, it goes back to the operator.
#[utoipa::path(
    post, path = "/v1/numbers/orders", tag = "numbers", operation_id = "orderNumber",
    request_body = NumberOrder,
    responses((status = 201, body = Number))
)]
async fn order(
    State(office): State<Office>,
    scope: Scope,
    Json(order): Json<NumberOrder>,
) -> Result<(StatusCode, Json<Number>), Problem> {
    Ok((StatusCode::CREATED, Json(super::order(&office, &scope, order.id).await?)))
}

/// The account's numbers and whom each rings, by value.
#[utoipa::path(
    get, path = "/v1/numbers", tag = "numbers", operation_id = "listNumbers",
    params(PageQuery, NumbersQuery),
    responses((status = 200, body = Page<Number>))
)]
async fn list(
    State(office): State<Office>,
    scope: Scope,
    Query(page): Query<PageQuery>,
    Query(query): Query<NumbersQuery>,
) -> Result<Json<Page<Number>>, Problem> {
    let after = match page.after::<1>()? {
        Some([number]) => Some(number.parse().map_err(|_| Problem::new(Code::InvalidCursor))?),
        None => None,
    };
    let rows = super::list(&office, &scope, &query.check()?, after, page.limit()? + 1).await?;
    Ok(Json(Page::of(rows, page.limit()?, |number| vec![number.number.to_string()], |number| number)))
}

/// One number.
#[utoipa::path(
    get, path = "/v1/numbers/{number}", tag = "numbers", operation_id = "findNumber",
    params(("number" = String, Path)),
    responses((status = 200, body = Number))
)]
async fn find(State(office): State<Office>, scope: Scope, Path(id): Path<NumberId>) -> Result<Tagged<Number>, Problem> {
    let number = super::find(&office, &scope, id).await?;
    Ok(Tagged { version: number.version, body: number })
}

/// Adds a number or a block of numbers to the inventory: all of them or none.
#[utoipa::path(
    post, path = "/v1/numbers", tag = "numbers", operation_id = "addNumbers",
    request_body = NewNumbers,
    responses((status = 201, body = Added))
)]
async fn add(
    State(office): State<Office>,
    scope: Scope,
    Json(new): Json<NewNumbers>,
) -> Result<(StatusCode, Json<Added>), Problem> {
    let plan = office.directory().with_world(scope.account(), |world| *world.plan());
    let block = new.check(&plan.ok_or(Problem::new(Code::NotFound))?)?;
    let added = super::add(&office, &scope, block, new.location).await?;
    Ok((StatusCode::CREATED, Json(added)))
}

/// Lets a number ring a user or group. One that rings somebody else is moved only when `movedFrom` names that owner;
/// otherwise the answer is 409 and names him.
#[utoipa::path(
    put, path = "/v1/numbers/{number}/assignment", tag = "numbers", operation_id = "assignNumber",
    params(("number" = String, Path), ("if-match" = Option<String>, Header)),
    request_body = Assignment,
    responses((status = 200, body = Number))
)]
async fn assign(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<NumberId>,
    if_match: IfMatch,
    Json(assignment): Json<Assignment>,
) -> Result<Tagged<Number>, Problem> {
    let owner = assignment.owner.check("/owner")?;
    let moved_from = assignment.moved_from.map(|from| from.check("/movedFrom")).transpose()?;
    let number = super::assign(&office, &scope, id, owner, moved_from, |version| if_match.check(version)).await?;
    Ok(Tagged { version: number.version, body: number })
}

/// Lets a number ring nobody. It stays in the inventory.
#[utoipa::path(
    delete, path = "/v1/numbers/{number}/assignment", tag = "numbers", operation_id = "unassignNumber",
    params(("number" = String, Path), ("if-match" = Option<String>, Header)),
    responses((status = 200, body = Number))
)]
async fn unassign(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<NumberId>,
    if_match: IfMatch,
) -> Result<Tagged<Number>, Problem> {
    let number = super::unassign(&office, &scope, id, |version| if_match.check(version)).await?;
    Ok(Tagged { version: number.version, body: number })
}

/// Takes a number that rings nobody out of the inventory. One that was ordered goes back to the operator.
#[utoipa::path(
    delete, path = "/v1/numbers/{number}", tag = "numbers", operation_id = "releaseNumber",
    params(("number" = String, Path)),
    responses((status = 204))
)]
async fn release(State(office): State<Office>, scope: Scope, Path(id): Path<NumberId>) -> Result<StatusCode, Problem> {
    super::release(&office, &scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
