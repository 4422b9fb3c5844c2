//! `/v1/devices`, `/v1/users/{user}/devices` and `/v1/setup-codes`

use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use types::ids::{DeviceId, UserId};
use utoipa::IntoParams;
use utoipa_axum::routes;

use super::Filter;
use super::model::{AddedDevice, Device, DeviceWithCredentials, Price};
use super::rules::{DevicePatch, NewDevice};
use crate::Office;
use crate::http::{Access, Code, IfMatch, Json, Operations, Page, PageQuery, Path, Problem, Query, Tagged, Visitor};
use crate::scope::{Right, Scope};

pub(crate) fn operations() -> Operations {
    Operations::new()
        .on(Access::Anyone(Right::DevicesRead), routes!(list))
        .on(Access::Anyone(Right::DevicesRead), routes!(list_of_user))
        .on(Access::Anyone(Right::DevicesWrite), routes!(create))
        .on(Access::Anyone(Right::DevicesRead), routes!(price))
        .on(Access::Open, routes!(redeem))
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
    /// Words that must all be part of the user's name, the device's name, its number or the name it registers by.
    search: Option<String>,
}

/// Devices, oldest first: an administrator sees those of the account, others their own.
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
    let rows =
        super::list(&office, &scope, Filter { user: query.user, search: query.search }, after, page.limit()? + 1)
            .await?;
    Ok(Json(Page::of(rows, page.limit()?, |device| vec![device.id.to_string()], |device| device)))
}

/// A user's devices, oldest first: for himself and for administrators.
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

/// Gives a user a device: himself, or an administrator.
///
/// A VoIP phone registers; the answer holds its password, which is not stored and cannot be shown again, only renewed,
/// and a setup code for a soft phone. A mobile or external phone rings by a call to its number.
#[utoipa::path(
    post, path = "/v1/users/{user}/devices", tag = "devices", operation_id = "createDevice",
    params(("user" = String, Path)),
    request_body = NewDevice,
    responses((status = 201, body = AddedDevice))
)]
async fn create(
    State(office): State<Office>,
    scope: Scope,
    Path(user): Path<UserId>,
    Json(new): Json<NewDevice>,
) -> Result<(StatusCode, Tagged<AddedDevice>), Problem> {
    let draft = new.check(&super::dial_plan(&office, &scope)?)?;
    let added = super::create(&office, &scope, user, draft).await?;
    Ok((StatusCode::CREATED, Tagged { version: added.device.version, body: added }))
}

/// What the next device of a user would cost: a month, and the rest of this one.
#[utoipa::path(
    get, path = "/v1/users/{user}/devices/price", tag = "devices", operation_id = "findDevicePrice",
    params(("user" = String, Path)),
    responses((status = 200, body = Price))
)]
async fn price(State(office): State<Office>, scope: Scope, Path(user): Path<UserId>) -> Result<Json<Price>, Problem> {
    Ok(Json(super::price(&office, &scope, user).await?))
}

/// Settings for a soft phone, in the form Linphone fetches them (remote provisioning). Works once, within a quarter of an
/// hour, without signing in: whoever holds the code has the phone's password.
#[utoipa::path(
    get, path = "/v1/setup-codes/{code}", tag = "devices", operation_id = "redeemSetupCode",
    params(("code" = String, Path)),
    responses((status = 200, content_type = "application/xml", body = String))
)]
async fn redeem(
    State(office): State<Office>,
    visitor: Visitor,
    method: Method,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    // A HEAD comes from something that looks before it fetches; it must not use the code up.
    if method != Method::GET {
        return Err(Code::MethodNotAllowed.into());
    }
    let settings = super::redeem(&office, &code, visitor.source).await?;
    Ok(([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], settings.to_linphone()).into_response())
}

/// One device, with where a VoIP phone is registered right now.
#[utoipa::path(
    get, path = "/v1/devices/{device}", tag = "devices", operation_id = "findDevice",
    params(("device" = String, Path)),
    responses((status = 200, body = Device))
)]
async fn find(State(office): State<Office>, scope: Scope, Path(id): Path<DeviceId>) -> Result<Tagged<Device>, Problem> {
    let device = super::find(&office, &scope, id).await?;
    Ok(Tagged { version: device.version, body: device })
}

/// Renames a device, or changes the number a mobile or external phone is called by.
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
    let changes = patch.check(&super::dial_plan(&office, &scope)?)?;
    let device = super::edit(&office, &scope, id, changes, |version| if_match.check(version)).await?;
    Ok(Tagged { version: device.version, body: device })
}

/// Gives a VoIP phone a new password, shown in the answer and never again. The old one stops working at once, and the
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

/// Removes a device. A VoIP phone is signed out at once and can never come back.
#[utoipa::path(
    delete, path = "/v1/devices/{device}", tag = "devices", operation_id = "deleteDevice",
    params(("device" = String, Path)),
    responses((status = 204))
)]
async fn delete(State(office): State<Office>, scope: Scope, Path(id): Path<DeviceId>) -> Result<StatusCode, Problem> {
    super::delete(&office, &scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
