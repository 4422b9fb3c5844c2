//! Everything the slices' handlers share: who calls, problems, pages, ETags, idempotency, the router.

pub mod access;
#[cfg(test)]
#[allow(clippy::expect_used)]
pub(crate) mod blessed;
pub(crate) mod caller;
mod csv_body;
mod etag;
mod extract;
pub mod idempotency;
mod json;
mod openapi;
mod page;
pub mod problem;
mod router;
mod time;

pub(crate) use access::{Access, Operations};
pub(crate) use caller::{Credentials, Visitor, operator_cookie, session_cookie};
pub(crate) use csv_body::CsvBody;
pub(crate) use etag::{IfMatch, Tagged};
pub(crate) use extract::{Path, Query};
pub(crate) use json::{Fields, Json, Patch};
pub(crate) use page::{Page, PageQuery};
pub(crate) use problem::{Code, Problem};
pub(crate) use time::Moment;

/// Most bytes of a request body.
pub(crate) const BODY_LIMIT: usize = 1024 * 1024;
/// Most bytes of a file.
pub(crate) const FILE_LIMIT: usize = 5 * 1024 * 1024;
