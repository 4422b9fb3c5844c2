//! `/v1/call-list`

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use types::ids::UserId;
use utoipa::IntoParams;
use utoipa_axum::routes;

use super::model::{Direction, Item, Settings};
use super::rules::{Filter, NewSettings};
use crate::Office;
use crate::calls::moment;
use crate::http::{Access, Code, IfMatch, Json, Operations, Page, PageQuery, Problem, Query, Tagged};
use crate::messages;
use crate::scope::{Right, Scope};

pub(crate) fn operations() -> Operations {
    Operations::new()
        .on(Access::Administrator(Right::AccountRead), routes!(settings))
        .on(Access::Administrator(Right::AccountWrite), routes!(choose))
        .on(Access::Administrator(Right::CallsRead), routes!(list))
        .on(Access::Administrator(Right::CallsRead), routes!(table))
        .on(Access::Administrator(Right::CallsRead), routes!(text_messages))
}

/// What the account keeps of its calls.
#[utoipa::path(
    get, path = "/v1/call-list/settings", tag = "call-list", operation_id = "callListSettings",
    responses((status = 200, body = Settings))
)]
async fn settings(State(office): State<Office>, scope: Scope) -> Result<Tagged<Settings>, Problem> {
    let settings = super::settings(&office, &scope).await?;
    Ok(Tagged { version: settings.version, body: settings })
}

/// Chooses what the account keeps of calls that end from now on: everything (`complete`), outside numbers without their
/// last three digits (`shortened`), or nothing (`doNotSave`).
///
/// The first two need the declaration that German law asks for. Less is kept at once, wherever it is kept; more from the
/// first of the next month on (`pending`). `existing` says what becomes of records that hold more: `olderRecords` tells
/// how many there are.
#[utoipa::path(
    put, path = "/v1/call-list/settings", tag = "call-list", operation_id = "chooseCallList",
    params(("if-match" = Option<String>, Header)),
    request_body = NewSettings,
    responses((status = 200, body = Settings))
)]
async fn choose(
    State(office): State<Office>,
    scope: Scope,
    if_match: IfMatch,
    Json(new): Json<NewSettings>,
) -> Result<Tagged<Settings>, Problem> {
    let settings = super::choose(&office, &scope, new.check()?, |version| if_match.check(version)).await?;
    Ok(Tagged { version: settings.version, body: settings })
}

/// Which calls.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Started at this moment or later (RFC 3339).
    #[param(example = "2026-11-24T00:00:00Z")]
    from: Option<String>,
    /// Started before this moment (RFC 3339).
    to: Option<String>,
    /// Only those that this user took part in.
    user: Option<String>,
    /// `incoming`, `outgoing` or `internal`.
    direction: Option<String>,
}

impl ListQuery {
    fn check(&self) -> Result<Filter, Problem> {
        let refused = |detail: &str| Problem::new(Code::InvalidQuery).detail(detail);
        let user = self.user.as_deref().map(str::parse::<UserId>).transpose();
        Ok(Filter {
            from: moment("from", self.from.as_deref())?,
            to: moment("to", self.to.as_deref())?,
            user: user.map_err(|_| refused("`user` must be the id of a user"))?,
            direction: match self.direction.as_deref() {
                None => None,
                Some("incoming") => Some(Direction::Incoming),
                Some("outgoing") => Some(Direction::Outgoing),
                Some("internal") => Some(Direction::Internal),
                Some(_) => return Err(refused("`direction` must be `incoming`, `outgoing` or `internal`")),
            },
        })
    }
}

/// The account's calls, newest first, as far as they were kept under a choice for a list. Each view is in the audit log.
#[utoipa::path(
    get, path = "/v1/call-list", tag = "call-list", operation_id = "listCallList",
    params(PageQuery, ListQuery),
    responses((status = 200, body = Page<Item>))
)]
async fn list(
    State(office): State<Office>,
    scope: Scope,
    Query(page): Query<PageQuery>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<Item>>, Problem> {
    let invalid = || Problem::new(Code::InvalidCursor);
    let before = match page.after::<2>()? {
        Some([started, id]) => Some((started.parse().map_err(|_| invalid())?, id.parse().map_err(|_| invalid())?)),
        None => None,
    };
    let rows = super::list(&office, &scope, &query.check()?, before, page.limit()? + 1).await?;
    let key = |item: &Item| vec![item.started.0.0.to_string(), item.id.to_string()];
    Ok(Json(Page::of(rows, page.limit()?, key, |item| item)))
}

/// The account's text messages, newest first: when, who, to whom, what they cost; never what they say. As far as they were kept
/// under a choice for a list. Each view is in the audit log.
#[utoipa::path(
    get, path = "/v1/call-list/messages", tag = "call-list", operation_id = "listCallListMessages",
    params(PageQuery, ListQuery),
    responses((status = 200, body = Page<messages::Item>))
)]
async fn text_messages(
    State(office): State<Office>,
    scope: Scope,
    Query(page): Query<PageQuery>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<messages::Item>>, Problem> {
    let invalid = || Problem::new(Code::InvalidCursor);
    let before = match page.after::<2>()? {
        Some([sent, id]) => Some((sent.parse().map_err(|_| invalid())?, id.parse().map_err(|_| invalid())?)),
        None => None,
    };
    let rows = super::text_messages(&office, &scope, &query.check()?, before, page.limit()? + 1).await?;
    let key = |item: &messages::Item| vec![item.sent.0.0.to_string(), item.id.to_string()];
    Ok(Json(Page::of(rows, page.limit()?, key, |item| item)))
}

/// The same as a table for spreadsheets (RFC 4180), with a header in the account's language. A cell that a spreadsheet
/// would take for a formula begins with an apostrophe.
#[utoipa::path(
    get, path = "/v1/call-list.csv", tag = "call-list", operation_id = "exportCallList",
    params(ListQuery),
    responses((status = 200, body = String, content_type = "text/csv"))
)]
async fn table(
    State(office): State<Office>,
    scope: Scope,
    Query(query): Query<ListQuery>,
) -> Result<impl IntoResponse, Problem> {
    const HEADERS: [(header::HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"calls.csv\"")),
    ];
    Ok((HEADERS, super::table(&office, &scope, &query.check()?).await?))
}
