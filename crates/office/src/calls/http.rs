//! `/v1/calls`

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;
use types::ids::CallId;
use utoipa::IntoParams;
use utoipa_axum::routes;

use super::model::{Call, CallDetail, Direction};
use super::rules::{self, Filter};
use crate::Office;
use crate::http::{Access, Code, Json, Operations, Page, PageQuery, Path, Problem, Query};
use crate::scope::{Right, Scope};

pub(crate) fn operations() -> Operations {
    Operations::new()
        .on(Access::Anyone(Right::CallsRead), routes!(list))
        .on(Access::Anyone(Right::CallsRead), routes!(find))
        .on(Access::Administrator(Right::CallsRead), routes!(ladder))
}

/// Which calls.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CallsQuery {
    /// Started at this moment or later (RFC 3339).
    #[param(example = "2026-11-24T00:00:00Z")]
    from: Option<String>,
    /// Started before this moment (RFC 3339).
    to: Option<String>,
    /// `incoming` or `outgoing`.
    direction: Option<String>,
    /// One of a call's outcomes, or `missed`: incoming and taken by nobody.
    outcome: Option<String>,
    /// Part of a name, a number in any notation, or an extension.
    search: Option<String>,
}

impl CallsQuery {
    fn check(&self) -> Result<Filter, Problem> {
        let mut filter = Filter {
            from: rules::moment("from", self.from.as_deref())?,
            to: rules::moment("to", self.to.as_deref())?,
            search: self.search.as_deref().and_then(rules::needle),
            ..Filter::default()
        };
        filter.direction = match self.direction.as_deref() {
            None => None,
            Some("incoming") => Some(Direction::Incoming),
            Some("outgoing") => Some(Direction::Outgoing),
            Some(_) => return Err(refused("`direction` must be `incoming` or `outgoing`")),
        };
        match self.outcome.as_deref() {
            None => {}
            Some("missed") => {
                filter.outcomes = rules::MISSED.to_vec();
                if filter.direction.replace(Direction::Incoming) == Some(Direction::Outgoing) {
                    return Err(refused("only incoming calls can be `missed`"));
                }
            }
            Some(outcome) => match rules::OUTCOMES.iter().find(|known| **known == outcome) {
                Some(known) => filter.outcomes.push(known),
                None => return Err(refused("`outcome` is not one of a call's outcomes")),
            },
        }
        if filter.search.as_ref().is_some_and(|search| search.chars().count() > 100) {
            return Err(refused("`search` must have at most 100 characters"));
        }
        Ok(filter)
    }
}

fn refused(detail: &str) -> Problem {
    Problem::new(Code::InvalidQuery).detail(detail)
}

/// The caller's own calls, newest first. Nobody sees another user's list, administrators included.
#[utoipa::path(
    get, path = "/v1/calls", tag = "calls", operation_id = "listCalls",
    params(PageQuery, CallsQuery),
    responses((status = 200, body = Page<Call>))
)]
async fn list(
    State(office): State<Office>,
    scope: Scope,
    Query(page): Query<PageQuery>,
    Query(query): Query<CallsQuery>,
) -> Result<Json<Page<Call>>, Problem> {
    let invalid = || Problem::new(Code::InvalidCursor);
    let before = match page.after::<2>()? {
        Some([started, id]) => Some((started.parse().map_err(|_| invalid())?, id.parse().map_err(|_| invalid())?)),
        None => None,
    };
    let rows = super::list(&office, &scope, &query.check()?, before, page.limit()? + 1).await?;
    let key = |call: &Call| vec![call.started.0.0.to_string(), call.id.to_string()];
    Ok(Json(Page::of(rows, page.limit()?, key, |call| call)))
}

/// One of the caller's own calls, with what happened on it.
#[utoipa::path(
    get, path = "/v1/calls/{call}", tag = "calls", operation_id = "findCall",
    params(("call" = String, Path)),
    responses((status = 200, body = CallDetail))
)]
async fn find(State(office): State<Office>, scope: Scope, Path(id): Path<CallId>) -> Result<Json<CallDetail>, Problem> {
    Ok(Json(super::find(&office, &scope, id).await?))
}

/// The SIP messages of a recent call, for finding out why a phone misbehaves.
///
/// For administrators, and only of calls they took part in: whoever looks for a fault makes a test call. Secrets are
/// masked. Kept in memory for a while only, so an older call is 404.
#[utoipa::path(
    get, path = "/v1/calls/{call}/ladder", tag = "calls", operation_id = "callLadder",
    params(("call" = String, Path)),
    responses((status = 200, body = String, content_type = "text/plain"))
)]
async fn ladder(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<CallId>,
) -> Result<impl IntoResponse, Problem> {
    let text = super::ladder(&office, &scope, id).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text))
}
