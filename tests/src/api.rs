//! A client of the REST API, as a script would be one.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;

use crate::listener::Listener;

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub etag: Option<String>,
    pub retry_after: Option<String>,
}

/// Talks to one server, as one person or as nobody.
#[derive(Clone)]
pub struct Api {
    agent: ureq::Agent,
    server: SocketAddr,
    base: String,
    token: Option<String>,
}

impl Api {
    /// Nobody in particular.
    pub fn stranger(server: SocketAddr) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)))
            .build();
        Self { agent: config.into(), server, base: format!("http://{server}"), token: None }
    }

    /// The same server, as whoever holds `token`.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Listens to what happens in the account.
    pub fn listen(&self) -> Listener {
        Listener::open(self.server, self.token().expect("somebody who is signed in"))
    }

    /// The token requests are sent with.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Signs in.
    pub fn sign_in(&self, email: &str, password: &str) -> Self {
        let session = self
            .post("/v1/sessions", &serde_json::json!({ "email": email, "password": password, "staySignedIn": false }));
        self.with_token(session["token"].as_str().expect("a session has a token"))
    }

    /// Sends any request; `None` when no answer came at all.
    pub fn send(&self, method: &str, path: &str, body: Option<&Value>, headers: &[(&str, &str)]) -> Option<Answer> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let result = match body {
            Some(body) => self.agent.run(
                request.header("Content-Type", "application/json").body(body.to_string()).expect("a sound request"),
            ),
            None => self.agent.run(request.body(()).expect("a sound request")),
        };
        let mut response = result.ok()?;
        let header = |name: &str| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        let (etag, retry_after) = (header("etag"), header("retry-after"));
        let text = response.body_mut().read_to_string().ok()?;
        Some(Answer {
            status: response.status().as_u16(),
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
            etag,
            retry_after,
        })
    }

    pub fn get(&self, path: &str) -> Value {
        self.good("GET", path, None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Value {
        self.good("POST", path, Some(body))
    }

    pub fn put(&self, path: &str, body: &Value) -> Value {
        self.good("PUT", path, Some(body))
    }

    /// Changes an object as it is now.
    pub fn patch(&self, path: &str, body: &Value) -> Value {
        let etag = self.answer("GET", path, None, &[]).etag.expect("an object that can be changed has an ETag");
        let answer = self.answer("PATCH", path, Some(body), &[("If-Match", &etag)]);
        assert!(matches!(answer.status, 200..=299), "PATCH {path}: {answer:?}");
        answer.body
    }

    pub fn delete(&self, path: &str) -> Value {
        self.good("DELETE", path, None)
    }

    /// Follows the cursors of a list to its end.
    pub fn list(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let glue = if path.contains('?') { '&' } else { '?' };
            let page = self.get(&format!("{path}{glue}limit=100{cursor}"));
            items.extend(
                page["items"].as_array().unwrap_or_else(|| panic!("{path} is no list: {page}")).iter().cloned(),
            );
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// The status of a request that may be refused.
    pub fn status(&self, method: &str, path: &str, body: Option<&Value>) -> u16 {
        self.answer(method, path, body, &[]).status
    }

    fn good(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let answer = self.answer(method, path, body, &[]);
        assert!(matches!(answer.status, 200..=299), "{method} {path} with {body:?}: {answer:?}");
        answer.body
    }

    fn answer(&self, method: &str, path: &str, body: Option<&Value>, headers: &[(&str, &str)]) -> Answer {
        self.send(method, path, body, headers).unwrap_or_else(|| panic!("{method} {path}: no answer"))
    }
}
