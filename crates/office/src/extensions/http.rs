//! `/v1/extensions`

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use types::ids::ExtensionId;
use utoipa::IntoParams;
use utoipa_axum::routes;

use super::model::{Availability, Extension};
use super::rules::{self, NewExtension};
use crate::Office;
use crate::http::{Access, Code, Json, Operations, Page, PageQuery, Path, Problem, Query};
use crate::owners;
use crate::scope::{Right, Scope};

pub(crate) fn operations() -> Operations {
    Operations::new()
        .on(Access::Anyone(Right::ExtensionsRead), routes!(list))
        .on(Access::Anyone(Right::ExtensionsRead), routes!(availability))
        .on(Access::Administrator(Right::ExtensionsWrite), routes!(create))
        .on(Access::Administrator(Right::ExtensionsWrite), routes!(delete))
}

/// Which extensions.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExtensionsQuery {
    /// Only that of this user or group.
    owner: Option<String>,
}

/// The extensions that are taken, with whom they ring, by length and value.
#[utoipa::path(
    get, path = "/v1/extensions", tag = "extensions", operation_id = "listExtensions",
    params(PageQuery, ExtensionsQuery),
    responses((status = 200, body = Page<Extension>))
)]
async fn list(
    State(office): State<Office>,
    scope: Scope,
    Query(page): Query<PageQuery>,
    Query(query): Query<ExtensionsQuery>,
) -> Result<Json<Page<Extension>>, Problem> {
    let after = match page.after::<1>()? {
        Some([number]) => Some(number.parse().map_err(|_| Problem::new(Code::InvalidCursor))?),
        None => None,
    };
    let owner = query.owner.as_deref().map(owners::from_id).transpose()?;
    let rows = super::list(&office, &scope, owner, after, page.limit()? + 1).await?;
    Ok(Json(Page::of(rows, page.limit()?, |extension| vec![extension.number.to_string()], |extension| extension)))
}

/// Whether digits can be given to somebody as an extension; if not, why, who has them, and which are free.
#[utoipa::path(
    get, path = "/v1/extensions/{number}/availability", tag = "extensions", operation_id = "extensionAvailability",
    params(("number" = String, Path)),
    responses((status = 200, body = Availability))
)]
async fn availability(
    State(office): State<Office>,
    scope: Scope,
    Path(number): Path<String>,
) -> Result<Json<Availability>, Problem> {
    // Longer text is no extension in any case, and is not repeated in the answer.
    let digits: String = number.chars().take(20).collect();
    Ok(Json(super::availability(&office, &scope, &digits).await?))
}

/// Gives a user or group an extension.
#[utoipa::path(
    post, path = "/v1/extensions", tag = "extensions", operation_id = "createExtension",
    request_body = NewExtension,
    responses((status = 201, body = Extension))
)]
async fn create(
    State(office): State<Office>,
    scope: Scope,
    Json(new): Json<NewExtension>,
) -> Result<(StatusCode, Json<Extension>), Problem> {
    let plan = office.directory().with_world(scope.account(), |world| *world.plan());
    let plan = plan.ok_or(Problem::new(Code::NotFound))?;
    let number = rules::check(&new.number, &plan).map_err(|refusal| refusal.problem("/number"))?;
    let owner = new.owner.check("/owner")?;
    let extension = super::create(&office, &scope, number, owner).await?;
    Ok((StatusCode::CREATED, Json(extension)))
}

/// Frees an extension; somebody else can have it at once.
#[utoipa::path(
    delete, path = "/v1/extensions/{extension}", tag = "extensions", operation_id = "deleteExtension",
    params(("extension" = String, Path)),
    responses((status = 204))
)]
async fn delete(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<ExtensionId>,
) -> Result<StatusCode, Problem> {
    super::delete(&office, &scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
