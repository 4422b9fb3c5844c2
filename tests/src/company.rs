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

impl Credentials {
    /// From the answer to `POST /v1/users/{id}/devices`.
    pub fn of_device(device: &Value) -> Self {
        let text = |key: &str| {
            device["credentials"][key].as_str().unwrap_or_else(|| panic!("no {key} in {device}")).to_owned()
        };
        Self { username: text("username"), password: text("password"), domain: text("domain") }
    }
}
