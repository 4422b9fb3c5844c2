//! Stories of locations, and of who works there.

use serde_json::json;

use crate::support::{story, texts};

story! {
async fn a_location_says_what_is_missing_for_emergencies(stand: Stand) {
    let anna = &stand.company.administrator;
    let new = json!({ "name": "Büro Köln", "street": "Domstraße", "number": "1 a", "country": "de", "areaCode": "0221" });
    let created = anna.post("/v1/locations", new).await.expect(201);
    assert_eq!(created["missingForEmergency"], json!(["postcode", "city"]));
    assert_eq!((&created["areaCode"], &created["country"]), (&json!("221"), &json!("DE")));
    let path = format!("/v1/locations/{}", created["id"].as_str().unwrap());
    let whole = anna.patch(&path, json!({ "postcode": "50668", "city": "Köln" })).await.expect(200);
    assert_eq!(whole["missingForEmergency"], json!([]));
    assert_eq!(whole["street"], "Domstraße");
    let without = anna.patch(&path, json!({ "areaCode": null })).await.expect(200);
    assert!(without["areaCode"].is_null());
    assert_eq!(texts(&anna.all("/v1/locations", 1).await, "/name"), ["Büro Köln", "Werk"]);
    anna.delete(&path).await.expect(204);
    anna.get(&path).await.problem(404, "not-found");
}
}

story! {
async fn what_cannot_be_a_location_is_refused_value_by_value(stand: Stand) {
    let anna = &stand.company.administrator;
    let bad = json!({ "name": " ", "postcode": "4021", "country": "DE", "areaCode": "x" });
    anna.post("/v1/locations", bad).await.refused(&[
        ("/name", "text.empty"),
        ("/postcode", "postcode.invalid"),
        ("/areaCode", "areaCode.invalid"),
    ]);
    anna.post("/v1/locations", json!({ "name": "A", "country": "XX" })).await.refused(&[("/country", "country.unknown")]);
    anna.post("/v1/locations", json!({ "name": "A", "country": "DE", "town": "B" })).await.problem(422, "invalid");
    anna.post("/v1/locations", json!({ "name": "A\u{7}", "country": "DE" })).await.refused(&[("/name", "text.control")]);
}
}

story! {
async fn a_location_in_use_stays_and_names_who_uses_it(stand: Stand) {
    let anna = &stand.company.administrator;
    let werk = anna.all("/v1/locations", 10).await.remove(0);
    assert_eq!(werk["people"], 3);
    let problem = anna.delete(&format!("/v1/locations/{}", werk["id"].as_str().unwrap())).await.problem(409, "location-in-use");
    assert_eq!(texts(problem["usedBy"].as_array().unwrap(), "/name"), ["Anna Ahrens", "Bernd Ahrens", "Clara Ahrens"]);
    assert_eq!(problem["people"], 3);
}
}

story! {
async fn two_people_edit_a_location_and_the_second_is_told(stand: Stand) {
    let anna = &stand.company.administrator;
    let created = anna.post("/v1/locations", json!({ "name": "Büro", "country": "DE" })).await;
    let (tag, body) = (created.etag.clone().unwrap(), created.expect(201));
    let path = format!("/v1/locations/{}", body["id"].as_str().unwrap());
    let edited = anna.with("if-match", &tag).patch(&path, json!({ "city": "Bonn" })).await;
    assert_ne!(edited.etag.as_ref(), Some(&tag));
    edited.expect(200);
    anna.with("if-match", &tag).patch(&path, json!({ "city": "Köln" })).await.problem(412, "changed");
    assert_eq!(anna.get(&path).await.expect(200)["city"], "Bonn");
}
}

story! {
async fn another_company_s_locations_do_not_exist(stand: Stand) {
    let (anna, xaver) = (&stand.company.administrator, &stand.other.administrator);
    let werk = anna.all("/v1/locations", 10).await.remove(0);
    let path = format!("/v1/locations/{}", werk["id"].as_str().unwrap());
    xaver.get(&path).await.problem(404, "not-found");
    xaver.patch(&path, json!({ "name": "Mine" })).await.problem(404, "not-found");
    xaver.delete(&path).await.problem(404, "not-found");
    let bernd = stand.signed_in(1).await;
    bernd.get(&path).await.expect(200);
    bernd.patch(&path, json!({ "name": "Mine" })).await.problem(403, "administrator-required");
    bernd.post("/v1/locations", json!({ "name": "A", "country": "DE" })).await.problem(403, "administrator-required");
}
}
