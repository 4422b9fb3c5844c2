//! What is common to all requests: bodies, problems, headers, idempotency keys.

use serde_json::json;

use crate::support::{Client, story};

story! {
async fn a_body_that_does_not_fit_is_told_where(stand: Stand) {
    let anna = &stand.company.administrator;
    anna.post("/v1/users", json!({"firstName": "Dora", "email": 7})).await.refused(&[("/email", "shape")]);
    anna.post("/v1/users", json!({"firstName": "Dora", "mail": "d@x.de"})).await.refused(&[("/mail", "shape")]);
    anna.post("/v1/users", json!({})).await.refused(&[("", "shape")]);
    anna.post("/v1/users", json!({"firstName": " ", "lastName": "a\nb", "email": "x", "timeZone": "Mars/Olympus"}))
        .await
        .refused(&[
            ("/firstName", "text.empty"),
            ("/lastName", "text.control"),
            ("/email", "email.invalid"),
            ("/timeZone", "timeZone.unknown"),
        ]);
    let scopes = json!({"label": "x", "scopes": ["all", 3]});
    stand.signed_in(0).await.post("/v1/tokens", scopes).await.refused(&[("/scopes/1", "shape")]);
}
}

story! {
async fn what_is_not_there_is_a_problem_too(stand: Stand) {
    let anna = &stand.company.administrator;
    anna.get("/v1/nothing").await.problem(404, "not-found");
    anna.send("PUT", "/v1/users", None).await.problem(405, "method-not-allowed");
    anna.get("/v1/users/usr_damaged").await.problem(404, "not-found");
    anna.get(&format!("/v1/users/{}", stand.company.device(0))).await.problem(404, "not-found");
    anna.get("/v1/users?limit=0").await.problem(400, "invalid-query");
    anna.get("/v1/users?limit=201").await.problem(400, "invalid-query");
    anna.get("/v1/users?sort=shoe").await.problem(400, "invalid-query");
    anna.get("/v1/users?cursor=zz").await.problem(400, "invalid-cursor");
    anna.send("POST", "/v1/users", None).await.problem(415, "unsupported-media-type");
    let long = json!({"firstName": "x".repeat(1 << 20)});
    anna.post("/v1/users", long).await.problem(413, "body-too-large");
}
}

story! {
async fn every_answer_carries_the_security_headers(stand: Stand) {
    for answer in [
        Client::nobody(&stand.office).get("/v1/users").await,
        stand.company.administrator.get("/v1/users").await,
        Client::nobody(&stand.office).get("/healthz").await,
    ] {
        let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    }
}
}

story! {
async fn a_repeated_post_is_carried_out_once(stand: Stand) {
    let anna = &stand.company.administrator;
    let dora = json!({"firstName": "Dora", "email": "dora@aachener-printen.example"});
    let keyed = anna.with("idempotency-key", "k1");
    let first = keyed.post("/v1/users", dora.clone()).await;
    let second = keyed.post("/v1/users", dora.clone()).await;
    assert_eq!((first.status, &first.text, &first.etag), (201, &second.text, &second.etag));
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert_eq!(anna.all("/v1/users?search=dora", 10).await.len(), 1);

    keyed.post("/v1/users", json!({"firstName": "Emil"})).await.problem(422, "idempotency-key-reused");
    anna.with("idempotency-key", "").post("/v1/users", dora.clone()).await.problem(400, "invalid-query");

    // What was refused can be sent again with the same key.
    let other = anna.with("idempotency-key", "k2");
    other.post("/v1/users", dora.clone()).await.problem(409, "email-taken");
    anna.delete(&format!("/v1/users/{}", first.body["id"].as_str().unwrap())).await.expect(204);
    other.post("/v1/users", dora).await.expect(201);

    // A key belongs to its user.
    let xaver = stand.other.administrator.with("idempotency-key", "k1");
    xaver.post("/v1/users", json!({"firstName": "Yvonne"})).await.expect(201);
}
}

story! {
async fn the_same_post_twice_at_once_is_carried_out_once(stand: Stand) {
    let anna = stand.company.administrator.with("idempotency-key", "twin");
    let dora = json!({"firstName": "Dora"});
    let (a, b) = tokio::join!(anna.post("/v1/users", dora.clone()), anna.post("/v1/users", dora.clone()));
    for answer in [&a, &b] {
        assert!([201, 409].contains(&answer.status), "{}", answer.text);
    }
    assert_eq!(anna.all("/v1/users?search=dora", 10).await.len(), 1);
}
}

story! {
async fn a_secret_that_was_shown_once_is_stored_sealed(stand: Stand) {
    let anna = stand.company.administrator.with("idempotency-key", "phone");
    let path = format!("/v1/users/{}/devices", stand.company.user(1));
    let first = anna.post(&path, json!({"kind": "voip", "label": "Kitchen"})).await.expect(201);
    let again = anna.post(&path, json!({"kind": "voip", "label": "Kitchen"})).await.expect(201);
    assert_eq!(first, again);
}
}

story! {
async fn while_the_disk_is_full_people_read_and_sign_in_and_change_nothing(stand: Stand) {
    let anna = &stand.company.administrator;
    let nobody = Client::nobody(&stand.office);
    stand.office.set_storage_full(true);
    let refused = anna.post("/v1/users", json!({"firstName": "Dora"})).await;
    assert_eq!(refused.headers["retry-after"], "60");
    refused.problem(503, "storage-full");
    anna.get("/v1/users").await.expect(200);
    stand.signed_in(1).await.get("/v1/me").await.expect(200);
    let health = nobody.get("/healthz").await;
    assert_eq!((health.status, health.text.lines().count()), (200, 2), "{}", health.text);
    stand.office.set_storage_full(false);
    assert_eq!(nobody.get("/healthz").await.text, "ok\n");
    anna.post("/v1/users", json!({"firstName": "Dora"})).await.expect(201);
}
}
