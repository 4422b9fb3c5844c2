//! Stories of several users at once.

use serde_json::{Value, json};

use crate::support::{Client, Stand, story, texts};

fn ids(stand: &Stand, users: &[usize]) -> Value {
    users.iter().map(|index| json!(stand.company.user(*index).to_string())).collect()
}

async fn bulk(client: &Client, ids: Value, action: Value) -> crate::support::Answer {
    client.post("/v1/users/bulk", json!({"ids": ids, "action": action})).await
}

story! {
async fn several_users_are_moved_blocked_and_let_in_again(stand: Stand) {
    let anna = &stand.company.administrator;
    let both = ids(&stand, &[1, 2]);
    let berlin = anna.post("/v1/locations", json!({"name": "Berlin", "country": "DE"})).await.expect(201)["id"].clone();
    let moved = bulk(anna, both.clone(), json!({"type": "moveLocation", "location": berlin})).await.expect(200);
    assert_eq!(moved, json!({"changed": 2, "unchanged": 0}));
    assert_eq!(anna.all(&format!("/v1/users?location={}", berlin.as_str().unwrap()), 10).await.len(), 2);
    let again = bulk(anna, both.clone(), json!({"type": "moveLocation", "location": berlin})).await.expect(200);
    assert_eq!(again["unchanged"], 2);
    let nowhere = json!({"type": "moveLocation", "location": "loc_00000000000000000000000000"});
    bulk(anna, both.clone(), nowhere).await.refused(&[("/action/location", "location.unknown")]);

    bulk(anna, both.clone(), json!({"type": "block"})).await.expect(200);
    assert_eq!(stand.phones.disconnected.lock().len(), 2);
    bulk(anna, both.clone(), json!({"type": "invite"})).await.refused(&[("/ids/0", "user.blocked"), ("/ids/1", "user.blocked")]);
    assert_eq!(bulk(anna, both.clone(), json!({"type": "unblock"})).await.expect(200)["changed"], 2);
    assert_eq!(bulk(anna, both, json!({"type": "invite"})).await.expect(200)["changed"], 2);
}
}

story! {
async fn all_of_them_or_none(stand: Stand) {
    let anna = &stand.company.administrator;
    let stranger = stand.other.user(0).to_string();
    let mut mixed = ids(&stand, &[1]);
    mixed.as_array_mut().unwrap().push(json!(stranger));
    for action in ["block", "delete", "invite"] {
        bulk(anna, mixed.clone(), json!({"type": action})).await.refused(&[("/ids/1", "user.unknown")]);
    }
    assert_eq!(anna.all("/v1/users?blocked=false", 10).await.len(), 3);
    bulk(anna, json!([]), json!({"type": "block"})).await.refused(&[("/ids", "ids.count")]);
    let dora = anna.post("/v1/users", json!({"firstName": "Dora"})).await.expect(201)["id"].clone();
    let with_dora = json!([stand.company.user(1).to_string(), dora]);
    bulk(anna, with_dora, json!({"type": "invite"})).await.refused(&[("/ids/1", "user.noEmail")]);
}
}

story! {
async fn what_deleting_several_does_is_told_first_and_can_be_undone(stand: Stand) {
    let anna = &stand.company.administrator;
    for (index, extension) in [(1, "44"), (2, "45")] {
        let owner = json!({"type": "user", "id": stand.company.user(index).to_string()});
        anna.post("/v1/extensions", json!({"number": extension, "owner": owner})).await.expect(201);
    }
    anna.post("/v1/groups", json!({"name": "Sales", "members": ids(&stand, &[1, 2])})).await.expect(201);
    let both = ids(&stand, &[1, 2]);
    let told = anna.post("/v1/users/bulk/consequences", json!({"ids": both})).await.expect(200);
    assert_eq!((&told["users"], &told["extensions"]), (&json!(2), &json!(["44", "45"])));
    assert_eq!(texts(told["groups"].as_array().unwrap(), "/name"), ["Sales"]);
    assert_eq!((told["devices"].as_array().unwrap().len(), &told["lastAdministrator"]), (2, &json!(false)));
    let all = ids(&stand, &[0, 1, 2]);
    let told = anna.post("/v1/users/bulk/consequences", json!({"ids": all})).await.expect(200);
    assert_eq!((&told["administrators"], &told["lastAdministrator"]), (&json!(1), &json!(true)));
    bulk(anna, all, json!({"type": "delete"})).await.problem(409, "last-administrator");

    assert_eq!(bulk(anna, both.clone(), json!({"type": "delete"})).await.expect(200)["changed"], 2);
    let deleted = anna.all("/v1/users?deleted=true", 10).await;
    assert_eq!(texts(&deleted, "/name"), ["Bernd Ahrens", "Clara Ahrens"]);
    assert_eq!(deleted[0]["restorableUntil"], "2026-12-24T08:00:00.000Z");
    assert_eq!(anna.all("/v1/users", 10).await[0]["restorableUntil"], Value::Null);
    bulk(anna, both, json!({"type": "block"})).await.refused(&[("/ids/0", "user.unknown"), ("/ids/1", "user.unknown")]);
    for index in [1, 2] {
        let restored = anna.post(&format!("/v1/users/{}/restore", stand.company.user(index)), json!({})).await.expect(200);
        assert_eq!(restored["lost"], json!([]));
        assert_eq!(restored["user"]["groups"][0]["name"], "Sales");
    }
}
}

story! {
async fn two_at_once_never_leave_an_account_without_an_administrator(stand: Stand) {
    let anna = &stand.company.administrator;
    let role = format!("/v1/users/{}/role", stand.company.user(1));
    for _ in 0..20 {
        anna.put(&role, json!({"administrator": true})).await.expect(200);
        // Each takes away one of two administrators, together with somebody else.
        let block = json!({"type": "block"});
        let demote = json!({"administrator": false});
        let own = format!("/v1/users/{}/role", stand.company.user(0));
        let (one, two) =
            tokio::join!(bulk(anna, ids(&stand, &[1, 2]), block), anna.put(&own, demote));
        let done = [one.status, two.status].iter().filter(|status| **status == 200).count();
        assert_eq!(done, 1, "{} {}", one.text, two.text);
        if one.status == 200 {
            bulk(anna, ids(&stand, &[1, 2]), json!({"type": "unblock"})).await.expect(200);
        } else {
            let bernd = stand.signed_in(1).await;
            bernd.put(&own, json!({"administrator": true})).await.expect(200);
        }
    }
}
}
