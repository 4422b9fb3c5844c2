//! Stories of extensions: free, taken, reserved.

use serde_json::json;

use crate::support::{Stand, story, texts};

async fn give(stand: &Stand, number: &str, user: usize) -> crate::support::Answer {
    let owner = json!({ "type": "user", "id": stand.company.user(user).to_string() });
    stand.company.administrator.post("/v1/extensions", json!({ "number": number, "owner": owner })).await
}

story! {
async fn an_extension_rings_one_owner_and_is_free_again_at_once(stand: Stand) {
    let anna = &stand.company.administrator;
    let created = give(&stand, "44", 1).await.expect(201);
    assert_eq!(created["owner"]["name"], "Bernd Ahrens");
    let rings = stand.office.directory().with_world(stand.company.filled.account, |world| {
        world.extension("44".parse().unwrap()).map(|extension| extension.owner)
    });
    assert_eq!(rings.flatten(), Some(callflow::Owner::User(stand.company.user(1))));

    let taken = give(&stand, "44", 2).await.problem(409, "extension-taken");
    assert_eq!(taken["owner"]["name"], "Bernd Ahrens");
    assert_eq!(taken["proposal"], "10");
    let second = give(&stand, "45", 1).await.problem(409, "owner-has-extension");
    assert_eq!(second["extension"]["number"], "44");

    anna.delete(&format!("/v1/extensions/{}", created["id"].as_str().unwrap())).await.expect(204);
    give(&stand, "44", 2).await.expect(201);
    let audit = anna.get("/v1/audit").await.text;
    assert!(audit.contains("extensions.create") && audit.contains("extensions.delete"), "{audit}");
}
}

story! {
async fn availability_says_why_not_who_has_it_and_what_is_free(stand: Stand) {
    give(&stand, "10", 1).await.expect(201);
    let bernd = stand.signed_in(1).await;
    let ask = async |digits: &str| bernd.get(&format!("/v1/extensions/{digits}/availability")).await.expect(200);
    let free = ask("12").await;
    assert_eq!((&free["free"], &free["proposal"]), (&json!(true), &json!(null)));
    let taken = ask("10").await;
    assert_eq!((&taken["reason"], &taken["owner"]["name"]), (&json!("taken"), &json!("Bernd Ahrens")));
    assert_eq!(taken["proposal"], "11");
    for (digits, reason, proposal) in [
        ("110", "emergency", "100"),
        ("1129", "emergency", "1000"),
        ("115", "harmonised", "100"),
        ("999", "emergencyAbroad", "100"),
        ("811", "service", "100"),
        ("9950", "exchange", "1000"),
        ("1234567", "length", "100000"),
        ("4a", "notDigits", "11"),
        ("44*", "notDigits", "100"),
    ] {
        let answer = ask(digits).await;
        assert_eq!((&answer["free"], &answer["reason"]), (&json!(false), &json!(reason)), "{digits}");
        assert_eq!(answer["proposal"], proposal, "{digits}");
        assert!(answer["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    }
}
}

story! {
async fn digits_that_cannot_be_an_extension_are_refused_with_a_pointer(stand: Stand) {
    give(&stand, "110", 1).await.refused(&[("/number", "extension.reserved")]);
    give(&stand, "", 1).await.refused(&[("/number", "extension.length")]);
    give(&stand, "4 4", 1).await.refused(&[("/number", "extension.notDigits")]);
    let anna = &stand.company.administrator;
    let stranger = json!({ "type": "user", "id": stand.other.user(0).to_string() });
    anna.post("/v1/extensions", json!({ "number": "44", "owner": stranger })).await.refused(&[("/owner/id", "owner.unknown")]);
    let group = json!({ "type": "group", "id": stand.company.user(1).to_string() });
    anna.post("/v1/extensions", json!({ "number": "44", "owner": group })).await.refused(&[("/owner/id", "owner.unknown")]);
}
}

story! {
async fn extensions_are_listed_by_length_and_value(stand: Stand) {
    let anna = &stand.company.administrator;
    for (index, number) in ["200", "30", "7"].into_iter().enumerate() {
        give(&stand, number, index).await.expect(201);
    }
    let group = anna.post("/v1/groups", json!({ "name": "All" })).await.expect(201);
    let owner = json!({ "type": "group", "id": group["id"] });
    anna.post("/v1/extensions", json!({ "number": "070", "owner": owner })).await.expect(201);
    assert_eq!(texts(&anna.all("/v1/extensions", 1).await, "/number"), ["7", "30", "070", "200"]);
    let of_bernd = format!("/v1/extensions?owner={}", stand.company.user(1));
    assert_eq!(texts(&anna.all(&of_bernd, 10).await, "/number"), ["30"]);
    anna.get("/v1/extensions?owner=nobody").await.problem(400, "invalid-query");
}
}

story! {
async fn companies_share_extensions_without_knowing(stand: Stand) {
    let created = give(&stand, "44", 1).await.expect(201);
    let path = format!("/v1/extensions/{}", created["id"].as_str().unwrap());
    let xaver = &stand.other.administrator;
    let own = json!({ "type": "user", "id": stand.other.user(0).to_string() });
    xaver.post("/v1/extensions", json!({ "number": "44", "owner": own })).await.expect(201);
    xaver.delete(&path).await.problem(404, "not-found");
    let bernd = stand.signed_in(1).await;
    bernd.delete(&path).await.problem(403, "administrator-required");
}
}
