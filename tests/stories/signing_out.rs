//! Who leaves loses the phone at once; who is blocked can still reach emergency services, and nothing else.

use stories::house::House;
use stories::phone::Phone;
use stories::ringwerk::Ringwerk;
use stories::wait;

#[test]
fn a_deleted_user_is_signed_out_everywhere() {
    let mut ringwerk = Ringwerk::new(House(30));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let house = ringwerk.house();
    let admin = company.administrator(&ringwerk.api());
    let web = company.user(&ringwerk.api(), 1);
    let mut stays = Phone::udp(house.phone(0), ringwerk.sip(), company.phone(0));
    let mut leaves = Phone::udp(house.phone(1), ringwerk.sip(), company.phone(1));
    assert_eq!(stays.register(300).status(), 200);
    assert_eq!(leaves.register(300).status(), 200);

    admin.delete(&format!("/v1/users/{}", company.id(1)));
    wait::until("the phone to be refused", || matches!(leaves.register(300).status(), 401 | 403).then_some(()));
    assert_eq!(stays.call(company.extension(1)).unwrap_err().status(), 404);
    assert_eq!(web.status("GET", "/v1/me", None), 401);
    // The number is free again, and the other phone was not disturbed.
    assert_eq!(stays.register(300).status(), 200);
}

#[test]
fn a_renewed_password_signs_the_old_phone_out() {
    let mut ringwerk = Ringwerk::new(House(31));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let admin = company.administrator(&ringwerk.api());
    let mut phone = Phone::udp(ringwerk.house().phone(0), ringwerk.sip(), company.phone(1));
    assert_eq!(phone.register(300).status(), 200);
    let device = company.voip_phone(&admin, 1);
    let device = device["id"].as_str().unwrap();
    let renewed = admin.post(&format!("/v1/devices/{device}/credentials"), &serde_json::json!({}));
    assert_eq!(phone.register(300).status(), 401, "the old password is worthless");
    let password =
        renewed["password"].as_str().or_else(|| renewed["credentials"]["password"].as_str()).expect("a password, once");
    phone.credentials.password = password.to_owned();
    assert_eq!(phone.register(300).status(), 200);
    assert_ne!(password, company.phone(1).password);
}

#[test]
fn the_last_administrator_stays() {
    let mut ringwerk = Ringwerk::new(House(32));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let admin = company.administrator(&ringwerk.api());
    assert_eq!(admin.status("DELETE", &format!("/v1/users/{}", company.id(0)), None), 409);
    assert_eq!(admin.status("POST", &format!("/v1/users/{}/block", company.id(0)), None), 409);
}
