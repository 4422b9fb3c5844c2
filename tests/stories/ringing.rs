//! Several phones ring, one answers.

use serde_json::json;
use stories::baresip::{Baresip, Setup};
use stories::company::Credentials;
use stories::house::House;
use stories::phone::Phone;
use stories::ringwerk::Ringwerk;
use stories::wait;

#[test]
fn both_phones_of_a_user_ring_and_the_other_one_stops() {
    let mut ringwerk = Ringwerk::new(House(20));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let admin = company.administrator(&ringwerk.api());
    let second = admin
        .post(&format!("/v1/users/{}/devices", company.id(1)), &json!({ "kind": "voip", "label": "Second phone" }));
    let start = |name: &str, credentials: &Credentials, tone: f64| {
        let phone = Baresip::start(ringwerk.beside(), name, credentials, &Setup::new(ringwerk.sip(), tone));
        phone.registered();
        phone
    };
    let mut caller = start("caller", &company.phone(0), 440.0);
    let mut desk = start("desk", &company.phone(1), 620.0);
    let mut mobile = start("mobile", &Credentials::of_device(&second), 850.0);
    caller.dial(company.extension(1));
    desk.event("CALL_INCOMING");
    mobile.event("CALL_INCOMING");
    mobile.answer();
    caller.event("CALL_ESTABLISHED");
    desk.event("CALL_CLOSED");
    assert!(!desk.has_seen("CALL_ESTABLISHED"));
    // The phone that lost knows that the call is not missed (RFC 3326).
    let cancelled = desk.log();
    assert!(cancelled.contains("Call completed elsewhere"), "{cancelled}");
    caller.hears(850.0);
    mobile.hears(440.0);
    mobile.hang_up();
    caller.event("CALL_CLOSED");
    // The side that did not hang up may know before the record is there.
    let list = wait::until("the call to be listed", || Some(admin.list("/v1/calls")).filter(|list| !list.is_empty()));
    assert_eq!(list.len(), 1, "one call, however many phones rang: {list:#?}");
}

#[test]
fn a_group_rings_all_its_members_but_not_the_caller() {
    let mut ringwerk = Ringwerk::new(House(21));
    let company = ringwerk.demo(4);
    ringwerk.start();
    let house = ringwerk.house();
    let admin = company.administrator(&ringwerk.api());
    let group = admin.post("/v1/groups", &json!({ "name": "Empfang", "seconds": 20 }));
    let group = group["id"].as_str().unwrap().to_owned();
    for index in 0..3 {
        admin.put(&format!("/v1/groups/{group}/members/{}", company.id(index)), &json!({}));
    }
    admin.post("/v1/extensions", &json!({ "number": "7000", "owner": { "type": "group", "id": group } }));
    let mut phones: Vec<Phone> = (0..3u8)
        .map(|index| {
            let mut phone = Phone::udp(house.phone(index), ringwerk.sip(), company.phone(usize::from(index)));
            assert_eq!(phone.register(300).status(), 200);
            phone
        })
        .collect();
    let (caller, members) = phones.split_first_mut().unwrap();
    let (first, second) = members.split_first_mut().unwrap();
    let second = &mut second[0];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let invite = first.expect("INVITE");
            first.reply(&invite, "180 Ringing", "", "");
            let cancel = first.expect("CANCEL");
            assert!(cancel.header("Reason").contains("200"), "{cancel:?}");
            first.reply(&cancel, "200 OK", "", "");
            first.reply(&invite, "487 Request Terminated", "", "");
        });
        scope.spawn(|| {
            let invite = second.expect("INVITE");
            second.reply(&invite, "180 Ringing", "", "");
            second.answer(&invite);
            let bye = second.expect("BYE");
            second.reply(&bye, "200 OK", "", "");
        });
        let mut dialog = caller.call("7000").unwrap();
        assert_eq!(caller.hang_up(&mut dialog).status(), 200);
    });
}

#[test]
fn phones_over_tcp_and_tls_call_phones_over_udp() {
    let house = House(22);
    let mut ringwerk = Ringwerk::new(house).with("--sip-tls").with(&format!("{}:0", house.server()));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let tls = ringwerk.state().and_then(|state| state["sipTls"][0].as_str()?.parse().ok()).expect("TLS listens");
    let udp = Setup::new(ringwerk.sip(), 440.0);
    let tcp = Setup { transport: "tcp", ..Setup::new(ringwerk.sip(), 620.0) };
    let tls = Setup { transport: "tls", ..Setup::new(tls, 850.0) };
    let mut phones: Vec<Baresip> = [udp, tcp, tls]
        .iter()
        .enumerate()
        .map(|(index, setup)| {
            let phone = Baresip::start(ringwerk.beside(), setup.transport, &company.phone(index), setup);
            phone.registered();
            phone
        })
        .collect();
    for (from, to) in [(0, 1), (1, 2), (2, 0)] {
        phones[from].dial(company.extension(to));
        phones[to].event("CALL_INCOMING");
        phones[to].answer();
        phones[from].event("CALL_ESTABLISHED");
        let tones = [440.0, 620.0, 850.0];
        phones[from].hears(tones[to]);
        phones[to].hears(tones[from]);
        phones[from].hang_up();
        phones[to].event("CALL_CLOSED");
        phones[from].event("CALL_CLOSED");
    }
}
