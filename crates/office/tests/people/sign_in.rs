//! Passwords, sessions, cookies, one-time links, rate limits.

use serde_json::{Value, json};

use crate::support::{Answer, Client, PASSWORD, Stand, story};

const MINUTE: i64 = 60 * 1000;

fn nobody(stand: &Stand) -> Client {
    Client::nobody(&stand.office)
}

fn email(name: &str) -> String {
    format!("{name}@aachener-printen.example")
}

async fn try_in(client: &Client, email: &str, password: &str) -> Answer {
    client.post("/v1/sessions", json!({"email": email, "password": password})).await
}

fn cookie(answer: &Answer) -> String {
    let set = answer.headers["set-cookie"].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

story! {
async fn an_unknown_address_gets_the_answer_of_a_wrong_password(stand: Stand) {
    let nobody = nobody(&stand);
    let wrong = try_in(&nobody, &email("bernd"), "vier Ziegen auf dem Dach").await;
    let unknown = try_in(&nobody, "niemand@aachener-printen.example", PASSWORD).await;
    let not_even = try_in(&nobody, "not an address", PASSWORD).await;
    stand.company.administrator.post(&format!("/v1/users/{}/block", stand.company.user(2)), json!({})).await.expect(200);
    let blocked = try_in(&nobody, &email("clara"), PASSWORD).await;
    for other in [&unknown, &not_even, &blocked] {
        assert_eq!((other.status, &other.text, &other.headers), (401, &wrong.text, &wrong.headers));
    }
    wrong.problem(401, "wrong-credentials");
}
}

story! {
async fn a_cookie_changes_things_only_from_our_own_pages(stand: Stand) {
    let answer = try_in(&nobody(&stand), &email("bernd"), PASSWORD).await;
    let set = answer.headers["set-cookie"].to_str().unwrap();
    assert!(set.starts_with("ringwerk=rws_") && set.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{set}");
    let browser = nobody(&stand).with("cookie", &format!("a=b; {}", cookie(&answer))).with("host", "127.0.0.1:8080");
    let me = browser.get("/v1/me").await.expect(200);
    let path = format!("/v1/users/{}", me["user"]["id"].as_str().unwrap());
    let patch = json!({"busyOnBusy": true});

    browser.patch(&path, patch.clone()).await.problem(403, "cross-site");
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("origin", "http://evil.example"),
        ("origin", "null"),
    ] {
        browser.with(name, value).patch(&path, patch.clone()).await.problem(403, "cross-site");
    }
    browser.with("sec-fetch-site", "same-origin").patch(&path, patch.clone()).await.expect(200);
    browser.with("origin", "http://127.0.0.1:8080").patch(&path, patch).await.expect(200);

    // Nor may another site sign somebody in.
    try_in(&nobody(&stand).with("sec-fetch-site", "cross-site"), &email("bernd"), PASSWORD)
        .await
        .problem(403, "cross-site");
}
}

story! {
async fn sessions_are_listed_and_ended(stand: Stand) {
    let first = stand.signed_in(1).await;
    stand.clock.forward(1);
    let second = stand.signed_in(1).await;
    let list = second.all("/v1/sessions", 10).await;
    assert_eq!(list.iter().map(|session| session["current"].as_bool().unwrap()).collect::<Vec<_>>(), [true, false]);
    second.delete(&format!("/v1/sessions/{}", list[1]["id"].as_str().unwrap())).await.expect(204);
    first.get("/v1/me").await.problem(401, "sign-in-required");
    second.get("/v1/me").await.expect(200);

    let third = stand.signed_in(1).await;
    let out = third.delete("/v1/sessions").await;
    assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    for session in [&second, &third] {
        session.get("/v1/me").await.problem(401, "sign-in-required");
    }
}
}

story! {
async fn a_session_ends_by_itself(stand: Stand) {
    let bernd = stand.signed_in(1).await;
    stand.clock.forward(12 * 60 * MINUTE - 1);
    bernd.get("/v1/me").await.expect(200);
    stand.clock.forward(1);
    bernd.get("/v1/me").await.problem(401, "sign-in-required");
}
}

story! {
async fn a_new_password_ends_the_other_sessions(stand: Stand) {
    let (here, elsewhere) = (stand.signed_in(1).await, stand.signed_in(1).await);
    let path = format!("/v1/users/{}/password", stand.company.user(1));
    let new = "vier Ziegen auf dem Dach";
    here.put(&path, json!({"current": "falsch", "password": new})).await.refused(&[("/current", "password.wrong")]);
    here.put(&path, json!({"password": new})).await.refused(&[("/current", "password.wrong")]);
    here.put(&path, json!({"current": PASSWORD, "password": "kurz"})).await.refused(&[("/password", "password.short")]);
    here.put(&path, json!({"current": PASSWORD, "password": new})).await.expect(204);
    here.get("/v1/me").await.expect(200);
    elsewhere.get("/v1/me").await.problem(401, "sign-in-required");
    try_in(&nobody(&stand), &email("bernd"), PASSWORD).await.problem(401, "wrong-credentials");
    try_in(&nobody(&stand), &email("bernd"), new).await.expect(201);

    // An administrator sets it without knowing the old one; a colleague finds no such user.
    stand.company.administrator.put(&path, json!({"password": PASSWORD})).await.expect(204);
    stand.signed_in(2).await.put(&path, json!({"password": new})).await.problem(404, "not-found");
}
}

story! {
async fn a_temporary_password_opens_nothing_but_the_way_to_one_of_ones_own(stand: Stand) {
    let anna = &stand.company.administrator;
    let path = format!("/v1/users/{}/password", stand.company.user(1));
    let (temporary, own) = ("sieben Enten im Regen", "vier Ziegen auf dem Dach");
    let script = stand.signed_in(1).await;
    let token = script.post("/v1/tokens", json!({"label": "nightly", "scopes": ["users:read"]})).await.expect(201);
    let script = Client { token: token["secret"].as_str().map(str::to_owned), ..nobody(&stand) };
    anna.put(&path, json!({"password": temporary})).await.expect(204);

    let session = try_in(&nobody(&stand), &email("bernd"), temporary).await.expect(201);
    assert_eq!(session["mustChangePassword"], true);
    let bernd = Client { token: session["token"].as_str().map(str::to_owned), ..nobody(&stand) };
    let refused = bernd.get("/v1/me").await.problem(403, "password-change-required");
    assert_eq!(refused["user"], stand.company.user(1).to_string());
    for read in ["/v1/users", "/v1/sessions", "/v1/tokens", "/v1/calls", "/v1/events"] {
        bernd.get(read).await.problem(403, "password-change-required");
    }
    bernd.post("/v1/tokens", json!({"label": "x", "scopes": ["all"]})).await.problem(403, "password-change-required");
    bernd.delete("/v1/sessions").await.problem(403, "password-change-required");
    // Not even as an administrator somebody else's.
    let carla = format!("/v1/users/{}/password", stand.company.user(2));
    bernd.put(&carla, json!({"password": own})).await.problem(403, "password-change-required");
    // His scripts have secrets that nobody else chose.
    script.get("/v1/me").await.expect(200);

    bernd.put(&path, json!({"current": "falsch", "password": own})).await.refused(&[("/current", "password.wrong")]);
    let again = json!({"current": temporary, "password": temporary});
    bernd.put(&path, again).await.refused(&[("/password", "password.same")]);
    bernd.put(&path, json!({"current": temporary, "password": own})).await.expect(204);
    bernd.get("/v1/me").await.expect(200);
    let session = try_in(&nobody(&stand), &email("bernd"), own).await.expect(201);
    assert_eq!(session["mustChangePassword"], false);

    // It is done with as well by going away, by a link, and when the administrator says so.
    anna.put(&path, json!({"password": temporary})).await.expect(204);
    let session = try_in(&nobody(&stand), &email("bernd"), temporary).await.expect(201);
    let bernd = Client { token: session["token"].as_str().map(str::to_owned), ..nobody(&stand) };
    bernd.delete("/v1/sessions/current").await.expect(204);
    let link = anna.post(&format!("/v1/users/{}/invitation", stand.company.user(1)), json!({})).await.expect(201);
    let link = format!("/v1/links/{}", link["token"].as_str().unwrap());
    nobody(&stand).post(&link, json!({"password": own})).await.expect(204);
    assert_eq!(try_in(&nobody(&stand), &email("bernd"), own).await.expect(201)["mustChangePassword"], false);
    anna.put(&path, json!({"password": temporary, "mustChange": false})).await.expect(204);
    assert_eq!(try_in(&nobody(&stand), &email("bernd"), temporary).await.expect(201)["mustChangePassword"], false);
}
}

story! {
async fn an_invitation_works_once_and_ends_everything_else(stand: Stand) {
    let anna = &stand.company.administrator;
    let bernd = stand.signed_in(1).await;
    let path = format!("/v1/users/{}/invitation", stand.company.user(1));
    let old = anna.post(&path, json!({})).await.expect(201);
    let link = anna.post(&path, json!({})).await.expect(201);
    let page = |link: &Value| format!("/v1/links/{}", link["token"].as_str().unwrap());
    let new = json!({"password": "vier Ziegen auf dem Dach"});
    let nobody = nobody(&stand);

    nobody.post(&page(&old), new.clone()).await.problem(404, "link-invalid");
    let shown = nobody.get(&page(&link)).await.expect(200);
    assert_eq!((&shown["name"], &shown["email"]), (&json!("Bernd Ahrens"), &json!(email("bernd"))));
    nobody.post(&page(&link), json!({"password": "kurz"})).await.refused(&[("/password", "password.short")]);
    let here = page(&link);
    let (a, b) = tokio::join!(nobody.post(&here, new.clone()), nobody.post(&here, new.clone()));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 404]);
    bernd.get("/v1/me").await.problem(401, "sign-in-required");
    try_in(&nobody, &email("bernd"), "vier Ziegen auf dem Dach").await.expect(201);

    // Bernd had a password, so the link was one of recovery: half an hour.
    let link = anna.post(&path, json!({})).await.expect(201);
    stand.clock.forward(30 * MINUTE);
    nobody.post(&page(&link), new).await.problem(404, "link-invalid");
}
}

story! {
async fn somebody_with_a_shell_gets_in_again(stand: Stand) {
    assert!(stand.office.recover_admin(Some("bernd@aachener-printen.example")).await.is_err());
    let link = stand.office.recover_admin(Some(" Anna@Aachener-Printen.example")).await.unwrap();
    let page = format!("/v1/links/{}", link.expose());
    nobody(&stand).post(&page, json!({"password": "vier Ziegen auf dem Dach"})).await.expect(204);
    let session = try_in(&nobody(&stand), &email("anna"), "vier Ziegen auf dem Dach").await.expect(201);
    let anna = Client { token: session["token"].as_str().map(str::to_owned), ..nobody(&stand) };
    let audit = anna.get(&format!("/v1/audit?object={}", stand.company.user(0))).await;
    assert!(audit.text.contains("identity.recover") && audit.text.contains("console"), "{}", audit.text);
    assert!(!audit.text.contains(link.expose().as_str()));
}
}

story! {
async fn guessing_is_slowed_down_and_the_owner_is_not_locked_out(stand: Stand) {
    let at = |source: &str| Client { source: Some(source.parse().unwrap()), ..nobody(&stand) };
    let (owner, attacker) = (at("127.0.75.1"), at("127.0.75.2"));
    try_in(&owner, &email("bernd"), PASSWORD).await.expect(201);
    for _ in 0..6 {
        try_in(&attacker, &email("bernd"), "falsch").await.problem(401, "wrong-credentials");
    }
    let refused = try_in(&attacker, &email("bernd"), PASSWORD).await;
    assert_eq!(refused.headers["retry-after"], "60");
    refused.problem(429, "too-many-attempts");
    try_in(&owner, &email("bernd"), PASSWORD).await.expect(201);
    stand.clock.forward(MINUTE);
    try_in(&attacker, &email("bernd"), PASSWORD).await.expect(201);
}
}

story! {
async fn no_answer_tells_a_stranger_who_is_there(stand: Stand) {
    let anna = &stand.company.administrator;
    let nobody = Client::nobody(&stand.office);
    anna.post("/v1/users", json!({"firstName": "Dora", "email": "dora@x.example"})).await.expect(201);
    let bernd = format!("/v1/users/{}", stand.company.user(1));
    anna.post(&format!("{bernd}/block"), json!({})).await;
    let operator = "night@hoster.example";
    stand.office.operator_link(&operator.parse().unwrap()).await.unwrap();
    // Somebody with a password, somebody without, somebody blocked, an operator, and nobody.
    let people =
        ["clara@aachener-printen.example", "dora@x.example", "bernd@aachener-printen.example", operator, "x@y.example"];
    let seen = |answer: crate::support::Answer| (answer.status, answer.headers, answer.text);
    for (path, status) in [("/v1/sessions", 401), ("/v1/operator/sessions", 401), ("/v1/password-resets", 202)] {
        let mut answers = Vec::new();
        for email in people {
            let body = match path {
                "/v1/password-resets" => json!({"email": email}),
                _ => json!({"email": email, "password": "falsch falsch falsch"}),
            };
            answers.push(seen(nobody.post(path, body).await));
        }
        assert!(answers.iter().all(|answer| answer.0 == status && *answer == answers[0]), "{path}: {answers:#?}");
    }
}
}
