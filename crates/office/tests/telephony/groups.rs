//! Stories of groups and their members.

use serde_json::json;

use crate::support::{story, texts};

story! {
async fn a_group_gathers_members_and_lets_them_go(stand: Stand) {
    let anna = &stand.company.administrator;
    let members = json!([stand.company.user(1).to_string(), stand.company.user(1).to_string()]);
    let group = anna.post("/v1/groups", json!({ "name": "Support", "seconds": 25, "members": members })).await.expect(201);
    assert_eq!(texts(group["members"].as_array().unwrap(), "/name"), ["Bernd Ahrens"]);
    let path = format!("/v1/groups/{}", group["id"].as_str().unwrap());
    let clara = format!("{path}/members/{}", stand.company.user(2));
    for _ in 0..2 {
        let joined = anna.put(&clara, json!({})).await.expect(200);
        assert_eq!(texts(joined["members"].as_array().unwrap(), "/name"), ["Bernd Ahrens", "Clara Ahrens"]);
    }
    let id = group["id"].as_str().unwrap().parse().unwrap();
    let rings = || stand.office.directory().with_world(stand.company.filled.account, |world| {
        world.group(id).map(|group| (group.members.len(), group.seconds))
    }).unwrap();
    assert_eq!(rings(), Some((2, 25)));
    anna.patch(&path, json!({ "name": "Help", "seconds": 40 })).await.expect(200);
    for _ in 0..2 {
        anna.delete(&format!("{path}/members/{}", stand.company.user(1))).await.expect(200);
    }
    assert_eq!(rings(), Some((1, 40)));
    let stand = stand.reopened().await;
    let shown = stand.company.administrator.get(&path).await.expect(200);
    assert_eq!(texts(shown["members"].as_array().unwrap(), "/name"), ["Clara Ahrens"]);
}
}

story! {
async fn a_deleted_group_leaves_its_numbers_and_extension_behind(stand: Stand) {
    let anna = &stand.company.administrator;
    let group = anna.post("/v1/groups", json!({ "name": "Support" })).await.expect(201);
    let owner = json!({ "type": "group", "id": group["id"] });
    anna.post("/v1/extensions", json!({ "number": "20", "owner": owner })).await.expect(201);
    let number = anna.post("/v1/numbers", json!({ "number": "+493023125020" })).await.expect(201);
    let number = format!("/v1/numbers/{}", number["id"].as_str().unwrap());
    anna.put(&format!("{number}/assignment"), json!({ "owner": owner })).await.expect(200);
    let path = format!("/v1/groups/{}", group["id"].as_str().unwrap());
    let shown = anna.get(&path).await.expect(200);
    assert_eq!((&shown["extension"], &shown["numbers"]), (&json!("20"), &json!(["+493023125020"])));
    anna.delete(&path).await.expect(204);
    assert_eq!(anna.get(&number).await.expect(200)["state"], "unassigned");
    assert_eq!(anna.get("/v1/extensions/20/availability").await.expect(200)["free"], true);
    let account = stand.company.filled.account;
    let left = stand.office.directory().with_world(account, |world| (world.groups().count(), world.extensions().count()));
    assert_eq!(left, Some((0, 0)));
}
}

story! {
async fn what_cannot_be_a_group_is_refused(stand: Stand) {
    let anna = &stand.company.administrator;
    anna.post("/v1/groups", json!({ "name": "", "seconds": 4 })).await.refused(&[
        ("/name", "text.empty"),
        ("/seconds", "seconds.range"),
    ]);
    let members = json!([stand.company.user(1).to_string(), stand.other.user(0).to_string()]);
    let with_stranger = json!({ "name": "A", "members": members });
    anna.post("/v1/groups", with_stranger).await.refused(&[("/members/1", "member.unknown")]);
    let group = anna.post("/v1/groups", json!({ "name": "A" })).await.expect(201);
    let path = format!("/v1/groups/{}", group["id"].as_str().unwrap());
    anna.put(&format!("{path}/members/{}", stand.other.user(0)), json!({})).await.problem(404, "not-found");
    for index in 0..20 {
        let new = json!({ "firstName": format!("User {index}"), "lastName": "Test" });
        let user = anna.post("/v1/users", new).await.expect(201);
        anna.put(&format!("{path}/members/{}", user["id"].as_str().unwrap()), json!({})).await.expect(200);
    }
    let full = anna.put(&format!("{path}/members/{}", stand.company.user(1)), json!({})).await.problem(409, "group-full");
    assert_eq!(full["limit"], 20);
}
}

story! {
async fn groups_are_listed_by_name_and_stay_in_their_company(stand: Stand) {
    let anna = &stand.company.administrator;
    for name in ["Sales", "Accounts", "Support"] {
        anna.post("/v1/groups", json!({ "name": name })).await.expect(201);
    }
    let groups = anna.all("/v1/groups", 2).await;
    assert_eq!(texts(&groups, "/name"), ["Accounts", "Sales", "Support"]);
    let path = format!("/v1/groups/{}", groups[0]["id"].as_str().unwrap());
    let tag = anna.get(&path).await.etag.unwrap();
    anna.with("if-match", &tag).patch(&path, json!({ "seconds": 10 })).await.expect(200);
    anna.with("if-match", &tag).patch(&path, json!({ "seconds": 20 })).await.problem(412, "changed");
    let xaver = &stand.other.administrator;
    assert!(xaver.all("/v1/groups", 10).await.is_empty());
    xaver.get(&path).await.problem(404, "not-found");
    xaver.patch(&path, json!({ "name": "Mine" })).await.problem(404, "not-found");
    xaver.put(&format!("{path}/members/{}", stand.other.user(0)), json!({})).await.problem(404, "not-found");
    xaver.delete(&path).await.problem(404, "not-found");
    let bernd = stand.signed_in(1).await;
    bernd.get(&path).await.expect(200);
    bernd.delete(&path).await.problem(403, "administrator-required");
}
}
