//! Text messages through a real SMSC: what arrives, that each arrives once, and who may send.

use serde_json::{Value, json};
use stories::api::Api;
use stories::company::Company;
use stories::house::House;
use stories::ringwerk::Ringwerk;
use stories::smsc::{PASSWORD, Smsc};
use stories::wait;

const TO: &str = "+491701234567";
/// As the SMSC writes it.
const DIGITS: &str = "491701234567";

/// A company whose text messages go to an SMSC that does not run yet; a part costs 7 cents.
fn stand(house: House) -> (Ringwerk, Smsc, Company) {
    let ringwerk = Ringwerk::new(house);
    let smsc = Smsc::new(ringwerk.ip(), ringwerk.beside());
    ringwerk.configure(&format!("{}[prices]\nsms = 0.07\n", smsc.section()));
    let company = ringwerk.demo(3);
    (ringwerk, smsc, company)
}

fn send(api: &Api, text: &str) -> Value {
    api.post("/v1/messages", &json!({ "to": "0170 1234567", "text": text }))
}

fn state(api: &Api, message: &Value) -> Value {
    api.get(&format!("/v1/messages/{}", message["id"].as_str().unwrap()))
}

fn until_state(api: &Api, message: &Value, wanted: &str) -> Value {
    wait::within(std::time::Duration::from_secs(60), &format!("a message to be {wanted}"), || {
        Some(state(api, message)).filter(|message| message["state"] == wanted)
    })
}

#[test]
fn texts_arrive_exactly_as_they_were_written() {
    let (mut ringwerk, mut smsc, company) = stand(House(170));
    smsc.start();
    ringwerk.start();
    let stranger = ringwerk.api();
    let bernd = company.user(&stranger, 1);
    let sentence = "Für Ihre Bestellung über 12 € grüßt Sie [Äpfel & Öl] – äußerst herzlich – Übrigens: ß^{}\\~|. ";
    let german: String =
        "Grüße aus Köln, Ihre Bestellung über zwölf Äpfel ist fertig. ".chars().cycle().take(300).collect();
    let texts = [
        "Hi".to_owned(),
        "Grüße 😀👩‍👩‍👧‍👦 aus Köln".to_owned(),
        german.clone(),
        "€{[~]}|^\\".repeat(20),
        sentence.repeat(3),
        "😀".repeat(200),
        "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0:;<=>?¡AÄÖÑÜ§¿aäöñüà".to_owned(),
        "שלום، مرحبا, 你好\n<script>alert(1)</script>".to_owned(),
    ];
    let sent: Vec<Value> = texts.iter().map(|text| send(&bernd, text)).collect();
    assert_eq!((&sent[2]["parts"], &sent[1]["parts"]), (&json!(2), &json!(1)));
    for message in &sent {
        until_state(&bernd, message, "delivered");
    }
    let mut arrived = smsc.messages();
    let mut expected: Vec<(String, String)> = texts.iter().map(|text| (DIGITS.to_owned(), text.clone())).collect();
    arrived.sort();
    expected.sort();
    assert_eq!(arrived, expected);
    let parts = smsc.parts();
    assert!(parts.iter().all(|part| part["from"] == "Ringwerk" && part["kind"] == 5), "{parts:?}");
    let codings: Vec<&Value> = parts.iter().map(|part| &part["coding"]).collect();
    assert!(codings.contains(&&json!(0)) && codings.contains(&&json!(8)));

    // From a number of one's own.
    let own = company.number(1);
    let named = bernd.post("/v1/messages", &json!({ "to": TO, "text": "von mir", "sender": own }));
    until_state(&bernd, &named, "delivered");
    let part = wait::until("the message", || smsc.parts().into_iter().find(|part| part["text"] == "von mir"));
    assert_eq!((&part["from"], &part["kind"]), (&json!(own.trim_start_matches('+')), &json!(1)));

    // The bill says what was sent, to the cent.
    let administrator = company.administrator(&stranger);
    let count = smsc.parts().len();
    let bill = administrator.get("/v1/bills/current");
    let item = bill["items"].as_array().unwrap().iter().find(|item| item["kind"] == "sms").unwrap();
    assert_eq!((&item["count"], &item["amount"]["minor"]), (&json!(count), &json!(7 * count)));
    ringwerk.stop();
    let log = ringwerk.log_text();
    for secret in [PASSWORD, "zwölf Äpfel", DIGITS] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[test]
fn a_dead_smsc_gets_each_message_once_when_it_is_back_whatever_happened_to_the_server() {
    let (mut ringwerk, mut smsc, company) = stand(House(171));
    ringwerk.start();
    let mut sent = Vec::new();
    for round in 0..3 {
        let bernd = company.user(&ringwerk.api(), 1);
        for index in 0..4 {
            sent.push(send(&bernd, &format!("Nachricht {round}{index} {}", "ä".repeat(200))));
        }
        if round == 0 {
            let waits = wait::until("the first attempt to be seen", || {
                Some(state(&bernd, &sent[0])).filter(|message| message["error"].is_string())
            });
            assert_eq!(waits["state"], "waiting");
        }
        ringwerk.kill();
        ringwerk.start();
    }
    smsc.start();
    let bernd = company.user(&ringwerk.api(), 1);
    for message in &sent {
        until_state(&bernd, message, "delivered");
    }
    // One that the SMSC has leaves no more when the server is killed, and its receipt finds it.
    smsc.fate("none");
    let last = send(&bernd, "zuletzt");
    until_state(&bernd, &last, "sent");
    ringwerk.kill();
    ringwerk.start();
    let bernd = company.user(&ringwerk.api(), 1);
    send(&bernd, "danach");
    wait::until("the message after it", || smsc.messages().iter().any(|(_, text)| text == "danach").then_some(()));
    let mut texts: Vec<String> = smsc.messages().into_iter().map(|(_, text)| text).collect();
    let count = texts.len();
    texts.sort();
    texts.dedup();
    assert_eq!((count, texts.len()), (14, 14), "each once");
    ringwerk.stop();
}

#[test]
fn a_busy_smsc_is_asked_again_and_a_refusal_is_the_last_word() {
    let (mut ringwerk, mut smsc, company) = stand(House(172));
    smsc.refuse(0x58);
    smsc.start();
    ringwerk.start();
    let bernd = company.user(&ringwerk.api(), 1);
    let busy = send(&bernd, "bald");
    let waits = wait::until("the answer to be seen", || {
        Some(state(&bernd, &busy)).filter(|message| message["error"].is_string())
    });
    assert!(waits["error"].as_str().unwrap().contains("too many messages at once"), "{waits}");
    smsc.refuse(0);
    until_state(&bernd, &busy, "delivered");
    smsc.refuse(0x0b);
    let refused = send(&bernd, "nie");
    let over = until_state(&bernd, &refused, "failed");
    assert_eq!(over["reason"], "refused");
    smsc.refuse(0);
    smsc.fate("UNDELIV");
    let lost = send(&bernd, "verloren");
    assert_eq!(until_state(&bernd, &lost, "failed")["reason"], "undelivered");
    smsc.fate("DELIVRD");

    // Whoever may not sends nothing, and what was kept of the rest is what the account chose.
    let administrator = company.administrator(&ringwerk.api());
    let path = format!("/v1/users/{}/web-sms", company.id(1));
    administrator.put(&path, &json!({ "allowed": false }));
    let body = json!({ "to": TO, "text": "verboten" });
    assert_eq!(bernd.status("POST", "/v1/messages", Some(&body)), 403);
    administrator.put(&path, &json!({ "allowed": true }));
    let choice =
        json!({ "mode": "shortened", "declaration": { "employeesInformed": true, "worksCouncil": "notRequired" } });
    administrator.put("/v1/call-list/settings", &choice);
    let short = send(&bernd, "kurz");
    assert_eq!(until_state(&bernd, &short, "delivered")["to"], "+491701234xxx");
    let items = administrator.list("/v1/call-list/messages");
    assert_eq!((items.len(), &items[0]["to"]), (1, &json!("+491701234xxx")));
    ringwerk.stop();
    let texts: Vec<String> = smsc.messages().into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["bald", "verloren", "kurz"]);
}

#[test]
fn without_an_smsc_it_is_said_and_check_knows_what_is_wrong() {
    let mut ringwerk = Ringwerk::new(House(173));
    let company = ringwerk.demo(2);
    ringwerk.start();
    let bernd = company.user(&ringwerk.api(), 1);
    assert_eq!(bernd.get("/v1/messages/terms")["available"], false);
    let body = json!({ "to": TO, "text": "Hi" });
    assert_eq!(bernd.status("POST", "/v1/messages", Some(&body)), 409);
    ringwerk.stop();
    ringwerk.configure("[sms]\nserver = \"smpp://anna:geheim@127.0.0.1:2775\"\n");
    let output = ringwerk.run("check", &[]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && text.contains("do not belong into") && !text.contains("geheim"), "{text}");
}
