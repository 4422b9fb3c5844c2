//! Mail through a real mail server: what arrives, what its links do, and that nothing is lost on the way.

use serde_json::{Value, json};
use stories::api::Api;
use stories::company::Company;
use stories::house::House;
use stories::postbox::Postbox;
use stories::ringwerk::Ringwerk;
use stories::wait;

const PUBLIC: &str = "https://telefon.example";
const NEW: &str = "vier Ziegen auf dem Dach";
const OTHER: &str = "neun Wale im Zirkuszelt";

/// A company whose mail goes to a mail server that does not run yet.
fn stand(house: House) -> (Ringwerk, Postbox, Company) {
    let ringwerk = Ringwerk::new(house);
    let postbox = Postbox::new(ringwerk.ip(), ringwerk.beside());
    ringwerk.configure(&format!(
        "[http]\npublic_url = \"{PUBLIC}\"\n[mail]\nserver = \"smtp://{}\"\nfrom = \"Ringwerk <ringwerk@example.com>\"\noperator = \"hilfe@example.com\"\n",
        postbox.address()
    ));
    let company = ringwerk.demo(3);
    (ringwerk, postbox, company)
}

fn invite(administrator: &Api, email: &str) -> Value {
    administrator.post("/v1/users", &json!({ "firstName": "Dora", "lastName": "Dahl", "email": email, "invite": true }))
}

fn post(api: &Api, path: &str, body: Option<&Value>) -> u16 {
    api.send("POST", path, body, &[]).expect("an answer").status
}

#[test]
fn links_in_mails_do_what_they_say() {
    let (mut ringwerk, mut postbox, company) = stand(House(120));
    postbox.start();
    ringwerk.start();
    let stranger = ringwerk.api();
    let administrator = company.administrator(&stranger);

    // Invited, Dora sets her password by the link.
    let dora = invite(&administrator, "dora@example.org");
    let (mail, token) = postbox.wait_for("dora@example.org", "link");
    assert_eq!(mail["from"], "ringwerk@example.com");
    assert_eq!(mail["headers"]["reply-to"], "hilfe@example.com");
    assert!(mail["text"].as_str().unwrap().contains(&format!("{PUBLIC}/link#{token}")), "{mail}");
    assert!(mail["html"].as_str().unwrap().contains(&format!("href=\"{PUBLIC}/link#{token}\"")), "{mail}");
    assert_eq!(post(&stranger, &format!("/v1/links/{token}"), Some(&json!({ "password": NEW }))), 204);
    let own = stranger.sign_in("dora@example.org", NEW);

    // She forgets it, while somebody bends the headers of the request.
    let body = json!({ "email": "Dora@example.org" });
    for header in ["X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL"] {
        let sent = stranger.send("POST", "/v1/password-resets", Some(&body), &[(header, "host=evil.example")]);
        assert_eq!(sent.expect("an answer").status, 202);
    }
    let sent = stranger.send("POST", "/v1/password-resets", Some(&body), &[("Host", "evil.example")]);
    assert!([202, 400, 421].contains(&sent.expect("an answer").status));
    wait::until("the mail for the forgotten password", || {
        let some = postbox.mails();
        some.iter().any(|mail| mail["text"].as_str().is_some_and(|text| text.contains("30 "))).then_some(())
    });
    let (mail, token) = postbox.wait_for("dora@example.org", "link");
    assert!(!mail.to_string().contains("evil"), "{mail}");
    assert_eq!(post(&stranger, &format!("/v1/links/{token}"), Some(&json!({ "password": OTHER }))), 204);
    assert_eq!(own.status("GET", "/v1/me", None), 401);
    let own = stranger.sign_in("dora@example.org", OTHER);

    // She moves to another address, and back by the mail to the old one.
    let path = format!("/v1/users/{}/email-change", dora["id"].as_str().unwrap());
    let wish = json!({ "email": "dora@example.net", "currentPassword": OTHER });
    assert_eq!(post(&own, &path, Some(&wish)), 202);
    let (_, confirm) = postbox.wait_for("dora@example.net", "confirm-email");
    let (_, undo) = postbox.wait_for("dora@example.org", "undo-email");
    assert_eq!(post(&stranger, &format!("/v1/email-confirmations/{confirm}"), None), 200);
    stranger.sign_in("dora@example.net", OTHER);
    assert_eq!(post(&stranger, &format!("/v1/email-undos/{undo}"), None), 200);
    assert_eq!(own.status("GET", "/v1/me", None), 401);
    let own = stranger.sign_in("dora@example.org", OTHER);

    // She orders the newsletter; the command sends it, the link in its header ends it.
    let path = format!("/v1/users/{}/newsletter", dora["id"].as_str().unwrap());
    own.put(&path, &json!({ "subscribed": true }));
    let (_, token) = postbox.wait_for("dora@example.org", "confirm-newsletter");
    assert_eq!(post(&stranger, &format!("/v1/newsletter-confirmations/{token}"), None), 204);
    let file = ringwerk.beside().join("news.txt");
    std::fs::write(&file, "News\n\nHello.\n--- de\nNeuigkeiten\n\nGuten Tag.\n").unwrap();
    for _ in 0..2 {
        let output = ringwerk.run("newsletter", &[file.to_str().unwrap()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let (mail, _) = postbox.wait_for("dora@example.org", "unsubscribe");
    assert_eq!(mail["headers"]["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
    let header = mail["headers"]["list-unsubscribe"].as_str().unwrap().trim_matches(['<', '>']).to_owned();
    assert_eq!(post(&stranger, header.strip_prefix(PUBLIC).unwrap(), None), 204);
    let me = own.get("/v1/me");
    assert_eq!(me["user"]["newsletter"], "none");

    let state = administrator.get("/v1/mail");
    assert_eq!((&state["waiting"], &state["failed"], &state["delivery"]), (&json!(0), &json!(0), &json!("smtp")));
    ringwerk.stop();
    let mut ids: Vec<String> =
        postbox.mails().iter().map(|mail| mail["headers"]["message-id"].as_str().unwrap().to_owned()).collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "nothing came twice");
    let log = ringwerk.log_text();
    for mail in postbox.mails() {
        for word in mail["text"].as_str().unwrap().split_whitespace().filter_map(|word| word.split_once('#')) {
            assert!(!log.contains(word.1), "a link is in the log");
        }
    }
}

#[test]
fn a_server_that_is_busy_gets_the_mail_once() {
    let (mut ringwerk, mut postbox, company) = stand(House(121));
    postbox.refuse("DATA 451 4.3.0 come back later");
    postbox.start();
    ringwerk.start();
    let administrator = company.administrator(&ringwerk.api());
    invite(&administrator, "dora@example.org");
    let state = wait::until("the first attempt to be seen", || {
        Some(administrator.get("/v1/mail")).filter(|state| state["lastError"].is_string())
    });
    assert!(state["lastError"].as_str().unwrap().contains("451"), "{state}");
    assert_eq!((&state["waiting"], &state["failed"]), (&json!(1), &json!(0)));
    postbox.refuse("");
    postbox.wait_for("dora@example.org", "link");
    wait::until("nothing to wait any more", || (administrator.get("/v1/mail")["waiting"] == 0).then_some(()));

    // Somebody whom the server does not know is told to the administrator, and not tried again.
    postbox.refuse("RCPT 550 5.1.1 no such user");
    invite(&administrator, "niemand@example.org");
    let state = wait::until("the refusal to be seen", || {
        Some(administrator.get("/v1/mail")).filter(|state| state["failed"] == 1)
    });
    assert!(state["troubles"][0]["error"].as_str().unwrap().contains("550"), "{state}");
    ringwerk.stop();
    assert_eq!(postbox.mails().len(), 1);
    assert!(postbox.offered() >= 3);
}

#[test]
fn no_mail_is_lost_while_the_server_is_dead_and_the_power_goes() {
    let (mut ringwerk, mut postbox, company) = stand(House(122));
    ringwerk.start();
    for round in 0..5 {
        let administrator = company.administrator(&ringwerk.api());
        for index in 0..4 {
            invite(&administrator, &format!("dora{round}{index}@example.org"));
        }
        ringwerk.kill();
        ringwerk.start();
    }
    let administrator = company.administrator(&ringwerk.api());
    assert_eq!(administrator.get("/v1/mail")["waiting"], 20);
    postbox.start();
    // A restart tries everything at once, also what a power cut interrupted.
    ringwerk.kill();
    ringwerk.start();
    let mails = wait::until("every mail", || Some(postbox.mails()).filter(|mails| mails.len() >= 20));
    wait::until("nothing to wait any more", || (administrator.get("/v1/mail")["waiting"] == 0).then_some(()));
    ringwerk.stop();
    let mut to: Vec<&str> = mails.iter().map(|mail| mail["to"][0].as_str().unwrap()).collect();
    to.sort_unstable();
    to.dedup();
    assert_eq!((to.len(), postbox.mails().len()), (20, 20), "each once");
}

#[test]
fn without_a_mail_server_mails_are_files() {
    let mut ringwerk = Ringwerk::new(House(123));
    let company = ringwerk.demo(2);
    ringwerk.start();
    let administrator = company.administrator(&ringwerk.api());
    let folder = ringwerk.data().join("mail");
    invite(&administrator, "dora@example.org");
    let file = wait::until("the mail", || {
        let entries = std::fs::read_dir(&folder).ok()?;
        entries.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|kind| kind == "eml"))
    });
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("dora@example.org") && text.contains("multipart/alternative"), "{text}");
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o077, 0, "for its owner alone");
    let state = administrator.get("/v1/mail");
    assert_eq!((&state["delivery"], &state["folder"]), (&json!("folder"), &json!(folder.display().to_string())));
    ringwerk.stop();
}
