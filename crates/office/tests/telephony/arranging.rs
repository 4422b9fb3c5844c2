//! Stories of changing what rings in one go, and of going back.

use serde_json::{Value, json};

use crate::support::{Client, Stand, story, texts};

/// The ids of new numbers that nobody has.
async fn numbers<const N: usize>(anna: &Client, last: [u32; N]) -> [String; N] {
    let mut ids = std::array::from_fn(|_| String::new());
    for (id, last) in ids.iter_mut().zip(last) {
        let number = anna.post("/v1/numbers", json!({ "number": format!("+4930231250{last}") })).await.expect(201);
        *id = number["id"].as_str().unwrap().to_owned();
    }
    ids
}

fn routing(stand: &Stand, index: usize) -> String {
    format!("/v1/users/{}/routing", stand.company.user(index))
}

fn owner(stand: &Stand, index: usize) -> Value {
    json!({ "type": "user", "id": stand.company.user(index).to_string() })
}

/// The kinds of changes of every version, oldest first.
async fn changes(client: &Client, path: &str) -> Vec<String> {
    let mut versions = client.all(&format!("{path}/versions"), 2).await;
    versions.reverse();
    versions.iter().map(|version| texts(version["changes"].as_array().unwrap(), "/type").join(" ")).collect()
}

story! {
async fn everything_of_a_wish_becomes_true_at_once(stand: Stand) {
    let anna = &stand.company.administrator;
    let [first, second] = numbers(anna, [10, 11]).await;
    let path = routing(&stand, 1);
    let tag = anna.get(&path).await.etag.unwrap();
    let desk = stand.company.device(1).to_string();
    let wish = json!({
        "steps": [{ "devices": [desk], "seconds": 20 }],
        "numbers": [{ "id": second }, { "id": first }],
        "extension": "44",
    });
    let saved = anna.with("if-match", &tag).put(&path, wish.clone()).await.expect(200);
    assert_eq!(texts(saved["numbers"].as_array().unwrap(), "/number"), ["+493023125010", "+493023125011"]);
    assert_eq!((&saved["extension"], &saved["steps"][0]["devices"][0]["label"]), (&json!("44"), &json!("Desk phone")));
    assert!(saved["sentence"].as_str().unwrap().contains("44"), "{saved:#}");
    anna.with("if-match", &tag).put(&path, wish).await.problem(412, "changed");
    // The exchange and the other pages see the same.
    assert_eq!(anna.get("/v1/extensions/44/availability").await.expect(200)["owner"]["name"], "Bernd Ahrens");
    let trial = json!({ "caller": { "type": "outside" }, "dialled": "+493023125010" });
    assert_eq!(anna.post("/v1/routing/trials", trial).await.expect(200)["flow"]["called"]["ownerName"], "Bernd Ahrens");

    // What is absent stays; what is missing in a list goes back to the account.
    let fewer = anna.put(&path, json!({ "numbers": [{ "id": first }], "extension": null })).await.expect(200);
    assert_eq!((&fewer["extension"], fewer["steps"].as_array().unwrap().len()), (&Value::Null, 1));
    assert_eq!(anna.get(&format!("/v1/numbers/{second}")).await.expect(200)["state"], "unassigned");
    let back = changes(anna, &path).await;
    assert_eq!(back, ["", "numberAdded numberAdded extensionAdded stepsChanged", "numberRemoved extensionRemoved"]);
    let shown = anna.get(&format!("{path}/versions?limit=1")).await.expect(200)["items"][0].clone();
    assert_eq!((&shown["version"], &shown["by"]["name"]), (&json!(3), &json!("Anna Ahrens")));
    let first_state = anna.get(&format!("{path}/versions")).await.expect(200)["items"][2].clone();
    assert_eq!((&first_state["by"], &first_state["arrangement"]["devices"][0]["id"]), (&Value::Null, &json!(desk)));

    // Also after a restart.
    let stand = stand.reopened().await;
    let after = stand.company.administrator.get(&path).await.expect(200);
    assert_eq!((&after["numbers"], &after["steps"]), (&fewer["numbers"], &fewer["steps"]));
}
}

story! {
async fn what_belongs_to_somebody_moves_only_when_he_is_named(stand: Stand) {
    let anna = &stand.company.administrator;
    let [number, free] = numbers(anna, [10, 11]).await;
    let (bernds, claras) = (routing(&stand, 1), routing(&stand, 2));
    anna.put(&claras, json!({ "numbers": [{ "id": number }], "extension": "44" })).await.expect(200);

    let wish = json!({ "numbers": [{ "id": free }, { "id": number }], "extension": "44" });
    let problem = anna.put(&bernds, wish).await.problem(409, "routing-taken");
    let taken = problem["taken"].as_array().unwrap();
    assert_eq!(texts(taken, "/pointer"), ["/numbers/1", "/extension"]);
    assert_eq!(texts(taken, "/owner/name"), ["Clara Ahrens", "Clara Ahrens"]);
    assert_eq!(texts(problem["errors"].as_array().unwrap(), "/code"), ["taken", "taken"]);
    // Nothing of it was done.
    assert_eq!(anna.get(&bernds).await.expect(200)["numbers"], json!([]));
    assert_eq!(anna.get(&format!("/v1/numbers/{free}")).await.expect(200)["state"], "unassigned");

    let clara = owner(&stand, 2);
    let wrong = json!({ "numbers": [{ "id": number, "movedFrom": owner(&stand, 0) }] });
    anna.put(&bernds, wrong).await.problem(409, "routing-taken");
    let moves = json!({
        "numbers": [{ "id": number, "movedFrom": clara }], "extension": "44", "extensionMovedFrom": clara,
    });
    anna.put(&bernds, moves).await.expect(200);
    let left = anna.get(&claras).await.expect(200);
    assert_eq!((&left["numbers"], &left["extension"]), (&json!([]), &Value::Null));
    assert_eq!(changes(anna, &claras).await.last().unwrap(), "numberRemoved extensionRemoved");
    assert_eq!(anna.get("/v1/extensions/44/availability").await.expect(200)["owner"]["name"], "Bernd Ahrens");
}
}

story! {
async fn a_wish_that_cannot_be_is_refused_with_a_pointer(stand: Stand) {
    let anna = &stand.company.administrator;
    let xaver = &stand.other.administrator;
    let foreign = xaver.post("/v1/numbers", json!({ "number": "+4935123450" })).await.expect(201);
    let path = routing(&stand, 1);
    let wish = json!({ "numbers": [{ "id": foreign["id"] }] });
    anna.put(&path, wish).await.refused(&[("/numbers/0/id", "number.unknown")]);
    anna.put(&path, json!({ "extension": "112" })).await.refused(&[("/extension", "extension.reserved")]);
    anna.put(&path, json!({ "extension": "4x" })).await.refused(&[("/extension", "extension.notDigits")]);
    anna.put(&path, json!({ "wishes": 3 })).await.problem(422, "invalid");
    let group = anna.post("/v1/groups", json!({ "name": "Support" })).await.expect(201);
    let path = format!("/v1/groups/{}/routing", group["id"].as_str().unwrap());
    let stranger = stand.other.user(0).to_string();
    anna.put(&path, json!({ "members": [stranger] })).await.refused(&[("/members/0", "member.unknown")]);
    anna.put(&path, json!({ "seconds": 4 })).await.refused(&[("/seconds", "seconds.range")]);
    // Users arrange steps; numbers and extensions are given by administrators.
    let bernd = stand.signed_in(1).await;
    let own = routing(&stand, 1);
    bernd.put(&own, json!({ "extension": "44" })).await.problem(403, "administrator-required");
    let steps = json!([{ "devices": [stand.company.device(1).to_string()], "seconds": 15 }]);
    bernd.put(&own, json!({ "steps": steps, "numbers": [], "extension": null })).await.expect(200);
    assert_eq!(changes(&bernd, &own).await, ["", "stepsChanged"]);
    bernd.put(&path, json!({ "seconds": 40 })).await.problem(403, "administrator-required");
    for path in [&own, &path] {
        xaver.get(&format!("{path}/versions")).await.problem(404, "not-found");
        xaver.put(path, json!({})).await.problem(404, "not-found");
        xaver.post(&format!("{path}/versions/1/return"), json!({})).await.problem(404, "not-found");
    }
    bernd.get(&format!("{}/versions", routing(&stand, 2))).await.problem(404, "not-found");
}
}

story! {
async fn a_group_is_arranged_and_brought_back(stand: Stand) {
    let anna = &stand.company.administrator;
    let [number] = numbers(anna, [10]).await;
    let people = [0, 1, 2].map(|index| stand.company.user(index).to_string());
    let group = anna.post("/v1/groups", json!({ "name": "Support", "members": [people[1]] })).await.expect(201);
    let path = format!("/v1/groups/{}/routing", group["id"].as_str().unwrap());
    let wish = json!({ "members": [people[2], people[1]], "seconds": 40, "numbers": [{ "id": number }], "extension": "20" });
    let saved = anna.put(&path, wish).await.expect(200);
    assert_eq!(texts(saved["members"].as_array().unwrap(), "/name"), ["Clara Ahrens", "Bernd Ahrens"]);
    assert_eq!((&saved["seconds"], &saved["extension"]), (&json!(40), &json!("20")));
    anna.put(&path, json!({ "members": [people[1], people[2], people[0]] })).await.expect(200);
    assert_eq!(
        changes(anna, &path).await[1..],
        ["numberAdded extensionAdded memberAdded secondsChanged", "memberAdded membersReordered"]
    );
    anna.delete(&format!("/v1/users/{}", people[2])).await.expect(204);
    assert_eq!(changes(anna, &path).await.last().unwrap(), "memberRemoved");
    let back = anna.post(&format!("{path}/versions/2/return"), json!({})).await.expect(200);
    assert_eq!(texts(back["routing"]["members"].as_array().unwrap(), "/name"), ["Bernd Ahrens"]);
    assert_eq!(back["lost"], json!([{ "type": "member", "value": "Clara Ahrens", "reason": "gone" }]));
}
}

story! {
async fn an_earlier_state_comes_back_as_far_as_it_is_possible(stand: Stand) {
    let anna = &stand.company.administrator;
    let [kept, taken] = numbers(anna, [10, 11]).await;
    let path = routing(&stand, 1);
    let mobile = json!({ "kind": "voip", "label": "Mobile" });
    let mobile = anna.post(&format!("/v1/users/{}/devices", stand.company.user(1)), mobile).await.expect(201);
    let (desk, mobile) = (stand.company.device(1).to_string(), mobile["id"].as_str().unwrap().to_owned());
    let steps = json!([{ "devices": [mobile], "seconds": 10 }, { "devices": [desk, mobile], "seconds": 30 }]);
    let wish = json!({ "steps": steps, "numbers": [{ "id": kept }, { "id": taken }], "extension": "44" });
    anna.put(&path, wish).await.expect(200);
    let version = anna.get(&format!("{path}/versions?limit=1")).await.expect(200)["items"][0]["version"].clone();

    anna.put(&path, json!({ "steps": [], "numbers": [], "extension": "45" })).await.expect(200);
    anna.delete(&format!("/v1/devices/{mobile}")).await.expect(204);
    anna.put(&format!("/v1/numbers/{taken}/assignment"), json!({ "owner": owner(&stand, 2) })).await.expect(200);
    let tag = anna.get(&path).await.etag.unwrap();
    let back = format!("{path}/versions/{version}/return");
    anna.with("if-match", "\"v1\"").post(&back, json!({})).await.problem(412, "changed");

    // He himself brings back what is his to change.
    let bernd = stand.signed_in(1).await;
    let partly = bernd.with("if-match", &tag).post(&back, json!({})).await.expect(200);
    let reasons: Vec<(Value, Value)> =
        partly["lost"].as_array().unwrap().iter().map(|lost| (lost["type"].clone(), lost["reason"].clone())).collect();
    assert_eq!(json!(reasons), json!([["device", "gone"], ["number", "administratorsOnly"], ["number", "taken"],
        ["extension", "administratorsOnly"]]));
    assert_eq!(partly["routing"]["extension"], "45");
    assert_eq!(partly["routing"]["steps"], json!([{ "devices": [{ "id": desk, "label": "Desk phone" }], "seconds": 30 }]));

    let whole = anna.post(&back, json!({})).await.expect(200);
    assert_eq!(texts(whole["lost"].as_array().unwrap(), "/value"), ["Mobile", "+493023125011"]);
    assert_eq!(whole["lost"][1]["owner"]["name"], "Clara Ahrens");
    assert_eq!(texts(whole["routing"]["numbers"].as_array().unwrap(), "/number"), ["+493023125010"]);
    assert_eq!(whole["routing"]["extension"], "44");
    // Going back is a change like any other.
    assert_eq!(changes(anna, &path).await.last().unwrap(), "numberAdded extensionRemoved extensionAdded");
    anna.post(&format!("{path}/versions/99/return"), json!({})).await.problem(404, "not-found");
}
}

story! {
async fn whatever_changes_what_rings_leaves_a_version(stand: Stand) {
    let anna = &stand.company.administrator;
    let [number] = numbers(anna, [10]).await;
    let user = stand.company.user(1);
    let path = routing(&stand, 1);
    anna.put(&format!("/v1/numbers/{number}/assignment"), json!({ "owner": owner(&stand, 1) })).await.expect(200);
    let extension = anna.post("/v1/extensions", json!({ "number": "44", "owner": owner(&stand, 1) })).await.expect(201);
    let phone = json!({ "kind": "voip", "label": "Mobile" });
    let phone = anna.post(&format!("/v1/users/{user}/devices"), phone).await.expect(201);
    anna.delete(&format!("/v1/extensions/{}", extension["id"].as_str().unwrap())).await.expect(204);
    anna.delete(&format!("/v1/numbers/{number}/assignment")).await.expect(200);
    anna.delete(&format!("/v1/devices/{}", phone["id"].as_str().unwrap())).await.expect(204);
    let expected =
        ["", "numberAdded", "extensionAdded", "deviceAdded", "extensionRemoved", "numberRemoved", "deviceRemoved"];
    assert_eq!(changes(anna, &path).await, expected);
    // Names are those of that time; renaming changes nobody's routing.
    anna.patch(&format!("/v1/users/{user}"), json!({ "lastName": "Berger" })).await.expect(200);
    assert_eq!(changes(anna, &path).await.len(), expected.len());
    // Deleted and brought back, everything is as it was.
    anna.delete(&format!("/v1/users/{user}")).await.expect(204);
    anna.get(&format!("{path}/versions")).await.problem(404, "not-found");
    anna.post(&format!("/v1/users/{user}/restore"), json!({})).await.expect(200);
    assert_eq!(changes(anna, &path).await.len(), expected.len());
}
}
