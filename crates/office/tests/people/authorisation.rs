//! Walks every operation of the OpenAPI document as somebody who may not call it.
//!
//! An operation that cannot be walked, because the table of objects below knows no id for its path or its
//! body has no example, goes into `uncovered.txt`, which must stay empty.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use callflow::{CallKind, CallRecord, Called, CallerIdentity, Outcome, Trail};
use office::ledger::LedgerEntry;
use serde_json::{Value, json};
use types::clock::Timestamp;
use types::ids::CallId;

use crate::operators::operator;
use crate::support::{Client, MORNING, Stand, story, token_in};

/// What every colleague may see although it is not his own. Nothing here changes anything.
const SEEN_BY_COLLEAGUES: [&str; 4] = [
    "GET /v1/extensions/{number}/availability",
    "GET /v1/groups/{group}",
    "GET /v1/groups/{group}/routing",
    "GET /v1/locations/{location}",
];

struct Operation {
    method: String,
    path: String,
    role: String,
    scope: Option<String>,
    /// The path with ids of the first company.
    filled: Option<String>,
    body: Option<Value>,
    covered: bool,
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn has_object(&self) -> bool {
        self.path.contains('{')
    }
}

/// One object of the first company for each place in a path. They belong to Clara or to the account.
async fn objects(stand: &Stand) -> BTreeMap<&'static str, String> {
    let anna = &stand.company.administrator;
    let clara = stand.signed_in(2).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let owner = json!({"type": "user", "id": stand.company.user(2).to_string()});
    let extension = anna.post("/v1/extensions", json!({"number": "47", "owner": owner})).await.expect(201);
    anna.post("/v1/numbers", json!({"number": "+4921190009017"})).await.expect(201);
    let phone = json!({"kind": "voip", "label": "Soft phone"});
    let phone = clara.post(&format!("/v1/users/{}/devices", stand.company.user(2)), phone).await.expect(201);
    let setup_code = text(&phone["setupCode"]["url"]).rsplit('/').next().unwrap().to_owned();
    let group = anna.post("/v1/groups", json!({"name": "Sales"})).await.expect(201);
    let script = clara.post("/v1/tokens", json!({"label": "x", "scopes": ["all"]})).await.expect(201);
    let invitation = format!("/v1/users/{}/invitation", stand.company.user(1));
    let link = anna.post(&invitation, json!({})).await.expect(201);
    let import = anna.send_text("POST", "/v1/imports", "text/csv", "First name\nDora\n").await.expect(201);
    // The links of mails; who holds one needs nothing else.
    let own = format!("/v1/users/{}", stand.company.user(2));
    anna.post(&format!("{own}/email-change"), json!({"email": "clara@x.example"})).await.expect(202);
    clara.put(&format!("{own}/newsletter"), json!({"subscribed": true})).await.expect(200);
    stand.office.post_round().await.unwrap();
    let token = |page: &str| {
        let mails = stand.post.mails.lock();
        token_in(mails.iter().find(|mail| mail.text.contains(&format!("/{page}#"))).unwrap(), page)
    };
    let call = CallRecord {
        id: CallId::from_parts(Timestamp(MORNING), 1),
        account: stand.company.filled.account,
        kind: CallKind::Internal,
        started: Timestamp(MORNING),
        ringing: None,
        answered: None,
        ended: Timestamp(MORNING),
        duration_ms: 0,
        caller: CallerIdentity {
            display_name: "Clara".into(),
            number: None,
            extension: None,
            user: Some(stand.company.user(2)),
            device: Some(stand.company.device(2)),
        },
        called: Called::default(),
        answered_by: None,
        outcome: Outcome::NoAnswer,
        ended_by: None,
        participants: vec![stand.company.user(2)],
        trail: Trail::default(),
        shortened: false,
    };
    let call_id = call.id.to_string();
    stand.write_down(vec![LedgerEntry::CallEnded(Arc::new(call))]).await;
    let message = json!({"to": "+491701234567", "text": "Hi", "sendAt": "2026-11-30T08:00:00Z"});
    let message = clara.post("/v1/messages", message).await.expect(202);
    let operator = operator(stand).await;
    operator.post("/v1/operator/numbers", json!({"number": "+493023125017"})).await.expect(201);
    let pool = anna.all("/v1/numbers/pool", 10).await;
    let operator_link = stand.office.operator_link(&"second@hoster.example".parse().unwrap()).await.unwrap();
    BTreeMap::from([
        ("/v1/bills/{month}", "2026-11".to_owned()),
        ("/v1/calls/{call}", call_id),
        ("/v1/email-confirmations/{confirmation}", token("confirm-email")),
        ("/v1/email-undos/{undo}", token("undo-email")),
        ("/v1/newsletter-confirmations/{confirmation}", token("confirm-newsletter")),
        ("/v1/newsletter-unsubscriptions/{unsubscription}", token("confirm-newsletter")),
        ("/v1/devices/{device}", stand.company.device(2).to_string()),
        ("/v1/extensions/{extension}", text(&extension["id"])),
        ("/v1/extensions/{number}", "47".to_owned()),
        ("/v1/groups/{group}", text(&group["id"])),
        ("/v1/imports/{import}", text(&import["id"])),
        ("/v1/links/{link}", text(&link["token"])),
        ("/v1/locations/{location}", text(&anna.all("/v1/locations", 10).await[0]["id"])),
        ("/v1/messages/{message}", text(&message["id"])),
        ("/v1/numbers/{number}", text(&anna.all("/v1/numbers", 10).await[0]["id"])),
        ("/v1/operator/accounts/{account}", stand.company.filled.account.to_string()),
        ("/v1/operator/links/{link}", operator_link.expose().clone()),
        ("/v1/operator/numbers/{number}", text(&pool[0]["id"])),
        ("/v1/sessions/{session}", text(&clara.all("/v1/sessions", 10).await[0]["id"])),
        ("/v1/setup-codes/{code}", setup_code),
        ("/v1/tokens/{token}", text(&script["token"]["id"])),
        ("/v1/users/{user}", stand.company.user(2).to_string()),
        ("/v1/users/{user}/routing/versions/{version}", "1".to_owned()),
        ("/v1/groups/{group}/routing/versions/{version}", "1".to_owned()),
        ("/v1/groups/{group}/members/{user}", stand.company.user(2).to_string()),
    ])
}

/// The path with every `{place}` filled, if the table knows them all.
fn fill(path: &str, objects: &BTreeMap<&'static str, String>) -> Option<String> {
    let mut filled = String::new();
    let mut so_far = String::new();
    for part in path.split('/').skip(1) {
        so_far = format!("{so_far}/{part}");
        let text = if part.starts_with('{') { objects.get(so_far.as_str())?.as_str() } else { part };
        filled = format!("{filled}/{text}");
    }
    Some(filled)
}

async fn operations(stand: &Stand) -> Vec<Operation> {
    let objects = objects(stand).await;
    let document = Client::nobody(&stand.office).get("/v1/openapi.json").await.expect(200);
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let access = &operation["x-access"];
            let filled = fill(path, &objects);
            let body = operation.get("requestBody").map(|body| example(&document, body));
            operations.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                role: access["role"]
                    .as_str()
                    .unwrap_or_else(|| panic!("{method} {path} declares no access"))
                    .to_owned(),
                scope: access["scope"].as_str().map(str::to_owned),
                covered: filled.is_some() && body.as_ref().is_none_or(|body| !body.is_null()),
                filled,
                body: body.filter(|body| !body.is_null()),
            });
        }
    }
    assert!(operations.len() >= 60, "{}", operations.len());
    operations
}

/// What can be sent; a text where a file is expected.
fn example(document: &Value, body: &Value) -> Value {
    if let Some(file) = body["content"].get("text/csv") {
        return file["example"].clone();
    }
    let schema = &body["content"]["application/json"]["schema"];
    let schema = match schema["$ref"].as_str() {
        Some(place) => document.pointer(place.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    schema["example"].clone()
}

async fn call(client: &Client, operation: &Operation) -> crate::support::Answer {
    if let Some(file) = operation.body.as_ref().and_then(Value::as_str) {
        return client.send_text(&operation.method, operation.filled.as_deref().unwrap(), "text/csv", file).await;
    }
    let body = operation.body.clone().or_else(|| (operation.method == "POST").then(|| json!({})));
    client.send(&operation.method, operation.filled.as_deref().unwrap(), body).await
}

async fn token(of: &Client, stand: &Stand, scopes: &[&str]) -> (Client, String) {
    let made = of.post("/v1/tokens", json!({"label": "walk", "scopes": scopes})).await.expect(201);
    let client = Client { token: made["secret"].as_str().map(str::to_owned), ..Client::nobody(&stand.office) };
    (client, made["token"]["id"].as_str().unwrap().to_owned())
}

story! {
async fn every_operation_is_walked(stand: Stand) {
    let uncovered: Vec<String> =
        operations(&stand).await.iter().filter(|operation| !operation.covered).map(Operation::name).collect();
    let committed: Vec<&str> = include_str!("uncovered.txt").lines().collect();
    assert_eq!(uncovered, committed, "give the table of objects an id, or the body an example");
    assert!(committed.is_empty(), "uncovered.txt must stay empty");
}
}

story! {
async fn strangers_are_asked_to_sign_in(stand: Stand) {
    let operations = operations(&stand).await;
    let (revoked, id) = token(&stand.company.administrator, &stand, &["all"]).await;
    stand.company.administrator.delete(&format!("/v1/tokens/{id}")).await.expect(204);
    let stranger = Client::nobody(&stand.office);
    let forged = Client { token: Some("rwk_0000000000000000000000000000000000000000000".to_owned()), ..stranger.clone() };
    for operation in operations.iter().filter(|operation| operation.role != "none") {
        for client in [&stranger, &revoked, &forged] {
            let answer = call(client, operation).await;
            assert_eq!(answer.status, 401, "{}: {}", operation.name(), answer.text);
            assert!(answer.headers.contains_key("www-authenticate"));
        }
    }
}
}

story! {
async fn a_token_without_the_scope_is_told_which(stand: Stand) {
    let operations = operations(&stand).await;
    let anna = &stand.company.administrator;
    let all: BTreeSet<String> = operations.iter().filter_map(|operation| operation.scope.clone()).collect();
    for scope in &all {
        let others: Vec<&str> = all.iter().filter(|other| *other != scope).map(String::as_str).collect();
        let (without, _) = token(anna, &stand, &others).await;
        for operation in operations.iter().filter(|operation| operation.scope.as_ref() == Some(scope)) {
            let problem = call(&without, operation).await.problem(403, "missing-scope");
            assert!(problem["detail"].as_str().unwrap().contains(scope), "{problem}");
        }
    }
}
}

story! {
async fn a_plain_user_administers_nothing_and_reaches_nobody_else(stand: Stand) {
    let operations = operations(&stand).await;
    let (bernd, _) = token(&stand.signed_in(1).await, &stand, &["all"]).await;
    for operation in &operations {
        if operation.role == "operator" {
            call(&bernd, operation).await.problem(403, "operator-required");
        } else if operation.role == "administrator" {
            call(&bernd, operation).await.problem(403, "administrator-required");
        } else if operation.role == "user" && operation.has_object() {
            let answer = call(&bernd, operation).await;
            let seen = SEEN_BY_COLLEAGUES.contains(&operation.name().as_str());
            let right = if seen { answer.status == 200 } else { [403, 404].contains(&answer.status) };
            assert!(right, "{}: {} {}", operation.name(), answer.status, answer.text);
        }
    }
}
}

story! {
async fn another_account_finds_nothing(stand: Stand) {
    let operations = operations(&stand).await;
    let (xaver, _) = token(&stand.other.administrator, &stand, &["all"]).await;
    let ours: Vec<String> = objects_of(&operations);
    // A stream of events does not end; a story of its own shows that nothing of another account is in it.
    let ends = |operation: &&Operation| operation.role != "none" && operation.path != "/v1/events";
    for operation in operations.iter().filter(ends) {
        let answer = call(&xaver, operation).await;
        if operation.role == "operator" {
            // Not even an administrator, whose own account it may be about.
            answer.problem(403, "operator-required");
            continue;
        }
        if operation.path == "/v1/extensions/{number}/availability" {
            // Digits name no object: the question is about the own account, where 47 is free.
            assert_eq!(answer.body["free"], json!(true), "{}", answer.text);
        } else if operation.path == "/v1/bills/{month}" {
            // A month neither: everybody has one.
            assert_eq!(answer.body["items"], json!([]), "{}", answer.text);
        } else if operation.has_object() {
            assert_eq!(answer.status, 404, "{}: {}", operation.name(), answer.text);
        }
        for id in &ours {
            assert!(!answer.text.contains(id.as_str()), "{} shows {id}: {}", operation.name(), answer.text);
        }
    }
}
}

story! {
async fn an_operator_reaches_nothing_inside_accounts(stand: Stand) {
    let operations = operations(&stand).await;
    let operator = operator(&stand).await;
    for operation in operations.iter().filter(|operation| ["user", "administrator"].contains(&operation.role.as_str())) {
        call(&operator, operation).await.problem(403, "account-required");
    }
    // What is the operator's is there, and of what is inside accounts nothing shows.
    for operation in operations.iter().filter(|operation| operation.role == "operator" && operation.method == "GET") {
        let answer = call(&operator, operation).await;
        assert_eq!(answer.status, 200, "{}: {}", operation.name(), answer.text);
        for inside in ["usr_", "dev_", "grp_", "ext_", "loc_", "cal_", "Bernd", "aachener-printen.example"] {
            assert!(!answer.text.contains(inside), "{} shows {inside}: {}", operation.name(), answer.text);
        }
    }
}
}

story! {
async fn a_browser_s_two_sessions_are_two(stand: Stand) {
    let operator = operator(&stand).await.token.unwrap();
    let anna = stand.signed_in(0).await.token.unwrap();
    let nobody = Client::nobody(&stand.office).with("sec-fetch-site", "same-origin");
    let own = nobody.with("cookie", &format!("ringwerk-operator={operator}"));
    own.get("/v1/operator/accounts").await.expect(200);
    own.get("/v1/users").await.problem(403, "account-required");
    // A token in the wrong cookie is nobody's.
    let swapped = nobody.with("cookie", &format!("ringwerk={operator}; ringwerk-operator={anna}"));
    swapped.get("/v1/operator/accounts").await.problem(401, "sign-in-required");
    swapped.get("/v1/users").await.problem(401, "sign-in-required");
    let both = nobody.with("cookie", &format!("ringwerk={anna}; ringwerk-operator={operator}"));
    both.get("/v1/operator/accounts").await.expect(200);
    both.get("/v1/users").await.expect(200);
    let elsewhere = Client::nobody(&stand.office)
        .with("cookie", &format!("ringwerk-operator={operator}"))
        .with("sec-fetch-site", "cross-site");
    elsewhere.post("/v1/operator/numbers", json!({"number": "+493023125018"})).await.problem(403, "cross-site");
}
}

/// The ids that were put into paths, but for the number in the pool, which every account may order.
fn objects_of(operations: &[Operation]) -> Vec<String> {
    let inside = operations.iter().filter(|operation| operation.path != "/v1/operator/numbers/{number}");
    let parts = inside.filter_map(|operation| operation.filled.as_deref()).flat_map(|path| path.split('/'));
    parts.filter(|part| part.len() == 30 && part.contains('_')).map(str::to_owned).collect()
}
