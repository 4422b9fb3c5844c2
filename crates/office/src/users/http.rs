//! `/v1/users`, `/v1/me`

mod bulk;
mod post;
mod web_sms;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use types::e164::E164;
use types::ids::{LocationId, UserId};
use types::secret::Secret;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;

use super::model::{Consequences, Filter, Invitation, Profile, Restored, Sort, User};
use super::rules::{self, Draft};
use crate::Office;
use crate::accounts::{self, Account, LANGUAGES};
use crate::http::{
    Access, Code, Fields, IfMatch, Json, Operations, Page, PageQuery, Patch, Path, Problem, Query, Tagged,
};
use crate::identity;
use crate::scope::{Right, Role, Scope};

pub(crate) fn operations() -> Operations {
    let read = Access::Administrator(Right::UsersRead);
    let write = Access::Administrator(Right::UsersWrite);
    Operations::new()
        .on(Access::Anyone(Right::UsersRead), routes!(me))
        .on(read, routes!(list))
        .on(write, routes!(create))
        .on(Access::Anyone(Right::UsersRead), routes!(find))
        .on(Access::Anyone(Right::UsersWrite), routes!(edit))
        .on(write, routes!(delete))
        .on(read, routes!(consequences))
        .on(write, routes!(restore))
        .on(write, routes!(block))
        .on(write, routes!(unblock))
        .on(write, routes!(invite))
        .on(write, routes!(set_role))
        .on(Access::Anyone(Right::UsersWrite), routes!(set_password))
        .and(bulk::operations())
        .and(post::operations())
        .and(web_sms::operations())
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Me {
    /// Whoever asks.
    user: User,
    /// The account.
    account: Account,
    /// What the session or token may do: names of scopes.
    scopes: Vec<&'static str>,
}

/// Who asks, and what he may do.
#[utoipa::path(
    get, path = "/v1/me", tag = "users", operation_id = "findMe",
    responses((status = 200, body = Me))
)]
async fn me(State(office): State<Office>, scope: Scope) -> Result<Json<Me>, Problem> {
    let id = scope.user().ok_or(Problem::new(Code::NotFound))?;
    let user = super::find(&office, &scope, id).await?;
    let account = accounts::find(&office, &scope).await?;
    let scopes = Right::ALL.iter().filter(|right| scope.has(**right)).map(|right| right.as_str()).collect();
    Ok(Json(Me { user, account, scopes }))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Words that must all be part of name or address; digits also find extensions and numbers.
    search: Option<String>,
    /// `name` (the default), `-name`, `createdAt` or `-createdAt`.
    sort: Option<String>,
    /// Only users whom something keeps from making or receiving calls, or only the others. A page may then
    /// hold fewer rows than `limit` and still have a next one.
    incomplete: Option<bool>,
    /// Only blocked users, or only the others.
    blocked: Option<bool>,
    /// Only this role.
    role: Option<Role>,
    /// Only people at this location.
    #[param(value_type = Option<String>)]
    location: Option<LocationId>,
    /// Only deleted users who can still be restored.
    #[serde(default)]
    deleted: bool,
}

/// The account's users.
#[utoipa::path(
    get, path = "/v1/users", tag = "users", operation_id = "listUsers",
    params(PageQuery, ListQuery),
    responses((status = 200, body = Page<User>))
)]
async fn list(
    State(office): State<Office>,
    scope: Scope,
    Query(page): Query<PageQuery>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<User>>, Problem> {
    let sort = match query.sort.as_deref() {
        None | Some("name") => Sort::Name,
        Some("-name") => Sort::NameDescending,
        Some("createdAt") => Sort::CreatedAt,
        Some("-createdAt") => Sort::CreatedAtDescending,
        Some(_) => {
            return Err(Problem::new(Code::InvalidQuery).detail("`sort` is name, -name, createdAt or -createdAt"));
        }
    };
    let filter = Filter {
        terms: rules::terms(query.search.as_deref().unwrap_or_default()),
        sort,
        incomplete: query.incomplete,
        blocked: query.blocked,
        role: query.role,
        location: query.location,
        deleted: query.deleted,
    };
    let by_time = matches!(sort, Sort::CreatedAt | Sort::CreatedAtDescending);
    let after = match page.after::<3>()? {
        Some([order, key, id]) => {
            // A cursor of a list in another order would skip rows silently.
            let fits = order == sort_name(sort) && (!by_time || key.parse::<i64>().is_ok());
            let id = id.parse().ok().filter(|_| fits).ok_or(Problem::new(Code::InvalidCursor))?;
            Some((key, id))
        }
        None => None,
    };
    let listed = super::list(&office, &scope, &filter, after, page.limit()?).await?;
    let next = listed.next.map(|(key, id)| [sort_name(sort).to_owned(), key, id.to_string()]);
    Ok(Json(Page::with_next(listed.users, next.as_ref().map(|parts| parts.as_slice()))))
}

fn sort_name(sort: Sort) -> &'static str {
    match sort {
        Sort::Name => "n",
        Sort::NameDescending => "-n",
        Sort::CreatedAt => "c",
        Sort::CreatedAtDescending => "-c",
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"firstName": "Bea", "lastName": "Böhm", "email": "bea@example.com"}))]
pub(crate) struct NewUser {
    /// 1 to 80 characters.
    first_name: String,
    /// At most 80 characters.
    #[serde(default)]
    last_name: String,
    /// The address to sign in with; nobody else may have it.
    email: Option<String>,
    /// Where the user works.
    #[schema(value_type = Option<String>)]
    location: Option<LocationId>,
    /// Whether the user administers the account.
    #[serde(default)]
    administrator: bool,
    /// `de` or `en`; the account's when absent.
    language: Option<String>,
    /// IANA name; `Europe/Berlin` when absent.
    time_zone: Option<String>,
    /// Whether the invitation is mailed at once; needs an address.
    #[serde(default)]
    invite: bool,
}

/// Adds a user. Without `invite`, invite him afterwards, so that he can set a password.
#[utoipa::path(
    post, path = "/v1/users", tag = "users", operation_id = "createUser",
    request_body = NewUser,
    responses((status = 201, body = User))
)]
async fn create(State(office): State<Office>, scope: Scope, Json(body): Json<NewUser>) -> Result<Response, Problem> {
    let account = accounts::find(&office, &scope).await?;
    let mut fields = Fields::default();
    let draft = Draft {
        first_name: fields.text("/firstName", &body.first_name, rules::NAME),
        last_name: fields.text_or_empty("/lastName", &body.last_name, rules::NAME),
        email: body.email.as_deref().and_then(|email| rules::email(&mut fields, "/email", email)),
        role: if body.administrator { Role::Administrator } else { Role::User },
        location: body.location,
        language: language(&mut fields, body.language, &account.language),
        time_zone: zone(&mut fields, body.time_zone, rules::TIME_ZONE),
        busy_on_busy: false,
        caller_number: None,
    };
    if body.invite && body.email.is_none() {
        fields.refuse("/email", "email.needed", "An invitation needs an address.");
    }
    fields.finish()?;
    let user = super::create(&office, &scope, draft, body.invite).await?;
    let place = HeaderValue::try_from(format!("/v1/users/{}", user.profile.id)).ok();
    let mut response = (StatusCode::CREATED, tagged(user)).into_response();
    if let Some(place) = place {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

fn language(fields: &mut Fields, value: Option<String>, otherwise: &str) -> String {
    let value = value.unwrap_or_else(|| otherwise.to_owned());
    if !LANGUAGES.contains(&value.as_str()) {
        fields.refuse("/language", "language.unknown", format!("One of {}.", LANGUAGES.join(", ")));
    }
    value
}

fn zone(fields: &mut Fields, value: Option<String>, otherwise: &str) -> String {
    match value {
        Some(value) => accounts::check_time_zone(fields, "/timeZone", &value),
        None => otherwise.to_owned(),
    }
}

fn tagged(user: User) -> Tagged<User> {
    Tagged { version: user.profile.version, body: user }
}

/// A user: oneself, or any of the account for an administrator.
#[utoipa::path(
    get, path = "/v1/users/{user}", tag = "users", operation_id = "findUser",
    params(("user" = String, Path)),
    responses((status = 200, body = User))
)]
async fn find(State(office): State<Office>, scope: Scope, Path(id): Path<UserId>) -> Result<Tagged<User>, Problem> {
    Ok(tagged(super::find(&office, &scope, id).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"lastName": "Brandt", "timeZone": "Europe/Berlin"}))]
struct UserPatch {
    first_name: Option<String>,
    last_name: Option<String>,
    /// Set by administrators as long as the user has no address or never had a password; afterwards through
    /// `email-change`. Links that were sent to the old address become worthless.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    email: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    location: Patch<LocationId>,
    language: Option<String>,
    time_zone: Option<String>,
    busy_on_busy: Option<bool>,
    /// One of the account's numbers; null for the user's own.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    caller_number: Patch<E164>,
}

/// Changes a user. What is absent stays; null empties.
#[utoipa::path(
    patch, path = "/v1/users/{user}", tag = "users", operation_id = "editUser",
    params(("user" = String, Path), ("if-match" = Option<String>, Header)),
    request_body = UserPatch,
    responses((status = 200, body = User))
)]
async fn edit(
    State(office): State<Office>,
    scope: Scope,
    if_match: IfMatch,
    Path(id): Path<UserId>,
    Json(patch): Json<UserPatch>,
) -> Result<Tagged<User>, Problem> {
    let user = super::edit(&office, &scope, id, |before| {
        if_match.check(before.version)?;
        apply(before, patch)
    })
    .await?;
    Ok(tagged(user))
}

fn apply(before: &Profile, patch: UserPatch) -> Result<Draft, Problem> {
    let mut fields = Fields::default();
    let mut draft = super::draft_of(before);
    if let Some(name) = patch.first_name {
        draft.first_name = fields.text("/firstName", &name, rules::NAME);
    }
    if let Some(name) = patch.last_name {
        draft.last_name = fields.text_or_empty("/lastName", &name, rules::NAME);
    }
    match patch.email {
        Patch::Keep => {}
        Patch::Clear => draft.email = None,
        Patch::Set(email) => draft.email = rules::email(&mut fields, "/email", &email),
    }
    match patch.location {
        Patch::Keep => {}
        Patch::Clear => draft.location = None,
        Patch::Set(location) => draft.location = Some(location),
    }
    draft.language = language(&mut fields, patch.language, &before.language);
    draft.time_zone = zone(&mut fields, patch.time_zone, &before.time_zone);
    draft.busy_on_busy = patch.busy_on_busy.unwrap_or(before.busy_on_busy);
    match patch.caller_number {
        Patch::Keep => {}
        Patch::Clear => draft.caller_number = None,
        Patch::Set(number) => draft.caller_number = Some(number),
    }
    fields.finish()?;
    Ok(draft)
}

/// Deletes a user. `GET …/consequences` says what that does; it can be undone for 30 days.
#[utoipa::path(
    delete, path = "/v1/users/{user}", tag = "users", operation_id = "deleteUser",
    params(("user" = String, Path)),
    responses((status = 204, description = "Deleted."))
)]
async fn delete(State(office): State<Office>, scope: Scope, Path(id): Path<UserId>) -> Result<StatusCode, Problem> {
    super::delete(&office, &scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What deleting the user would do.
#[utoipa::path(
    get, path = "/v1/users/{user}/consequences", tag = "users", operation_id = "findUserConsequences",
    params(("user" = String, Path)),
    responses((status = 200, body = Consequences))
)]
async fn consequences(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<UserId>,
) -> Result<Json<Consequences>, Problem> {
    Ok(Json(super::consequences(&office, &scope, id).await?))
}

/// Brings a deleted user back, with everything that nobody else has by now.
#[utoipa::path(
    post, path = "/v1/users/{user}/restore", tag = "users", operation_id = "restoreUser",
    params(("user" = String, Path)),
    responses((status = 200, body = Restored))
)]
async fn restore(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<UserId>,
) -> Result<Json<Restored>, Problem> {
    Ok(Json(super::restore(&office, &scope, id).await?))
}

/// Shuts a user out: sessions end, phones are signed out. Emergency calls go all the same; numbers stay.
#[utoipa::path(
    post, path = "/v1/users/{user}/block", tag = "users", operation_id = "blockUser",
    params(("user" = String, Path)),
    responses((status = 200, body = User))
)]
async fn block(State(office): State<Office>, scope: Scope, Path(id): Path<UserId>) -> Result<Tagged<User>, Problem> {
    Ok(tagged(super::block(&office, &scope, id).await?))
}

/// Lets a blocked user in again.
#[utoipa::path(
    post, path = "/v1/users/{user}/unblock", tag = "users", operation_id = "unblockUser",
    params(("user" = String, Path)),
    responses((status = 200, body = User))
)]
async fn unblock(State(office): State<Office>, scope: Scope, Path(id): Path<UserId>) -> Result<Tagged<User>, Problem> {
    Ok(tagged(super::unblock(&office, &scope, id).await?))
}

/// Mails a one-time link by which the user sets a password, and shows it. Earlier links of the user are worthless then.
#[utoipa::path(
    post, path = "/v1/users/{user}/invitation", tag = "users", operation_id = "inviteUser",
    params(("user" = String, Path)),
    responses((status = 201, body = Invitation))
)]
async fn invite(State(office): State<Office>, scope: Scope, Path(id): Path<UserId>) -> Result<Response, Problem> {
    let invitation = super::invite(&office, &scope, id).await?;
    Ok((StatusCode::CREATED, Json(invitation)).into_response())
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"administrator": true}))]
struct NewRole {
    administrator: bool,
}

/// Makes a user an administrator, or takes that away.
#[utoipa::path(
    put, path = "/v1/users/{user}/role", tag = "users", operation_id = "setUserRole",
    params(("user" = String, Path)),
    request_body = NewRole,
    responses((status = 200, body = User))
)]
async fn set_role(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<UserId>,
    Json(body): Json<NewRole>,
) -> Result<Tagged<User>, Problem> {
    let role = if body.administrator { Role::Administrator } else { Role::User };
    Ok(tagged(super::set_role(&office, &scope, id, role).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"current": "drei Kamele im Aufzug", "password": "vier Ziegen auf dem Dach"}))]
struct NewPassword {
    /// The password until now; needed for one's own.
    #[schema(value_type = Option<String>, format = Password)]
    #[serde(default, deserialize_with = "secret_or_none")]
    current: Option<Secret<String>>,
    /// The new password: at least 12 characters, not easy to guess.
    #[schema(value_type = String, format = Password)]
    #[serde(deserialize_with = "identity::http::secret")]
    password: Secret<String>,
    /// Whether somebody else's has to be changed at the next sign-in; it has unless this is false. One's own never.
    must_change: Option<bool>,
}

pub(super) fn secret_or_none<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Secret<String>>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
}

/// Changes a password: one's own with the current one, or as an administrator. All other sessions of the user end.
/// What an administrator sets has to be changed at the next sign-in.
#[utoipa::path(
    put, path = "/v1/users/{user}/password", tag = "users", operation_id = "setUserPassword",
    params(("user" = String, Path)),
    request_body = NewPassword,
    responses((status = 204, description = "Changed."))
)]
async fn set_password(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<UserId>,
    Json(body): Json<NewPassword>,
) -> Result<StatusCode, Problem> {
    if scope.has_temporary_password() && scope.user() != Some(id) {
        return Err(Code::PasswordChangeRequired.into());
    }
    let NewPassword { current, password, must_change } = body;
    let new = identity::NewPassword { current, password, keep: must_change == Some(false) };
    identity::change_password(&office, &scope, id, new).await?;
    Ok(StatusCode::NO_CONTENT)
}
