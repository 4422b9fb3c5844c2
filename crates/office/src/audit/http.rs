//! `/v1/audit`

use axum::extract::State;
use utoipa_axum::routes;

use super::model::{Entry, Filter};
use crate::Office;
use crate::http::{Access, Code, Json, Operations, Page, PageQuery, Problem, Query};
use crate::scope::{Right, Scope};

pub(crate) fn operations() -> Operations {
    Operations::new().on(Access::Administrator(Right::AuditRead), routes!(list))
}

/// Who changed what, newest first.
#[utoipa::path(
    get, path = "/v1/audit", tag = "audit", operation_id = "listAudit",
    params(PageQuery, Filter),
    responses((status = 200, body = Page<Entry>))
)]
async fn list(
    State(office): State<Office>,
    scope: Scope,
    Query(page): Query<PageQuery>,
    Query(filter): Query<Filter>,
) -> Result<Json<Page<Entry>>, Problem> {
    let before = match page.after::<1>()? {
        Some([id]) => Some(id.parse().map_err(|_| Problem::new(Code::InvalidCursor))?),
        None => None,
    };
    let rows = super::list(&office, &scope, &filter, before, page.limit()? + 1).await?;
    Ok(Json(Page::of(rows, page.limit()?, |entry| vec![entry.id.to_string()], |entry| entry)))
}
