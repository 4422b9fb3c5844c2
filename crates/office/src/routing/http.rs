//! `/v1/users/{user}/routing`, `/v1/groups/{group}/routing` and `/v1/routing/trials`

use axum::extract::State;
use callflow::Owner;
use types::ids::{GroupId, UserId};
use utoipa_axum::routes;

use super::model::{Routing, Trial};
use super::rules::{NewSteps, NewTrial};
use crate::Office;
use crate::http::{Access, IfMatch, Json, Operations, Path, Problem, Tagged};
use crate::scope::{Right, Scope};

pub(crate) fn operations() -> Operations {
    Operations::new()
        .on(Access::Anyone(Right::RoutingRead), routes!(of_user))
        .on(Access::Anyone(Right::RoutingWrite), routes!(replace_steps))
        .on(Access::Anyone(Right::RoutingRead), routes!(of_group))
        .on(Access::Administrator(Right::RoutingRead), routes!(try_out))
}

/// What happens on calls to a user, drawn and in words, and what is missing: for himself and for administrators.
#[utoipa::path(
    get, path = "/v1/users/{user}/routing", tag = "routing", operation_id = "userRouting",
    params(("user" = String, Path)),
    responses((status = 200, body = Routing))
)]
async fn of_user(
    State(office): State<Office>,
    scope: Scope,
    Path(user): Path<UserId>,
) -> Result<Tagged<Routing>, Problem> {
    Ok(tagged(super::show(&office, &scope, Owner::User(user))?))
}

/// Replaces the steps in which a user's phones ring: by himself or by an administrator. Counts from the next call on.
#[utoipa::path(
    put, path = "/v1/users/{user}/routing", tag = "routing", operation_id = "editUserRouting",
    params(("user" = String, Path), ("if-match" = Option<String>, Header)),
    request_body = NewSteps,
    responses((status = 200, body = Routing))
)]
async fn replace_steps(
    State(office): State<Office>,
    scope: Scope,
    Path(user): Path<UserId>,
    if_match: IfMatch,
    Json(new): Json<NewSteps>,
) -> Result<Tagged<Routing>, Problem> {
    let plan = new.check()?;
    Ok(tagged(super::replace_steps(&office, &scope, user, plan, |version| if_match.check(version)).await?))
}

/// What happens on calls to a group, drawn and in words.
#[utoipa::path(
    get, path = "/v1/groups/{group}/routing", tag = "routing", operation_id = "groupRouting",
    params(("group" = String, Path)),
    responses((status = 200, body = Routing))
)]
async fn of_group(
    State(office): State<Office>,
    scope: Scope,
    Path(group): Path<GroupId>,
) -> Result<Tagged<Routing>, Problem> {
    Ok(tagged(super::show(&office, &scope, Owner::Group(group))?))
}

/// What would happen if somebody called: who rings when, and why. No phone rings and nothing is recorded.
#[utoipa::path(
    post, path = "/v1/routing/trials", tag = "routing", operation_id = "tryRouting",
    request_body = NewTrial,
    responses((status = 200, body = Trial))
)]
async fn try_out(
    State(office): State<Office>,
    scope: Scope,
    Json(new): Json<NewTrial>,
) -> Result<Json<Trial>, Problem> {
    let trial = new.check(office.clock().now())?;
    Ok(Json(super::try_out(&office, &scope, trial.caller, &trial.dialled, trial.at, &trial.script)?))
}

fn tagged(routing: Routing) -> Tagged<Routing> {
    Tagged { version: routing.version, body: routing }
}
