//! Mails get through: again and again until they are taken, once, and never readable on the way.

use office::ports::Undelivered;
use serde_json::{Value, json};

use crate::mails::{DAY, MINUTE, NEW, change, email, mails, nobody};
use crate::support::{Client, PASSWORD, Stand, story, token_in};

async fn state_of(client: &Client) -> Value {
    client.get("/v1/mail").await.expect(200)
}

story! {
async fn a_mail_that_is_not_taken_is_tried_again_until_it_is(stand: Stand) {
    let anna = &stand.company.administrator;
    let invite = json!({"firstName": "Dora", "email": "dora@x.example", "invite": true});
    anna.post("/v1/users", invite).await.expect(201);
    let waits = state_of(anna).await;
    assert_eq!((&waits["delivery"], &waits["waiting"], &waits["lastError"]), (&json!("smtp"), &json!(1), &Value::Null));
    let busy = || Undelivered::Later("mail.example answered 451 busy".to_owned());
    stand.post.refusals.lock().extend((0..4).map(|_| busy()));
    let mut waited = 0;
    while stand.post.mails.lock().is_empty() {
        stand.office.post_round().await.unwrap();
        stand.clock.forward(1000);
        waited += 1;
        assert!(waited < 1000);
    }
    assert!((60..600).contains(&waited), "{waited} s: neither impatient nor asleep");
    for _ in 0..3 {
        stand.clock.forward(DAY);
        stand.office.post_round().await.unwrap();
    }
    assert_eq!(stand.post.empty().len(), 1);
    let state = state_of(anna).await;
    assert_eq!((&state["waiting"], &state["failed"], &state["lastError"]), (&json!(0), &json!(0), &Value::Null));
}
}

story! {
async fn what_is_refused_for_good_is_shown_to_administrators(stand: Stand) {
    let anna = &stand.company.administrator;
    let invite = json!({"firstName": "Dora", "email": "dora@x.example", "invite": true});
    anna.post("/v1/users", invite).await.expect(201);
    stand.post.refusals.lock().push_back(Undelivered::Never("mail.example answered 550 no such user".to_owned()));
    assert!(mails(&stand).await.is_empty());
    stand.clock.forward(DAY);
    assert!(mails(&stand).await.is_empty());
    let state = state_of(anna).await;
    assert_eq!((&state["waiting"], &state["failed"]), (&json!(0), &json!(1)));
    assert_eq!(state["lastError"], "mail.example answered 550 no such user");
    let trouble = &state["troubles"][0];
    assert_eq!((&trouble["kind"], &trouble["to"], &trouble["failed"]), (&json!("invitation"), &json!("dora@x.example"), &json!(true)));
    // It is nobody else's business.
    let other = state_of(&stand.other.administrator).await;
    assert_eq!((&other["failed"], &other["troubles"]), (&json!(0), &json!([])));
    stand.signed_in(1).await.get("/v1/mail").await.problem(403, "administrator-required");
}
}

story! {
async fn a_mail_is_given_up_when_it_is_too_late(stand: Stand) {
    let anna = &stand.company.administrator;
    let busy = || Undelivered::Later("nobody there".to_owned());
    stand.post.refusals.lock().extend((0..100).map(|_| busy()));
    // A link that has ended is not delivered; a notice is, for three days.
    nobody(&stand).post("/v1/password-resets", json!({"email": email("bernd")})).await.expect(202);
    let password = format!("/v1/users/{}/password", stand.company.user(2));
    anna.put(&password, json!({"password": NEW})).await.expect(204);
    stand.office.post_round().await.unwrap();
    assert_eq!(state_of(anna).await["waiting"], json!(2));
    stand.clock.forward(31 * MINUTE);
    stand.office.post_round().await.unwrap();
    let state = state_of(anna).await;
    assert_eq!((&state["waiting"], &state["failed"]), (&json!(1), &json!(1)));
    stand.clock.forward(3 * DAY - 32 * MINUTE);
    stand.office.post_round().await.unwrap();
    assert_eq!(state_of(anna).await["waiting"], json!(1));
    stand.clock.forward(2 * MINUTE);
    stand.office.post_round().await.unwrap();
    let state = state_of(anna).await;
    assert_eq!((&state["waiting"], &state["failed"]), (&json!(0), &json!(2)));
    stand.post.refusals.lock().clear();
    assert!(mails(&stand).await.is_empty());
}
}

story! {
async fn of_two_who_deliver_at_once_one_does(stand: Stand) {
    let anna = &stand.company.administrator;
    for n in 0..20 {
        let invite = json!({"firstName": "Dora", "email": format!("dora{n}@x.example"), "invite": true});
        anna.post("/v1/users", invite).await.expect(201);
    }
    for n in 0..5 {
        let source = Some(std::net::Ipv4Addr::new(127, 0, 61, n).into());
        let client = Client { source, ..nobody(&stand) };
        client.post("/v1/password-resets", json!({"email": email(["anna", "bernd", "clara"][usize::from(n) % 3])})).await.expect(202);
    }
    let (a, b, c) = tokio::join!(stand.office.post_round(), stand.office.post_round(), stand.office.post_round());
    let counted = a.unwrap() + b.unwrap() + c.unwrap();
    let came = stand.post.empty();
    assert_eq!(counted, came.len());
    let mut ids: Vec<_> = came.iter().map(|mail| mail.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), came.len(), "one was delivered twice");
    assert!((23..=25).contains(&came.len()), "{}", came.len());
}
}

story! {
async fn a_process_that_dies_while_delivering_loses_nothing(stand: Stand) {
    let anna = &stand.company.administrator;
    let invite = json!({"firstName": "Dora", "email": "dora@x.example", "invite": true});
    anna.post("/v1/users", invite).await.expect(201);
    stand.post.stalls.store(true, std::sync::atomic::Ordering::SeqCst);
    tokio::select! {
        _ = stand.office.post_round() => panic!("the pillar box is stuck"),
        () = stand.post.reached.notified() => {}
    }
    stand.post.stalls.store(false, std::sync::atomic::Ordering::SeqCst);
    let stand = stand.reopened().await;
    // It belongs to whoever took it, for a while.
    assert!(mails(&stand).await.is_empty());
    stand.clock.forward(3 * MINUTE);
    assert_eq!(mails(&stand).await.len(), 1);
}
}

#[tokio::test]
async fn the_database_holds_no_link_that_lets_somebody_in() {
    let stand = Stand::on_sqlite("the_database_holds_no_link").await;
    let bernd = stand.signed_in(1).await;
    nobody(&stand).post("/v1/password-resets", json!({"email": email("bernd")})).await.expect(202);
    change(&bernd, &stand, 1, json!({"email": "neu@x.example", "currentPassword": PASSWORD})).await.expect(202);
    bernd
        .put(&format!("/v1/users/{}/newsletter", stand.company.user(1)), json!({"subscribed": true}))
        .await
        .expect(200);
    // Sealed while they wait, erased when they are delivered.
    stand.post.refusals.lock().extend((0..4).map(|_| Undelivered::Later("not now".to_owned())));
    assert!(mails(&stand).await.is_empty());
    let waiting = bytes(&stand);
    stand.clock.forward(MINUTE);
    let came = mails(&stand).await;
    assert_eq!(came.len(), 4);
    let afterwards = bytes(&stand);
    for page in ["confirm-email", "undo-email", "confirm-newsletter", "link"] {
        let mail = came.iter().find(|mail| mail.text.contains(&format!("/{page}#"))).unwrap();
        let token = token_in(mail, page);
        for (when, bytes) in [("waiting", &waiting), ("delivered", &afterwards)] {
            let found = bytes.windows(token.len()).any(|window| window == token.as_bytes());
            assert!(!found, "{page} is readable while {when}");
            assert!(!bytes.windows(17).any(|window| window == b"wurde angefordert"), "{when}");
        }
    }
}

fn bytes(stand: &Stand) -> Vec<u8> {
    stand.files().into_iter().flat_map(|file| std::fs::read(file).unwrap()).collect()
}
