//! The router: operations, and around them what every request passes.

use std::any::Any;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::trace::TraceLayer;

use super::problem::{BUSY_SECONDS, Code, Problem};
use super::{BODY_LIMIT, openapi};
use crate::Office;

/// A request that takes longer is answered 503. Nothing the API does should come near.
const TIMEOUT: Duration = Duration::from_secs(30);
/// When it is asked whether the database answers at all. If it does not, neither will the request: it is given up, and what
/// it had begun to write is rolled back.
const DOUBT: Duration = Duration::from_millis(4_000);

impl Office {
    /// The whole API. The server must serve it with `into_make_service_with_connect_info::<SocketAddr>()`, so
    /// that rate limits and the audit log know where requests come from.
    pub fn router(&self) -> Router {
        let office = self.clone();
        let (operations, _) = openapi::operations().into_inner().split_for_parts();
        let document = openapi::document().to_json().unwrap_or_default();
        operations
            .route(
                "/v1/openapi.json",
                get(move || async move { ([(header::CONTENT_TYPE, "application/json")], document.clone()) }),
            )
            .route("/healthz", get(healthz))
            .fallback(|| async { Problem::new(Code::NotFound) })
            .method_not_allowed_fallback(|| async { Problem::new(Code::MethodNotAllowed) })
            .layer(Extension(office.clone()))
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .layer(middleware::from_fn_with_state(office.clone(), timeout))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(middleware::map_response(harden))
            .layer(TraceLayer::new_for_http().make_span_with(|request: &Request| {
                // The template of the path, never the path itself: links carry their secret in it.
                let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
                tracing::info_span!("http", method = %request.method(), path)
            }))
            .with_state(office)
    }
}

async fn healthz(State(office): State<Office>) -> Response {
    match office.db().ping().await {
        // Not an error: whoever restarts what is not well would make it worse.
        Ok(()) if office.db().is_full() => {
            "ok\nThe disk is full: calls go on, nothing can be changed.\n".into_response()
        }
        Ok(()) => "ok\n".into_response(),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            Problem::new(Code::Busy).retry_after(BUSY_SECONDS).into_response()
        }
    }
}

async fn timeout(State(office): State<Office>, request: Request, next: Next) -> Response {
    let mut answer = std::pin::pin!(next.run(request));
    if let Ok(answer) = tokio::time::timeout(DOUBT, &mut answer).await {
        return answer;
    }
    // Asked beside the request, which may just be at its end.
    tokio::select! {
        answer = &mut answer => return answer,
        asked = office.db().ping() => if let Err(error) = asked {
            return Problem::from(error).into_response();
        }
    }
    tokio::time::timeout(TIMEOUT.saturating_sub(DOUBT), answer)
        .await
        .unwrap_or_else(|_| Problem::new(Code::TimedOut).retry_after(BUSY_SECONDS).into_response())
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    // The panic hook has logged where; what it said may hold values of a request.
    Problem::new(Code::Internal).into_response()
}

async fn harden(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, HeaderValue); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    ];
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}
