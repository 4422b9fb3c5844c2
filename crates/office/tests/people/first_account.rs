//! The first account of an installation.

use serde_json::{Value, json};

use crate::support::{Client, story};

fn setup(token: &str) -> Value {
    json!({
        "token": token,
        "company": "Beispiel GmbH",
        "location": {"name": "Düsseldorf", "street": "Gladbacher Straße", "number": "74", "postcode": "40219",
                     "city": "Düsseldorf", "country": "DE", "areaCode": "0211"},
        "administrator": {"firstName": "Anna", "lastName": "Ahrens", "email": "anna@example.com",
                          "password": "drei Kamele im Aufzug"},
        "language": "de"
    })
}

story! {
async fn whoever_holds_the_link_makes_the_first_account(stand: Empty) {
    let nobody = Client::nobody(&stand.office);
    let token = stand.office.setup_token().await.unwrap().expose().clone();
    assert_eq!(nobody.get(&format!("/v1/links/{token}")).await.expect(200)["purpose"], "setup");

    nobody.post("/v1/setup", setup("rwl_guessed")).await.problem(404, "link-invalid");
    let made = nobody.post("/v1/setup", setup(&token)).await.expect(201);
    assert_eq!(made["account"]["name"], "Beispiel GmbH");
    assert_eq!((&made["user"]["role"], &made["user"]["hasPassword"]), (&json!("administrator"), &json!(true)));

    // The link is used up, and no other is made.
    nobody.post("/v1/setup", setup(&token)).await.problem(409, "setup-done");
    nobody.get(&format!("/v1/links/{token}")).await.problem(404, "link-invalid");
    assert!(stand.office.setup_token().await.is_none());

    let sign_in = json!({"email": "ANNA@example.com", "password": "drei Kamele im Aufzug"});
    let session = nobody.post("/v1/sessions", sign_in).await.expect(201);
    let anna = Client { token: session["token"].as_str().map(str::to_owned), ..nobody };
    let users = anna.all("/v1/users", 10).await;
    assert_eq!(users.len(), 2);
    assert_eq!((&users[0]["name"], &users[1]["name"]), (&json!("Anna Ahrens"), &json!("")));
    assert_eq!((&users[1]["email"], &users[1]["role"]), (&Value::Null, &json!("user")));
    let locations = anna.all("/v1/locations", 10).await;
    assert_eq!(users[1]["location"], locations[0]["id"]);
    assert_eq!(anna.get("/v1/me").await.expect(200)["account"]["id"], made["account"]["id"]);
}
}

story! {
async fn a_newer_link_makes_the_older_one_worthless(stand: Empty) {
    let nobody = Client::nobody(&stand.office);
    let old = stand.office.setup_token().await.unwrap();
    let new = stand.office.setup_token().await.unwrap();
    nobody.post("/v1/setup", setup(old.expose())).await.problem(404, "link-invalid");
    nobody.post("/v1/setup", setup(new.expose())).await.expect(201);
}
}

story! {
async fn of_two_at_once_one_makes_the_account(stand: Empty) {
    let nobody = Client::nobody(&stand.office);
    let token = stand.office.setup_token().await.unwrap().expose().clone();
    let (a, b) = tokio::join!(nobody.post("/v1/setup", setup(&token)), nobody.post("/v1/setup", setup(&token)));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201);
    assert!([404, 409].contains(&statuses[1]), "{statuses:?}");
    assert_eq!(stand.office.directory().accounts().len(), 1);
}
}

story! {
async fn everything_wrong_is_named_at_once(stand: Empty) {
    let nobody = Client::nobody(&stand.office);
    let token = stand.office.setup_token().await.unwrap().expose().clone();
    let mut body = setup(&token);
    body["company"] = json!(" ");
    body["language"] = json!("fr");
    body["administrator"]["email"] = json!("anna");
    body["location"]["country"] = json!("XX");
    nobody.post("/v1/setup", body).await.refused(&[
        ("/language", "language.unknown"),
        ("/company", "text.empty"),
        ("/administrator/email", "email.invalid"),
        ("/location/country", "country.unknown"),
    ]);
    let mut body = setup(&token);
    body["administrator"]["password"] = json!("annaahrens1");
    nobody.post("/v1/setup", body.clone()).await.refused(&[("/administrator/password", "password.short")]);
    body["administrator"]["password"] = json!("Beispiel GmbH");
    nobody.post("/v1/setup", body).await.refused(&[("/administrator/password", "password.guessable")]);
    // The link is still good.
    nobody.post("/v1/setup", setup(&token)).await.expect(201);
}
}

story! {
async fn the_link_ends_after_a_week(stand: Empty) {
    let token = stand.office.setup_token().await.unwrap().expose().clone();
    stand.clock.forward(7 * 24 * 3600 * 1000);
    Client::nobody(&stand.office).post("/v1/setup", setup(&token)).await.problem(404, "link-invalid");
}
}
