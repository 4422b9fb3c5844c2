//! `/v1/operator/accounts`

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use types::ids::AccountId;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::Office;
use crate::accounts::{self, LANGUAGES};
use crate::http::{Access, Code, Fields, Json, Operations, Page, PageQuery, Path, Problem, Query};
use crate::locations::NewLocation;
use crate::operators;
use crate::operators::model::{HostedAccount, OpenedAccount};
use crate::scope::Operator;
use crate::setup::Founder;
use crate::users;

pub(super) fn operations() -> Operations {
    Operations::new()
        .on(Access::Operator, routes!(list))
        .on(Access::Operator, routes!(open))
        .on(Access::Operator, routes!(find))
        .on(Access::Operator, routes!(suspend))
        .on(Access::Operator, routes!(resume))
}

/// The accounts of this installation by name, with how much is in each.
#[utoipa::path(
    get, path = "/v1/operator/accounts", tag = "operators", operation_id = "listAccounts",
    params(PageQuery),
    responses((status = 200, body = Page<HostedAccount>))
)]
async fn list(
    State(office): State<Office>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<HostedAccount>>, Problem> {
    let after = match page.after::<2>()? {
        Some([name, id]) => Some((name, id.parse().map_err(|_| Problem::new(Code::InvalidCursor))?)),
        None => None,
    };
    let rows = operators::list_accounts(&office, after, page.limit()? + 1).await?;
    let key = |row: &HostedAccount| vec![row.account.name.clone(), row.account.id.to_string()];
    Ok(Json(Page::of(rows, page.limit()?, key, |row| row)))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "company": "Muster AG",
    "location": {"name": "Düsseldorf", "street": "Gladbacher Straße", "number": "74", "postcode": "40219",
                 "city": "Düsseldorf", "country": "DE", "areaCode": "0211"},
    "administrator": {"firstName": "Mia", "lastName": "Muster", "email": "mia@muster.example"},
    "language": "de"
}))]
struct OpenAccount {
    /// The organisation's name, 1 to 100 characters.
    company: String,
    /// Where the first people work; its country is the account's.
    location: NewLocation,
    /// Who administers the account.
    administrator: FirstAdministrator,
    /// `de` or `en`.
    #[serde(default)]
    language: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FirstAdministrator {
    first_name: String,
    #[serde(default)]
    last_name: String,
    /// The address to sign in with.
    email: String,
}

/// Opens an account with an administrator, who sets a password by the link in the answer, and a second user who waits
/// for a name.
#[utoipa::path(
    post, path = "/v1/operator/accounts", tag = "operators", operation_id = "openAccount",
    request_body = OpenAccount,
    responses((status = 201, body = OpenedAccount))
)]
async fn open(State(office): State<Office>, who: Operator, Json(body): Json<OpenAccount>) -> Result<Response, Problem> {
    let mut fields = Fields::default();
    let language = body.language.unwrap_or_else(|| "de".to_owned());
    if !LANGUAGES.contains(&language.as_str()) {
        fields.refuse("/language", "language.unknown", format!("One of {}.", LANGUAGES.join(", ")));
    }
    let name = fields.text("/company", &body.company, 100);
    let first_name = fields.text("/administrator/firstName", &body.administrator.first_name, users::NAME_LENGTH);
    let last_name = fields.text_or_empty("/administrator/lastName", &body.administrator.last_name, users::NAME_LENGTH);
    let email = users::check_email(&mut fields, "/administrator/email", &body.administrator.email);
    let location = fields.nested(body.location.check("/location"));
    fields.finish()?;
    let (Some(email), Some(location)) = (email, location) else {
        return Err(Code::Internal.into());
    };
    let draft = accounts::Draft { name, country: location.address.country.clone(), language, time_zone: None };
    let founder = Founder { first_name, last_name, email };
    let opened = operators::open_account(&office, &who, draft, location, founder).await?;
    let place = HeaderValue::try_from(format!("/v1/operator/accounts/{}", opened.account.account.id)).ok();
    let mut response = (StatusCode::CREATED, Json(opened)).into_response();
    if let Some(place) = place {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// One account, from outside.
#[utoipa::path(
    get, path = "/v1/operator/accounts/{account}", tag = "operators", operation_id = "findHostedAccount",
    params(("account" = String, Path)),
    responses((status = 200, body = HostedAccount))
)]
async fn find(State(office): State<Office>, Path(id): Path<AccountId>) -> Result<Json<HostedAccount>, Problem> {
    Ok(Json(operators::find_account(&office, id).await?))
}

/// Stops an account: its users cannot sign in and are told why, phones neither call nor are called. Emergency calls go
/// all the same, and calls that are up go on until they end. Everything stays as it is otherwise.
#[utoipa::path(
    post, path = "/v1/operator/accounts/{account}/suspend", tag = "operators", operation_id = "suspendAccount",
    params(("account" = String, Path)),
    responses((status = 200, body = HostedAccount))
)]
async fn suspend(
    State(office): State<Office>,
    who: Operator,
    Path(id): Path<AccountId>,
) -> Result<Json<HostedAccount>, Problem> {
    Ok(Json(operators::set_suspended(&office, &who, id, true).await?))
}

/// Lets a stopped account go on.
#[utoipa::path(
    post, path = "/v1/operator/accounts/{account}/resume", tag = "operators", operation_id = "resumeAccount",
    params(("account" = String, Path)),
    responses((status = 200, body = HostedAccount))
)]
async fn resume(
    State(office): State<Office>,
    who: Operator,
    Path(id): Path<AccountId>,
) -> Result<Json<HostedAccount>, Problem> {
    Ok(Json(operators::set_suspended(&office, &who, id, false).await?))
}
