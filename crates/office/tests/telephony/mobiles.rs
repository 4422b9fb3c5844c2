//! Stories of mobiles, external phones and setup codes.

use std::net::{IpAddr, Ipv4Addr};

use serde_json::json;

use crate::support::{Client, story, texts};

story! {
async fn mobiles_and_external_phones_are_called_by_a_number(stand: Stand) {
    let anna = &stand.company.administrator;
    let path = format!("/v1/users/{}/devices", stand.company.user(1));
    let mobile = json!({ "kind": "mobile", "label": "Mobile", "number": "0171 3920017" });
    let mobile = anna.post(&path, mobile).await.expect(201);
    let id = format!("/v1/devices/{}", mobile["id"].as_str().unwrap());
    // Devices stand in the order in which they came; within one moment there is none.
    stand.clock.forward(1000);
    anna.post(&path, json!({ "kind": "external", "label": "Home", "number": "+44 20 7946 0018" })).await.expect(201);
    anna.post(&path, json!({ "kind": "mobile", "label": "A" })).await.refused(&[("/number", "number.missing")]);
    let short = json!({ "kind": "mobile", "label": "A", "number": "110" });
    anna.post(&path, short).await.refused(&[("/number", "number.invalid")]);
    let both = json!({ "kind": "voip", "label": "", "number": "+491713920017" });
    anna.post(&path, both).await.refused(&[("/label", "text.empty"), ("/number", "number.notHere")]);

    let changed = anna.patch(&id, json!({ "number": "+491713920018" })).await.expect(200);
    assert_eq!((&changed["number"], &changed["label"]), (&json!("+491713920018"), &json!("Mobile")));
    let desk = format!("/v1/devices/{}", stand.company.device(1));
    anna.patch(&desk, json!({ "number": "+491713920018" })).await.refused(&[("/number", "number.notHere")]);
    anna.post(&format!("{id}/credentials"), json!({})).await.problem(409, "device-without-credentials");

    // What keeps it from ringing is said where people look.
    let user = anna.get(&format!("/v1/users/{}", stand.company.user(1))).await.expect(200);
    let findings = texts(user["findings"].as_array().unwrap(), "/message");
    assert!(findings.iter().any(|text| text == "Mobile cannot ring yet: there is no line to the outside"), "{findings:?}");
    let routing = anna.get(&format!("/v1/users/{}/routing", stand.company.user(1))).await.expect(200);
    let sentence = routing["sentence"].as_str().unwrap();
    assert!(sentence.contains("Desk phone, Mobile and Home together"), "{sentence}");
    assert!(sentence.contains("Home cannot ring yet: there is no line to the outside."), "{sentence}");

    let stand = stand.reopened().await;
    let anna = &stand.company.administrator;
    assert_eq!(texts(&anna.all(&path, 50).await, "/kind"), ["voip", "mobile", "external"]);
    assert_eq!(texts(&anna.all(&path, 50).await, "/number"), ["-", "+491713920018", "+442079460018"]);
    anna.delete(&id).await.expect(204);
    let kinds = stand.office.directory().with_world(stand.company.filled.account, |world| {
        world.devices_of(stand.company.user(1)).map(|device| device.number().map(|number| number.to_string())).collect::<Vec<_>>()
    });
    assert_eq!(kinds, Some(vec![None, Some("+442079460018".to_owned())]));
}
}

fn code(answer: &serde_json::Value) -> String {
    let url = answer["setupCode"]["url"].as_str().unwrap();
    assert!(url.starts_with("/v1/setup-codes/rwc_") && url.len() >= 16 + 43, "{url}");
    url.to_owned()
}

story! {
async fn a_setup_code_gives_a_soft_phone_its_settings_once(stand: Stand) {
    let anna = &stand.company.administrator;
    let path = format!("/v1/users/{}/devices", stand.company.user(1));
    let phone = anna.post(&path, json!({ "kind": "voip", "label": "Laptop" })).await.expect(201);
    assert_eq!(phone["setupCode"]["expiresAt"], "2026-11-24T08:15:00.000Z");
    let password = phone["credentials"]["password"].as_str().unwrap().to_owned();
    let stored: Vec<Vec<u8>> = stand.files().iter().map(|file| std::fs::read(file).unwrap()).collect();
    for secret in [password.as_str(), code(&phone).rsplit('/').next().unwrap()] {
        let is_there = |bytes: &Vec<u8>| bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!stored.iter().any(is_there), "neither the password nor the code is stored");
    }

    // Whatever looks before it fetches does not use it up.
    let stranger = Client::nobody(&stand.office);
    assert_eq!(stranger.send("HEAD", &code(&phone), None).await.status, 405);
    let given = stranger.get(&code(&phone)).await;
    assert_eq!((given.status, &given.headers["cache-control"]), (200, &"no-store".parse().unwrap()));
    assert_eq!(given.headers["content-type"], "application/xml; charset=utf-8");
    let username = phone["credentials"]["username"].as_str().unwrap();
    for part in [
        format!("<entry name=\"passwd\" overwrite=\"true\">{password}</entry>"),
        format!("\"Bernd Ahrens\" &lt;sip:{username}@phones.example&gt;"),
        "&lt;sip:phones.example:5070;transport=udp&gt;".to_owned(),
    ] {
        assert!(given.text.contains(&part), "{}", given.text);
    }
    stranger.get(&code(&phone)).await.problem(404, "link-invalid");

    // A new password makes the code for the old one worthless, and so does time.
    let id = phone["id"].as_str().unwrap();
    let renew = format!("/v1/devices/{id}/credentials");
    let first = anna.post(&renew, json!({})).await.expect(201);
    let second = anna.post(&renew, json!({})).await.expect(201);
    stranger.get(&code(&first)).await.problem(404, "link-invalid");
    stand.clock.forward(15 * 60 * 1000);
    stranger.get(&code(&second)).await.problem(404, "link-invalid");
    // And the end of the phone.
    let third = anna.post(&renew, json!({})).await.expect(201);
    anna.delete(&format!("/v1/devices/{id}")).await.expect(204);
    stranger.get(&code(&third)).await.problem(404, "link-invalid");
    let fourth = anna.post(&path, json!({ "kind": "voip", "label": "Laptop" })).await.expect(201);
    anna.delete(&format!("/v1/users/{}", stand.company.user(1))).await.expect(204);
    stranger.get(&code(&fourth)).await.problem(404, "link-invalid");
}
}

story! {
async fn a_thousand_guesses_get_nothing_and_are_slowed_down(stand: Stand) {
    let anna = &stand.company.administrator;
    let path = format!("/v1/users/{}/devices", stand.company.user(1));
    let phone = anna.post(&path, json!({ "kind": "voip", "label": "Laptop" })).await.expect(201);
    let guesser = Client { source: Some(IpAddr::from(Ipv4Addr::new(192, 0, 2, 66))), ..Client::nobody(&stand.office) };
    let mut slowed = 0;
    for guess in 0..1000 {
        let answer = guesser.get(&format!("/v1/setup-codes/rwc_{guess:043}")).await;
        match answer.status {
            404 => {}
            429 => {
                assert!(answer.headers.contains_key("retry-after"));
                slowed += 1;
            }
            other => panic!("{other}: {}", answer.text),
        }
    }
    assert!(slowed >= 990, "{slowed}");
    // Whoever holds the code and sits elsewhere is not kept from it.
    let owner = Client { source: Some(IpAddr::from(Ipv4Addr::new(198, 51, 100, 7))), ..Client::nobody(&stand.office) };
    assert_eq!(owner.get(&code(&phone)).await.status, 200);
}
}
