//! `/v1/messages`

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use types::ids::MessageId;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::model::{Message, MessageTerms};
use super::rules::Wish;
use crate::Office;
use crate::http::{Access, Code, Json, Operations, Page, PageQuery, Path, Problem, Query};
use crate::scope::{Right, Scope};

pub(crate) fn operations() -> Operations {
    let read = Access::Anyone(Right::MessagesRead);
    let write = Access::Anyone(Right::MessagesWrite);
    Operations::new()
        .on(read, routes!(list))
        .on(write, routes!(send))
        .on(read, routes!(terms))
        .on(read, routes!(find))
        .on(write, routes!(withdraw))
}

/// The caller's own text messages, newest first. Nobody sees another user's, administrators included.
#[utoipa::path(
    get, path = "/v1/messages", tag = "messages", operation_id = "listMessages",
    params(PageQuery),
    responses((status = 200, body = Page<Message>))
)]
async fn list(
    State(office): State<Office>,
    scope: Scope,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Message>>, Problem> {
    let invalid = || Problem::new(Code::InvalidCursor);
    let before = match page.after::<2>()? {
        Some([created, id]) => Some((created.parse().map_err(|_| invalid())?, id.parse().map_err(|_| invalid())?)),
        None => None,
    };
    let rows = super::list(&office, &scope, before, page.limit()? + 1).await?;
    let key = |message: &Message| vec![message.created_at.0.0.to_string(), message.id.to_string()];
    Ok(Json(Page::of(rows, page.limit()?, key, |message| message)))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"to": "+491701234567", "text": "Your order is ready."}))]
pub(crate) struct NewMessage {
    /// A telephone number as people in the account's country write it.
    to: String,
    /// At most ten parts: 160 characters, or 70 where one is not in the GSM alphabet; 153 and 67 in each of several.
    text: String,
    /// One of the user's own numbers; the installation's default text when absent.
    sender: Option<String>,
    /// When to send it (RFC 3339), at most 30 days ahead; at once when absent.
    send_at: Option<String>,
}

/// Sends a text message, at once or later.
///
/// Accepted means that it is durable and will be handed to the mobile network as soon as that works; the message's `state` tells
/// how far it is. Each user may send so many parts a minute and a day as the operator allows.
#[utoipa::path(
    post, path = "/v1/messages", tag = "messages", operation_id = "sendMessage",
    request_body = NewMessage,
    responses((status = 202, body = Message))
)]
async fn send(State(office): State<Office>, scope: Scope, Json(body): Json<NewMessage>) -> Result<Response, Problem> {
    let wish =
        Wish { to: &body.to, text: &body.text, sender: body.sender.as_deref(), send_at: body.send_at.as_deref() };
    let message = super::send(&office, &scope, wish).await?;
    let place = HeaderValue::try_from(format!("/v1/messages/{}", message.id)).ok();
    let mut response = (StatusCode::ACCEPTED, Json(message)).into_response();
    if let Some(place) = place {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// What holds for text messages of whoever asks: whether they can be sent, in whose name, and what they cost.
#[utoipa::path(
    get, path = "/v1/messages/terms", tag = "messages", operation_id = "findMessageTerms",
    responses((status = 200, body = MessageTerms))
)]
async fn terms(State(office): State<Office>, scope: Scope) -> Result<Json<MessageTerms>, Problem> {
    Ok(Json(super::terms(&office, &scope).await?))
}

/// One of the caller's own text messages.
#[utoipa::path(
    get, path = "/v1/messages/{message}", tag = "messages", operation_id = "findMessage",
    params(("message" = String, Path)),
    responses((status = 200, body = Message))
)]
async fn find(State(office): State<Office>, scope: Scope, Path(id): Path<MessageId>) -> Result<Json<Message>, Problem> {
    Ok(Json(super::find(&office, &scope, id).await?))
}

/// Takes back a message that waits for its time. Nothing of it is kept.
#[utoipa::path(
    delete, path = "/v1/messages/{message}", tag = "messages", operation_id = "withdrawMessage",
    params(("message" = String, Path)),
    responses((status = 204, description = "It is not sent."))
)]
async fn withdraw(
    State(office): State<Office>,
    scope: Scope,
    Path(id): Path<MessageId>,
) -> Result<StatusCode, Problem> {
    super::withdraw(&office, &scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
