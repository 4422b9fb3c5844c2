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

use super::problem::{Code, Problem};
use super::{BODY_LIMIT, openapi};
use crate::Office;

/// A request that takes longer is answered 503. Nothing the API does should come near.
const TIMEOUT: Duration = Duration::from_secs(30);

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
            .layer(middleware::from_fn(timeout))
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
        Ok(()) => "ok\n".into_response(),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            Problem::new(Code::Busy).retry_after(5).into_response()
        }
    }
}

async fn timeout(request: Request, next: Next) -> Response {
    tokio::time::timeout(TIMEOUT, next.run(request))
        .await
        .unwrap_or_else(|_| Problem::new(Code::TimedOut).into_response())
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
