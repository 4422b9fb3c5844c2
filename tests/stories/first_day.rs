//! From an empty machine to a ringing phone: an administrator sets up, two people get phones, they talk.

use serde_json::{Value, json};
use stories::api::Api;
use stories::baresip::{Baresip, Setup};
use stories::company::Credentials;
use stories::house::House;
use stories::ringwerk::Ringwerk;
use stories::wait;

const ANNA: f64 = 440.0;
const BERND: f64 = 620.0;

#[test]
fn two_people_call_each_other_on_sqlite() {
    play(Ringwerk::new(House(1)));
}

#[test]
fn two_people_call_each_other_on_postgresql() {
    play(Ringwerk::on_postgres(House(2)));
}

fn play(mut ringwerk: Ringwerk) {
    ringwerk.start();
    let link = wait::until("the set-up link", || {
        let log = ringwerk.log_text();
        log.lines().find_map(|line| Some(line.trim().split_once("/setup#")?.1.to_owned()))
    });
    let (api, users) = set_up(&ringwerk.api(), &link);
    let (anna, bernd) = (id(&users[0]), id(&users[1]));
    api.patch(
        &format!("/v1/users/{bernd}"),
        &json!({ "firstName": "Bernd", "lastName": "Schulte", "email": "bernd@example.com" }),
    );

    let phone = |user: &str, label: &str| {
        api.post(&format!("/v1/users/{user}/devices"), &json!({ "kind": "voip", "label": label }))
    };
    let (desk, laptop) = (phone(&anna, "Desk phone"), phone(&bernd, "Laptop"));
    let extension = |user: &str, number: &str| {
        api.post("/v1/extensions", &json!({ "number": number, "owner": { "type": "user", "id": user } }))
    };
    extension(&anna, "10");
    extension(&bernd, "44");
    let number = api.post("/v1/numbers", &json!({ "number": "+493023125017" }));
    api.put(&format!("/v1/numbers/{}/assignment", id(&number)), &json!({ "owner": { "type": "user", "id": bernd } }));

    let start = |name: &str, device: &Value, tone: f64| {
        let setup = Setup::new(ringwerk.sip(), tone);
        let phone = Baresip::start(ringwerk.beside(), name, &Credentials::of_device(device), &setup);
        phone.registered();
        phone
    };
    let mut a = start("anna", &desk, ANNA);
    let mut b = start("bernd", &laptop, BERND);
    wait::until("both phones to be shown as online", || {
        let devices = api.list("/v1/devices");
        devices.iter().all(|device| device["presence"].is_object()).then_some(())
    });

    // By extension, the starred form of it, and by every way people write the number.
    for dialled in ["44", "44*", "+493023125017", "03023125017", "00493023125017"] {
        a.dial(dialled);
        b.event("CALL_INCOMING");
        b.answer();
        a.event("CALL_ESTABLISHED");
        b.event("CALL_ESTABLISHED");
        a.hears(BERND);
        b.hears(ANNA);
        a.hang_up();
        a.event("CALL_CLOSED");
        b.event("CALL_CLOSED");
    }

    let bernds = api.sign_in_as(&ringwerk.api(), &bernd);
    for (who, list) in [("Anna", api.list("/v1/calls")), ("Bernd", bernds.list("/v1/calls"))] {
        assert_eq!(list.len(), 5, "{who} has {list:#?}");
        assert!(
            list.iter().all(|call| call["outcome"] == "answered" || call["outcome"]["type"] == "answered"),
            "{who} has {list:#?}"
        );
    }
    ringwerk.stop();
}

/// Opens the account with the one-time link, and signs the administrator in.
fn set_up(stranger: &Api, token: &str) -> (Api, Vec<Value>) {
    let wishes = json!({
        "token": token,
        "company": "Lindner Feinmechanik GmbH",
        "location": { "name": "Zentrale", "street": "Musterstraße", "number": "1", "postcode": "10115", "city": "Berlin", "country": "DE" },
        "administrator": { "firstName": "Anna", "lastName": "Weber", "email": "anna@example.com", "password": "vier gelbe Störche tanzen" },
        "language": "de",
    });
    stranger.post("/v1/setup", &wishes);
    assert!(
        matches!(stranger.status("POST", "/v1/setup", Some(&wishes)), 400..=499),
        "the link opens one account only"
    );
    let api = stranger.sign_in("anna@example.com", "vier gelbe Störche tanzen");
    let mut users = api.list("/v1/users");
    assert_eq!(users.len(), 2, "a new account has two users: {users:#?}");
    let me = id(&api.get("/v1/me")["user"]);
    users.sort_by_key(|user| id(user) != me);
    (api, users)
}

fn id(object: &Value) -> String {
    object["id"].as_str().unwrap_or_else(|| panic!("no id in {object}")).to_owned()
}

trait SignInAs {
    /// Sets a password for another user and signs in as them.
    fn sign_in_as(&self, stranger: &Api, user: &str) -> Api;
}

impl SignInAs for Api {
    fn sign_in_as(&self, stranger: &Api, user: &str) -> Api {
        let password = "drei rote Lampen blinken";
        self.put(&format!("/v1/users/{user}/password"), &json!({ "password": password, "mustChange": false }));
        let email = self.get(&format!("/v1/users/{user}"))["email"].as_str().expect("an address").to_owned();
        stranger.sign_in(&email, password)
    }
}
