//! What the exchange sees of a change, at once and after a restart.

use crate::support::story;
use serde_json::json;

story! {
async fn after_a_restart_the_directory_is_what_it_was(stand: Stand) {
    let anna = &stand.company.administrator;
    let owner = json!({ "type": "user", "id": stand.company.user(1).to_string() });
    anna.post("/v1/extensions", json!({ "number": "44", "owner": owner })).await.expect(201);
    let number = anna.post("/v1/numbers", json!({ "number": "+493023125017" })).await.expect(201);
    let assignment = format!("/v1/numbers/{}/assignment", number["id"].as_str().unwrap());
    anna.put(&assignment, json!({ "owner": owner })).await.expect(200);
    let group = json!({ "name": "Support", "members": [stand.company.user(2).to_string()] });
    anna.post("/v1/groups", group).await.expect(201);
    let steps = json!({ "steps": [{ "devices": [stand.company.device(1).to_string()], "seconds": 15 }] });
    anna.put(&format!("/v1/users/{}/routing", stand.company.user(1)), steps).await.expect(200);

    let account = stand.company.filled.account;
    let picture = |office: &office::Office| {
        office.directory().with_world(account, |world| {
            let mut users: Vec<String> = world.users().map(|user| format!("{user:?}")).collect();
            users.sort();
            let devices: Vec<String> = world.users().flat_map(|user| world.devices_of(user.id)).map(|d| format!("{d:?}")).collect();
            let parts = [
                users,
                { let mut devices = devices; devices.sort(); devices },
                world.groups().map(|group| format!("{group:?}")).collect(),
                world.locations().map(|location| format!("{location:?}")).collect(),
                world.numbers().map(|number| format!("{number:?}")).collect(),
                world.extensions().map(|extension| format!("{extension:?}")).collect(),
            ];
            (world.name().to_owned(), parts)
        }).unwrap()
    };
    let before = picture(&stand.office);
    assert!(before.1.iter().all(|part| !part.is_empty()), "{before:#?}");
    let phone = stand.company.filled.users[1].phones[0].sip_id;
    let access = stand.office.directory().device(phone);
    let stand = stand.reopened().await;
    assert_eq!(picture(&stand.office), before);
    assert_eq!(stand.office.directory().device(phone), access);
    assert_eq!(stand.office.directory().phones(), 4);
}
}
