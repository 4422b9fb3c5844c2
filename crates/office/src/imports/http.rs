//! `/v1/imports`, `/v1/users.csv`

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use types::ids::ImportId;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::model::{Import, Mode};
use crate::Office;
use crate::accounts::LANGUAGES;
use crate::http::{Access, Code, CsvBody, Json, Operations, Page, PageQuery, Path, Problem, Query};
use crate::scope::{Right, Scope};

pub(crate) fn operations() -> Operations {
    let read = Access::Administrator(Right::UsersRead);
    let write = Access::Administrator(Right::UsersWrite);
    Operations::new()
        .on(write, routes!(preview))
        .on(read, routes!(list))
        .on(read, routes!(find))
        .on(write, routes!(apply))
        .on(write, routes!(undo))
        .on(read, routes!(export))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PreviewQuery {
    /// What becomes of people who exist already; `skip` when absent.
    #[serde(default)]
    #[param(inline)]
    mode: Mode,
}

/// Reads a file of users and says row by row what it would do. Nothing happens yet.
///
/// The first line has headings, in English or German, in any order: first name, last name, e-mail, administrator,
/// location, extension (digits or `next`), numbers, groups (several separated by `|` or `;`), phones (how many), user ID.
/// People are found by ID, else by address. An empty cell leaves things as they are.
#[utoipa::path(
    post, path = "/v1/imports", tag = "imports", operation_id = "previewImport",
    params(PreviewQuery),
    request_body(
        content = String, content_type = "text/csv",
        description = "UTF-8, UTF-16 with a byte order mark, or Windows-1252; separated by comma, semicolon or tab. At \
                       most 5 MiB and 10,000 rows.",
        example = json!("First name;Last name;E-mail;Extension\r\nAnna;Weber;anna@example.com;next\r\n")
    ),
    responses((status = 201, body = Import))
)]
async fn preview(
    State(office): State<Office>,
    scope: Scope,
    Query(query): Query<PreviewQuery>,
    CsvBody(file): CsvBody,
) -> Result<Response, Problem> {
    let import = super::preview(&office, &scope, query.mode, file.to_vec()).await?;
    let place = HeaderValue::try_from(format!("/v1/imports/{}", import.id)).ok();
    let mut response = (StatusCode::CREATED, Json(import)).into_response();
    if let Some(place) = place {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// The account's imports, newest first, without their rows.
#[utoipa::path(
    get, path = "/v1/imports", tag = "imports", operation_id = "listImports",
    params(PageQuery),
    responses((status = 200, body = Page<Import>))
)]
async fn list(
    State(office): State<Office>,
    scope: Scope,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Import>>, Problem> {
    let before = match page.after::<1>()? {
        Some([id]) => Some(id.parse().map_err(|_| Problem::new(Code::InvalidCursor))?),
        None => None,
    };
    let imports = super::list(&office, &scope, before, page.limit()? + 1).await?;
    Ok(Json(Page::of(imports, page.limit()?, |import| vec![import.id.to_string()], |import| import)))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FindQuery {
    /// `false` leaves the rows out, for watching the progress.
    rows: Option<bool>,
}

/// One import: its preview, how far it is, what it did.
#[utoipa::path(
    get, path = "/v1/imports/{import}", tag = "imports", operation_id = "findImport",
    params(("import" = String, Path), FindQuery),
    responses((status = 200, body = Import))
)]
async fn find(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<ImportId>,
    Query(query): Query<FindQuery>,
) -> Result<Json<Import>, Problem> {
    Ok(Json(super::find(&office, &scope, id, query.rows.unwrap_or(true)).await?))
}

/// Carries an import out, all of it or nothing. The answer comes when it has begun; `GET` says how far it is. Nothing
/// happens to one that was carried out before. Phones it makes get passwords that nobody has seen: renew a phone's
/// credentials to set it up.
#[utoipa::path(
    post, path = "/v1/imports/{import}/apply", tag = "imports", operation_id = "applyImport",
    params(("import" = String, Path)),
    responses((status = 202, body = Import))
)]
async fn apply(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<ImportId>,
) -> Result<(StatusCode, Json<Import>), Problem> {
    Ok((StatusCode::ACCEPTED, Json(super::apply(&office, &scope, id).await?)))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"partly": false}))]
struct UndoImport {
    /// Undo what can be, where something has changed since; otherwise nothing is undone then.
    #[serde(default)]
    partly: bool,
}

/// Undoes an import within 30 days: users it added are deleted (and can be restored), users it changed become as they
/// were. Refuses and names what has changed since.
#[utoipa::path(
    post, path = "/v1/imports/{import}/undo", tag = "imports", operation_id = "undoImport",
    params(("import" = String, Path)),
    request_body = UndoImport,
    responses((status = 202, body = Import))
)]
async fn undo(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<ImportId>,
    Json(body): Json<UndoImport>,
) -> Result<(StatusCode, Json<Import>), Problem> {
    Ok((StatusCode::ACCEPTED, Json(super::undo(&office, &scope, id, body.partly).await?)))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// `de` or `en`, for headings and the separator; the account's language when absent.
    language: Option<String>,
}

/// The account's users as a file for spreadsheets, which can be handed in again unchanged.
#[utoipa::path(
    get, path = "/v1/users.csv", tag = "imports", operation_id = "exportUsers",
    params(ExportQuery),
    responses((status = 200, body = String, content_type = "text/csv"))
)]
async fn export(
    State(office): State<Office>,
    scope: Scope,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Problem> {
    if query.language.as_deref().is_some_and(|language| !LANGUAGES.contains(&language)) {
        return Err(Problem::new(Code::InvalidQuery).detail("`language` is de or en"));
    }
    let file = super::export(&office, &scope, query.language).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"users.csv\""),
    ];
    Ok((headers, file).into_response())
}
