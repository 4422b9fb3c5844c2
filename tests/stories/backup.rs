//! A backup is taken while everybody works, and a new machine stands up from it.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use stories::house::House;
use stories::phone::Phone;
use stories::ringwerk::Ringwerk;
use stories::sip::fresh;

#[test]
fn a_backup_under_load_brings_everything_back_on_sqlite() {
    round_trip(Ringwerk::new(House(70)), Ringwerk::new(House(71)));
}

#[test]
fn a_backup_under_load_brings_everything_back_on_postgresql() {
    round_trip(Ringwerk::on_postgres(House(72)), Ringwerk::on_postgres(House(73)));
}

fn round_trip(mut old: Ringwerk, mut new: Ringwerk) {
    let company = old.demo(5);
    old.start();
    let api = company.administrator(&old.api());
    let session = company.user(&old.api(), 1);
    let mut phone = Phone::udp(old.house().phone(0), old.sip(), company.phone(1));
    assert_eq!(phone.register(3600).status(), 200);
    let certain: Vec<String> = (0..20).map(|_| add(&api, &fresh())).collect();

    let file = old.beside().join("ringwerk.backup");
    let working = AtomicBool::new(true);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while working.load(Ordering::Relaxed) {
                add(&api, &fresh());
            }
        });
        let output = old.run("backup", &[file.to_str().unwrap()]);
        working.store(false, Ordering::Relaxed);
        assert!(output.status.success(), "backup: {}", String::from_utf8_lossy(&output.stderr));
    });
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "whoever reads a backup can register every phone");
    old.stop();

    let output = new.run("restore", &[file.to_str().unwrap()]);
    assert!(output.status.success(), "restore: {}", String::from_utf8_lossy(&output.stderr));
    let again = new.run("restore", &[file.to_str().unwrap()]);
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("not empty"), "{again:?}");
    new.start();
    let api = company.administrator(&new.api());
    let there: Vec<String> = api.list("/v1/users").iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect();
    for id in &certain {
        assert!(there.contains(id), "{id} was there before the backup");
    }
    // Phones come in with the passwords they have.
    let mut phone = Phone::udp(new.house().phone(0), new.sip(), company.phone(1));
    assert_eq!(phone.register(3600).status(), 200);
    // Somebody who had a backup's copy of a session must not be signed in by it.
    let token = session.token().expect("a session has a token");
    assert_eq!(new.api().with_token(token).status("GET", "/v1/me", None), 401);
}

#[test]
fn a_locked_out_organisation_gets_in_again() {
    let mut ringwerk = Ringwerk::new(House(74));
    let company = ringwerk.demo(2);
    ringwerk.start();
    let email = company.0["admin"]["email"].as_str().unwrap();
    let output = ringwerk.run("recover-admin", &[]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let token = text
        .split_whitespace()
        .find_map(|word| word.split_once('#').map(|(_, token)| token.to_owned()))
        .expect("a link");
    let api = ringwerk.api();
    let password = "sieben neue Schlüssel klappern";
    api.post(&format!("/v1/links/{token}"), &json!({ "password": password }));
    let admin = api.sign_in(email, password);
    assert!(
        matches!(api.status("POST", &format!("/v1/links/{token}"), Some(&json!({ "password": password }))), 400..=499),
        "once"
    );
    let audit = admin.list("/v1/audit");
    assert!(
        audit.iter().any(|entry| entry["action"].as_str().is_some_and(|action| action.contains("recover"))),
        "{audit:#?}"
    );
}

fn add(api: &stories::api::Api, name: &str) -> String {
    api.post("/v1/users", &json!({ "firstName": "Kraft", "lastName": name }))["id"].as_str().unwrap().to_owned()
}
