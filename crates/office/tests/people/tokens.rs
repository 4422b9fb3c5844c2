//! Personal access tokens.

use serde_json::json;

use crate::support::{Client, Stand, story};

fn with(stand: &Stand, secret: &serde_json::Value) -> Client {
    Client { token: secret.as_str().map(str::to_owned), ..Client::nobody(&stand.office) }
}

story! {
async fn a_token_does_what_it_is_for_and_nothing_else(stand: Stand) {
    let anna = stand.signed_in(0).await;
    let made = anna.post("/v1/tokens", json!({"label": "export", "scopes": ["users:read"]})).await.expect(201);
    assert!(made["secret"].as_str().unwrap().starts_with("rwk_"));
    assert_eq!(made["token"]["scopes"], json!(["users:read"]));
    let script = with(&stand, &made["secret"]);
    script.get("/v1/users").await.expect(200);
    let refused = script.post("/v1/users", json!({"firstName": "Dora"})).await.problem(403, "missing-scope");
    assert_eq!(refused["detail"], "The token lacks the scope `users:write`.");

    let list = anna.get("/v1/tokens").await;
    assert!(!list.text.contains(made["secret"].as_str().unwrap()));
    let path = format!("/v1/tokens/{}", made["token"]["id"].as_str().unwrap());
    stand.signed_in(1).await.delete(&path).await.problem(404, "not-found");
    anna.delete(&path).await.expect(204);
    script.get("/v1/users").await.problem(401, "sign-in-required");
    anna.delete(&path).await.problem(404, "not-found");
}
}

story! {
async fn a_token_never_exceeds_who_makes_it(stand: Stand) {
    let anna = stand.signed_in(0).await;
    let scopes = json!(["sessions:write", "users:read"]);
    let made = anna.post("/v1/tokens", json!({"label": "small", "scopes": scopes})).await.expect(201);
    let script = with(&stand, &made["secret"]);
    for scopes in [json!(["all"]), json!(["users:write"]), json!(["users:read", "calls:read"])] {
        script.post("/v1/tokens", json!({"label": "more", "scopes": scopes})).await.problem(403, "missing-scope");
    }
    script.post("/v1/tokens", json!({"label": "less", "scopes": ["users:read"]})).await.expect(201);

    // A user's token administers nothing, whatever its scopes.
    let made = stand.signed_in(1).await.post("/v1/tokens", json!({"label": "all", "scopes": ["all"]})).await.expect(201);
    with(&stand, &made["secret"]).get("/v1/users").await.problem(403, "administrator-required");
}
}

story! {
async fn a_token_rests_while_its_owner_is_blocked_and_ends_in_time(stand: Stand) {
    let body = json!({"label": "a day", "scopes": ["all"], "expiresInDays": 1});
    let made = stand.signed_in(1).await.post("/v1/tokens", body).await.expect(201);
    let script = with(&stand, &made["secret"]);
    let user = format!("/v1/users/{}", stand.company.user(1));
    let anna = &stand.company.administrator;
    anna.post(&format!("{user}/block"), json!({})).await.expect(200);
    script.get("/v1/me").await.problem(401, "sign-in-required");
    anna.post(&format!("{user}/unblock"), json!({})).await.expect(200);
    script.get("/v1/me").await.expect(200);
    stand.clock.forward(24 * 3600 * 1000);
    script.get("/v1/me").await.problem(401, "sign-in-required");
}
}

story! {
async fn what_cannot_be_is_refused_by_name(stand: Stand) {
    let anna = stand.signed_in(0).await;
    let body = json!({"label": "", "scopes": ["users:read", "users:eat"], "expiresInDays": 0});
    anna.post("/v1/tokens", body).await.refused(&[
        ("/label", "text.empty"),
        ("/scopes/1", "scope.unknown"),
        ("/expiresInDays", "days.range"),
    ]);
    anna.post("/v1/tokens", json!({"label": "x", "scopes": []})).await.refused(&[("/scopes", "scope.none")]);
}
}
