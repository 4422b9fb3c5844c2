//! Somebody who speaks to the API, and what it answers.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use office::Office;
use serde_json::Value;
use tower::ServiceExt;

/// Somebody who speaks to the API.
#[derive(Clone)]
pub struct Client {
    pub router: Router,
    pub token: Option<String>,
    pub headers: Vec<(&'static str, String)>,
    /// Where the requests come from.
    pub source: Option<std::net::IpAddr>,
}

/// What the API answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub etag: Option<String>,
    pub headers: axum::http::HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Answer {
    /// The body, if the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// Checks that it is this problem, and answers it.
    #[track_caller]
    pub fn problem(self, status: u16, slug: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.body["type"], format!("urn:ringwerk:problem:{slug}"), "{}", self.text);
        self.body
    }

    /// Checks that exactly these values were refused: pointer and code.
    #[track_caller]
    pub fn refused(self, expected: &[(&str, &str)]) {
        let problem = self.problem(422, "invalid");
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let found: Vec<(&str, &str)> =
            errors.iter().map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap())).collect();
        assert_eq!(found, expected, "{problem:#}");
    }
}

impl Client {
    pub fn nobody(office: &Office) -> Self {
        Self { router: office.router(), token: None, headers: Vec::new(), source: None }
    }

    pub fn at(&self, office: &Office) -> Self {
        Self { router: office.router(), ..self.clone() }
    }

    /// With one header more.
    pub fn with(&self, name: &'static str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name, value.to_owned()));
        client
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, Some(body)).await
    }

    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.send_body(method, path, body.map(|body| ("application/json", body.to_string().into_bytes()))).await
    }

    /// Sends a file.
    pub async fn send_text(&self, method: &str, path: &str, kind: &'static str, text: impl AsRef<[u8]>) -> Answer {
        self.send_body(method, path, Some((kind, text.as_ref().to_vec()))).await
    }

    async fn send_body(&self, method: &str, path: &str, body: Option<(&'static str, Vec<u8>)>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let body = match body {
            Some((kind, body)) => {
                request = request.header(header::CONTENT_TYPE, kind);
                Body::from(body)
            }
            None => Body::empty(),
        };
        if let Some(source) = self.source {
            request = request.extension(ConnectInfo(SocketAddr::from((source, 40_000))));
        }
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let headers = response.headers().clone();
        let status = response.status().as_u16();
        let etag = response.headers().get(header::ETAG).map(|tag| tag.to_str().unwrap().to_owned());
        let bytes = to_bytes(response.into_body(), 16 << 20).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status, etag, headers, body: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    /// Every item of a list, by pages of `limit`.
    pub async fn all(&self, path: &str, limit: usize) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = self.get(&format!("{path}{joint}limit={limit}{cursor}")).await.expect(200);
            let found = page["items"].as_array().unwrap();
            assert!(found.len() <= limit);
            items.extend(found.iter().cloned());
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }
}
