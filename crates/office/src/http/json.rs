//! JSON bodies: what cannot be read is refused with a pointer to where.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use super::problem::{Code, FieldError, Problem};

/// A JSON body, in and out.
///
/// Coming in: no JSON is 400, JSON of another shape is 422 with the pointer of the first value that does
/// not fit. Bodies deny unknown fields, so that a misspelt one is told and not ignored.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|value| value.trim().eq_ignore_ascii_case("application/json"));
        if !is_json {
            return Err(Code::UnsupportedMediaType.into());
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
                Problem::new(Code::BodyTooLarge)
            } else {
                Problem::new(Code::MalformedBody).detail("The body ended early.")
            }
        })?;
        parse(&bytes).map(Self)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer = pointer(error.path());
        let inner = error.into_inner();
        if inner.is_data() {
            Problem::field(pointer, "shape", sentence(&inner))
        } else {
            Problem::new(Code::MalformedBody).detail(inner.to_string())
        }
    })?;
    deserializer.end().map_err(|error| Problem::new(Code::MalformedBody).detail(error.to_string()))?;
    Ok(value)
}

/// serde's words without the position in the text, which the pointer says better.
fn sentence(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    use std::fmt::Write as _;
    let mut pointer = String::new();
    for segment in path {
        let written = match segment {
            Segment::Seq { index } => write!(pointer, "/{index}"),
            Segment::Map { key } => write!(pointer, "/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => write!(pointer, "/{variant}"),
            Segment::Unknown => Ok(()),
        };
        // Writing into a String does not fail.
        let _ = written;
    }
    pointer
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// A member of a PATCH body (RFC 7396): absent leaves alone, null clears, a value sets.
///
/// Needs `#[serde(default)]` on the member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Leave it as it is.
    #[default]
    Keep,
    /// Make it empty.
    Clear,
    /// Make it this.
    Set(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Option::<T>::deserialize(deserializer)? {
            Some(value) => Self::Set(value),
            None => Self::Clear,
        })
    }
}

/// Collects what is wrong with the values of a body, so that one answer names all of it.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// Notes that the value at `pointer` cannot be accepted.
    pub fn refuse(&mut self, pointer: impl Into<String>, code: &'static str, message: impl Into<String>) {
        self.0.push(FieldError { pointer: pointer.into(), code, message: message.into() });
    }

    /// A text of 1 to `most` characters without leading or trailing spaces and without control characters.
    pub fn text(&mut self, pointer: &str, value: &str, most: usize) -> String {
        let trimmed = value.trim();
        if trimmed.is_empty() {
            self.refuse(pointer, "text.empty", "Please fill this in.");
        } else if trimmed.chars().count() > most {
            self.refuse(pointer, "text.long", format!("At most {most} characters."));
        } else if trimmed.chars().any(char::is_control) {
            self.refuse(pointer, "text.control", "Control characters and line breaks are not possible here.");
        }
        trimmed.to_owned()
    }

    /// Like [`Self::text`], but may be empty.
    pub fn text_or_empty(&mut self, pointer: &str, value: &str, most: usize) -> String {
        if value.trim().is_empty() { String::new() } else { self.text(pointer, value, most) }
    }

    /// Takes over what a check of a part found wrong.
    pub fn nested<T>(&mut self, checked: Result<T, Problem>) -> Option<T> {
        match checked {
            Ok(value) => Some(value),
            Err(problem) => {
                self.0.extend(problem.into_fields());
                None
            }
        }
    }

    /// Nothing, or the problem that names everything refused.
    pub fn finish(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::fields(self.0)) }
    }
}
