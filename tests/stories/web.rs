//! What a browser sees before there is a web application, and what a machine sees.

use stories::house::House;
use stories::ringwerk::Ringwerk;

#[test]
fn the_welcome_page_speaks_the_browsers_language_and_loads_nothing_from_elsewhere() {
    let mut ringwerk = Ringwerk::new(House(40));
    ringwerk.start();
    let api = ringwerk.api();
    let german = api.send("GET", "/setup", None, &[("Accept-Language", "de-DE,de;q=0.9")]).unwrap();
    assert!(german.body.as_str().unwrap().contains("Ringwerk einrichten"), "{german:?}");
    let english = api.send("GET", "/", None, &[]).unwrap();
    assert!(english.body.as_str().unwrap().contains("The telephone system runs"), "{english:?}");
    assert_eq!(api.status("GET", "/assets/form.js", None), 200);
    assert_eq!(api.status("GET", "/assets/page.css", None), 200);
    assert_eq!(api.status("GET", "/healthz", None), 200);
    assert_eq!(api.get("/v1/openapi.json")["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));
    // Figures are for the operator: not where the world looks.
    assert_eq!(api.status("GET", "/metrics", None), 404);
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
