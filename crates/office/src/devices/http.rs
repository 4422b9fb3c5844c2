//! `/v1/devices` and `/v1/users/{user}/devices`

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use types::ids::{DeviceId, UserId};
use utoipa::IntoParams;
use utoipa_axum::routes;

use super::Filter;
use super::model::{Device, DeviceWithCredentials};
use super::rules::{DevicePatch, NewDevice};
use crate::Office;
use crate::http::{Access, Code, IfMatch, Json, Operations, Page, PageQuery, Path, Problem, Query, Tagged};
use crate::scope::{Right, Scope};

pub(crate) fn operations() -> Operations {
    Operations::new()
        .on(Access::Anyone(Right::DevicesRead), routes!(list))
        .on(Access::Anyone(Right::DevicesRead), routes!(list_of_user))
        .on(Access::Anyone(Right::DevicesWrite), routes!(create))
        .on(Access::Anyone(Right::DevicesRead), routes!(find))
        .on(Access::Anyone(Right::DevicesWrite), routes!(edit))
        .on(Access::Anyone(Right::DevicesWrite), routes!(renew_credentials))
        .on(Access::Anyone(Right::DevicesWrite), routes!(delete))
}

/// Which phones.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DevicesQuery {
    /// Only this user's.
    #[param(value_type = Option<String>)]
    user: Option<UserId>,
}

/// Phones, oldest first: an administrator sees those of the account, others their own.
#[utoipa::path(
    get, path = "/v1/devices", tag = "devices", operation_id = "listDevices",
    params(PageQuery, DevicesQuery),
    responses((status = 200, body = Page<Device>))
)]
async fn list(
    State(office): State<Office>,
    scope: Scope,
    Query(page): Query<PageQuery>,
    Query(query): Query<DevicesQuery>,
) -> Result<Json<Page<Device>>, Problem> {
    let after = match page.after::<1>()? {
        Some([id]) => Some(id.parse().map_err(|_| Problem::new(Code::InvalidCursor))?),
        None => None,
    };
    let rows = super::list(&office, &scope, Filter { user: query.user }, after, page.limit()? + 1).await?;
    Ok(Json(Page::of(rows, page.limit()?, |device| vec![device.id.to_string()], |device| device)))
}

/// A user's phones, oldest first: for himself and for administrators.
#[utoipa::path(
    get, path = "/v1/users/{user}/devices", tag = "devices", operation_id = "listUserDevices",
    params(("user" = String, Path)),
    responses((status = 200, body = Page<Device>))
)]
async fn list_of_user(
    State(office): State<Office>,
    scope: Scope,
    Path(user): Path<UserId>,
) -> Result<Json<Page<Device>>, Problem> {
    Ok(Json(Page::whole(super::of_user(&office, &scope, user).await?)))
}

/// Gives a user a phone: himself, or an administrator.
///
/// The answer holds the phone's password. It is not stored and cannot be shown again, only renewed.
#[utoipa::path(
    post, path = "/v1/users/{user}/devices", tag = "devices", operation_id = "createDevice",
    params(("user" = String, Path)),
    request_body = NewDevice,
    responses((status = 201, body = DeviceWithCredentials))
)]
async fn create(
    State(office): State<Office>,
    scope: Scope,
    Path(user): Path<UserId>,
    Json(new): Json<NewDevice>,
) -> Result<(StatusCode, Tagged<DeviceWithCredentials>), Problem> {
    let device = super::create(&office, &scope, user, new.check()?).await?;
    Ok((StatusCode::CREATED, Tagged { version: device.device.version, body: device }))
}

/// One phone, with where it is registered right now.
#[utoipa::path(
    get, path = "/v1/devices/{device}", tag = "devices", operation_id = "findDevice",
    params(("device" = String, Path)),
    responses((status = 200, body = Device))
)]
async fn find(State(office): State<Office>, scope: Scope, Path(id): Path<DeviceId>) -> Result<Tagged<Device>, Problem> {
    let device = super::find(&office, &scope, id).await?;
    Ok(Tagged { version: device.version, body: device })
}

/// Renames a phone.
#[utoipa::path(
    patch, path = "/v1/devices/{device}", tag = "devices", operation_id = "editDevice",
    params(("device" = String, Path), ("if-match" = Option<String>, Header)),
    request_body = DevicePatch,
    responses((status = 200, body = Device))
)]
async fn edit(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<DeviceId>,
    if_match: IfMatch,
    Json(patch): Json<DevicePatch>,
) -> Result<Tagged<Device>, Problem> {
    let label = patch.check()?;
    let device = super::rename(&office, &scope, id, label, |version| if_match.check(version)).await?;
    Ok(Tagged { version: device.version, body: device })
}

/// Gives a phone a new password, shown in the answer and never again. The old one stops working at once, and the
/// phone is signed out until it knows the new one.
#[utoipa::path(
    post, path = "/v1/devices/{device}/credentials", tag = "devices", operation_id = "renewDeviceCredentials",
    params(("device" = String, Path)),
    responses((status = 201, body = DeviceWithCredentials))
)]
async fn renew_credentials(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<DeviceId>,
) -> Result<(StatusCode, Tagged<DeviceWithCredentials>), Problem> {
    let device = super::renew_credentials(&office, &scope, id).await?;
    Ok((StatusCode::CREATED, Tagged { version: device.device.version, body: device }))
}

/// Removes a phone. It is signed out at once and can never come back.
#[utoipa::path(
    delete, path = "/v1/devices/{device}", tag = "devices", operation_id = "deleteDevice",
    params(("device" = String, Path)),
    responses((status = 204))
)]
async fn delete(State(office): State<Office>, scope: Scope, Path(id): Path<DeviceId>) -> Result<StatusCode, Problem> {
    super::delete(&office, &scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
