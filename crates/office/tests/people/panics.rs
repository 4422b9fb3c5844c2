//! A defect hits whoever runs into it, and nobody else.

use std::sync::atomic::Ordering;

use serde_json::json;

use crate::mails::MINUTE;
use crate::support::story;

story! {
async fn a_request_that_panics_is_an_error_for_itself_alone(stand: Stand) {
    let anna = &stand.company.administrator;
    stand.phones.broken.store(true, Ordering::SeqCst);
    let (devices, locations) = tokio::join!(anna.get("/v1/devices"), anna.get("/v1/locations"));
    let problem = devices.problem(500, "internal");
    assert!(!problem.to_string().contains("switchboard"), "what a panic says is nobody's business: {problem}");
    locations.expect(200);
    anna.get("/v1/locations").await.expect(200);
    stand.phones.broken.store(false, Ordering::SeqCst);
    anna.post("/v1/users", json!({"firstName": "Dora"})).await.expect(201);
    anna.get("/v1/devices").await.expect(200);
}
}

story! {
async fn mail_goes_on_after_a_mail_that_made_it_panic(stand: Stand) {
    let anna = &stand.company.administrator;
    let invite = |name: &str| json!({"firstName": name, "email": format!("{name}@x.example"), "invite": true});
    let until_there = async |number: usize| {
        while stand.post.mails.lock().len() < number {
            stand.post.reached.notified().await;
            tokio::task::yield_now().await;
        }
    };
    stand.post.breaks.store(1, Ordering::SeqCst);
    stand.office.start_post().await;
    anna.post("/v1/users", invite("dora")).await.expect(201);
    stand.post.reached.notified().await;
    anna.post("/v1/users", invite("emil")).await.expect(201);
    until_there(1).await;
    // The mail it happened with is tried again like one that was interrupted.
    stand.clock.forward(4 * MINUTE);
    anna.post("/v1/users", invite("frida")).await.expect(201);
    until_there(3).await;
    let mut to: Vec<String> = stand.post.empty().into_iter().map(|mail| mail.to.as_str().to_owned()).collect();
    to.sort();
    assert_eq!(to, ["dora@x.example", "emil@x.example", "frida@x.example"]);
}
}
