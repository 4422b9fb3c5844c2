//! `/v1/groups`

use axum::extract::State;
use axum::http::StatusCode;
use types::ids::{GroupId, UserId};
use utoipa_axum::routes;

use super::model::Group;
use super::rules::{GroupPatch, NewGroup};
use crate::Office;
use crate::http::{Access, Code, IfMatch, Json, Operations, Page, PageQuery, Path, Problem, Query, Tagged};
use crate::scope::{Right, Scope};

pub(crate) fn operations() -> Operations {
    Operations::new()
        .on(Access::Anyone(Right::GroupsRead), routes!(list))
        .on(Access::Anyone(Right::GroupsRead), routes!(find))
        .on(Access::Administrator(Right::GroupsWrite), routes!(create))
        .on(Access::Administrator(Right::GroupsWrite), routes!(edit))
        .on(Access::Administrator(Right::GroupsWrite), routes!(delete))
        .on(Access::Administrator(Right::GroupsWrite), routes!(join))
        .on(Access::Administrator(Right::GroupsWrite), routes!(leave))
}

/// The account's groups with their members, by name.
#[utoipa::path(
    get, path = "/v1/groups", tag = "groups", operation_id = "listGroups",
    params(PageQuery),
    responses((status = 200, body = Page<Group>))
)]
async fn list(
    State(office): State<Office>,
    scope: Scope,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Group>>, Problem> {
    let after = match page.after::<2>()? {
        Some([name, id]) => Some((name, id.parse().map_err(|_| Problem::new(Code::InvalidCursor))?)),
        None => None,
    };
    let rows = super::list(&office, &scope, after, page.limit()? + 1).await?;
    let key = |group: &Group| vec![group.name.clone(), group.id.to_string()];
    Ok(Json(Page::of(rows, page.limit()?, key, |group| group)))
}

/// One group.
#[utoipa::path(
    get, path = "/v1/groups/{group}", tag = "groups", operation_id = "findGroup",
    params(("group" = String, Path)),
    responses((status = 200, body = Group))
)]
async fn find(State(office): State<Office>, scope: Scope, Path(id): Path<GroupId>) -> Result<Tagged<Group>, Problem> {
    Ok(tagged(super::find(&office, &scope, id).await?))
}

/// Adds a group.
#[utoipa::path(
    post, path = "/v1/groups", tag = "groups", operation_id = "createGroup",
    request_body = NewGroup,
    responses((status = 201, body = Group))
)]
async fn create(
    State(office): State<Office>,
    scope: Scope,
    Json(new): Json<NewGroup>,
) -> Result<(StatusCode, Tagged<Group>), Problem> {
    let (draft, members) = new.check()?;
    Ok((StatusCode::CREATED, tagged(super::create(&office, &scope, draft, members).await?)))
}

/// Changes a group's name or ring time.
#[utoipa::path(
    patch, path = "/v1/groups/{group}", tag = "groups", operation_id = "editGroup",
    params(("group" = String, Path), ("if-match" = Option<String>, Header)),
    request_body = GroupPatch,
    responses((status = 200, body = Group))
)]
async fn edit(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<GroupId>,
    if_match: IfMatch,
    Json(patch): Json<GroupPatch>,
) -> Result<Tagged<Group>, Problem> {
    let group = super::edit(&office, &scope, id, |present| {
        if_match.check(present.version)?;
        patch.merge(present)
    })
    .await?;
    Ok(tagged(group))
}

/// Deletes a group. Its extension is free at once; its numbers stay in the account and ring nobody.
#[utoipa::path(
    delete, path = "/v1/groups/{group}", tag = "groups", operation_id = "deleteGroup",
    params(("group" = String, Path)),
    responses((status = 204))
)]
async fn delete(State(office): State<Office>, scope: Scope, Path(id): Path<GroupId>) -> Result<StatusCode, Problem> {
    super::delete(&office, &scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a user to a group, at the end. Nothing changes for somebody who is in it already.
#[utoipa::path(
    put, path = "/v1/groups/{group}/members/{user}", tag = "groups", operation_id = "joinGroup",
    params(("group" = String, Path), ("user" = String, Path)),
    responses((status = 200, body = Group))
)]
async fn join(
    State(office): State<Office>,
    scope: Scope,
    Path((id, user)): Path<(GroupId, UserId)>,
) -> Result<Tagged<Group>, Problem> {
    Ok(tagged(super::join(&office, &scope, id, user).await?))
}

/// Removes a user from a group. Nothing changes for somebody who is not in it.
#[utoipa::path(
    delete, path = "/v1/groups/{group}/members/{user}", tag = "groups", operation_id = "leaveGroup",
    params(("group" = String, Path), ("user" = String, Path)),
    responses((status = 200, body = Group))
)]
async fn leave(
    State(office): State<Office>,
    scope: Scope,
    Path((id, user)): Path<(GroupId, UserId)>,
) -> Result<Tagged<Group>, Problem> {
    Ok(tagged(super::leave(&office, &scope, id, user).await?))
}

fn tagged(group: Group) -> Tagged<Group> {
    Tagged { version: group.version, body: group }
}
