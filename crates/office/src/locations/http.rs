//! `/v1/locations`

use axum::extract::State;
use axum::http::StatusCode;
use types::ids::LocationId;
use utoipa_axum::routes;

use super::model::Location;
use super::rules::{LocationPatch, NewLocation};
use crate::Office;
use crate::http::{Access, Code, IfMatch, Json, Operations, Page, PageQuery, Path, Problem, Query, Tagged};
use crate::scope::{Right, Scope};

pub(crate) fn operations() -> Operations {
    Operations::new()
        .on(Access::Anyone(Right::LocationsRead), routes!(list))
        .on(Access::Anyone(Right::LocationsRead), routes!(find))
        .on(Access::Administrator(Right::LocationsWrite), routes!(create))
        .on(Access::Administrator(Right::LocationsWrite), routes!(edit))
        .on(Access::Administrator(Right::LocationsWrite), routes!(delete))
}

/// The account's locations, by name.
#[utoipa::path(
    get, path = "/v1/locations", tag = "locations", operation_id = "listLocations",
    params(PageQuery),
    responses((status = 200, body = Page<Location>))
)]
async fn list(
    State(office): State<Office>,
    scope: Scope,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Location>>, Problem> {
    let after = match page.after::<2>()? {
        Some([name, id]) => Some((name, id.parse().map_err(|_| Problem::new(Code::InvalidCursor))?)),
        None => None,
    };
    let rows = super::list(&office, &scope, after, page.limit()? + 1).await?;
    let key = |location: &Location| vec![location.name.clone(), location.id.to_string()];
    Ok(Json(Page::of(rows, page.limit()?, key, |location| location)))
}

/// One location.
#[utoipa::path(
    get, path = "/v1/locations/{location}", tag = "locations", operation_id = "findLocation",
    params(("location" = String, Path)),
    responses((status = 200, body = Location))
)]
async fn find(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<LocationId>,
) -> Result<Tagged<Location>, Problem> {
    let location = super::find(&office, &scope, id).await?;
    Ok(Tagged { version: location.version, body: location })
}

/// Adds a location. Without a complete address it cannot be used for emergency calls; `missingForEmergency` says why.
#[utoipa::path(
    post, path = "/v1/locations", tag = "locations", operation_id = "createLocation",
    request_body = NewLocation,
    responses((status = 201, body = Location))
)]
async fn create(
    State(office): State<Office>,
    scope: Scope,
    Json(new): Json<NewLocation>,
) -> Result<(StatusCode, Tagged<Location>), Problem> {
    let location = super::create(&office, &scope, new.check("")?).await?;
    Ok((StatusCode::CREATED, Tagged { version: location.version, body: location }))
}

/// Changes a location.
#[utoipa::path(
    patch, path = "/v1/locations/{location}", tag = "locations", operation_id = "editLocation",
    params(("location" = String, Path), ("if-match" = Option<String>, Header)),
    request_body = LocationPatch,
    responses((status = 200, body = Location))
)]
async fn edit(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<LocationId>,
    if_match: IfMatch,
    Json(patch): Json<LocationPatch>,
) -> Result<Tagged<Location>, Problem> {
    let location = super::edit(&office, &scope, id, |present| {
        if_match.check(present.version)?;
        patch.merge(present).check("")
    })
    .await?;
    Ok(Tagged { version: location.version, body: location })
}

/// Deletes a location that nobody is assigned to.
#[utoipa::path(
    delete, path = "/v1/locations/{location}", tag = "locations", operation_id = "deleteLocation",
    params(("location" = String, Path)),
    responses((status = 204))
)]
async fn delete(State(office): State<Office>, scope: Scope, Path(id): Path<LocationId>) -> Result<StatusCode, Problem> {
    super::delete(&office, &scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
