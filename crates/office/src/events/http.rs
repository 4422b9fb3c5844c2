//! `/v1/events`

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use utoipa_axum::routes;

use super::Error;
use super::model::Signal;
use super::stream::{Said, Stream};
use crate::Office;
use crate::http::{Access, Code, Credentials, Operations, Problem};
use crate::scope::{Right, Scope};

/// How often something is sent even if nothing happens, so that proxies keep the connection.
const COMMENT: Duration = Duration::from_secs(15);
/// After how long a browser comes back by itself.
const RETRY: Duration = Duration::from_secs(2);
/// Keeps nginx from holding events back.
const UNBUFFERED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

pub(crate) fn operations() -> Operations {
    Operations::new().on(Access::Anyone(Right::UsersRead), routes!(listen))
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::TooMany => Self::new(Code::TooManyStreams).retry_after(60),
            Error::Identity(error) => error.into(),
        }
    }
}

/// What happens in the account, as it happens, as server-sent events: who can be called (`presence`), what changed
/// (`changed`), which phones ring or talk (`live`), as far as the caller may see it.
///
/// A browser comes back by itself and is told what it missed (`Last-Event-ID`); `reset` says that this is not possible
/// and everything shown should be read again. The stream ends with the session. At most ten streams a user.
#[utoipa::path(
    get, path = "/v1/events", tag = "events", operation_id = "listenToEvents",
    params(("last-event-id" = Option<String>, Header)),
    responses((status = 200, body = Signal, content_type = "text/event-stream"))
)]
async fn listen(State(office): State<Office>, scope: Scope, headers: HeaderMap) -> Result<Response, Problem> {
    let last_id = headers.get("last-event-id").and_then(|value| value.to_str().ok()).filter(|id| !id.is_empty());
    let listening = super::open(&office, scope, Credentials::of(&headers), last_id).await?;
    let events = stream::unfold((listening, true), |(mut listening, first)| async move {
        let event = if first { begin() } else { written(listening.next().await?) };
        Some((Ok::<_, Infallible>(event), (listening, false)))
    });
    let answer = Sse::new(events).keep_alive(KeepAlive::new().interval(COMMENT));
    Ok(([UNBUFFERED], answer).into_response())
}

/// The first thing said, so that the other side knows at once that it is heard.
fn begin() -> Event {
    Event::default().retry(RETRY).comment("listening")
}

fn written(said: Said) -> Event {
    match said {
        Said::Reset(id) => Event::default().event("reset").id(id).data("{}"),
        Said::Signal(id, signal) => {
            let event = Event::default().event(signal.name());
            let event = match id {
                Some(id) => event.id(id),
                None => event,
            };
            event.data(serde_json::to_string(&*signal).unwrap_or_default())
        }
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}
