//! Stories of phone numbers: added, assigned, moved, released.

use callflow::Owner;
use serde_json::{Value, json};

use crate::support::{Stand, story, texts};

fn user(stand: &Stand, index: usize) -> Value {
    json!({ "type": "user", "id": stand.company.user(index).to_string() })
}

async fn number(stand: &Stand) -> String {
    let added = stand.company.administrator.post("/v1/numbers", json!({ "number": "030 23125-017" })).await.expect(201);
    assert_eq!((&added["number"], &added["state"]), (&json!("+493023125017"), &json!("unassigned")));
    format!("/v1/numbers/{}", added["id"].as_str().unwrap())
}

story! {
async fn a_number_is_given_moved_and_taken_back_and_nobody_loses_it_silently(stand: Stand) {
    let anna = &stand.company.administrator;
    let path = number(&stand).await;
    let assignment = format!("{path}/assignment");
    let given = anna.put(&assignment, json!({ "owner": user(&stand, 1) })).await.expect(200);
    assert_eq!((&given["owner"]["name"], &given["state"]), (&json!("Bernd Ahrens"), &json!("assigned")));
    let rings = || stand.office.directory().with_world(stand.company.filled.account, |world| {
        world.number("+493023125017".parse().unwrap()).unwrap().owner
    }).unwrap();
    assert_eq!(rings(), Some(Owner::User(stand.company.user(1))));

    // Again is nothing new; to somebody else needs the present owner named.
    anna.put(&assignment, json!({ "owner": user(&stand, 1) })).await.expect(200);
    let taken = anna.put(&assignment, json!({ "owner": user(&stand, 2) })).await.problem(409, "number-taken");
    assert_eq!(taken["owner"], json!({ "type": "user", "id": stand.company.user(1).to_string(), "name": "Bernd Ahrens" }));
    let wrong = json!({ "owner": user(&stand, 2), "movedFrom": user(&stand, 0) });
    anna.put(&assignment, wrong).await.problem(409, "number-taken");
    assert_eq!(rings(), Some(Owner::User(stand.company.user(1))));
    anna.put(&assignment, json!({ "owner": user(&stand, 2), "movedFrom": user(&stand, 1) })).await.expect(200);
    assert_eq!(rings(), Some(Owner::User(stand.company.user(2))));

    assert_eq!(anna.delete(&path).await.problem(409, "number-assigned")["owner"]["name"], "Clara Ahrens");
    anna.delete(&assignment).await.expect(200);
    assert_eq!(rings(), None);
    anna.delete(&path).await.expect(204);
    assert_eq!(stand.office.directory().account_of_number("+493023125017".parse().unwrap()), None);
    anna.get(&path).await.problem(404, "not-found");
    let audit = anna.get("/v1/audit").await.text;
    for action in ["numbers.create", "numbers.assign", "numbers.move", "numbers.unassign", "numbers.release"] {
        assert!(audit.contains(action), "{action} in {audit}");
    }
}
}

story! {
async fn a_block_comes_whole_or_not_at_all(stand: Stand) {
    let anna = &stand.company.administrator;
    let block = json!({ "from": "+493023125000", "to": "+493023125099" });
    let added = anna.post("/v1/numbers", block.clone()).await.expect(201);
    assert_eq!((&added["added"], added["items"].as_array().unwrap().len()), (&json!(100), 100));
    let again = anna.post("/v1/numbers", json!({ "from": "+493023125050", "to": "+493023125150" })).await;
    assert_eq!(again.problem(409, "number-exists")["number"], "+493023125050");
    assert_eq!(anna.all("/v1/numbers", 33).await.len(), 100);
    let account = stand.company.filled.account;
    assert_eq!(stand.office.directory().account_of_number("+493023125099".parse().unwrap()), Some(account));

    // Another company learns that it exists, and nothing else.
    let problem = stand.other.administrator.post("/v1/numbers", json!({ "number": "+493023125001" })).await;
    let problem = problem.problem(409, "number-exists");
    assert!(problem.get("owner").is_none() && problem.get("detail").is_none(), "{problem}");
    let stand = stand.reopened().await;
    assert_eq!(stand.office.directory().account_of_number("+493023125099".parse().unwrap()), Some(account));
}
}

story! {
async fn a_list_finds_what_rings_nobody_and_what_rings_somebody(stand: Stand) {
    let anna = &stand.company.administrator;
    anna.post("/v1/numbers", json!({ "from": "+493023125000", "to": "+493023125004" })).await.expect(201);
    let all = anna.all("/v1/numbers", 2).await;
    let second = format!("/v1/numbers/{}/assignment", all[1]["id"].as_str().unwrap());
    anna.put(&second, json!({ "owner": user(&stand, 1) })).await.expect(200);
    let numbers = async |query: &str| texts(&anna.all(&format!("/v1/numbers?{query}"), 2).await, "/number");
    assert_eq!(numbers("unassigned=false").await, ["+493023125001"]);
    assert_eq!(numbers("unassigned=true").await.len(), 4);
    assert_eq!(numbers(&format!("owner={}", stand.company.user(1))).await, ["+493023125001"]);
    assert_eq!(numbers(&format!("owner={}", stand.company.user(2))).await, Vec::<String>::new());
    assert_eq!(numbers("search=030%202312%205004").await, ["+493023125004"]);
    anna.get("/v1/numbers?limit=0").await.problem(400, "invalid-query");
    anna.get("/v1/numbers?cursor=zz").await.problem(400, "invalid-cursor");
}
}

story! {
async fn what_is_no_number_is_refused_with_a_pointer(stand: Stand) {
    let anna = &stand.company.administrator;
    for (body, pointer, code) in [
        (json!({ "number": "110" }), "/number", "number.invalid"),
        (json!({ "number": "hello" }), "/number", "number.invalid"),
        (json!({ "from": "+493023125000" }), "/to", "number.blockEnd"),
        (json!({ "from": "+493023125000", "to": "+49302312500" }), "/to", "number.blockLength"),
        (json!({ "from": "+493023125009", "to": "+493023125001" }), "/to", "number.blockOrder"),
        (json!({ "from": "+493023100000", "to": "+493023125001" }), "/to", "number.blockSize"),
        (json!({}), "", "number.which"),
        (json!({ "number": "+493023125000", "location": "loc_00000000000000000000000000" }), "/location", "location.unknown"),
    ] {
        anna.post("/v1/numbers", body).await.refused(&[(pointer, code)]);
    }
    let assignment = format!("{}/assignment", number(&stand).await);
    let stranger = json!({ "type": "user", "id": stand.other.user(0).to_string() });
    anna.put(&assignment, json!({ "owner": stranger })).await.refused(&[("/owner/id", "owner.unknown")]);
    anna.put(&assignment, json!({ "owner": { "type": "queue", "id": "x" } })).await.refused(&[("/owner/type", "shape")]);
}
}

story! {
async fn another_company_s_numbers_do_not_exist(stand: Stand) {
    let path = number(&stand).await;
    let xaver = &stand.other.administrator;
    let own = json!({ "owner": { "type": "user", "id": stand.other.user(0).to_string() } });
    xaver.get(&path).await.problem(404, "not-found");
    xaver.put(&format!("{path}/assignment"), own).await.problem(404, "not-found");
    xaver.delete(&format!("{path}/assignment")).await.problem(404, "not-found");
    xaver.delete(&path).await.problem(404, "not-found");
    assert!(xaver.all("/v1/numbers", 10).await.is_empty());
    let bernd = stand.signed_in(1).await;
    bernd.get(&path).await.problem(403, "administrator-required");
}
}

story! {
async fn of_two_administrators_the_second_is_told(stand: Stand) {
    let anna = &stand.company.administrator;
    let path = number(&stand).await;
    let tag = anna.get(&path).await.etag.unwrap();
    let assignment = format!("{path}/assignment");
    anna.with("if-match", &tag).put(&assignment, json!({ "owner": user(&stand, 1) })).await.expect(200);
    let late = json!({ "owner": user(&stand, 2), "movedFrom": user(&stand, 1) });
    anna.with("if-match", &tag).put(&assignment, late).await.problem(412, "changed");
    anna.with("if-match", &tag).delete(&assignment).await.problem(412, "changed");
}
}

story! {
async fn one_of_two_who_take_a_number_at_once_gets_it(stand: Stand) {
    let anna = &stand.company.administrator;
    let assignment = format!("{}/assignment", number(&stand).await);
    let (bernd, clara) = tokio::join!(
        anna.put(&assignment, json!({ "owner": user(&stand, 1) })),
        anna.put(&assignment, json!({ "owner": user(&stand, 2) })),
    );
    let mut statuses = [bernd.status, clara.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}
}
