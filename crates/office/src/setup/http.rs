//! `/v1/setup`

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use types::secret::Secret;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::Draft;
use crate::Office;
use crate::accounts::{self, Account, LANGUAGES};
use crate::http::{Access, Code, Fields, Json, Operations, Problem, Visitor};
use crate::identity;
use crate::locations::NewLocation;
use crate::users::{self, Profile};

pub(crate) fn operations() -> Operations {
    Operations::new().on(Access::Open, routes!(begin))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "token": "rwl_0000000000000000000000000000000000000000000",
    "company": "Beispiel GmbH",
    "location": {"name": "Düsseldorf", "street": "Gladbacher Straße", "number": "74", "postcode": "40219",
                 "city": "Düsseldorf", "country": "DE", "areaCode": "0211"},
    "administrator": {"firstName": "Anna", "lastName": "Ahrens", "email": "anna@example.com",
                      "password": "drei Kamele im Aufzug"},
    "language": "de"
}))]
struct Setup {
    /// The secret of the one-time link that was printed at the first start.
    #[schema(value_type = String)]
    #[serde(deserialize_with = "identity::http::secret")]
    token: Secret<String>,
    /// The organisation's name, 1 to 100 characters.
    company: String,
    /// Where the first people work; its country is the account's.
    location: NewLocation,
    /// Who administers the account.
    administrator: Administrator,
    /// `de` or `en`.
    #[serde(default)]
    language: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Administrator {
    first_name: String,
    #[serde(default)]
    last_name: String,
    /// The address to sign in with.
    email: String,
    /// At least 12 characters, not easy to guess.
    #[schema(value_type = String, format = Password)]
    #[serde(deserialize_with = "identity::http::secret")]
    password: Secret<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Begun {
    /// The account.
    account: Account,
    /// Its administrator.
    user: Profile,
}

/// Makes the first account, with an administrator and a second user who waits for a name.
#[utoipa::path(
    post, path = "/v1/setup", tag = "setup", operation_id = "setUp",
    request_body = Setup,
    responses((status = 201, body = Begun))
)]
async fn begin(State(office): State<Office>, visitor: Visitor, Json(body): Json<Setup>) -> Result<Response, Problem> {
    if visitor.cross_site {
        return Err(Code::CrossSite.into());
    }
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
    let account = accounts::Draft { name, country: location.address.country.clone(), language, time_zone: None };
    let draft = Draft { account, location, first_name, last_name, email, password: body.administrator.password };
    let (account, user) = super::begin(&office, body.token.expose(), draft, visitor.source).await?;
    Ok((StatusCode::CREATED, Json(Begun { account, user })).into_response())
}
