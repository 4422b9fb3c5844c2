//! The web application: its files, from memory, and its one page for every address that is not the API's.
//!
//! Files carry a hash of their content in their name, so browsers may keep them for ever. The page itself is written
//! anew for each request, because the content security policy lets only style elements with a fresh nonce in.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower_service::Service;
use types::entropy::Entropy;

/// One file of the web application.
struct Asset {
    path: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// What the page holds where the nonce belongs.
const NONCE: &str = "__NONCE__";

/// The API at its addresses and the web application at all others.
///
/// The API is not nested: a route around it would add its own parameters to those of the API's paths.
pub fn around(api: Router, entropy: Arc<dyn Entropy>) -> Router {
    Router::new().fallback(serve).with_state(Behind { api, entropy })
}

#[derive(Clone)]
struct Behind {
    api: Router,
    entropy: Arc<dyn Entropy>,
}

async fn serve(State(Behind { mut api, entropy }): State<Behind>, request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/v1/") || path == "/healthz" {
        return match api.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    match ASSETS.binary_search_by(|asset| asset.path.cmp(path)).ok().and_then(|found| ASSETS.get(found)) {
        Some(asset) => file(asset, request.headers()),
        // A file of an older version: the page would only confuse whoever wanted a script.
        None if path.starts_with("/assets/") => StatusCode::NOT_FOUND.into_response(),
        None => page(&*entropy),
    }
}

fn file(asset: &Asset, wishes: &HeaderMap) -> Response {
    let hashed = asset.path.starts_with("/assets/");
    let mut response = match asset.brotli.filter(|_| takes_brotli(wishes)) {
        Some(brotli) => ([(header::CONTENT_ENCODING, "br")], brotli).into_response(),
        None => asset.plain.into_response(),
    };
    let head = response.headers_mut();
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(asset.path)));
    head.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    let kept = if hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    head.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Whether the browser takes Brotli (RFC 9110 section 12.5.3). None that does refuses it by weight.
fn takes_brotli(wishes: &HeaderMap) -> bool {
    let wishes = wishes.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    wishes.split(',').any(|coding| coding.split(';').next().is_some_and(|name| name.trim() == "br"))
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn page(entropy: &dyn Entropy) -> Response {
    let nonce = format!("{:032x}", entropy.u128());
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    let mut response = INDEX.replace(NONCE, &nonce).into_response();
    let head = response.headers_mut();
    const HEADERS: [(HeaderName, &str); 6] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in HEADERS {
        head.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        head.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::extract::Path;
    use axum::routing::get;

    use super::*;
    use crate::system::SystemEntropy;

    async fn ask(path: &str, encoding: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
        let api = Router::new()
            .route("/v1/me", get(async || "api"))
            .route("/v1/users/{id}", get(async |Path(id): Path<String>| id));
        let mut router = around(api, Arc::new(SystemEntropy));
        let request = Request::builder().uri(path).header("accept-encoding", encoding).body(Body::empty()).unwrap();
        let response = router.call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, to_bytes(body, usize::MAX).await.unwrap().to_vec())
    }

    #[tokio::test]
    async fn the_api_answers_at_its_addresses_and_the_page_at_all_others() {
        assert_eq!(ask("/v1/me", "").await.2, b"api");
        assert_eq!(ask("/v1/users/usr_1", "").await.2, b"usr_1");
        for path in ["/", "/users", "/users/usr_1/routing", "/setup"] {
            let (status, _, body) = ask(path, "").await;
            assert_eq!(status, StatusCode::OK);
            assert!(String::from_utf8(body).unwrap().contains("<div id=\"root\">"), "{path}");
        }
        assert_eq!(ask("/assets/gone-12345678.js", "").await.0, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn each_page_has_a_nonce_of_its_own_and_allows_nothing_inline() {
        let (_, first, body) = ask("/", "").await;
        let policy = first["content-security-policy"].to_str().unwrap().to_owned();
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap().to_owned();
        let body = String::from_utf8(body).unwrap();
        assert!(body.contains(&nonce) && !body.contains(NONCE), "{body}");
        assert!(!policy.contains("unsafe"), "{policy}");
        let (_, second, _) = ask("/", "").await;
        assert_ne!(second["content-security-policy"].to_str().unwrap(), policy);
    }

    #[tokio::test]
    async fn files_are_kept_for_ever_and_compressed_for_who_wants_it() {
        let script = ASSETS.iter().find(|asset| asset.path.ends_with(".js") && asset.brotli.is_some()).unwrap();
        let (status, head, plain) = ask(script.path, "gzip").await;
        assert_eq!(
            (status, &head["content-type"]),
            (StatusCode::OK, &HeaderValue::from_static("text/javascript; charset=utf-8"))
        );
        assert!(head["cache-control"].to_str().unwrap().contains("immutable"));
        let (_, head, compressed) = ask(script.path, "gzip, br;q=1.0").await;
        assert_eq!(&head["content-encoding"], "br");
        assert!(compressed.len() * 2 < plain.len());
    }

    #[test]
    fn files_are_sorted_as_the_search_wants_them() {
        assert!(ASSETS.is_sorted_by(|a, b| a.path < b.path));
    }
}
