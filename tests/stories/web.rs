//! What a browser gets, and what a machine gets.

use stories::house::House;
use stories::ringwerk::Ringwerk;

#[test]
fn the_web_application_is_at_every_address_that_is_not_the_apis() {
    let mut ringwerk = Ringwerk::new(House(40));
    ringwerk.start();
    let api = ringwerk.api();
    for path in ["/", "/setup", "/link", "/users/new"] {
        let page = api.send("GET", path, None, &[]).unwrap();
        let text = page.body.as_str().unwrap();
        assert!(text.contains("<title>Ringwerk</title>") && !text.contains("__NONCE__"), "{path}: {text}");
        assert!(!text.contains("http://") && !text.contains("https://"), "nothing is loaded from elsewhere: {text}");
        let script = text.split("src=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        assert!(script.starts_with("/assets/"), "{script}");
        assert_eq!(api.status("GET", script, None), 200);
    }
    assert_eq!(api.status("GET", "/assets/older-version.js", None), 404);
    assert_eq!(api.status("POST", "/users", None), 405);
    assert_eq!(api.status("GET", "/v1/nothing", None), 404);
    assert_eq!(api.status("GET", "/healthz", None), 200);
    assert_eq!(api.get("/v1/openapi.json")["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));
    // Figures are for the operator: what the world gets there is a page that knows no such thing.
    let metrics = api.send("GET", "/metrics", None, &[]).unwrap();
    assert!(!metrics.body.as_str().unwrap_or_default().contains("ringwerk_"), "{metrics:?}");
    assert!(ringwerk.metrics().contains("ringwerk_"), "{}", ringwerk.metrics());
}

#[test]
fn two_servers_cannot_share_a_data_folder() {
    let mut ringwerk = Ringwerk::new(House(41));
    ringwerk.start();
    let anywhere = format!("{}:0", ringwerk.ip());
    let second = ringwerk.run("serve", &["--http", &anywhere, "--sip", &anywhere, "--metrics", "off"]);
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && said.contains("Another Ringwerk works with the data folder"), "{said}");
    assert_eq!(ringwerk.api().status("GET", "/healthz", None), 200, "the first one goes on");
    // What the first one says of itself is still there, and goes when it does.
    assert!(ringwerk.state().is_some_and(|state| state["pid"].is_u64()));
    ringwerk.stop();
    assert!(ringwerk.state().is_some_and(|state| state["pid"].is_null()));
}
