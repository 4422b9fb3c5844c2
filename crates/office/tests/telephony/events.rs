//! Stories of open pages: what they are told as it happens, and what not.

use office::ports::CallLegs;
use serde_json::{Value, json};
use types::clock::Timestamp;
use types::ids::CallId;

use crate::listener::{Heard, Listener};
use crate::support::{MORNING, Stand, story};

fn legs(stand: &Stand, caller: usize, called: usize, answered: bool) -> CallLegs {
    let leg = |index: usize| (stand.company.user(index), stand.company.device(index));
    CallLegs { owner: None, caller: Some(leg(caller)), called: vec![leg(called)], answered }
}

/// Makes something happen that everybody in the company is told, and answers all that was told until then.
async fn until_mark(stand: &Stand, listener: &mut Listener, mark: &str) -> Vec<Heard> {
    let group = stand.company.administrator.post("/v1/groups", json!({ "name": mark })).await.expect(201);
    let mut told = Vec::new();
    loop {
        let heard = listener.next().await.expect("the stream goes on");
        if heard.data["id"] == group["id"] && heard.data["what"] == "groups" {
            return told;
        }
        told.push(heard);
    }
}

story! {
async fn colleagues_see_who_can_be_reached_and_never_with_whom_somebody_talks(stand: Stand) {
    let account = stand.company.filled.account;
    let [anna, bernd, clara] = [0, 1, 2].map(|index| stand.company.user(index).to_string());
    let mut bernd_listens = stand.signed_in(1).await.listen(None).await;
    let mut clara_listens = stand.signed_in(2).await.listen(None).await;
    let mut xaver_listens = stand.other.administrator.listen(None).await;
    assert_eq!(bernd_listens.headers["content-type"], "text/event-stream");
    assert_eq!(bernd_listens.headers["cache-control"], "no-cache");
    stand.phones.notes.phone(account, stand.company.device(0), true);
    let told = bernd_listens.next_of("presence").await;
    assert_eq!(told.data, json!({ "user": anna, "presence": "online" }));

    let call = CallId::from_parts(Timestamp(MORNING), 1);
    let noted = async |legs| {
        stand.phones.notes.call(account, call, legs);
    };
    noted(Some(legs(&stand, 0, 1, false))).await;
    let path = |user: &str, devices: Value| json!({ "owner": { "type": "user", "id": user }, "devices": devices });
    let bernds = stand.company.device(1).to_string();
    let ringing = json!([{ "id": bernds, "state": "ringing" }]);
    assert_eq!(bernd_listens.next_of("live").await.data, path(&bernd, ringing));
    noted(Some(legs(&stand, 0, 1, true))).await;
    let talking = json!([{ "id": bernds, "state": "talking" }]);
    assert_eq!(bernd_listens.next_of("live").await.data, path(&bernd, talking.clone()));
    // A page that is opened now sees what is going on.
    let mut late = stand.company.administrator.listen(None).await;
    let mut paths = [late.next().await.unwrap().data, late.next().await.unwrap().data];
    paths.sort_by_key(|path| path["owner"]["id"] != json!(anna));
    assert_eq!(paths[0]["devices"][0]["state"], "talking");
    assert_eq!(paths[1], path(&bernd, talking));
    noted(None).await;
    assert_eq!(bernd_listens.next_of("live").await.data, path(&bernd, json!([])));

    // Clara was told who is in a call, and nothing of their phones. That she signed in is her own affair.
    let mut told = until_mark(&stand, &mut clara_listens, "mark").await;
    told.retain(|heard| heard.data["id"] != json!(clara));
    assert!(told.iter().all(|heard| heard.event == "presence"), "{told:#?}");
    let presences: Vec<(&Value, &Value)> = told.iter().map(|heard| (&heard.data["user"], &heard.data["presence"])).collect();
    let last = |user: &str| presences.iter().rev().find(|(of, _)| **of == json!(user)).map(|(_, presence)| (*presence).clone());
    assert_eq!((last(&anna), last(&bernd), last(&clara)), (Some("online".into()), Some("unreachable".into()), None));
    assert!(presences.contains(&(&json!(bernd), &json!("inCall"))), "{presences:?}");

    // Another company hears of its own things only.
    stand.other.administrator.post("/v1/groups", json!({ "name": "Gurken" })).await.expect(201);
    let first = xaver_listens.next().await.unwrap();
    assert_eq!((first.event.as_str(), &first.data["what"]), ("changed", &json!("groups")));
}
}

story! {
async fn changes_are_told_to_those_who_may_see_them(stand: Stand) {
    let anna = &stand.company.administrator;
    let mut anna_listens = anna.listen(None).await;
    let mut bernd_listens = stand.signed_in(1).await.listen(None).await;
    let clara = stand.company.user(2);
    let path = format!("/v1/users/{clara}");
    anna.patch(&path, json!({ "lastName": "Berger" })).await.expect(200);
    let told = anna_listens.next_of("changed").await;
    assert!(["identity", "users"].contains(&told.data["what"].as_str().unwrap()), "{told:?}");
    let own = format!("/v1/users/{}/routing", stand.company.user(1));
    anna.put(&own, json!({ "extension": "44" })).await.expect(200);
    let told = until_mark(&stand, &mut bernd_listens, "mark").await;
    let what: Vec<&Value> = told.iter().filter(|heard| heard.event == "changed").map(|heard| &heard.data["what"]).collect();
    assert!(what.contains(&&json!("routing")) && what.contains(&&json!("extensions")), "{told:#?}");
    assert!(!told.iter().any(|heard| heard.data["id"] == json!(clara.to_string())), "{told:#?}");
}
}

story! {
async fn a_page_that_comes_back_is_told_what_it_missed(stand: Stand) {
    let anna = &stand.company.administrator;
    let mut listener = anna.listen(None).await;
    anna.post("/v1/groups", json!({ "name": "A" })).await.expect(201);
    let seen = listener.next_of("changed").await;
    drop(listener);
    let missed = anna.post("/v1/groups", json!({ "name": "B" })).await.expect(201);
    let mut again = anna.listen(seen.id.as_deref()).await;
    let told = loop {
        let heard = again.next().await.unwrap();
        assert_ne!(heard.event, "reset");
        if heard.data["id"] == missed["id"] {
            break heard;
        }
    };
    assert_eq!(told.event, "changed");
    // What is not known any more, or is of another process, has to be read again.
    let mut strange = anna.listen(Some("0000000000000000-7")).await;
    assert_eq!(strange.next().await.unwrap().event, "reset");
    // One who does not listen for long is told so too.
    for name in 0..300 {
        anna.patch(&format!("/v1/groups/{}", missed["id"].as_str().unwrap()), json!({ "name": format!("G{name}") })).await.expect(200);
    }
    assert_eq!(again.next_of("reset").await.data, json!({}));
}
}

story! {
async fn a_stream_ends_with_its_session(stand: Stand) {
    let bernd = stand.signed_in(1).await;
    let mut listener = bernd.listen(None).await;
    bernd.delete("/v1/sessions/current").await.expect(204);
    while listener.next().await.is_some() {}

    let clara = stand.signed_in(2).await;
    let mut listener = clara.listen(None).await;
    stand.company.administrator.post(&format!("/v1/users/{}/block", stand.company.user(2)), json!({})).await.expect(200);
    while listener.next().await.is_some() {}
    assert_eq!(clara.listen(None).await.status, 401);

    // Somebody who is no administrator any more hears from then on what others hear.
    stand.company.administrator.put(&format!("/v1/users/{}/role", stand.company.user(1)), json!({ "administrator": true })).await.expect(200);
    let bernd = stand.signed_in(1).await;
    let mut listeners = Vec::new();
    for _ in 0..10 {
        let listener = bernd.listen(None).await;
        assert_eq!(listener.status, 200);
        listeners.push(listener);
    }
    assert_eq!(bernd.listen(None).await.status, 429);
    listeners.pop();
    assert_eq!(bernd.listen(None).await.status, 200);

    // The server goes.
    stand.office.end_streams();
    for mut listener in listeners {
        while listener.next().await.is_some() {}
    }
}
}
