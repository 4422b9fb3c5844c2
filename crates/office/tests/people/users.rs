//! The people of an account.

use serde_json::{Value, json};

use crate::support::{Stand, story, texts};

async fn add(stand: &Stand, first: &str, last: &str) -> Value {
    stand.company.administrator.post("/v1/users", json!({"firstName": first, "lastName": last})).await.expect(201)
}

fn path(user: &Value) -> String {
    format!("/v1/users/{}", user["id"].as_str().unwrap())
}

story! {
async fn the_list_is_sorted_searched_and_paged(stand: Stand) {
    let anna = &stand.company.administrator;
    for (first, last) in [("Änne", "Öhlert"), ("Zoë", "Ohlen"), ("Olaf", "Ohlen"), ("Bo", "50%_Straße")] {
        stand.clock.forward(1000);
        add(&stand, first, last).await;
    }
    let by_name = ["Bo 50%_Straße", "Anna Ahrens", "Bernd Ahrens", "Clara Ahrens", "Olaf Ohlen", "Zoë Ohlen", "Änne Öhlert"];
    for limit in [1, 2, 3, 7, 50] {
        assert_eq!(texts(&anna.all("/v1/users", limit).await, "/name"), by_name, "{limit}");
        let mut reversed = texts(&anna.all("/v1/users?sort=-name", limit).await, "/name");
        reversed.reverse();
        assert_eq!(reversed, by_name, "{limit}");
    }
    let newest = anna.all("/v1/users?sort=-createdAt", 2).await;
    assert_eq!(texts(&newest[..4], "/name"), ["Bo 50%_Straße", "Olaf Ohlen", "Zoë Ohlen", "Änne Öhlert"]);

    for (search, found) in [
        ("ohl", vec!["Olaf Ohlen", "Zoë Ohlen", "Änne Öhlert"]),
        ("OHLEN%20zoe", vec!["Zoë Ohlen"]),
        ("strasse", vec!["Bo 50%_Straße"]),
        ("%25_", vec!["Bo 50%_Straße"]),
        ("clara%40aachener", vec!["Clara Ahrens"]),
        ("nobody", vec![]),
    ] {
        assert_eq!(texts(&anna.all(&format!("/v1/users?search={search}"), 2).await, "/name"), found, "{search}");
    }
    let first = anna.get("/v1/users?limit=2").await.expect(200);
    let cursor = first["nextCursor"].as_str().unwrap();
    anna.get(&format!("/v1/users?sort=-name&cursor={cursor}")).await.problem(400, "invalid-cursor");
}
}

story! {
async fn the_list_is_filtered(stand: Stand) {
    let anna = &stand.company.administrator;
    let bernd = stand.company.user(1);
    let extension = json!({"number": "4711", "owner": {"type": "user", "id": bernd.to_string()}});
    anna.post("/v1/extensions", extension).await.expect(201);
    anna.post(&format!("/v1/users/{}/block", stand.company.user(2)), json!({})).await.expect(200);
    let names = async |query: &str| texts(&anna.all(&format!("/v1/users?{query}"), 1).await, "/name");
    assert_eq!(names("role=administrator").await, ["Anna Ahrens"]);
    assert_eq!(names("role=user").await, ["Bernd Ahrens", "Clara Ahrens"]);
    assert_eq!(names("blocked=true").await, ["Clara Ahrens"]);
    assert_eq!(names("blocked=false&search=ahrens").await, ["Anna Ahrens", "Bernd Ahrens"]);
    assert_eq!(names("search=471").await, ["Bernd Ahrens"]);
    let locations = anna.all("/v1/locations", 10).await;
    assert_eq!(names(&format!("location={}", locations[0]["id"].as_str().unwrap())).await.len(), 3);
    // Nobody's phone was ever connected, so nobody can call yet.
    assert_eq!(names("incomplete=true").await.len(), 3);
    assert!(names("incomplete=false").await.is_empty());
    let bernd = anna.get(&format!("/v1/users/{bernd}")).await.expect(200);
    assert_eq!((&bernd["extensions"], &bernd["presence"]), (&json!(["4711"]), &json!("unreachable")));
    assert!(bernd["findings"].as_array().unwrap().iter().any(|finding| finding["code"] == "noNumber"), "{bernd:#}");
}
}

story! {
async fn two_who_edit_at_once_lose_nothing(stand: Stand) {
    let anna = &stand.company.administrator;
    let user = path(&add(&stand, "Dora", "").await);
    let seen = anna.get(&user).await;
    let tag = seen.etag.unwrap();
    stand.clock.forward(1);
    let edited = anna.with("if-match", &tag).patch(&user, json!({"lastName": "Dahl"})).await;
    assert_ne!(edited.etag.as_ref(), Some(&tag));
    anna.with("if-match", &tag).patch(&user, json!({"lastName": "Duda"})).await.problem(412, "changed");
    stand.clock.forward(1);
    let both = format!("\"other\", {}", edited.etag.unwrap());
    let after = anna.with("if-match", &both).patch(&user, json!({"firstName": "Doris", "email": "d@x.de"})).await.expect(200);
    assert_eq!((&after["name"], &after["email"]), (&json!("Doris Dahl"), &json!("d@x.de")));
    stand.clock.forward(1);
    let cleared = anna.patch(&user, json!({"email": null})).await.expect(200);
    assert_eq!((&cleared["name"], &cleared["email"]), (&json!("Doris Dahl"), &Value::Null));

    let log = anna.all(&format!("/v1/audit?object={}", after["id"].as_str().unwrap()), 2).await;
    assert_eq!(texts(&log, "/action"), ["users.edit", "users.edit", "users.edit", "users.create"]);
    assert_eq!((&log[2]["before"]["lastName"], &log[2]["after"]["lastName"]), (&json!(""), &json!("Dahl")));
}
}

story! {
async fn users_change_what_is_theirs(stand: Stand) {
    let bernd = stand.signed_in(1).await;
    let own = format!("/v1/users/{}", stand.company.user(1));
    let patch = json!({"firstName": "Berndt", "timeZone": "Europe/Vienna", "language": "en", "busyOnBusy": true});
    assert_eq!(bernd.patch(&own, patch).await.expect(200)["name"], "Berndt Ahrens");
    bernd.patch(&own, json!({"email": "bernd@evil.example"})).await.problem(409, "email-needs-confirmation");
    bernd.patch(&own, json!({"role": "administrator"})).await.refused(&[("/role", "shape")]);
    for other in [stand.company.user(0), stand.company.user(2), stand.other.user(0)] {
        bernd.get(&format!("/v1/users/{other}")).await.problem(404, "not-found");
        bernd.patch(&format!("/v1/users/{other}"), json!({"firstName": "X"})).await.problem(404, "not-found");
    }
    let anna = &stand.company.administrator;
    let foreign = stand.other.administrator.all("/v1/locations", 1).await;
    anna.patch(&own, json!({"location": foreign[0]["id"]})).await.refused(&[("/location", "location.unknown")]);
    anna.patch(&own, json!({"callerNumber": "+4930123456"})).await.refused(&[("/callerNumber", "number.unknown")]);
    let dora = anna.post("/v1/users", json!({"firstName": "Dora"})).await.expect(201);
    let dora = format!("/v1/users/{}", dora["id"].as_str().unwrap());
    anna.patch(&dora, json!({"email": "XAVER@zwickauer-gurken.example"})).await.problem(409, "email-taken");
}
}

story! {
async fn a_blocked_user_is_out_at_once(stand: Stand) {
    let anna = &stand.company.administrator;
    let clara = stand.signed_in(2).await;
    let phone = &stand.company.filled.users[2].phones[0];
    let user = format!("/v1/users/{}", stand.company.user(2));
    let blocked = anna.post(&format!("{user}/block"), json!({})).await.expect(200);
    assert_eq!(blocked["blocked"], json!(true));
    clara.get("/v1/me").await.problem(401, "sign-in-required");
    assert_eq!(*stand.phones.disconnected.lock(), [phone.id]);
    assert!(stand.office.directory().device(phone.sip_id).unwrap().blocked);
    anna.post(&format!("{user}/invitation"), json!({})).await.problem(409, "user-blocked");
    // Again: nothing more happens.
    anna.post(&format!("{user}/block"), json!({})).await.expect(200);

    let stand = stand.reopened().await;
    assert!(stand.office.directory().device(stand.company.filled.users[2].phones[0].sip_id).unwrap().blocked);
    stand.company.administrator.post(&format!("{user}/unblock"), json!({})).await.expect(200);
    assert!(!stand.office.directory().device(stand.company.filled.users[2].phones[0].sip_id).unwrap().blocked);
    stand.signed_in(2).await.get("/v1/me").await.expect(200);
}
}

story! {
async fn deleting_does_what_the_preview_said_and_can_be_undone(stand: Stand) {
    let anna = &stand.company.administrator;
    let id = stand.company.user(1);
    let user = format!("/v1/users/{id}");
    let owner = json!({"type": "user", "id": id.to_string()});
    anna.post("/v1/extensions", json!({"number": "44", "owner": owner.clone()})).await.expect(201);
    anna.post("/v1/numbers", json!({"number": "+4921190009017"})).await.expect(201);
    let number = anna.all("/v1/numbers", 10).await;
    let assignment = format!("/v1/numbers/{}/assignment", number[0]["id"].as_str().unwrap());
    anna.put(&assignment, json!({"owner": owner})).await.expect(200);
    let group = anna.post("/v1/groups", json!({"name": "Sales"})).await.expect(201);
    let members = format!("/v1/groups/{}/members", group["id"].as_str().unwrap());
    anna.put(&format!("{members}/{}", stand.company.user(2)), json!({})).await;
    anna.put(&format!("{members}/{id}"), json!({})).await;
    let before = anna.get(&user).await.expect(200);

    let preview = anna.get(&format!("{user}/consequences")).await.expect(200);
    for what in ["numbers", "extensions", "groups", "devices"] {
        assert_eq!(preview[what], before[what], "{what}");
        assert!(!preview[what].as_array().unwrap().is_empty(), "{what}");
    }
    let bernd = stand.signed_in(1).await;
    anna.delete(&user).await.expect(204);
    anna.get(&user).await.problem(404, "not-found");
    anna.delete(&user).await.problem(404, "not-found");
    bernd.get("/v1/me").await.problem(401, "sign-in-required");
    let phone = &stand.company.filled.users[1].phones[0];
    assert!(stand.office.directory().device(phone.sip_id).is_none());
    assert_eq!(*stand.phones.disconnected.lock(), [phone.id]);
    assert_eq!(anna.get("/v1/extensions/44/availability").await.expect(200)["free"], json!(true));
    assert_eq!(anna.all("/v1/numbers", 10).await[0]["owner"], Value::Null);
    assert!(!anna.get("/v1/groups").await.text.contains(&id.to_string()));
    assert_eq!(texts(&anna.all("/v1/users?deleted=true", 10).await, "/name"), ["Bernd Ahrens"]);

    // Somebody else has 44 by now; everything else comes back, also after a restart.
    let stand = stand.reopened().await;
    let anna = &stand.company.administrator;
    assert!(stand.office.directory().device(stand.company.filled.users[1].phones[0].sip_id).is_none());
    let clara = json!({"type": "user", "id": stand.company.user(2).to_string()});
    anna.post("/v1/extensions", json!({"number": "44", "owner": clara})).await.expect(201);
    let restored = anna.post(&format!("{user}/restore"), json!({})).await.expect(200);
    assert_eq!(restored["lost"], json!(["44"]));
    let after = anna.get(&user).await.expect(200);
    assert_eq!(after["extensions"], json!([]));
    for what in ["name", "email", "numbers", "groups", "devices"] {
        assert_eq!(after[what], before[what], "{what}");
    }
    assert!(stand.office.directory().device(stand.company.filled.users[1].phones[0].sip_id).is_some());
    stand.signed_in(1).await.get("/v1/me").await.expect(200);
    anna.post(&format!("{user}/restore"), json!({})).await.problem(409, "not-deleted");
    let stand = stand.reopened().await;
    assert_eq!(stand.company.administrator.get(&user).await.expect(200), after);
}
}

story! {
async fn the_address_of_a_deleted_user_is_free(stand: Stand) {
    let anna = &stand.company.administrator;
    let user = format!("/v1/users/{}", stand.company.user(1));
    anna.delete(&user).await.expect(204);
    let email = "bernd@aachener-printen.example";
    anna.post("/v1/users", json!({"firstName": "Bert", "email": email})).await.expect(201);
    anna.post(&format!("{user}/restore"), json!({})).await.problem(409, "email-taken");
    stand.other.administrator.post(&format!("{user}/restore"), json!({})).await.problem(404, "not-found");
}
}
