//! Secrets are driven through everything with the loudest logs, and then looked for in every file.

use std::path::Path;

use serde_json::json;
use stories::digest::Algorithm;
use stories::house::House;
use stories::phone::Phone;
use stories::ringwerk::Ringwerk;

#[test]
fn no_secret_reaches_a_log_a_metric_or_the_database() {
    let mut ringwerk = Ringwerk::new(House(35)).with("--log-format").with("json");
    let company = ringwerk.demo(3);
    ringwerk.start_with_log("trace");
    let api = ringwerk.api();
    let admin = company.administrator(&api);
    let token = company.0["apiToken"].as_str().unwrap().to_owned();
    let web_password = "fünf leise Kraniche landen";
    admin.put(&format!("/v1/users/{}/password", company.id(1)), &json!({ "password": web_password }));
    let session = api.post(
        "/v1/sessions",
        &json!({ "email": company.0["users"][1]["email"], "password": web_password, "staySignedIn": true }),
    );
    let wrong = "canary-wrong-password";
    api.status(
        "POST",
        "/v1/sessions",
        Some(&json!({ "email": company.0["users"][1]["email"], "password": wrong, "staySignedIn": false })),
    );
    let mut phone = Phone::udp(ringwerk.house().phone(0), ringwerk.sip(), company.phone(1));
    for algorithm in [Algorithm::Sha256, Algorithm::Md5] {
        phone.algorithm = algorithm;
        assert_eq!(phone.register(300).status(), 200);
    }
    let _ = phone.call(company.extension(2));
    let metrics = ringwerk.metrics();
    let log = ringwerk.log_text();
    ringwerk.stop();

    let credentials = company.phone(1);
    let (realm_md5, realm_sha256) = Algorithm::both_secrets(&credentials, company.domain());
    let secrets = [
        ("the phone's password", credentials.password.as_str()),
        ("the phone's hash for MD5", &realm_md5),
        ("the phone's hash for SHA-256", &realm_sha256),
        ("the password for the web page", web_password),
        ("a wrong password", wrong),
        ("the API token", &token),
        ("the session's token", session["token"].as_str().unwrap()),
    ];
    for (name, secret) in secrets {
        assert!(!log.contains(secret), "{name} is in the log");
        assert!(!metrics.contains(secret), "{name} is in the metrics");
        for file in files(&ringwerk.data()) {
            let bytes = std::fs::read(&file).unwrap();
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{name} is in {}", file.display());
        }
    }
    assert!(log.lines().filter(|line| line.starts_with('{')).count() > 10, "logs are JSON lines:\n{log}");
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
