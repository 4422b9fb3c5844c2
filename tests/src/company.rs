//! The company that `ringwerk demo --json` makes.

use serde_json::Value;

use crate::api::Api;

/// What `demo --json` printed.
#[derive(Clone, Debug)]
pub struct Company(pub Value);

/// A phone's credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    pub username: String,
    pub password: String,
    pub domain: String,
}

impl Company {
    /// The API as the administrator sees it.
    pub fn administrator(&self, api: &Api) -> Api {
        api.with_token(self.0["apiToken"].as_str().expect("demo makes a token"))
    }

    /// The API as the `index`-th user sees it.
    pub fn user(&self, api: &Api, index: usize) -> Api {
        let user = &self.0["users"][index];
        api.sign_in(user["email"].as_str().expect("an address"), user["password"].as_str().expect("a password"))
    }

    pub fn domain(&self) -> &str {
        self.0["sipDomain"].as_str().expect("demo prints the domain")
    }

    pub fn id(&self, index: usize) -> &str {
        self.0["users"][index]["id"].as_str().unwrap_or_else(|| panic!("no user {index}"))
    }

    pub fn name(&self, index: usize) -> &str {
        self.0["users"][index]["name"].as_str().unwrap_or_else(|| panic!("no user {index}"))
    }

    pub fn extension(&self, index: usize) -> &str {
        self.0["users"][index]["extension"].as_str().unwrap_or_else(|| panic!("user {index} has no extension"))
    }

    /// The number, as `+49…`.
    pub fn number(&self, index: usize) -> &str {
        self.0["users"][index]["number"].as_str().unwrap_or_else(|| panic!("user {index} has no number"))
    }

    /// The first phone of the `index`-th user.
    pub fn phone(&self, index: usize) -> Credentials {
        let phone = &self.0["users"][index]["phones"][0];
        let text =
            |key: &str| phone[key].as_str().unwrap_or_else(|| panic!("user {index} has no phone: {phone}")).to_owned();
        Credentials { username: text("sipId"), password: text("password"), domain: self.domain().to_owned() }
    }

    /// The VoIP phone of the `index`-th user, as the API shows it to the administrator. A user's devices come in no
    /// order a story may count on, and the company has mobiles too.
    pub fn voip_phone(&self, administrator: &Api, index: usize) -> Value {
        let devices = administrator.list(&format!("/v1/users/{}/devices", self.id(index)));
        let phone = devices.iter().find(|device| device["kind"] == "voip");
        phone.unwrap_or_else(|| panic!("user {index} has no VoIP phone: {devices:#?}")).clone()
    }

    /// How many people it has.
    pub fn size(&self) -> usize {
        self.0["users"].as_array().expect("a list of users").len()
    }
}

/// Opens another account on a server that runs, as its operator does, with one user who has the extension and a phone.
/// Answers its administrator and the phone.
pub fn another_account(ringwerk: &crate::ringwerk::Ringwerk, extension: &str) -> (Api, Credentials) {
    const PASSWORD: &str = "vier Esel auf der Treppe";
    let link = |url: &str| url.trim().rsplit_once('#').expect("a link has a token").1.to_owned();
    let printed = ringwerk.run("operator", &["night@hoster.example"]);
    assert!(printed.status.success(), "operator: {}", String::from_utf8_lossy(&printed.stderr));
    let api = ringwerk.api();
    let password = serde_json::json!({ "password": PASSWORD });
    let secret = link(&String::from_utf8_lossy(&printed.stdout));
    api.post(&format!("/v1/operator/links/{secret}"), &password);
    let session = serde_json::json!({ "email": "night@hoster.example", "password": PASSWORD });
    let session = api.post("/v1/operator/sessions", &session);
    let operator = api.with_token(session["token"].as_str().expect("a session has a token"));
    let opened = operator.post(
        "/v1/operator/accounts",
        &serde_json::json!({
            "company": "Nachbar GmbH",
            "location": { "name": "Bonn", "street": "Markt", "number": "1", "postcode": "53111", "city": "Bonn",
                          "country": "DE", "areaCode": "0228" },
            "administrator": { "firstName": "Nina", "lastName": "Nachbar", "email": "nina@nachbar.example" },
        }),
    );
    let secret = opened["link"]["token"].as_str().unwrap_or_else(|| panic!("no link in {opened:#}"));
    api.post(&format!("/v1/links/{secret}"), &password);
    let nina = api.sign_in("nina@nachbar.example", PASSWORD);
    let id = nina.get("/v1/me")["user"]["id"].as_str().expect("somebody").to_owned();
    let device = serde_json::json!({ "kind": "voip", "label": "Desk phone" });
    let device = nina.post(&format!("/v1/users/{id}/devices"), &device);
    nina.post("/v1/extensions", &serde_json::json!({ "number": extension, "owner": { "type": "user", "id": id } }));
    (nina, Credentials::of_device(&device))
}

impl Credentials {
    /// From the answer to `POST /v1/users/{id}/devices`.
    pub fn of_device(device: &Value) -> Self {
        let text = |key: &str| {
            device["credentials"][key].as_str().unwrap_or_else(|| panic!("no {key} in {device}")).to_owned()
        };
        Self { username: text("username"), password: text("password"), domain: text("domain") }
    }
}
