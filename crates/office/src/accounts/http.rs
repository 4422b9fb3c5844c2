//! `/v1/account`

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{Account, Draft, rules};
use crate::Office;
use crate::http::{Access, Fields, IfMatch, Json, Operations, Patch, Problem, Tagged};
use crate::scope::{Right, Scope};

pub(crate) fn operations() -> Operations {
    Operations::new()
        .on(Access::Anyone(Right::AccountRead), routes!(find))
        .on(Access::Administrator(Right::AccountWrite), routes!(edit))
}

/// The caller's account.
#[utoipa::path(
    get, path = "/v1/account", tag = "accounts", operation_id = "findAccount",
    responses((status = 200, body = Account))
)]
async fn find(State(office): State<Office>, scope: Scope) -> Result<Tagged<Account>, Problem> {
    let account = super::find(&office, &scope).await?;
    Ok(Tagged { version: account.version, body: account })
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Beispiel GmbH"}))]
struct AccountPatch {
    /// The organisation's name, 1 to 100 characters.
    name: Option<String>,
    /// Two letters.
    country: Option<String>,
    /// `de` or `en`.
    language: Option<String>,
    /// The time zone of bills, the call list and its table (IANA name); null for that of the country's capital.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    time_zone: Patch<String>,
}

/// Changes the account.
#[utoipa::path(
    patch, path = "/v1/account", tag = "accounts", operation_id = "editAccount",
    request_body = AccountPatch,
    responses((status = 200, body = Account))
)]
async fn edit(
    State(office): State<Office>,
    scope: Scope,
    if_match: IfMatch,
    Json(patch): Json<AccountPatch>,
) -> Result<Tagged<Account>, Problem> {
    let account = super::edit(&office, &scope, |before| {
        if_match.check(before.version)?;
        let mut fields = Fields::default();
        let draft = Draft {
            name: patch.name.map_or(before.name.clone(), |name| rules::name(&mut fields, "/name", &name)),
            country: patch
                .country
                .map_or(before.country.clone(), |text| rules::country(&mut fields, "/country", &text)),
            language: patch
                .language
                .map_or(before.language.clone(), |text| rules::language(&mut fields, "/language", &text)),
            time_zone: match patch.time_zone {
                Patch::Keep => Some(before.time_zone.clone()).filter(|_| before.time_zone_chosen),
                Patch::Clear => None,
                Patch::Set(name) => Some(rules::time_zone(&mut fields, "/timeZone", &name)),
            },
        };
        fields.finish()?;
        Ok::<_, Problem>(draft)
    })
    .await?;
    Ok(Tagged { version: account.version, body: account })
}
