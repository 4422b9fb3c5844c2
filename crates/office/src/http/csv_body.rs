//! CSV files as bodies.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header;

use super::FILE_LIMIT;
use super::problem::{Code, Problem};

/// A file of type `text/csv`, as bytes: in which encoding is for the reader to find out.
#[derive(Clone, Debug)]
pub struct CsvBody(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for CsvBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_csv = kind
            .and_then(|kind| kind.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/csv"));
        if !is_csv {
            return Err(Code::UnsupportedMediaType.into());
        }
        // Longer than other bodies, so it is not read through the extractor that has their limit.
        to_bytes(request.into_body(), FILE_LIMIT).await.map(Self).map_err(|_| Code::BodyTooLarge.into())
    }
}
