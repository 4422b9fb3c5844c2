//! Idempotency keys: a POST sent twice with the same key is carried out once.
//!
//! The key is taken in the same transaction as the effect ([`take`], called by `Db::write`), so the two are
//! durable together or not at all. The answer is stored, sealed, before it leaves; sent again, the request
//! gets the stored answer. Between the two lies a gap of a few milliseconds: after a crash in it the effect
//! is there and the answer is not, and the client is told just that (409) instead of getting it twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::FILE_LIMIT;
use super::problem::{Code, Problem};
use crate::Office;
use crate::db::{DbError, Tx};
use crate::scope::Scope;

/// The request header.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// Marks an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// How long a key is remembered.
pub(crate) const KEPT_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// A key that the request will take when it first writes.
#[derive(Debug)]
pub struct Claim {
    key: String,
    operation: String,
    request_hash: String,
    taken: AtomicBool,
}

#[derive(Serialize, Deserialize)]
struct Answer {
    headers: Vec<(String, String)>,
    body: String,
}

/// Takes the request's key. Called with every write transaction; only the first does something.
pub(crate) async fn take(tx: &Tx, scope: &Scope, claim: &Claim) -> Result<(), DbError> {
    if claim.taken.swap(true, Ordering::AcqRel) {
        return Ok(());
    }
    let user = scope.user().map(|user| user.to_string()).unwrap_or_default();
    tx.run(
        "INSERT INTO idempotency (account, \"user\", \"key\", operation, request_hash, status, answer_sealed, created) \
         VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
        vec![
            scope.account().to_string().into(),
            user.into(),
            claim.key.clone().into(),
            claim.operation.clone().into(),
            claim.request_hash.clone().into(),
            Vec::<u8>::new().into(),
            tx.now().0.into(),
        ],
    )
    .await
    .map(drop)
    .map_err(|error| if matches!(error, DbError::Duplicate) { DbError::KeyTaken } else { error })
}

/// Runs a POST that carries a key, or answers as before.
pub(crate) async fn run(office: &Office, scope: Scope, request: Request, next: Next) -> Response {
    match try_run(office, scope, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn try_run(office: &Office, scope: Scope, request: Request, next: Next) -> Result<Response, Problem> {
    let key = request
        .headers()
        .get(HEADER)
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
        .filter(|key| (1..=100).contains(&key.len()))
        .ok_or(Problem::new(Code::InvalidQuery).detail("`idempotency-key` must be 1 to 100 printable characters"))?
        .to_owned();
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, FILE_LIMIT).await.map_err(|_| Problem::new(Code::BodyTooLarge))?;
    let operation = format!("{} {}", parts.method, parts.uri.path());
    let request_hash =
        crate::seal::hex(&Sha256::new().chain_update(&operation).chain_update([0]).chain_update(&body).finalize());

    if let Some(stored) = stored(office, &scope, &key).await? {
        return replay(office, &stored, &request_hash);
    }
    let claim = Arc::new(Claim { key, operation, request_hash, taken: AtomicBool::new(false) });
    parts.extensions.insert(scope.clone().with_claim(Arc::clone(&claim)));
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    if !response.status().is_success() || !claim.taken.load(Ordering::Acquire) {
        return Ok(response);
    }
    keep(office, &scope, &claim, response).await
}

struct Stored {
    request_hash: String,
    status: i32,
    answer_sealed: Vec<u8>,
}

async fn stored(office: &Office, scope: &Scope, key: &str) -> Result<Option<Stored>, DbError> {
    let user = scope.user().map(|user| user.to_string()).unwrap_or_default();
    let sql = "SELECT request_hash, status, answer_sealed FROM idempotency WHERE \"user\" = ? AND \"key\" = ?";
    let Some(row) = office.db().row(sql, vec![user.into(), key.into()]).await? else {
        return Ok(None);
    };
    Ok(Some(Stored {
        request_hash: row.try_get_by_index(0)?,
        status: row.try_get_by_index(1)?,
        answer_sealed: row.try_get_by_index(2)?,
    }))
}

fn replay(office: &Office, stored: &Stored, request_hash: &str) -> Result<Response, Problem> {
    if stored.request_hash != request_hash {
        return Err(Code::IdempotencyKeyReused.into());
    }
    let status = u16::try_from(stored.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let answer = office
        .seal()
        .open(b"idempotency", &stored.answer_sealed)
        .and_then(|bytes| serde_json::from_slice::<Answer>(&bytes).ok());
    let (Some(status), Some(answer)) = (status, answer) else {
        return Err(Code::IdempotencyPending.into());
    };
    let mut response = (status, answer.body).into_response();
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

async fn keep(office: &Office, scope: &Scope, claim: &Claim, response: Response) -> Result<Response, Problem> {
    let (parts, body) = response.into_parts();
    let body: Bytes = to_bytes(body, usize::MAX).await.map_err(|_| Problem::new(Code::Internal))?;
    let kept = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];
    let answer = Answer {
        headers: kept
            .iter()
            .filter_map(|name| Some((name.to_string(), parts.headers.get(name)?.to_str().ok()?.to_owned())))
            .collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let plain = serde_json::to_vec(&answer).map_err(|_| Problem::new(Code::Internal))?;
    let sealed = office.seal().close(b"idempotency", &plain);
    let user = scope.user().map(|user| user.to_string()).unwrap_or_default();
    let tx = office.db().begin().await?;
    tx.run(
        "UPDATE idempotency SET status = ?, answer_sealed = ? WHERE \"user\" = ? AND \"key\" = ?",
        vec![i32::from(parts.status.as_u16()).into(), sealed.into(), user.into(), claim.key.clone().into()],
    )
    .await?;
    tx.commit().await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}
