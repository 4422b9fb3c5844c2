//! Stories of phones: added, renamed, given a new password, taken away.

use office::directory::Ha1;
use office::ledger::{LedgerEntry, RegistrationChange};
use office::ports::Presence;
use serde_json::{Value, json};
use types::clock::Timestamp;
use types::sip_id::SipId;

use crate::support::{MORNING, story, texts};

/// The hash a phone would prove that it knows the shown password with.
fn ha1(credentials: &Value) -> (SipId, Ha1) {
    let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
    (text("username").parse().unwrap(), Ha1::new(&text("username"), &text("domain"), &text("password")))
}

story! {
async fn a_phone_gets_credentials_that_let_it_in_and_are_shown_once(stand: Stand) {
    let anna = &stand.company.administrator;
    let user = stand.company.user(1);
    let new = json!({ "kind": "voip", "label": " Kitchen " });
    let created = anna.post(&format!("/v1/users/{user}/devices"), new).await.expect(201);
    let credentials = &created["credentials"];
    assert_eq!(created["label"], "Kitchen");
    assert_eq!(credentials["username"], created["sipId"]);
    assert_eq!((&credentials["domain"], &credentials["transport"]), (&json!("phones.example"), &json!("udp")));
    assert_eq!(credentials["server"], "phones.example:5070", "a phone would not guess this port");
    assert!(credentials["password"].as_str().unwrap().len() >= 22);

    let (sip_id, ha1) = ha1(credentials);
    let access = stand.office.directory().device(sip_id).unwrap();
    assert_eq!((access.ha1, access.user, access.blocked), (ha1, user, false));
    let path = format!("/v1/devices/{}", created["id"].as_str().unwrap());
    let again = anna.get(&path).await;
    assert!(again.body.get("credentials").is_none() && !again.text.contains(credentials["password"].as_str().unwrap()));

    // After a restart the hash opens again.
    let stand = stand.reopened().await;
    assert_eq!(stand.office.directory().device(sip_id).unwrap().ha1, ha1);
}
}

story! {
async fn a_renewed_password_makes_the_old_one_worthless_at_once(stand: Stand) {
    let anna = &stand.company.administrator;
    let phone = &stand.company.filled.users[1].phones[0];
    let change = RegistrationChange {
        account: stand.company.filled.account,
        device: phone.id,
        sip_id: phone.sip_id,
        bindings: b"[]".to_vec(),
        expires: Timestamp(MORNING + 60_000),
        user_agent: "baresip".to_owned(),
        address: "192.0.2.1:5060".to_owned(),
        removed: false,
    };
    stand.write_down(vec![LedgerEntry::Registration(change)]).await;
    let before = stand.office.directory().device(phone.sip_id).unwrap().ha1;
    assert_eq!(before, Ha1::new(&phone.sip_id.to_string(), "phones.example", phone.password.expose()));

    let renewed = anna.post(&format!("/v1/devices/{}/credentials", phone.id), json!({})).await.expect(201);
    let after = stand.office.directory().device(phone.sip_id).unwrap().ha1;
    assert_eq!((phone.sip_id, after), ha1(&renewed["credentials"]));
    assert_ne!(after, before);
    assert_eq!(*stand.phones.disconnected.lock(), [phone.id]);
    stand.office.stored(|phone| panic!("{phone:?} is still registered")).await.unwrap();

    let audit = anna.get(&format!("/v1/audit?object={}", phone.id)).await;
    assert!(audit.text.contains("devices.renewCredentials"), "{}", audit.text);
    assert!(!audit.text.contains(renewed["credentials"]["password"].as_str().unwrap()));
}
}

story! {
async fn a_removed_phone_is_disconnected_and_its_name_never_comes_back(stand: Stand) {
    let anna = &stand.company.administrator;
    let phone = &stand.company.filled.users[1].phones[0];
    anna.delete(&format!("/v1/devices/{}", phone.id)).await.expect(204);
    assert!(stand.office.directory().device(phone.sip_id).is_none());
    assert_eq!(*stand.phones.disconnected.lock(), [phone.id]);
    anna.get(&format!("/v1/devices/{}", phone.id)).await.problem(404, "not-found");
    let path = format!("/v1/users/{}/devices", stand.company.user(1));
    let next = anna.post(&path, json!({ "kind": "voip", "label": "New" })).await.expect(201);
    assert_ne!(next["sipId"], phone.sip_id.to_string());
    assert_eq!(texts(&anna.all(&path, 50).await, "/label"), ["New"]);
}
}

story! {
async fn a_phone_shows_where_it_is_registered_and_since_when_it_is_known(stand: Stand) {
    let anna = &stand.company.administrator;
    let phone = &stand.company.filled.users[1].phones[0];
    let path = format!("/v1/devices/{}", phone.id);
    let fresh = anna.get(&path).await.expect(200);
    assert!(fresh["presence"].is_null() && fresh["firstRegisteredAt"].is_null());

    let (since, expires) = (Timestamp(MORNING), Timestamp(MORNING + 3_600_000));
    let presence = Presence { user_agent: "<b>snom</b>".to_owned(), address: "192.0.2.9:5060".to_owned(), since, expires };
    stand.phones.presence.lock().insert(phone.id, presence);
    stand.write_down(vec![LedgerEntry::Registration(RegistrationChange {
        account: stand.company.filled.account,
        device: phone.id,
        sip_id: phone.sip_id,
        bindings: b"[]".to_vec(),
        expires,
        user_agent: "snom".to_owned(),
        address: "192.0.2.9:5060".to_owned(),
        removed: false,
    })]).await;
    let shown = anna.get(&path).await.expect(200);
    assert_eq!(shown["presence"], json!({
        "userAgent": "<b>snom</b>",
        "address": "192.0.2.9:5060",
        "since": "2026-11-24T08:00:00.000Z",
        "expiresAt": "2026-11-24T09:00:00.000Z",
    }));
    assert_eq!(shown["firstRegisteredAt"], "2026-11-24T08:00:00.000Z");
    let known = stand.office.directory().with_world(stand.company.filled.account, |world| {
        world.device(phone.id).unwrap().ever_registered()
    });
    assert_eq!(known, Some(true));
}
}

story! {
async fn users_manage_their_own_phones_and_no_others(stand: Stand) {
    let bernd = stand.signed_in(1).await;
    assert_eq!(texts(&bernd.all("/v1/devices", 1).await, "/user/name"), ["Bernd Ahrens"]);
    let own = format!("/v1/users/{}/devices", stand.company.user(1));
    let created = bernd.post(&own, json!({ "kind": "voip", "label": "Home" })).await.expect(201);
    let created = format!("/v1/devices/{}", created["id"].as_str().unwrap());
    bernd.patch(&created, json!({ "label": "At home" })).await.expect(200);
    bernd.delete(&created).await.expect(204);

    let claras = format!("/v1/devices/{}", stand.company.device(2));
    bernd.get(&claras).await.problem(404, "not-found");
    bernd.patch(&claras, json!({ "label": "Mine" })).await.problem(404, "not-found");
    bernd.post(&format!("{claras}/credentials"), json!({})).await.problem(404, "not-found");
    bernd.delete(&claras).await.problem(404, "not-found");
    let theirs = format!("/v1/users/{}/devices", stand.company.user(2));
    bernd.get(&theirs).await.problem(404, "not-found");
    bernd.post(&theirs, json!({ "kind": "voip", "label": "Mine" })).await.problem(404, "not-found");
    bernd.get(&format!("/v1/devices?user={}", stand.company.user(2))).await.problem(404, "not-found");

    // An administrator reaches all of his own company and nothing of another.
    assert_eq!(stand.company.administrator.all("/v1/devices", 2).await.len(), 3);
    let xaver = &stand.other.administrator;
    xaver.get(&claras).await.problem(404, "not-found");
    xaver.post(&format!("{claras}/credentials"), json!({})).await.problem(404, "not-found");
    xaver.post(&theirs, json!({ "kind": "voip", "label": "Mine" })).await.problem(404, "not-found");
    xaver.delete(&claras).await.problem(404, "not-found");
    assert!(stand.phones.disconnected.lock().len() == 1);
}
}

story! {
async fn what_cannot_be_a_phone_is_refused(stand: Stand) {
    let anna = &stand.company.administrator;
    let path = format!("/v1/users/{}/devices", stand.company.user(1));
    anna.post(&path, json!({ "kind": "voip", "label": "" })).await.refused(&[("/label", "text.empty")]);
    anna.post(&path, json!({ "kind": "voip", "label": "a".repeat(61) })).await.refused(&[("/label", "text.long")]);
    anna.post(&path, json!({ "kind": "toaster", "label": "A" })).await.refused(&[("/kind", "shape")]);
    anna.post(&path, json!({ "kind": "voip" })).await.problem(422, "invalid");
    for index in 1..20 {
        anna.post(&path, json!({ "kind": "voip", "label": format!("Phone {index}") })).await.expect(201);
    }
    let problem = anna.post(&path, json!({ "kind": "voip", "label": "One more" })).await.problem(409, "device-limit");
    assert_eq!(problem["limit"], 20);
}
}

story! {
async fn a_phone_asked_for_twice_with_one_key_is_made_once(stand: Stand) {
    let anna = stand.company.administrator.with("idempotency-key", "one-phone");
    let path = format!("/v1/users/{}/devices", stand.company.user(1));
    let first = anna.post(&path, json!({ "kind": "voip", "label": "A" })).await.expect(201);
    let second = anna.post(&path, json!({ "kind": "voip", "label": "A" })).await.expect(201);
    assert_eq!(first, second);
    assert_eq!(stand.company.administrator.all(&path, 50).await.len(), 2);
    anna.post(&path, json!({ "kind": "voip", "label": "B" })).await.problem(422, "idempotency-key-reused");
}
}
