//! No secret reaches a log line, whatever the level, and none is readable in the database.

use std::io::Write;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Client, PASSWORD, Stand, story};

/// Everything that was logged.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Paper {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Lets secrets of every kind pass through, and answers them.
async fn drive(stand: &Stand) -> Vec<String> {
    let anna = &stand.company.administrator;
    let nobody = Client::nobody(&stand.office);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let own = stand.signed_in(1).await;
    let token = own.post("/v1/tokens", json!({"label": "x", "scopes": ["all"]})).await.expect(201);
    let script = Client { token: Some(text(&token["secret"])), ..nobody.clone() };
    script.get("/v1/me").await.expect(200);
    let devices = format!("/v1/users/{}/devices", stand.company.user(1));
    let keyed = script.with("idempotency-key", "canary");
    let phone = keyed.post(&devices, json!({"kind": "voip", "label": "x"})).await.expect(201);
    let invitation = format!("/v1/users/{}/invitation", stand.company.user(1));
    let link = anna.post(&invitation, json!({})).await.expect(201);
    let new = "canary der Kanarienvogel singt";
    nobody.get(&format!("/v1/links/{}", text(&link["token"]))).await.expect(200);
    nobody.post(&format!("/v1/links/{}", text(&link["token"])), json!({"password": new})).await.expect(204);
    // Also what fails on the way.
    nobody.post("/v1/sessions", json!({"email": "x", "password": new, "more": new})).await.expect(422);
    nobody.post("/v1/sessions", json!(new)).await.expect(422);
    let email = "bernd@aachener-printen.example";
    let cookie = nobody.post("/v1/sessions", json!({"email": email, "password": new})).await.expect(201);
    nobody.with("cookie", &format!("ringwerk={}", text(&cookie["token"]))).get("/v1/me").await.expect(200);
    vec![
        PASSWORD.to_owned(),
        new.to_owned(),
        own.token.unwrap(),
        text(&token["secret"]),
        text(&link["token"]),
        text(&cookie["token"]),
        text(&phone["credentials"]["password"]),
    ]
}

story! {
async fn logs_hold_none_at_any_level(stand: Stand) {
    let paper = Paper::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(paper.clone()).finish();
    // For this thread, on which the story and its tasks run.
    let guard = tracing::subscriber::set_default(subscriber);
    let secrets = drive(&stand).await;
    tracing::info!("the paper is not blank");
    drop(guard);
    let log = String::from_utf8_lossy(&paper.0.lock()).into_owned();
    assert!(log.contains("the paper is not blank") && log.contains("/v1/sessions"));
    for secret in secrets {
        assert!(!log.contains(&secret), "{secret} in the log");
    }
}
}

#[tokio::test]
async fn the_database_file_holds_none() {
    let stand = Stand::on_sqlite("the_database_file_holds_none").await;
    let secrets = drive(&stand).await;
    let mut bytes = Vec::new();
    for file in stand.files() {
        bytes.extend(std::fs::read(file).unwrap());
    }
    assert!(contains(&bytes, "bernd@aachener-printen.example"));
    for secret in secrets {
        assert!(!contains(&bytes, &secret), "{secret} in the database");
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
