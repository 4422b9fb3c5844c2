//! Stories of routing: shown, edited, tried out.

use serde_json::json;

use crate::support::story;

story! {
async fn steps_are_saved_shown_and_executed(stand: Stand) {
    let anna = &stand.company.administrator;
    let user = stand.company.user(1);
    let devices = format!("/v1/users/{user}/devices");
    let mobile = anna.post(&devices, json!({ "kind": "voip", "label": "Mobile" })).await.expect(201);
    let (desk, mobile) = (stand.company.device(1).to_string(), mobile["id"].as_str().unwrap().to_owned());
    let path = format!("/v1/users/{user}/routing");
    let fresh = anna.get(&path).await;
    let tag = fresh.etag.clone().unwrap();
    assert_eq!(fresh.expect(200)["steps"], json!([]));

    let steps = json!({ "steps": [{ "devices": [desk], "seconds": 20 }, { "devices": [mobile, desk], "seconds": 30 }] });
    let saved = anna.with("if-match", &tag).put(&path, steps.clone()).await.expect(200);
    assert_eq!(saved["steps"][1], json!({
        "devices": [{ "id": mobile, "label": "Mobile" }, { "id": desk, "label": "Desk phone" }],
        "seconds": 30,
    }));
    assert!(!saved["sentence"].as_str().unwrap().is_empty());
    let findings = saved["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["code"] == "noExtension" && finding["severity"] == "advice"), "{findings:#?}");
    anna.with("if-match", &tag).put(&path, json!({ "steps": [] })).await.problem(412, "changed");

    // What was saved is what a call would do, also after a restart; a removed phone rings no more.
    let stand = stand.reopened().await;
    let anna = &stand.company.administrator;
    assert_eq!(anna.get(&path).await.expect(200)["steps"], saved["steps"]);
    anna.delete(&format!("/v1/devices/{desk}")).await.expect(204);
    let left = anna.get(&path).await.expect(200);
    assert_eq!(left["steps"], json!([{ "devices": [{ "id": mobile, "label": "Mobile" }], "seconds": 30 }]));
    let audit = anna.get(&format!("/v1/audit?object={user}")).await.text;
    assert!(audit.contains("routing.edit"), "{audit}");
}
}

story! {
async fn steps_that_cannot_ring_are_refused_with_a_pointer(stand: Stand) {
    let anna = &stand.company.administrator;
    let path = format!("/v1/users/{}/routing", stand.company.user(1));
    let (own, claras) = (stand.company.device(1).to_string(), stand.company.device(2).to_string());
    let steps = async |steps| anna.put(&path, json!({ "steps": steps })).await;
    steps(json!([{ "devices": [own], "seconds": 4 }])).await.refused(&[("/steps/0/seconds", "seconds.range")]);
    steps(json!([{ "devices": [own], "seconds": 121 }])).await.refused(&[("/steps/0/seconds", "seconds.range")]);
    steps(json!([{ "devices": [], "seconds": 20 }])).await.refused(&[("/steps/0/devices", "devices.empty")]);
    steps(json!([{ "devices": [own, own], "seconds": 20 }])).await.refused(&[("/steps/0/devices", "devices.twice")]);
    let foreign = json!([{ "devices": [own], "seconds": 20 }, { "devices": [own, claras], "seconds": 20 }]);
    steps(foreign).await.refused(&[("/steps/1/devices/1", "device.unknown")]);
    steps(json!(vec![json!({ "devices": [own], "seconds": 5 }); 11])).await.refused(&[("/steps", "steps.many")]);
    assert_eq!(anna.get(&path).await.expect(200)["steps"], json!([]));
}
}

story! {
async fn users_arrange_their_own_routing_and_no_other(stand: Stand) {
    let bernd = stand.signed_in(1).await;
    let own = format!("/v1/users/{}/routing", stand.company.user(1));
    let steps = json!({ "steps": [{ "devices": [stand.company.device(1).to_string()], "seconds": 15 }] });
    bernd.put(&own, steps.clone()).await.expect(200);
    let theirs = format!("/v1/users/{}/routing", stand.company.user(2));
    bernd.get(&theirs).await.problem(404, "not-found");
    bernd.put(&theirs, steps.clone()).await.problem(404, "not-found");
    let xaver = &stand.other.administrator;
    xaver.get(&own).await.problem(404, "not-found");
    xaver.put(&own, steps).await.problem(404, "not-found");
    bernd.post("/v1/routing/trials", json!({ "caller": { "type": "outside" }, "dialled": "44" })).await
        .problem(403, "administrator-required");
}
}

story! {
async fn a_trial_shows_who_would_ring_and_rings_nobody(stand: Stand) {
    let anna = &stand.company.administrator;
    let owner = json!({ "type": "user", "id": stand.company.user(1).to_string() });
    anna.post("/v1/extensions", json!({ "number": "44", "owner": owner })).await.expect(201);
    let caller = json!({ "type": "device", "device": stand.company.device(0).to_string() });
    let answer = json!({ "afterMs": 3000, "event": { "type": "answered", "device": stand.company.device(1).to_string() } });
    let trial = anna.post("/v1/routing/trials", json!({ "caller": caller, "dialled": "44*", "events": [answer] })).await.expect(200);
    assert_eq!(trial["flow"]["called"]["ownerName"], "Bernd Ahrens");
    assert_eq!(trial["outcome"]["type"], "answered");
    assert!(!trial["steps"].as_array().unwrap().is_empty());
    let emergency = anna.post("/v1/routing/trials", json!({ "caller": caller, "dialled": "112" })).await.expect(200);
    assert_eq!(emergency["flow"]["kind"], "emergency");

    let stranger = json!({ "type": "device", "device": stand.other.device(0).to_string() });
    anna.post("/v1/routing/trials", json!({ "caller": stranger, "dialled": "44" })).await
        .refused(&[("/caller/device", "device.unknown")]);
    let bad = json!({ "caller": caller, "dialled": "", "at": "tomorrow" });
    anna.post("/v1/routing/trials", bad).await.refused(&[("/dialled", "text.empty"), ("/at", "moment.invalid")]);
    assert!(anna.all("/v1/calls", 10).await.is_empty());
}
}

story! {
async fn a_group_s_routing_is_for_everybody_in_the_company(stand: Stand) {
    let anna = &stand.company.administrator;
    let members = json!([stand.company.user(1).to_string()]);
    let group = anna.post("/v1/groups", json!({ "name": "Support", "members": members })).await.expect(201);
    let path = format!("/v1/groups/{}/routing", group["id"].as_str().unwrap());
    let bernd = stand.signed_in(1).await;
    let shown = bernd.get(&path).await.expect(200);
    assert_eq!(shown["owner"]["name"], "Support");
    assert!(shown["diagram"]["nodes"].as_array().is_some_and(|nodes| !nodes.is_empty()));
    stand.other.administrator.get(&path).await.problem(404, "not-found");
}
}
