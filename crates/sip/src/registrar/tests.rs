//! What REGISTERs do to the bindings of one phone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::agent::{Path, Transport};
use crate::message::{Request, ResponseBuilder, Uri};

const START: Timestamp = Timestamp(1_790_000_000_000);

fn after(seconds: u64) -> Timestamp {
    START.after(Duration::from_secs(seconds))
}

fn udp() -> Path {
    Path::udp("192.0.2.10:5060".parse().unwrap(), "192.0.2.1:5070".parse().unwrap())
}

fn register_from(via: &str, call: &str, sequence: u32, lines: &str) -> Request {
    let mut text = format!(
        "REGISTER sip:example.com SIP/2.0\r\nVia: {via}\r\nFrom: <sip:1234567e0@example.com>;tag=1\r\n\
         To: <sip:1234567e0@example.com>\r\nCall-ID: {call}\r\nCSeq: {sequence} REGISTER\r\nUser-Agent: Phone/1.0\r\n"
    );
    for line in lines.split('\n').filter(|line| !line.is_empty()) {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("Content-Length: 0\r\n\r\n");
    Request::parse(Bytes::from(text)).unwrap()
}

fn register(call: &str, sequence: u32, lines: &str) -> Request {
    register_from("SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa", call, sequence, lines)
}

struct Phone {
    bindings: Bindings,
    sequence: u32,
    gruus: Gruus,
}

impl Phone {
    fn new() -> Self {
        Self { bindings: Bindings::default(), sequence: 0, gruus: Gruus::new([3; 32]) }
    }

    fn send(&mut self, lines: &str, now: Timestamp) -> Result<Change, Refused> {
        self.sequence += 1;
        let request = register("call", self.sequence, lines);
        self.bindings.register(&request, udp(), now, &Policy::default())
    }

    fn uris(&self, now: Timestamp) -> Vec<&str> {
        self.bindings.active(now).map(|binding| binding.uri().as_str()).collect()
    }

    /// The Contact, Path and Require headers of the 200 to a REGISTER like the last one.
    fn answer(&self, lines: &str, now: Timestamp) -> Vec<String> {
        let request = register("call", self.sequence, lines);
        let address: Uri = "sip:1234567e0@example.com".parse().unwrap();
        let mut response = ResponseBuilder::new(&request, 200, Some("t"));
        let gruus = Some((&self.gruus, 12_345_670));
        Registration { request: &request, bindings: &self.bindings, address: &address, gruus, now }
            .write(&mut response);
        let text = String::from_utf8(response.finish().to_vec()).unwrap();
        let wanted = |line: &&str| ["Contact:", "Path:", "Require:"].iter().any(|name| line.starts_with(name));
        text.split("\r\n").filter(wanted).map(str::to_owned).collect()
    }
}

const CHANGED: Result<Change, Refused> = Ok(Change::Changed { gone: false });
const GONE: Result<Change, Refused> = Ok(Change::Changed { gone: true });

#[test]
fn a_contact_is_bound_listed_refreshed_and_removed() {
    let mut phone = Phone::new();
    let contact = "Contact: <sip:1234567e0@192.0.2.1:5070;transport=udp>;q=0.5;expires=300;odd=\"a;b\"";
    assert_eq!(phone.send(contact, START), CHANGED);
    let expected = "Contact: <sip:1234567e0@192.0.2.1:5070;transport=udp>;q=0.5;odd=\"a;b\";expires=";
    assert_eq!(phone.answer(contact, START), [format!("{expected}300")]);
    assert_eq!(phone.send("", after(100)), Ok(Change::None));
    assert_eq!(phone.answer("", after(100)), [format!("{expected}200")]);
    assert_eq!(phone.send(contact, after(200)), CHANGED);
    assert_eq!(phone.answer("", after(200)), [format!("{expected}300")]);
    let binding = phone.bindings.active(after(200)).next().unwrap().clone();
    assert_eq!((binding.since(), binding.registered(), binding.q()), (START, after(200), 500));
    assert_eq!(binding.user_agent(), "Phone/1.0");
    assert_eq!(phone.send(&contact.replace("300", "0"), after(210)), GONE);
    assert!(phone.answer("", after(210)).is_empty());
}

#[test]
fn the_lifetime_comes_from_the_contact_then_the_header_then_the_policy() {
    let granted = |lines: &str| {
        let mut phone = Phone::new();
        let result = phone.send(lines, START);
        result.map(|_| phone.bindings.last_expiry().map(|end| end.saturating_since(START).as_secs()))
    };
    assert_eq!(granted("Contact: <sip:a@192.0.2.1>;expires=120\nExpires: 600"), Ok(Some(120)));
    assert_eq!(granted("Contact: <sip:a@192.0.2.1>\nExpires: 600"), Ok(Some(600)));
    assert_eq!(granted("Contact: <sip:a@192.0.2.1>"), Ok(Some(3600)));
    assert_eq!(granted("Contact: <sip:a@192.0.2.1>\nExpires: soon"), Ok(Some(3600)));
    assert_eq!(granted("Contact: <sip:a@192.0.2.1>\nExpires: 99999999999"), Ok(Some(7200)));
    assert_eq!(granted("Contact: <sip:a@192.0.2.1>\nExpires: 59"), Err(Refused::TooBrief { shortest: 60 }));
    assert_eq!(granted("Contact: <sip:a@192.0.2.1>\nExpires: 0"), Ok(None));
}

#[test]
fn a_request_is_done_wholly_or_not_at_all() {
    let mut phone = Phone::new();
    phone.send("Contact: <sip:a@192.0.2.1>", START).unwrap();
    let before = phone.bindings.clone();
    for (lines, refused) in [
        ("Contact: <sip:b@192.0.2.1>, <sip:c@192.0.2.1>;expires=5", Refused::TooBrief { shortest: 60 }),
        ("Contact: <sip:b@192.0.2.1>, <name:John_Smith>", Refused::Malformed("the Contact is not a SIP address")),
        ("Contact: *\nExpires: 60", Refused::Malformed("a Contact of * must stand alone, with Expires: 0")),
        ("Contact: *", Refused::Malformed("a Contact of * must stand alone, with Expires: 0")),
        (
            "Contact: *, <sip:b@192.0.2.1>\nExpires: 0",
            Refused::Malformed("a Contact of * must stand alone, with Expires: 0"),
        ),
        ("Contact: <sip:b@192.0.2.1>\nPath: <tel:1>", Refused::Malformed("a route is not a SIP address")),
    ] {
        assert_eq!(phone.send(lines, after(1)), Err(refused), "{lines}");
        assert_eq!(phone.bindings, before);
    }
    assert_eq!(phone.send("Contact: *\nExpires: 0", after(1)), GONE);
}

#[test]
fn a_late_request_of_the_same_call_changes_nothing() {
    let mut phone = Phone::new();
    phone.sequence = 10;
    phone.send("Contact: <sip:a@192.0.2.1>", START).unwrap();
    for late in ["Contact: <sip:a@192.0.2.1>;expires=0", "Contact: *\nExpires: 0"] {
        phone.sequence = 10;
        assert_eq!(phone.send(late, after(1)), Err(Refused::OutOfOrder), "{late}");
    }
    // Another contact of the same call, and the same contact of a phone that started anew, are no matter of order.
    phone.sequence = 4;
    assert_eq!(phone.send("Contact: <sip:b@192.0.2.1>", after(1)), CHANGED);
    let anew = register("another-call", 1, "Contact: <sip:a@192.0.2.1>");
    assert_eq!(phone.bindings.register(&anew, udp(), after(2), &Policy::default()), CHANGED);
    assert_eq!(phone.bindings.len(), 2);
}

#[test]
fn several_phones_share_an_address_up_to_the_limit() {
    let mut phone = Phone::new();
    for number in 0..12 {
        let lines = format!("Contact: <sip:a@192.0.2.1:{}>;expires={}", 6000 + number, 600 + number);
        assert_eq!(phone.send(&lines, START), CHANGED);
    }
    assert_eq!(phone.bindings.len(), 10);
    assert_eq!(phone.uris(START)[0], "sip:a@192.0.2.1:6002");
    let eleven = (0..11).map(|number| format!("Contact: <sip:b@192.0.2.1:{}>\n", 7000 + number)).collect::<String>();
    assert!(matches!(phone.send(&eleven, START), Err(Refused::Malformed(_))));
}

#[test]
fn contacts_are_the_same_when_they_mean_the_same() {
    let mut phone = Phone::new();
    phone.send("Contact: <sip:%61@EXAMPLE.com>", START).unwrap();
    phone.send("Contact: <sip:a@example.com>", START).unwrap();
    assert_eq!(phone.uris(START), ["sip:a@example.com"]);
    // RFC 4475 section 3.1.1.4: these three are three users.
    phone.send("Contact: <sip:%00@example.com>, <sip:%00%00@example.com>", START).unwrap();
    assert_eq!(phone.bindings.len(), 3);
}

#[test]
fn an_instance_that_comes_back_from_another_port_is_in_one_place() {
    let instance = "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>\"";
    let mut phone = Phone::new();
    phone.send(&format!("Contact: <sip:a@192.0.2.1:6000>;{instance}"), START).unwrap();
    phone.send(&format!("Contact: <sip:a@192.0.2.1:6001>;{instance}"), after(5)).unwrap();
    assert_eq!(phone.uris(after(5)), ["sip:a@192.0.2.1:6001"]);
    // Two contacts in one request are meant to be two.
    phone
        .send(&format!("Contact: <sip:a@192.0.2.1:6002>;{instance}, <sip:a@192.0.2.1:6003>;{instance}"), after(6))
        .unwrap();
    assert_eq!(phone.bindings.len(), 2);
}

#[test]
fn flows_of_one_instance_are_alternatives() {
    let flow = |id: u32, port: u16| {
        format!("Supported: outbound\nContact: <sip:a@192.0.2.1:{port}>;reg-id={id};+sip.instance=\"<urn:uuid:1>\"")
    };
    let mut phone = Phone::new();
    phone.send(&flow(1, 6000), START).unwrap();
    assert_eq!(phone.answer(&flow(1, 6000), START).last().unwrap(), "Require: outbound");
    phone.send(&flow(2, 6001), after(1)).unwrap();
    phone.send(&flow(1, 6002), after(2)).unwrap();
    assert_eq!(phone.uris(after(2)), ["sip:a@192.0.2.1:6001", "sip:a@192.0.2.1:6002"]);
    let targets = phone.bindings.targets(after(2));
    assert_eq!(targets.iter().map(|target| target.uri().as_str()).collect::<Vec<_>>(), ["sip:a@192.0.2.1:6002"]);
    let other = phone.bindings.alternatives(targets[0], after(2));
    assert_eq!(other.iter().map(|target| target.reg_id()).collect::<Vec<_>>(), [Some(2)]);
    let two = format!("{}, <sip:a@192.0.2.1:1>;reg-id=4;+sip.instance=\"<urn:uuid:1>\"", flow(3, 6003));
    assert!(matches!(phone.send(&two, after(3)), Err(Refused::Malformed(_))));
}

#[test]
fn outbound_needs_a_first_hop_that_knows_it() {
    let via = "SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKb, SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa";
    let lines = "Supported: outbound, path\nContact: <sip:a@192.0.2.1>;reg-id=1;+sip.instance=\"<urn:uuid:1>\"";
    let mut bindings = Bindings::default();
    let mut register =
        |lines: &str| bindings.register(&register_from(via, "x", 1, lines), udp(), START, &Policy::default());
    assert_eq!(register(lines), Err(Refused::FirstHopLacksOutbound));
    assert_eq!(register(&format!("{lines}\nPath: <sip:edge.example.com;lr>")), Err(Refused::FirstHopLacksOutbound));
    assert_eq!(register(&format!("{lines}\nPath: <sip:p.example.com;lr>, <sip:edge.example.com;lr;ob>")), CHANGED);
    assert_eq!(bindings.targets(START)[0].routes().as_slice().len(), 2);
}

#[test]
fn requests_go_to_the_contact_only_if_it_is_where_the_phone_is() {
    let target = |via: &str, contact: &str| {
        let mut bindings = Bindings::default();
        let request =
            register_from(&format!("SIP/2.0/UDP {via};branch=z9hG4bKa"), "x", 1, &format!("Contact: <{contact}>"));
        bindings.register(&request, udp(), START, &Policy::default()).unwrap();
        bindings.targets(START)[0].path().remote.to_string()
    };
    assert_eq!(target("192.0.2.1:5070", "sip:a@192.0.2.1:6000"), "192.0.2.1:6000");
    assert_eq!(target("192.0.2.1:5070", "sip:a@192.0.2.1"), "192.0.2.1:5060");
    assert_eq!(target("192.0.2.1:5070", "sip:a@198.51.100.7:6000"), "192.0.2.1:5070");
    assert_eq!(target("10.0.0.5:5060", "sip:a@10.0.0.5:5060"), "192.0.2.1:5070");
    assert_eq!(target("192.0.2.1:5060", "sip:a@192.0.2.1:5060"), "192.0.2.1:5070");
    assert_eq!(target("192.0.2.1:5070", "sip:a@phone.invalid"), "192.0.2.1:5070");
    let path = Path { transport: Transport::Tcp, connection: 9, ..udp() };
    let mut bindings = Bindings::default();
    let request = register("x", 1, "Contact: <sip:a@192.0.2.1:6000;transport=tcp>");
    bindings.register(&request, path, START, &Policy::default()).unwrap();
    assert_eq!(bindings.targets(START)[0].path(), path);
    assert!(!bindings.forget_connection(8));
    assert!(bindings.forget_connection(9) && bindings.is_empty());
}

#[test]
fn preferred_contacts_come_first_and_those_that_ran_out_do_not_come() {
    let mut phone = Phone::new();
    phone
        .send(
            "Contact: <sip:low@192.0.2.1>;q=0.1, <sip:brief@192.0.2.1>;q=0.9;expires=60, <sip:high@192.0.2.1>;q=0.8",
            START,
        )
        .unwrap();
    let users = |phone: &Phone, now| {
        phone.bindings.targets(now).iter().map(|target| target.uri().user().unwrap().into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(users(&phone, START), ["brief", "high", "low"]);
    assert_eq!(users(&phone, after(60)), ["high", "low"]);
    assert_eq!(phone.bindings.next_expiry(), Some(after(60)));
    assert!(phone.bindings.expire(after(60)) && !phone.bindings.expire(after(60)));
    assert_eq!(phone.bindings.len(), 2);
}

#[test]
fn gruus_are_given_to_who_wants_them_and_lead_back() {
    let mut phone = Phone::new();
    let lines = "Supported: gruu\nContact: <sip:a@192.0.2.1:6000>;+sip.instance=\"<urn:uuid:f81d4fae>\"";
    phone.send(lines, START).unwrap();
    let contact = phone.answer(lines, START).remove(0);
    let quoted =
        |name: &str| contact.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(quoted("pub-gruu"), "sip:1234567e0@example.com;gr=urn:uuid:f81d4fae");
    let public: Uri = quoted("pub-gruu").parse().unwrap();
    assert!(phone.bindings.of_public_gruu(&public, START).is_some());
    let temporary: Uri = quoted("temp-gruu").parse().unwrap();
    assert!(!temporary.as_str().contains("1234567"));
    let opened = phone.gruus.open(&temporary).unwrap();
    assert_eq!(opened.phone, 12_345_670);
    assert!(phone.bindings.of_temporary_gruu(&opened, after(10)).is_some());
    phone.send(lines, after(100)).unwrap();
    assert!(phone.bindings.of_temporary_gruu(&opened, after(110)).is_some(), "a refresh keeps earlier ones");
    let anew = register("another-call", 1, lines);
    phone.bindings.register(&anew, udp(), after(200), &Policy::default()).unwrap();
    assert!(phone.bindings.of_temporary_gruu(&opened, after(200)).is_none(), "a new Call-ID ends them");
    assert_eq!(Gruus::new([4; 32]).open(&temporary), None);
    let plain = lines.replace("Supported: gruu\n", "");
    assert!(!phone.answer(&plain, after(200)).remove(0).contains("gruu"));
}

#[test]
fn bindings_survive_a_restart() {
    let mut phone = Phone::new();
    let lines = "Supported: outbound\nPath: <sip:edge.example.com;lr;ob>\n\
                 Contact: <sip:a@192.0.2.1:6000>;q=0.3;reg-id=1;+sip.instance=\"<urn:uuid:1>\";odd";
    phone.send(lines, START).unwrap();
    phone.send("Contact: <sip:b@192.0.2.1>", START).unwrap();
    let stored = serde_json::to_string(&phone.bindings).unwrap();
    let restored: Bindings = serde_json::from_str(&stored).unwrap();
    assert_eq!(restored, phone.bindings);
    assert_eq!((restored.0.capacity(), phone.bindings.0.capacity()), (2, 2));
}

#[test]
fn a_binding_is_small_enough_for_a_hundred_thousand() {
    assert!(size_of::<Binding>() <= 400, "{} bytes", size_of::<Binding>());
}
