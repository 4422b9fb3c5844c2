//! Stories of text messages: who may send them, that each part leaves once, what is kept of them, and what they cost.

use std::sync::atomic::Ordering;

use office::ports::Undelivered;
use office::{Fate, Tariff};
use serde_json::{Value, json};
use types::money::{Currency, Money};

use crate::support::{Client, Stand, part_name, story};

const MINUTE: i64 = 60 * 1000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const TO: &str = "+491701234567";

fn later() -> Option<Undelivered> {
    Some(Undelivered::Later("too many messages at once (0x00000058)".to_owned()))
}

async fn send(client: &Client, text: &str) -> Value {
    client.post("/v1/messages", json!({"to": "0170 1234567", "text": text})).await.expect(202)
}

async fn round(stand: &Stand) -> Vec<(String, String, String)> {
    stand.office.texting_round().await.unwrap();
    stand.texts.empty()
}

async fn look(client: &Client, message: &Value) -> Value {
    client.get(&format!("/v1/messages/{}", message["id"].as_str().unwrap())).await.expect(200)
}

story! {
async fn a_text_leaves_and_arrives(stand: Stand) {
    let bernd = stand.signed_in(1).await;
    let message = send(&bernd, "Grüße 😀").await;
    assert_eq!((&message["to"], &message["sender"], &message["parts"]), (&json!(TO), &json!("Ringwerk"), &json!(1)));
    assert_eq!((&message["state"], &message["text"]), (&json!("waiting"), &json!("Grüße 😀")));
    stand.office.texting_round().await.unwrap();
    let name = part_name(&stand.texts.parts.lock()[0]);
    assert_eq!(stand.texts.empty(), [(TO.to_owned(), "Ringwerk".to_owned(), "Grüße 😀".to_owned())]);
    assert_eq!(look(&bernd, &message).await["state"], "sent");
    assert!(round(&stand).await.is_empty(), "it leaves once");
    // The receipt writes the name in its own way.
    stand.office.text_receipt(&format!("000{}", name.to_uppercase()), &Fate::Delivered).await.unwrap();
    let arrived = look(&bernd, &message).await;
    assert_eq!((&arrived["state"], &arrived["reason"]), (&json!("delivered"), &Value::Null));
    assert!(arrived["finishedAt"].is_string());
    // It is nobody else's, and nobody's business.
    let path = format!("/v1/messages/{}", message["id"].as_str().unwrap());
    stand.company.administrator.get(&path).await.problem(404, "not-found");
    assert_eq!(stand.company.administrator.all("/v1/messages", 10).await.len(), 0);
    assert_eq!(bernd.all("/v1/messages", 10).await.len(), 1);
}
}

story! {
async fn a_message_that_makes_the_line_panic_takes_no_other_with_it(stand: Stand) {
    let bernd = stand.signed_in(1).await;
    for text in ["one", "two", "three"] {
        send(&bernd, text).await;
    }
    stand.texts.breaks.store(true, Ordering::SeqCst);
    let mut came = round(&stand).await;
    assert_eq!(came.len(), 2, "{came:?}");
    // It is tried again like one that was interrupted; the others have left and are noted.
    stand.clock.forward(3 * MINUTE);
    came.extend(round(&stand).await);
    let mut texts: Vec<String> = came.into_iter().map(|(_, _, text)| text).collect();
    texts.sort();
    assert_eq!(texts, ["one", "three", "two"]);
}
}

story! {
async fn a_long_text_leaves_part_by_part_and_no_part_twice(stand: Stand) {
    let bernd = stand.signed_in(1).await;
    let text = "Äpfel und Birnen, ".repeat(17);
    let message = send(&bernd, &text).await;
    assert_eq!(message["parts"], 2);
    *stand.texts.refusals.lock() = [None, later()].into();
    let first = round(&stand).await;
    assert_eq!(first.len(), 1);
    let waits = look(&bernd, &message).await;
    assert_eq!(waits["state"], "waiting");
    assert!(waits["error"].as_str().unwrap().contains("too many"), "{waits}");
    assert!(round(&stand).await.is_empty(), "not before its time");
    // Unless the SMSC is back.
    stand.office.texting_connected().await;
    stand.office.texting_round().await.unwrap();
    let second = stand.texts.parts.lock()[0].clone();
    assert_eq!((second.number, second.of), (2, 2));
    assert_eq!(format!("{}{}", first[0].2, second.text), text.trim_start());
    // The receipts of two parts; the later one counts, also when it is faster than expected.
    let one = part_name(&office::ports::TextPart { number: 1, ..second.clone() });
    stand.office.text_receipt(&one, &Fate::Delivered).await.unwrap();
    assert_eq!(look(&bernd, &message).await["state"], "sent");
    stand.office.text_receipt(&part_name(&second), &Fate::Failed("EXPIRED".to_owned())).await.unwrap();
    let over = look(&bernd, &message).await;
    assert_eq!((&over["state"], &over["reason"], &over["error"]), (&json!("failed"), &json!("undelivered"), &json!("EXPIRED")));
}
}

story! {
async fn a_receipt_may_be_faster_than_the_note(stand: Stand) {
    let bernd = stand.signed_in(1).await;
    let message = send(&bernd, "Hi").await;
    let bits: types::ids::MessageId = message["id"].as_str().unwrap().parse().unwrap();
    let name = format!("{:02x}1", bits.as_u128() & 0xff);
    stand.office.text_receipt(&name, &Fate::Delivered).await.unwrap();
    assert_eq!(round(&stand).await.len(), 1);
    assert_eq!(look(&bernd, &message).await["state"], "delivered");
}
}

story! {
async fn what_cannot_leave_is_tried_for_a_day(stand: Stand) {
    let bernd = stand.signed_in(1).await;
    let refused = send(&bernd, "Hi").await;
    *stand.texts.refusals.lock() = [Some(Undelivered::Never("the recipient is not accepted".to_owned()))].into();
    assert!(round(&stand).await.is_empty());
    let over = look(&bernd, &refused).await;
    assert_eq!((&over["state"], &over["reason"]), (&json!("failed"), &json!("refused")));

    // A session does not last that long; a script's token does.
    let token = bernd.post("/v1/tokens", json!({"label": "x", "scopes": ["all"]})).await.expect(201);
    let bernd = Client { token: token["secret"].as_str().map(str::to_owned), ..Client::nobody(&stand.office) };
    let lost = send(&bernd, "Hi").await;
    stand.texts.refusals.lock().extend(std::iter::repeat_n(later(), 200));
    let mut rounds = 0;
    while look(&bernd, &lost).await["state"] == "waiting" {
        round(&stand).await;
        stand.clock.forward(30 * MINUTE);
        rounds += 1;
    }
    assert!((45..=60).contains(&rounds), "{rounds}");
    assert_eq!(look(&bernd, &lost).await["reason"], "gaveUp");
}
}

story! {
async fn a_message_waits_for_its_time_and_can_be_withdrawn(stand: Stand) {
    let bernd = stand.signed_in(1).await;
    let at = |text: &str, at: &str| json!({"to": TO, "text": text, "sendAt": at});
    let first = bernd.post("/v1/messages", at("first", "2026-11-24T09:00:00Z")).await.expect(202);
    let second = bernd.post("/v1/messages", at("second", "2026-11-24T09:00:00Z")).await.expect(202);
    assert_eq!(first["state"], "scheduled");
    assert!(round(&stand).await.is_empty());
    let path = format!("/v1/messages/{}", second["id"].as_str().unwrap());
    stand.company.administrator.delete(&path).await.problem(404, "not-found");
    bernd.delete(&path).await.expect(204);
    bernd.get(&path).await.problem(404, "not-found");
    stand.clock.forward(HOUR);
    let sent = round(&stand).await;
    assert_eq!(sent.iter().map(|part| part.2.as_str()).collect::<Vec<_>>(), ["first"]);
    let path = format!("/v1/messages/{}", first["id"].as_str().unwrap());
    bernd.delete(&path).await.problem(409, "message-sent");
    bernd.post("/v1/messages", at("x", "2026-11-24T08:00:00Z")).await.refused(&[("/sendAt", "time.past")]);
    bernd.post("/v1/messages", at("x", "2026-12-25T09:00:00Z")).await.refused(&[("/sendAt", "time.far")]);
}
}

story! {
async fn only_numbers_that_read_and_own_senders(stand: Stand) {
    let anna = &stand.company.administrator;
    let bernd = stand.signed_in(1).await;
    let body = |to: &str, text: &str, sender: Value| json!({"to": to, "text": text, "sender": sender});
    for (to, code) in [("110", "number.emergency"), ("112", "number.emergency"), ("44", "number.invalid"), ("", "text.empty"),
        ("+49 118 33", "number.invalid"), ("0900 1234567", "number.service"), ("anna", "number.invalid")] {
        let answer = bernd.post("/v1/messages", body(to, "Hi", Value::Null)).await;
        assert_eq!(answer.status, 422, "{to}: {}", answer.text);
        let found = answer.body["errors"][0]["code"].as_str().unwrap().to_owned();
        assert!(found == code || (to.starts_with("+49 118") && found.starts_with("number.")), "{to}: {found}");
    }
    bernd.post("/v1/messages", body(TO, " \n", Value::Null)).await.refused(&[("/text", "text.empty")]);
    bernd.post("/v1/messages", body(TO, &"a".repeat(1531), Value::Null)).await.refused(&[("/text", "text.long")]);
    bernd.post("/v1/messages", body(TO, "a\0", Value::Null)).await.refused(&[("/text", "text.control")]);
    // A number of the account is not one's own.
    anna.post("/v1/numbers", json!({"number": "+4921190009017"})).await.expect(201);
    let own = json!("+4921190009017");
    bernd.post("/v1/messages", body(TO, "Hi", own.clone())).await.refused(&[("/sender", "sender.unknown")]);
    bernd.post("/v1/messages", body(TO, "Hi", json!("Polizei"))).await.refused(&[("/sender", "sender.unknown")]);
    let number = anna.all("/v1/numbers", 10).await.remove(0);
    let owner = json!({"owner": {"type": "user", "id": stand.company.user(1).to_string()}});
    anna.put(&format!("/v1/numbers/{}/assignment", number["id"].as_str().unwrap()), owner).await.expect(200);
    let terms = bernd.get("/v1/messages/terms").await.expect(200);
    assert_eq!((&terms["numbers"], &terms["defaultSender"]), (&json!([own]), &json!("Ringwerk")));
    bernd.post("/v1/messages", body(TO, "Hi", own)).await.expect(202);
    assert_eq!(round(&stand).await[0].1, "+4921190009017");
}
}

story! {
async fn an_administrator_decides_who_may(stand: Stand) {
    let anna = &stand.company.administrator;
    let bernd = stand.signed_in(1).await;
    let path = format!("/v1/users/{}/web-sms", stand.company.user(1));
    let body = json!({"to": TO, "text": "later", "sendAt": "2026-11-24T09:00:00Z"});
    let waits = bernd.post("/v1/messages", body.clone()).await.expect(202);
    bernd.put(&path, json!({"allowed": true})).await.problem(403, "administrator-required");
    let user = anna.put(&path, json!({"allowed": false})).await.expect(200);
    assert_eq!(user["webSms"], false);
    assert_eq!(bernd.get("/v1/messages/terms").await.expect(200)["allowed"], false);
    bernd.post("/v1/messages", body.clone()).await.problem(403, "web-sms-off");
    // What was scheduled does not leave either.
    stand.clock.forward(HOUR);
    assert!(round(&stand).await.is_empty());
    assert_eq!(look(&bernd, &waits).await["reason"], "notAllowed");
    let audit = anna.all(&format!("/v1/audit?object={}", stand.company.user(1)), 10).await;
    let entry = audit.iter().find(|entry| entry["action"] == "users.setWebSms").unwrap();
    assert_eq!((&entry["action"], &entry["before"], &entry["after"]), (&json!("users.setWebSms"), &json!({"webSms": true}), &json!({"webSms": false})));
    anna.put(&path, json!({"allowed": true})).await.expect(200);

    // Neither does anything of somebody who is shut out, or whose account is stopped.
    send(&bernd, "blocked").await;
    anna.post(&path.replace("web-sms", "block"), json!({})).await.expect(200);
    assert!(round(&stand).await.is_empty());
    anna.post(&path.replace("web-sms", "unblock"), json!({})).await.expect(200);
    let bernd = stand.signed_in(1).await;
    let reasons: Vec<Value> = bernd.all("/v1/messages", 10).await.iter().map(|message| message["reason"].clone()).collect();
    assert_eq!(reasons, [json!("notAllowed"), json!("notAllowed")]);
}
}

story! {
async fn nobody_sends_without_bound(stand: Stand) {
    let bernd = stand.signed_in(1).await;
    let ten = "a".repeat(1530);
    send(&bernd, &ten).await;
    send(&bernd, &ten).await;
    let answer = bernd.post("/v1/messages", json!({"to": TO, "text": "one more"})).await;
    assert_eq!(answer.headers["retry-after"], "61");
    assert_eq!(answer.problem(429, "too-many-messages")["parts"], 0);
    stand.clock.forward(2 * MINUTE);
    send(&bernd, &"a".repeat(1000)).await;
    let answer = bernd.post("/v1/messages", json!({"to": TO, "text": ten})).await.problem(429, "too-many-messages");
    assert_eq!(answer["parts"], 3, "of the day");
    // Others are not kept from it, and tomorrow is another day.
    send(&stand.company.administrator, "Hi").await;
    stand.clock.forward(DAY);
    let body = json!({"to": TO, "text": "once"});
    let bernd = stand.signed_in(1).await.with("idempotency-key", "k1");
    let first = bernd.post("/v1/messages", body.clone()).await.expect(202);
    let second = bernd.post("/v1/messages", body).await.expect(202);
    assert_eq!(first["id"], second["id"]);
}
}

story! {
async fn the_choice_for_the_call_list_holds_for_messages(stand: Stand) {
    let anna = &stand.company.administrator;
    let bernd = stand.signed_in(1).await;
    let choose = |mode: &str, existing: &str| json!({"mode": mode, "existing": existing,
        "declaration": {"employeesInformed": true, "worksCouncil": "notRequired"}});
    anna.get("/v1/call-list/messages").await.problem(409, "call-list-off");
    anna.put("/v1/call-list/settings", choose("shortened", "keep")).await.expect(200);
    let short = send(&bernd, "short").await;
    round(&stand).await;
    let kept = look(&bernd, &short).await;
    assert_eq!((&kept["to"], &kept["text"]), (&json!("+491701234xxx"), &json!("short")));
    let items = anna.all("/v1/call-list/messages", 10).await;
    assert_eq!((items.len(), &items[0]["to"], &items[0]["name"]), (1, &json!("+491701234xxx"), &json!("Bernd Ahrens")));
    assert!(!serde_json::to_string(&items).unwrap().contains("short\""), "administrators never see what it says");
    bernd.get("/v1/call-list/messages").await.problem(403, "administrator-required");

    // From the next month on everything; what is there stays shortened.
    anna.put("/v1/call-list/settings", choose("complete", "keep")).await.expect(200);
    stand.clock.forward(10 * DAY);
    let bernd = stand.signed_in(1).await;
    let whole = send(&bernd, "whole").await;
    round(&stand).await;
    assert_eq!(look(&bernd, &whole).await["to"], TO);
    let items = anna.all("/v1/call-list/messages", 10).await;
    assert_eq!((&items[0]["to"], &items[1]["to"]), (&json!(TO), &json!("+491701234xxx")));

    // Nothing any more, and what is there goes.
    let settings = anna.put("/v1/call-list/settings", choose("doNotSave", "keep")).await.expect(200);
    assert_eq!(settings["olderRecords"], 2);
    anna.get("/v1/call-list/messages").await.problem(409, "call-list-off");
    let none = send(&bernd, "none").await;
    assert_eq!(look(&bernd, &none).await["to"], TO, "until it has left");
    assert_eq!(round(&stand).await[0].0, TO);
    let left = look(&bernd, &none).await;
    assert_eq!((&left["state"], &left["to"], &left["text"]), (&json!("sent"), &Value::Null, &Value::Null));
    stand.clock.forward(1_000);
    let settings = anna.put("/v1/call-list/settings", choose("doNotSave", "erase")).await.expect(200);
    assert_eq!(settings["olderRecords"], 0);
}
}

story! {
async fn messages_are_on_the_bill_to_the_cent(stand: Stand) {
    let euros = |minor| Money::from_minor(minor, Currency::EUR);
    let tariff = Tariff::new(2, euros(495), euros(0), euros(0)).unwrap().with_sms(euros(7)).unwrap();
    // Prices count from the first of the next month on.
    let stand = stand.reopened_with(tariff).await;
    stand.clock.forward(10 * DAY);
    let bernd = stand.signed_in(1).await;
    let anna = &stand.signed_in(0).await;
    assert_eq!(bernd.get("/v1/messages/terms").await.expect(200)["price"], json!({"minor": 7, "currency": "EUR"}));
    let message = send(&bernd, &"a".repeat(200)).await;
    assert_eq!(message["price"], json!({"minor": 14, "currency": "EUR"}));
    send(anna, "Hi").await;
    let nothing = anna.get("/v1/bills/current").await.expect(200);
    assert_eq!(nothing["items"], json!([]), "what has not left costs nothing");
    assert_eq!(round(&stand).await.len(), 3);
    let bill = anna.get("/v1/bills/current").await.expect(200);
    let item = &bill["items"][0];
    assert_eq!((&item["kind"], &item["count"]), (&json!("sms"), &json!(3)));
    assert_eq!((&item["monthly"]["minor"], &item["amount"]["minor"], &bill["total"]["minor"]), (&json!(7), &json!(21), &json!(21)));
    assert_eq!((&item["from"], &item["to"]), (&json!("2026-12-01"), &json!("2026-12-04")));
    assert_eq!(anna.get("/v1/bills/2026-11").await.expect(200)["items"], json!([]));
    // The bill stays when nothing else of a message is kept.
    stand.clock.forward(1_000);
    let choice = json!({"mode": "doNotSave", "existing": "erase"});
    anna.put("/v1/call-list/settings", choice).await.expect(200);
    assert_eq!(anna.get("/v1/bills/current").await.expect(200)["total"]["minor"], 21);
    assert!(bernd.all("/v1/messages", 10).await.is_empty());
}
}

story! {
async fn nothing_a_message_says_is_readable_in_the_files(stand: Stand) {
    let bernd = stand.signed_in(1).await;
    send(&bernd, "das Geheimwort ist Zwieback").await;
    round(&stand).await;
    for file in stand.files().iter().filter(|file| file.is_file()) {
        let bytes = std::fs::read(file).unwrap();
        assert!(!bytes.windows(8).any(|window| window == b"Zwieback"), "{}", file.display());
    }
}
}

story! {
async fn an_installation_without_a_line_says_so(stand: Stand) {
    stand.texts.absent.store(true, Ordering::SeqCst);
    let stand = stand.reopened().await;
    let bernd = stand.signed_in(1).await;
    assert_eq!(bernd.get("/v1/messages/terms").await.expect(200)["available"], false);
    bernd.post("/v1/messages", json!({"to": TO, "text": "Hi"})).await.problem(409, "no-sms-line");
    assert!(bernd.all("/v1/messages", 10).await.is_empty());
}
}
