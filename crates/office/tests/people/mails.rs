//! Mails: who gets one when, what is in it, and that it gets through.

use office::ports::Mail;
use serde_json::{Value, json};

use crate::support::{Answer, Client, PASSWORD, Stand, story, token_in};

pub const MINUTE: i64 = 60 * 1000;
pub const DAY: i64 = 24 * 60 * MINUTE;
pub const NEW: &str = "vier Ziegen auf dem Dach";

pub fn nobody(stand: &Stand) -> Client {
    Client::nobody(&stand.office)
}

pub fn email(name: &str) -> String {
    format!("{name}@aachener-printen.example")
}

async fn try_in(stand: &Stand, email: &str, password: &str) -> Answer {
    nobody(stand).post("/v1/sessions", json!({"email": email, "password": password})).await
}

/// Delivers, and answers what came.
pub async fn mails(stand: &Stand) -> Vec<Mail> {
    stand.office.post_round().await.unwrap();
    stand.post.empty()
}

/// Delivers; exactly one mail must come.
pub async fn mail(stand: &Stand) -> Mail {
    let mut some = mails(stand).await;
    assert_eq!(some.len(), 1, "{:?}", some.iter().map(|mail| (&mail.to, &mail.subject)).collect::<Vec<_>>());
    some.remove(0)
}

/// Delivers; a mail to confirm the new address and one to the old must come.
async fn both(stand: &Stand) -> [Mail; 2] {
    let came = mails(stand).await;
    assert_eq!(came.len(), 2);
    let with = |page: &str| came.iter().find(|mail| mail.text.contains(&format!("/{page}#"))).unwrap().clone();
    [with("confirm-email"), with("undo-email")]
}

fn link(token: &str) -> String {
    format!("/v1/links/{token}")
}

story! {
async fn an_invitation_comes_by_mail_and_sets_the_password(stand: Stand) {
    let anna = &stand.company.administrator;
    anna.post("/v1/users", json!({"firstName": "Dora", "invite": true})).await.refused(&[("/email", "email.needed")]);
    let dora = json!({"firstName": "Dora", "lastName": "<b>Dahl</b>", "email": "dora@x.example", "invite": true});
    anna.post("/v1/users", dora).await.expect(201);
    let mail = mail(&stand).await;
    assert_eq!((mail.to.as_str(), mail.name.as_str()), ("dora@x.example", "Dora <b>Dahl</b>"));
    assert_eq!(mail.subject, "Ihr Telefon bei Aachener Printen");
    assert!(mail.text.contains("Anna Ahrens hat") && mail.text.contains("1. Dezember 2026, 09:00 Uhr"), "{}", mail.text);
    // Text and page say the same, and what people typed stays text.
    assert!(mail.html.contains("Dora &lt;b&gt;Dahl&lt;") && !mail.html.contains("<b>"), "{}", mail.html);
    assert!(!mail.html.contains("<img") && !mail.html.contains("http-equiv"), "{}", mail.html);
    let token = token_in(&mail, "link");
    assert!(mail.html.contains(&format!("href=\"https://telefon.example/link#{token}\"")), "{}", mail.html);
    assert_eq!(nobody(&stand).get(&link(&token)).await.expect(200)["purpose"], "invitation");
    nobody(&stand).post(&link(&token), json!({"password": NEW})).await.expect(204);
    try_in(&stand, "dora@x.example", NEW).await.expect(201);
    // Whoever has just set the first password needs no notice of it.
    assert!(mails(&stand).await.is_empty());

    // Whoever does not wish it is not written to.
    anna.post("/v1/users", json!({"firstName": "Emil", "email": "emil@x.example"})).await.expect(201);
    assert!(mails(&stand).await.is_empty());
}
}

story! {
async fn a_newer_invitation_takes_the_place_of_one_that_waits(stand: Stand) {
    let anna = &stand.company.administrator;
    let english = json!({"firstName": "Dora", "email": "dora@x.example", "language": "en", "invite": true});
    let user = anna.post("/v1/users", english).await.expect(201);
    let path = format!("/v1/users/{}/invitation", user["id"].as_str().unwrap());
    let made = anna.post(&path, json!({})).await.expect(201);
    assert_eq!(made["mailedTo"], "dora@x.example");
    let mail = mail(&stand).await;
    assert_eq!(mail.subject, "Your phone at Aachener Printen");
    assert_eq!(token_in(&mail, "link"), made["token"].as_str().unwrap());
    assert!(mail.text.contains("1 December 2026, 09:00"), "{}", mail.text);
    // A user who is gone or shut out is not written to any more.
    anna.post(&path, json!({})).await.expect(201);
    anna.post(&path.replace("invitation", "block"), json!({})).await.expect(200);
    assert!(mails(&stand).await.is_empty());
}
}

story! {
async fn a_forgotten_password(stand: Stand) {
    let bernd = stand.signed_in(1).await;
    let script = bernd.post("/v1/tokens", json!({"label": "x", "scopes": ["all"]})).await.expect(201);
    let script = Client { token: script["secret"].as_str().map(str::to_owned), ..nobody(&stand) };
    let ask = |email: String| {
        let nobody = nobody(&stand);
        async move { nobody.post("/v1/password-resets", json!({"email": email})).await }
    };
    let known = ask(email("bernd")).await;
    let unknown = ask(email("niemand")).await;
    let not_even = ask("not an address".to_owned()).await;
    assert_eq!((known.status, known.text.as_str()), (202, ""));
    for other in [&unknown, &not_even] {
        assert_eq!((other.status, &other.text, &other.headers), (known.status, &known.text, &known.headers));
    }
    let first = mail(&stand).await;
    assert_eq!((first.to.as_str(), first.subject.as_str()), (email("bernd").as_str(), "Neues Passwort festlegen"));
    assert!(first.text.contains("30 Minuten"));

    // Asked again: the older link is worthless. The old password is good until the new one is set.
    ask(format!(" {} ", email("BERND").to_uppercase())).await.expect(202);
    let second = mail(&stand).await;
    nobody(&stand).post(&link(&token_in(&first, "link")), json!({"password": NEW})).await.problem(404, "link-invalid");
    bernd.get("/v1/me").await.expect(200);
    let token = token_in(&second, "link");
    nobody(&stand).post(&link(&token), json!({"password": NEW})).await.expect(204);
    nobody(&stand).post(&link(&token), json!({"password": NEW})).await.problem(404, "link-invalid");
    bernd.get("/v1/me").await.problem(401, "sign-in-required");
    script.get("/v1/me").await.problem(401, "sign-in-required");
    try_in(&stand, &email("bernd"), NEW).await.expect(201);
    let notice = mail(&stand).await;
    assert_eq!((notice.to.as_str(), notice.subject.as_str()), (email("bernd").as_str(), "Ihr Passwort wurde geändert"));

    // Half an hour, not more.
    ask(email("bernd")).await.expect(202);
    let token = token_in(&mail(&stand).await, "link");
    stand.clock.forward(30 * MINUTE);
    nobody(&stand).post(&link(&token), json!({"password": PASSWORD})).await.problem(404, "link-invalid");

    // Nobody who is blocked.
    stand.company.administrator.post(&format!("/v1/users/{}/block", stand.company.user(1)), json!({})).await.expect(200);
    ask(email("bernd")).await.expect(202);
    assert!(mails(&stand).await.is_empty());
}
}

story! {
async fn forgotten_passwords_are_asked_for_so_often(stand: Stand) {
    let at = |source: &str| Client { source: Some(source.parse().unwrap()), ..nobody(&stand) };
    for name in ["bernd", "niemand"] {
        let body = json!({"email": email(name)});
        for _ in 0..6 {
            at("127.0.61.1").post("/v1/password-resets", body.clone()).await.expect(202);
        }
        let refused = at("127.0.61.1").post("/v1/password-resets", body.clone()).await;
        assert_eq!(refused.headers["retry-after"], "60");
        refused.problem(429, "too-many-attempts");
        at("127.0.61.2").post("/v1/password-resets", body).await.expect(202);
    }
    // However often it is asked from everywhere: one mail for those that wait, five an hour.
    assert_eq!(mails(&stand).await.len(), 1);
    let mut came = 1;
    for last in 3..20 {
        let body = json!({"email": email("bernd")});
        at(&format!("127.0.61.{last}")).post("/v1/password-resets", body).await.expect(202);
        came += mails(&stand).await.len();
    }
    assert!(came <= 5, "{came}");
    // And from one source for whomever.
    let mut refused = 0;
    for n in 0..40 {
        let body = json!({"email": format!("{n}@x.example")});
        refused += usize::from(at("127.0.61.99").post("/v1/password-resets", body).await.status == 429);
    }
    assert_eq!(refused, 10);
}
}

story! {
async fn no_header_bends_the_link(stand: Stand) {
    let evil = [
        ("host", "evil.example"),
        ("host", "telefon.example.evil.example:443"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "gopher"),
        ("x-host", "evil.example"),
        ("x-original-host", "evil.example"),
        ("forwarded", "for=1.2.3.4;host=evil.example;proto=http"),
        ("x-original-url", "https://evil.example/"),
        ("x-rewrite-url", "https://evil.example/"),
        ("referer", "https://evil.example/"),
    ];
    for (index, (name, value)) in evil.into_iter().enumerate() {
        stand.clock.forward(60 * MINUTE);
        let source = format!("127.0.61.{}", index + 1).parse().ok();
        let client = Client { source, ..nobody(&stand).with(name, value) };
        client.post("/v1/password-resets", json!({"email": email("bernd")})).await.expect(202);
        let mail = mail(&stand).await;
        assert!(!format!("{}{}", mail.text, mail.html).contains("evil"), "{name}: {}", mail.text);
        token_in(&mail, "link");
    }
    // Another site cannot make a browser ask.
    let foreign = nobody(&stand).with("origin", "https://evil.example");
    foreign.post("/v1/password-resets", json!({"email": email("bernd")})).await.problem(403, "cross-site");
}
}

#[tokio::test]
async fn asking_takes_the_same_time_whether_somebody_has_the_address() {
    let stand = Stand::on_sqlite("asking_takes_the_same_time").await;
    let clock = std::time::Duration::from_secs(0);
    let mut times: [Vec<u128>; 2] = [Vec::new(), Vec::new()];
    let mut seed = 61u32;
    for n in 0..600u32 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let exists = (seed >> 16) & 1 == 0;
        let source = Some(std::net::Ipv4Addr::from(0x7f3d_0000 + n).into());
        let client = Client { source, ..nobody(&stand) };
        let address = if exists { email("bernd") } else { email("bermd") };
        let begin = stopwatch();
        client.post("/v1/password-resets", json!({"email": address})).await.expect(202);
        times[usize::from(exists)].push((stopwatch() - begin).max(clock).as_nanos());
    }
    let z = mann_whitney(&times[0], &times[1]);
    // 2.58 is p = 0.01 on both sides; a bit more, since this runs often.
    assert!(z.abs() < 3.9, "the times differ: z = {z}");
}

/// Time since the test began.
#[expect(clippy::disallowed_methods, reason = "what is measured is the real time")]
fn stopwatch() -> std::time::Duration {
    use std::sync::OnceLock;
    static BEGIN: OnceLock<std::time::Instant> = OnceLock::new();
    BEGIN.get_or_init(std::time::Instant::now).elapsed()
}

/// By how many standard deviations the ranks of two samples differ (normal approximation).
fn mann_whitney(a: &[u128], b: &[u128]) -> f64 {
    let mut all: Vec<(u128, bool)> =
        a.iter().map(|time| (*time, true)).chain(b.iter().map(|time| (*time, false))).collect();
    all.sort_unstable();
    let ranks: f64 = (1..).zip(&all).filter(|(_, (_, is_a))| *is_a).map(|(rank, _)| f64::from(rank)).sum();
    let (n, m) = (a.len() as f64, b.len() as f64);
    let u = ranks - n * (n + 1.0) / 2.0;
    (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

pub async fn change(client: &Client, stand: &Stand, index: usize, body: Value) -> Answer {
    client.post(&format!("/v1/users/{}/email-change", stand.company.user(index)), body).await
}

async fn user(stand: &Stand, index: usize) -> Value {
    stand.company.administrator.get(&format!("/v1/users/{}", stand.company.user(index))).await.expect(200)
}

story! {
async fn another_address_counts_when_it_is_confirmed(stand: Stand) {
    let bernd = stand.signed_in(1).await;
    let wish = |password: &str| json!({"email": "neu@x.example", "currentPassword": password});
    change(&bernd, &stand, 1, json!({"email": "neu@x.example"})).await.refused(&[("/currentPassword", "password.wrong")]);
    change(&bernd, &stand, 1, wish("falsch")).await.refused(&[("/currentPassword", "password.wrong")]);
    change(&bernd, &stand, 1, json!({"email": "neu", "currentPassword": PASSWORD})).await.refused(&[("/email", "email.invalid")]);
    let same = json!({"email": email("bernd"), "currentPassword": PASSWORD});
    change(&bernd, &stand, 1, same).await.refused(&[("/email", "email.same")]);
    change(&bernd, &stand, 2, wish(PASSWORD)).await.problem(404, "not-found");

    let asked = change(&bernd, &stand, 1, wish(PASSWORD)).await.expect(202);
    assert_eq!((&asked["email"], &asked["pendingEmail"]), (&json!(email("bernd")), &json!("neu@x.example")));
    let came = both(&stand).await;
    let to: Vec<&str> = came.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["neu@x.example", email("bernd").as_str()]);
    // Until then everything stays: the old address signs in and gets what is sent.
    try_in(&stand, "neu@x.example", PASSWORD).await.problem(401, "wrong-credentials");
    nobody(&stand).post("/v1/password-resets", json!({"email": email("bernd")})).await.expect(202);
    let reset = mail(&stand).await;
    assert_eq!(reset.to.as_str(), email("bernd"));

    let confirm = format!("/v1/email-confirmations/{}", token_in(&came[0], "confirm-email"));
    let stranger = nobody(&stand);
    let (a, b) = tokio::join!(stranger.send("POST", &confirm, None), stranger.send("POST", &confirm, None));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
    let after = user(&stand, 1).await;
    assert_eq!((&after["email"], &after["pendingEmail"]), (&json!("neu@x.example"), &Value::Null));
    try_in(&stand, "neu@x.example", PASSWORD).await.expect(201);
    try_in(&stand, &email("bernd"), PASSWORD).await.problem(401, "wrong-credentials");
    // What was sent to the old address is worthless.
    nobody(&stand).get(&link(&token_in(&reset, "link"))).await.problem(404, "link-invalid");
    let log = stand.company.administrator.get(&format!("/v1/audit?object={}", stand.company.user(1))).await;
    for action in ["users.askEmailChange", "users.changeEmail", "identity.forgotPassword"] {
        assert!(log.text.contains(action), "{action}: {}", log.text);
    }
}
}

story! {
async fn the_old_address_can_be_kept_and_brought_back(stand: Stand) {
    let undo = |mail: &Mail| format!("/v1/email-undos/{}", token_in(mail, "undo-email"));
    let bernd = stand.signed_in(1).await;
    // Somebody at Bernd's desk knows his password and takes the account to an address of his own, in two steps.
    let mut notices = Vec::new();
    for step in ["evil1@x.example", "evil2@x.example"] {
        change(&bernd, &stand, 1, json!({"email": step, "currentPassword": PASSWORD})).await.expect(202);
        let came = both(&stand).await;
        let confirm = format!("/v1/email-confirmations/{}", token_in(&came[0], "confirm-email"));
        nobody(&stand).send("POST", &confirm, None).await.expect(200);
        notices.push(came[1].clone());
        stand.clock.forward(1);
    }
    let [owners, thiefs]: [Mail; 2] = notices.try_into().unwrap();
    assert_eq!((owners.to.as_str(), thiefs.to.as_str()), (email("bernd").as_str(), "evil1@x.example"));

    stand.clock.forward(7 * DAY);
    let back = nobody(&stand).send("POST", &undo(&owners), None).await.expect(200);
    assert_eq!(back["email"], json!(email("bernd")));
    assert_eq!(user(&stand, 1).await["email"], json!(email("bernd")));
    bernd.get("/v1/me").await.problem(401, "sign-in-required");
    // Neither can it be done twice, nor does the thief have a way back.
    nobody(&stand).send("POST", &undo(&owners), None).await.problem(404, "link-invalid");
    nobody(&stand).send("POST", &undo(&thiefs), None).await.problem(404, "link-invalid");
}
}

story! {
async fn a_change_is_stopped_before_it_counts(stand: Stand) {
    let anna = &stand.company.administrator;
    let path = format!("/v1/users/{}/email-change", stand.company.user(1));
    // By the old address.
    change(anna, &stand, 1, json!({"email": "neu@x.example"})).await.expect(202);
    let came = both(&stand).await;
    assert!(came[1].text.contains("Anna Ahrens möchte") && came[1].text.contains("neu@x.example"), "{}", came[1].text);
    let confirm = format!("/v1/email-confirmations/{}", token_in(&came[0], "confirm-email"));
    nobody(&stand).send("POST", &format!("/v1/email-undos/{}", token_in(&came[1], "undo-email")), None).await.expect(200);
    nobody(&stand).send("POST", &confirm, None).await.problem(404, "link-invalid");
    assert_eq!(user(&stand, 1).await["pendingEmail"], Value::Null);

    // By whoever asked; twice is no failure. A mail that waits does not leave.
    change(anna, &stand, 1, json!({"email": "neu@x.example"})).await.expect(202);
    anna.delete(&path).await.expect(204);
    anna.delete(&path).await.expect(204);
    assert_eq!(user(&stand, 1).await["pendingEmail"], Value::Null);
    let came = mails(&stand).await;
    assert_eq!(came.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), [email("bernd")]);
    // By time.
    change(anna, &stand, 1, json!({"email": "neu@x.example"})).await.expect(202);
    let came = both(&stand).await;
    stand.clock.forward(DAY);
    let confirm = format!("/v1/email-confirmations/{}", token_in(&came[0], "confirm-email"));
    nobody(&stand).send("POST", &confirm, None).await.problem(404, "link-invalid");
    // By somebody who has the address by now.
    change(anna, &stand, 1, json!({"email": "neu@x.example"})).await.expect(202);
    let came = both(&stand).await;
    anna.post("/v1/users", json!({"firstName": "Nele", "email": "NEU@x.example"})).await.expect(201);
    let confirm = format!("/v1/email-confirmations/{}", token_in(&came[0], "confirm-email"));
    nobody(&stand).send("POST", &confirm, None).await.problem(409, "email-taken");
}
}

story! {
async fn the_address_of_somebody_who_never_signed_in_is_set_directly(stand: Stand) {
    let anna = &stand.company.administrator;
    let dora = json!({"firstName": "Dora", "email": "tippfehler@x.example", "invite": true});
    let dora = anna.post("/v1/users", dora).await.expect(201);
    let path = format!("/v1/users/{}", dora["id"].as_str().unwrap());
    let old = mail(&stand).await;
    anna.patch(&path, json!({"email": "dora@x.example"})).await.expect(200);
    nobody(&stand).get(&link(&token_in(&old, "link"))).await.problem(404, "link-invalid");
    anna.post(&format!("{path}/email-change"), json!({"email": "x@x.example"})).await.problem(409, "user-has-no-email");

    let bernd = format!("/v1/users/{}", stand.company.user(1));
    for patch in [json!({"email": "neu@x.example"}), json!({"email": null})] {
        anna.patch(&bernd, patch).await.problem(409, "email-needs-confirmation");
    }
    anna.patch(&bernd, json!({"email": email("bernd"), "firstName": "Berndt"})).await.expect(200);
}
}

story! {
async fn the_newsletter_comes_to_who_wants_it(stand: Stand) {
    let bernd = stand.signed_in(1).await;
    let path = format!("/v1/users/{}/newsletter", stand.company.user(1));
    let state = |user: &Value| user["newsletter"].as_str().unwrap().to_owned();
    let issue = |subject: &str, text: &str| office::Issue { subject: subject.to_owned(), text: text.to_owned() };
    let german = Some(issue("Neues", "Siehe https://ringwerk.example/neu?a=1&b=<2>.\n\nBis bald."));
    let news = office::Newsletter { text: issue("News", "Hello."), german };

    assert_eq!(state(&bernd.put(&path, json!({"subscribed": true})).await.expect(200)), "pending");
    stand.signed_in(2).await.put(&path, json!({"subscribed": true})).await.problem(404, "not-found");
    assert_eq!(stand.office.send_newsletter(&news).await.unwrap(), office::Sent::default());
    let order = mail(&stand).await;
    let confirm = format!("/v1/newsletter-confirmations/{}", token_in(&order, "confirm-newsletter"));
    for _ in 0..2 {
        nobody(&stand).send("POST", &confirm, None).await.expect(204);
    }
    assert_eq!(state(&user(&stand, 1).await), "subscribed");

    assert_eq!(stand.office.send_newsletter(&news).await.unwrap(), office::Sent { written: 1, before: 0 });
    assert_eq!(stand.office.send_newsletter(&news).await.unwrap(), office::Sent { written: 0, before: 1 });
    let letter = mail(&stand).await;
    assert_eq!((letter.subject.as_str(), letter.to.as_str()), ("Neues", email("bernd").as_str()));
    let linked = "<a href=\"https://ringwerk.example/neu?a=1&amp;b=&lt;2&gt;\">";
    assert!(letter.html.contains(linked) && letter.html.contains("Bis bald."), "{}", letter.html);
    let one_click = letter.unsubscribe.clone().unwrap();
    let operation = one_click.strip_prefix("https://telefon.example").unwrap();
    assert!(operation.ends_with(&token_in(&letter, "unsubscribe")), "{operation}");
    // As mail programs do it: without a cookie, from anywhere, with a form.
    for _ in 0..2 {
        nobody(&stand).with("origin", "https://mail.example").send("POST", operation, None).await.expect(204);
    }
    assert_eq!(state(&user(&stand, 1).await), "none");
    nobody(&stand).send("POST", &confirm, None).await.problem(404, "link-invalid");
    for forged in ["/v1/newsletter-unsubscriptions/rwn_00", "/v1/newsletter-confirmations/rwl_x"] {
        nobody(&stand).send("POST", forged, None).await.problem(404, "link-invalid");
    }
    // A link that ends is not one that orders.
    let wrong = operation.replace("unsubscriptions", "confirmations");
    nobody(&stand).send("POST", &wrong, None).await.problem(404, "link-invalid");
}
}
