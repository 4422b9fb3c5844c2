//! Stories of finding a phone among many.

use serde_json::json;

use crate::support::{Client, story};

story! {
async fn devices_are_found_by_whose_they_are_and_what_they_are_called(stand: Stand) {
    let anna = &stand.company.administrator;
    let path = format!("/v1/users/{}/devices", stand.company.user(1));
    anna.post(&path, json!({ "kind": "voip", "label": "Übungsraum" })).await.expect(201);
    anna.post(&path, json!({ "kind": "mobile", "label": "Handy", "number": "0171 3920017" })).await.expect(201);
    let found = async |client: &Client, search: &str| {
        let devices = client.all(&format!("/v1/devices?search={search}"), 1).await;
        devices.iter().map(|device| device["label"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(anna, "%C3%BCbung").await, ["Übungsraum"]);
    assert_eq!(found(anna, "ubungs+ahrens").await, ["Übungsraum"]);
    assert_eq!(found(anna, "BERND").await.len(), 3);
    for number in ["0171+392", "%2B49171", "3920017"] {
        assert_eq!(found(anna, number).await, ["Handy"], "{number}");
    }
    let all = anna.all("/v1/devices", 100).await;
    let desk = all.iter().find(|device| device["id"] == stand.company.device(2).to_string()).unwrap();
    assert_eq!(found(anna, desk["sipId"].as_str().unwrap()).await.len(), 1);
    assert_eq!(found(anna, "").await.len(), all.len());
    assert!(found(anna, "nobody").await.is_empty() && found(anna, "%25").await.is_empty());
    // Others find their own, and nobody another account's.
    let bernd = stand.signed_in(1).await;
    assert_eq!(found(&bernd, "").await.len(), 3);
    assert!(found(&bernd, desk["sipId"].as_str().unwrap()).await.is_empty());
    assert!(found(&stand.other.administrator, "handy").await.is_empty());
}
}
