//! `/v1/users/{user}/routing`, `/v1/groups/{group}/routing` and `/v1/routing/trials`

use axum::extract::State;
use callflow::Owner;
use types::ids::{GroupId, UserId};
use utoipa_axum::routes;

use super::model::{Returned, Routing, Trial};
use super::rules::{GroupRoutingWish, NewTrial, UserRoutingWish};
use crate::Office;
use crate::http::{Access, Code, IfMatch, Json, Operations, Page, PageQuery, Path, Problem, Query, Tagged};
use crate::scope::{Right, Scope};
use crate::versions::Version;

pub(crate) fn operations() -> Operations {
    Operations::new()
        .on(Access::Anyone(Right::RoutingRead), routes!(of_user))
        .on(Access::Anyone(Right::RoutingWrite), routes!(arrange_user))
        .on(Access::Anyone(Right::RoutingRead), routes!(user_versions))
        .on(Access::Anyone(Right::RoutingWrite), routes!(return_user))
        .on(Access::Anyone(Right::RoutingRead), routes!(of_group))
        .on(Access::Administrator(Right::RoutingWrite), routes!(arrange_group))
        .on(Access::Administrator(Right::RoutingRead), routes!(group_versions))
        .on(Access::Administrator(Right::RoutingWrite), routes!(return_group))
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

/// Makes what rings for a user what is wished, all of it or nothing: steps by himself or by an administrator, numbers
/// and extension by administrators.
///
/// What belongs to somebody else moves only when `movedFrom` names that owner; otherwise the answer is 409 and `taken`
/// names every owner. Counts from the next call on.
#[utoipa::path(
    put, path = "/v1/users/{user}/routing", tag = "routing", operation_id = "editUserRouting",
    params(("user" = String, Path), ("if-match" = Option<String>, Header)),
    request_body = UserRoutingWish,
    responses((status = 200, body = Routing))
)]
async fn arrange_user(
    State(office): State<Office>,
    scope: Scope,
    Path(user): Path<UserId>,
    if_match: IfMatch,
    Json(wish): Json<UserRoutingWish>,
) -> Result<Tagged<Routing>, Problem> {
    arrange(&office, &scope, Owner::User(user), wish.check()?, &if_match).await
}

/// What rang for a user at any time, newest first: who changed it, and what the difference was.
#[utoipa::path(
    get, path = "/v1/users/{user}/routing/versions", tag = "routing", operation_id = "listUserRoutingVersions",
    params(("user" = String, Path), PageQuery),
    responses((status = 200, body = Page<Version>))
)]
async fn user_versions(
    State(office): State<Office>,
    scope: Scope,
    Path(user): Path<UserId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Version>>, Problem> {
    versions(&office, &scope, Owner::User(user), &page).await
}

/// Makes what rings for a user what it was in a version. What is not possible any more is left out and listed as `lost`.
#[utoipa::path(
    post, path = "/v1/users/{user}/routing/versions/{version}/return", tag = "routing",
    operation_id = "returnUserRouting",
    params(("user" = String, Path), ("version" = i64, Path), ("if-match" = Option<String>, Header)),
    responses((status = 200, body = Returned))
)]
async fn return_user(
    State(office): State<Office>,
    scope: Scope,
    Path((user, version)): Path<(UserId, i64)>,
    if_match: IfMatch,
) -> Result<Tagged<Returned>, Problem> {
    return_to(&office, &scope, Owner::User(user), version, &if_match).await
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

/// Makes what rings for a group what is wished, all of it or nothing: members and their order, ring time, numbers,
/// extension.
///
/// What belongs to somebody else moves only when `movedFrom` names that owner; otherwise the answer is 409 and `taken`
/// names every owner. Counts from the next call on.
#[utoipa::path(
    put, path = "/v1/groups/{group}/routing", tag = "routing", operation_id = "editGroupRouting",
    params(("group" = String, Path), ("if-match" = Option<String>, Header)),
    request_body = GroupRoutingWish,
    responses((status = 200, body = Routing))
)]
async fn arrange_group(
    State(office): State<Office>,
    scope: Scope,
    Path(group): Path<GroupId>,
    if_match: IfMatch,
    Json(wish): Json<GroupRoutingWish>,
) -> Result<Tagged<Routing>, Problem> {
    arrange(&office, &scope, Owner::Group(group), wish.check()?, &if_match).await
}

/// What rang for a group at any time, newest first: who changed it, and what the difference was.
#[utoipa::path(
    get, path = "/v1/groups/{group}/routing/versions", tag = "routing", operation_id = "listGroupRoutingVersions",
    params(("group" = String, Path), PageQuery),
    responses((status = 200, body = Page<Version>))
)]
async fn group_versions(
    State(office): State<Office>,
    scope: Scope,
    Path(group): Path<GroupId>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Version>>, Problem> {
    versions(&office, &scope, Owner::Group(group), &page).await
}

/// Makes what rings for a group what it was in a version. What is not possible any more is left out and listed as `lost`.
#[utoipa::path(
    post, path = "/v1/groups/{group}/routing/versions/{version}/return", tag = "routing",
    operation_id = "returnGroupRouting",
    params(("group" = String, Path), ("version" = i64, Path), ("if-match" = Option<String>, Header)),
    responses((status = 200, body = Returned))
)]
async fn return_group(
    State(office): State<Office>,
    scope: Scope,
    Path((group, version)): Path<(GroupId, i64)>,
    if_match: IfMatch,
) -> Result<Tagged<Returned>, Problem> {
    return_to(&office, &scope, Owner::Group(group), version, &if_match).await
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

async fn arrange(
    office: &Office,
    scope: &Scope,
    owner: Owner,
    wish: super::Wish,
    if_match: &IfMatch,
) -> Result<Tagged<Routing>, Problem> {
    Ok(tagged(super::arrange(office, scope, owner, wish, |version| if_match.check(version)).await?))
}

async fn versions(
    office: &Office,
    scope: &Scope,
    owner: Owner,
    page: &PageQuery,
) -> Result<Json<Page<Version>>, Problem> {
    let before = match page.after::<1>()? {
        Some([version]) => Some(version.parse().map_err(|_| Problem::new(Code::InvalidCursor))?),
        None => None,
    };
    let rows = super::list_versions(office, scope, owner, before, page.limit()? + 1).await?;
    Ok(Json(Page::of(rows, page.limit()?, |version| vec![version.version.to_string()], |version| version)))
}

async fn return_to(
    office: &Office,
    scope: &Scope,
    owner: Owner,
    version: i64,
    if_match: &IfMatch,
) -> Result<Tagged<Returned>, Problem> {
    let returned = super::return_to(office, scope, owner, version, |version| if_match.check(version)).await?;
    Ok(Tagged { version: returned.routing.version, body: returned })
}

fn tagged(routing: Routing) -> Tagged<Routing> {
    Tagged { version: routing.version, body: routing }
}
