//! Stories of those who host several companies: accounts from outside, and the pool of numbers.

use serde_json::{Value, json};

use crate::mails::mail;
use crate::support::{Client, PASSWORD, Stand, story, texts};

/// An operator, signed in.
pub async fn operator(stand: &Stand) -> Client {
    let nobody = Client::nobody(&stand.office);
    let email = "night@hoster.example";
    let link = stand.office.operator_link(&email.parse().unwrap()).await.unwrap();
    let path = format!("/v1/operator/links/{}", link.expose());
    nobody.post(&path, json!({"password": PASSWORD})).await.expect(204);
    sign_in(stand, email).await
}

async fn sign_in(stand: &Stand, email: &str) -> Client {
    let nobody = Client::nobody(&stand.office);
    let session = nobody.post("/v1/operator/sessions", json!({"email": email, "password": PASSWORD})).await;
    assert!(session.headers["set-cookie"].to_str().unwrap().starts_with("ringwerk-operator=rwo_"));
    let session = session.expect(201);
    assert_eq!(session["operator"]["email"], email);
    Client { token: session["token"].as_str().map(str::to_owned), ..nobody }
}

fn named<'a>(accounts: &'a [Value], name: &str) -> &'a Value {
    accounts.iter().find(|account| account["name"] == name).unwrap()
}

fn company(email: &str) -> Value {
    json!({
        "company": "Muster AG",
        "location": {"name": "Berlin", "street": "Turmstraße", "number": "1", "postcode": "10551", "city": "Berlin",
                     "country": "DE", "areaCode": "030"},
        "administrator": {"firstName": "Mia", "lastName": "Muster", "email": email},
        "language": "de"
    })
}

story! {
async fn a_link_of_the_command_line_lets_an_operator_in_once(stand: Stand) {
    let nobody = Client::nobody(&stand.office);
    let email = "night@hoster.example".parse().unwrap();
    let old = stand.office.operator_link(&email).await.unwrap();
    let link = stand.office.operator_link(&email).await.unwrap();
    let path = |link: &str| format!("/v1/operator/links/{link}");
    nobody.get(&path(old.expose())).await.problem(404, "link-invalid");
    assert_eq!(nobody.get(&path(link.expose())).await.expect(200)["email"], "night@hoster.example");
    let weak = nobody.post(&path(link.expose()), json!({"password": "kurz"})).await;
    weak.refused(&[("/password", "password.short")]);
    nobody.post(&path(link.expose()), json!({"password": PASSWORD})).await.expect(204);
    nobody.post(&path(link.expose()), json!({"password": PASSWORD})).await.problem(404, "link-invalid");

    let wrong = json!({"email": "night@hoster.example", "password": "falsch falsch falsch"});
    nobody.post("/v1/operator/sessions", wrong).await.problem(401, "wrong-credentials");
    let unknown = json!({"email": "nobody@hoster.example", "password": PASSWORD});
    nobody.post("/v1/operator/sessions", unknown).await.problem(401, "wrong-credentials");
    // Users are no operators, and operators no users.
    let anna = json!({"email": "anna@aachener-printen.example", "password": PASSWORD});
    nobody.post("/v1/operator/sessions", anna).await.problem(401, "wrong-credentials");
    let night = json!({"email": "night@hoster.example", "password": PASSWORD});
    nobody.post("/v1/sessions", night).await.problem(401, "wrong-credentials");

    let one = sign_in(&stand, "night@hoster.example").await;
    let two = sign_in(&stand, "night@hoster.example").await;
    one.delete("/v1/operator/sessions/current").await.expect(204);
    one.get("/v1/operator/me").await.problem(401, "sign-in-required");
    assert_eq!(two.get("/v1/operator/me").await.expect(200)["email"], "night@hoster.example");
    assert!(stand.office.remove_operator(&email).await.unwrap());
    two.get("/v1/operator/me").await.problem(401, "sign-in-required");
    assert!(!stand.office.remove_operator(&email).await.unwrap());
}
}

story! {
async fn an_account_is_opened_for_a_company_and_its_administrator_gets_in(stand: Stand) {
    let operator = operator(&stand).await;
    operator.post("/v1/operator/accounts", company("nobody")).await
        .refused(&[("/administrator/email", "email.invalid")]);
    let taken = operator.post("/v1/operator/accounts", company("anna@aachener-printen.example")).await;
    taken.problem(409, "email-taken");
    let opened = operator.post("/v1/operator/accounts", company("mia@muster.example")).await.expect(201);
    assert_eq!((&opened["account"]["users"], &opened["account"]["phones"]), (&json!(2), &json!(0)));
    // It is mailed too, since a mail server is configured.
    assert_eq!(opened["mailedTo"], "mia@muster.example");
    let mail = mail(&stand).await;
    let token = opened["link"]["token"].as_str().unwrap();
    assert!(mail.to.as_str() == "mia@muster.example" && mail.text.contains(token), "{mail:?}");
    assert!(mail.text.contains("Muster AG"), "{}", mail.text);
    let nobody = Client::nobody(&stand.office);
    let link = format!("/v1/links/{}", opened["link"]["token"].as_str().unwrap());
    nobody.post(&link, json!({"password": PASSWORD})).await.expect(204);
    let session = nobody.post("/v1/sessions", json!({"email": "mia@muster.example", "password": PASSWORD})).await.expect(201);
    let mia = Client { token: session["token"].as_str().map(str::to_owned), ..nobody };
    let me = mia.get("/v1/me").await.expect(200);
    assert_eq!((&me["user"]["role"], &me["account"]["name"]), (&json!("administrator"), &json!("Muster AG")));
    assert_eq!(mia.all("/v1/users", 10).await.len(), 2);
    // The account knows who opened it, and the operator's own log too.
    let log = mia.all("/v1/audit", 50).await;
    let opening = log.iter().find(|entry| entry["action"] == "accounts.open").unwrap();
    assert_eq!(opening["actor"], "operator");
    let log = operator.all("/v1/operator/audit", 2).await;
    assert!(texts(&log, "/action").contains(&"accounts.open".to_owned()));

    let accounts = operator.all("/v1/operator/accounts", 1).await;
    assert_eq!(texts(&accounts, "/name"), ["Aachener Printen", "Muster AG", "Zwickauer Gurken"]);
    let printen = named(&accounts, "Aachener Printen");
    assert_eq!((&printen["users"], &printen["phones"], &printen["calls"]), (&json!(3), &json!(3), &json!(0)));
}
}

story! {
async fn a_suspended_account_stands_still_and_goes_on_as_it_was(stand: Stand) {
    let operator = operator(&stand).await;
    let anna = stand.signed_in(0).await;
    let account = format!("/v1/operator/accounts/{}", stand.company.filled.account);
    let sip_id = stand.company.filled.users[1].phones[0].sip_id;
    assert_eq!(operator.post(&format!("{account}/suspend"), json!({})).await.expect(200)["suspended"], json!(true));
    anna.get("/v1/users").await.problem(403, "account-suspended");
    stand.company.administrator.get("/v1/users").await.problem(403, "account-suspended");
    let nobody = Client::nobody(&stand.office);
    let right = json!({"email": "anna@aachener-printen.example", "password": PASSWORD});
    nobody.post("/v1/sessions", right.clone()).await.problem(403, "account-suspended");
    // Whoever cannot prove who he is learns nothing of it.
    let wrong = json!({"email": "anna@aachener-printen.example", "password": "falsch falsch falsch"});
    nobody.post("/v1/sessions", wrong).await.problem(401, "wrong-credentials");
    assert!(stand.office.directory().device(sip_id).unwrap().blocked);
    assert!(stand.phones.disconnected.lock().is_empty(), "an emergency call that is up is not cut off");
    let suspended = |stand: &Stand| {
        stand.office.directory().with_world(stand.company.filled.account, callflow::World::suspended)
    };
    assert_eq!(suspended(&stand), Some(true));
    // Others go on.
    stand.other.administrator.get("/v1/users").await.expect(200);

    let stand = stand.reopened().await;
    assert_eq!(suspended(&stand), Some(true));
    let operator = sign_in(&stand, "night@hoster.example").await;
    operator.post(&format!("{account}/suspend"), json!({})).await.expect(200);
    operator.post(&format!("{account}/resume"), json!({})).await.expect(200);
    assert_eq!(suspended(&stand), Some(false));
    assert!(!stand.office.directory().device(sip_id).unwrap().blocked);
    let anna = Client { router: stand.office.router(), ..anna };
    let log = anna.all("/v1/audit", 50).await;
    let touched: Vec<&Value> = log.iter().filter(|entry| entry["actor"] == "operator").collect();
    let mut actions: Vec<&str> = touched.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["accounts.resume", "accounts.suspend"], "each once, whatever was asked again");
    operator.post("/v1/operator/accounts/acc_00000000000000000000000000/suspend", json!({})).await.problem(404, "not-found");
}
}

story! {
async fn numbers_go_from_the_pool_to_an_account_and_back(stand: Stand) {
    let operator = operator(&stand).await;
    let (anna, xaver) = (&stand.company.administrator, &stand.other.administrator);
    let block = json!({"from": "+493023125000", "to": "+493023125004"});
    assert_eq!(operator.post("/v1/operator/numbers", block.clone()).await.expect(201)["added"], 5);
    assert_eq!(operator.post("/v1/operator/numbers", block).await.problem(409, "number-exists")["number"], "+493023125000");
    anna.post("/v1/numbers", json!({"number": "+493023125001"})).await.problem(409, "number-exists");
    let pool = anna.all("/v1/numbers/pool", 2).await;
    assert_eq!(pool.len(), 5);
    assert_eq!(anna.all("/v1/numbers/pool?search=5004", 2).await.len(), 1);
    assert_eq!(xaver.all("/v1/numbers/pool", 10).await, pool);

    let order = json!({"id": pool[1]["id"]});
    let (one, two) = tokio::join!(anna.post("/v1/numbers/orders", order.clone()), xaver.post("/v1/numbers/orders", order));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 404]);
    let order = json!({"id": pool[2]["id"]});
    let ordered = anna.post("/v1/numbers/orders", order.clone()).await.expect(201);
    assert_eq!((&ordered["number"], &ordered["state"]), (&json!("+493023125002"), &json!("unassigned")));
    let number = "+493023125002".parse().unwrap();
    assert_eq!(stand.office.directory().account_of_number(number), Some(stand.company.filled.account));
    xaver.post("/v1/numbers/orders", order).await.problem(404, "not-found");
    xaver.get(&format!("/v1/numbers/{}", pool[2]["id"].as_str().unwrap())).await.problem(404, "not-found");
    anna.get(&format!("/v1/numbers/{}", pool[3]["id"].as_str().unwrap())).await.problem(404, "not-found");

    // The operator sees who has which, and cannot take one away.
    let mine = operator.all(&format!("/v1/operator/numbers?account={}", stand.company.filled.account), 10).await;
    assert!(texts(&mine, "/number").contains(&"+493023125002".to_owned()));
    assert_eq!(mine[0]["account"]["name"], "Aachener Printen");
    let path = format!("/v1/operator/numbers/{}", pool[2]["id"].as_str().unwrap());
    operator.delete(&path).await.problem(409, "number-ordered");

    let own = anna.post("/v1/numbers", json!({"number": "+494066969017"})).await.expect(201);
    for id in [&ordered["id"], &own["id"]] {
        anna.delete(&format!("/v1/numbers/{}", id.as_str().unwrap())).await.expect(204);
    }
    assert_eq!(stand.office.directory().account_of_number(number), None);
    let free = texts(&operator.all("/v1/operator/numbers?free=true", 2).await, "/number");
    assert!(free.contains(&"+493023125002".to_owned()), "it came from the pool: {free:?}");
    assert!(!free.contains(&"+494066969017".to_owned()), "this one was the account's own");
    operator.delete(&path).await.expect(204);
    operator.delete(&path).await.problem(404, "not-found");
    let log = anna.get("/v1/audit").await.text;
    assert!(log.contains("numbers.order") && log.contains("numbers.release"), "{log}");
}
}
