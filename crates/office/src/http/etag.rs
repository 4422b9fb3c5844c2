//! ETags against lost updates: a version counter in every row that people edit (RFC 9110 section 13.1.1).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::json::Json;
use super::problem::{Code, Problem};

/// What `If-Match` asks for. Absent or `*` matches anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IfMatch(Option<Vec<i64>>);

impl IfMatch {
    /// Refuses with 412 unless the row is at one of the versions the client knows.
    pub fn check(&self, version: i64) -> Result<(), Problem> {
        match &self.0 {
            Some(known) if !known.contains(&version) => Err(Code::Changed.into()),
            _ => Ok(()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(header) = parts.headers.get(header::IF_MATCH) else {
            return Ok(Self::default());
        };
        let text = header.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self::default());
        }
        // A tag that is not ours matches nothing, which is what the RFC wants.
        let versions =
            text.split(',').filter_map(|tag| tag.trim().strip_prefix("\"v")?.strip_suffix('"')?.parse().ok()).collect();
        Ok(Self(Some(versions)))
    }
}

/// A body with the ETag of its row.
#[derive(Clone, Debug)]
pub struct Tagged<T> {
    /// The row's version.
    pub version: i64,
    /// The body.
    pub body: T,
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.body).into_response();
        if let Ok(tag) = HeaderValue::from_str(&format!("\"v{}\"", self.version)) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}
