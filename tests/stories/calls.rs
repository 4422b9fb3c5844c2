//! One call each: hold, hang-up from either side, busy, decline, no answer, a phone behind another address.

use std::net::IpAddr;

use serde_json::Value;
use stories::api::Api;
use stories::baresip::{Baresip, Setup};
use stories::company::Company;
use stories::house::House;
use stories::phone::Phone;
use stories::ringwerk::Ringwerk;
use stories::voice::Voice;
use stories::wait;

/// A running company of three, and the tone of each one's voice.
struct Scene {
    ringwerk: Ringwerk,
    company: Company,
}

const TONES: [f64; 3] = [440.0, 620.0, 850.0];

impl Scene {
    fn open(house: House) -> Self {
        let mut ringwerk = Ringwerk::new(house);
        let company = ringwerk.demo(3);
        ringwerk.start();
        Self { ringwerk, company }
    }

    /// The phone of the `index`-th user, registered.
    fn phone(&self, index: usize) -> Baresip {
        self.phone_with(index, &Setup::new(self.ringwerk.sip(), TONES[index]))
    }

    fn phone_with(&self, index: usize, setup: &Setup) -> Baresip {
        let phone = Baresip::start(self.ringwerk.beside(), &format!("phone{index}"), &self.company.phone(index), setup);
        phone.registered();
        phone
    }

    fn bare_phone(&self, index: usize) -> Phone {
        let ip = self.ringwerk.house().phone(u8::try_from(index).unwrap());
        let mut phone = Phone::udp(ip, self.ringwerk.sip(), self.company.phone(index));
        assert_eq!(phone.register(300).status(), 200);
        phone
    }

    fn user(&self, index: usize) -> Api {
        self.company.user(&self.ringwerk.api(), index)
    }

    /// The only call in this user's list, once it is there.
    fn only_call(&self, index: usize) -> Value {
        let api = self.user(index);
        let list = wait::until("the call to be listed", || Some(api.list("/v1/calls")).filter(|list| !list.is_empty()));
        assert_eq!(list.len(), 1, "{list:#?}");
        api.get(&format!("/v1/calls/{}", list[0]["id"].as_str().unwrap()))
    }
}

#[test]
fn a_held_call_is_silent_and_comes_back() {
    let scene = Scene::open(House(10));
    let (mut a, mut b) = (scene.phone(0), scene.bare_phone(1));
    let voice = Voice::start(&b.media, TONES[1]);
    a.dial(scene.company.extension(1));
    let invite = b.expect("INVITE");
    voice.speak_to(invite.media());
    let mut dialog = b.answer(&invite);
    a.event("CALL_ESTABLISHED");
    a.hears(TONES[1]);
    voice.hears(TONES[0]);

    a.hold();
    let hold = b.expect("INVITE");
    assert!(hold.body.contains("a=sendonly"), "{hold:?}");
    let held = b.sdp().replace("a=sendrecv", "a=recvonly");
    voice.speak_to(None);
    b.reply(&hold, "200 OK", "", &held);
    b.expect("ACK");
    wait::until("the phone that holds to hear nothing", || (a.receives() == 0).then_some(()));

    a.resume();
    let back = b.expect("INVITE");
    assert!(!back.body.contains("a=sendonly"), "{back:?}");
    let sdp = b.sdp();
    b.reply(&back, "200 OK", "", &sdp);
    b.expect("ACK");
    voice.speak_to(back.media());
    voice.hears(TONES[0]);
    wait::until("the phone that held to hear again", || (a.receives() > 30_000).then_some(()));

    assert_eq!(b.hang_up(&mut dialog).status(), 200);
    a.event("CALL_CLOSED");
    let call = scene.only_call(0);
    assert_outcome(&call, "answered");
}

#[test]
fn either_side_hangs_up_and_the_record_says_who() {
    let scene = Scene::open(House(11));
    let (mut a, mut b) = (scene.bare_phone(0), scene.bare_phone(1));
    for caller_ends in [true, false] {
        let (caller, called) = std::thread::scope(|scope| {
            let answering = scope.spawn(|| {
                let invite = b.expect("INVITE");
                b.reply(&invite, "180 Ringing", "", "");
                b.answer(&invite)
            });
            let caller = a.call(scene.company.extension(1)).unwrap();
            (caller, answering.join().unwrap())
        });
        let (mut caller, mut called) = (caller, called);
        if caller_ends {
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let bye = b.expect("BYE");
                    b.reply(&bye, "200 OK", "", "");
                });
                assert_eq!(a.hang_up(&mut caller).status(), 200);
            });
        } else {
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let bye = a.expect("BYE");
                    a.reply(&bye, "200 OK", "", "");
                });
                assert_eq!(b.hang_up(&mut called).status(), 200);
            });
        }
    }
    let list = scene.user(0).list("/v1/calls");
    assert_eq!(list.len(), 2, "a record is there before the 200 to BYE: {list:#?}");
}

#[test]
fn a_busy_phone_a_declined_call_and_nobody_there() {
    let scene = Scene::open(House(12));
    let (mut a, mut b) = (scene.bare_phone(0), scene.bare_phone(1));
    for (answer, expected, outcome) in
        [("486 Busy Here", 486, "busy"), ("603 Decline", 603, "declined"), ("480 Temporarily Unavailable", 480, "")]
    {
        let refused = std::thread::scope(|scope| {
            scope.spawn(|| {
                let invite = b.expect("INVITE");
                b.reply(&invite, answer, "", "");
                b.expect("ACK");
            });
            a.call(scene.company.extension(1)).unwrap_err()
        });
        assert_eq!(refused.status(), expected, "{answer}: {refused:?}");
        let list = scene.user(0).list("/v1/calls");
        if !outcome.is_empty() {
            assert_outcome(&list[0], outcome);
        }
    }
    // Nobody is registered there, and a number that is nobody's.
    assert_eq!(a.call(scene.company.extension(2)).unwrap_err().status(), 480);
    assert_eq!(a.call("987").unwrap_err().status(), 404);
    assert_eq!(scene.user(0).list("/v1/calls").len(), 5, "every attempt has a record");
}

#[test]
fn nobody_answers_and_the_phone_falls_silent() {
    let scene = Scene::open(House(13));
    let (mut a, mut b) = (scene.bare_phone(0), scene.bare_phone(1));
    let admin = scene.company.administrator(&scene.ringwerk.api());
    let routing = format!("/v1/users/{}/routing", scene.company.id(1));
    let phone = scene.company.voip_phone(&admin, 1);
    admin.put(&routing, &serde_json::json!({ "steps": [{ "devices": [phone["id"]], "seconds": 5 }] }));
    let refused = std::thread::scope(|scope| {
        scope.spawn(|| {
            let invite = b.expect("INVITE");
            b.reply(&invite, "180 Ringing", "", "");
            let cancel = b.expect("CANCEL");
            b.reply(&cancel, "200 OK", "", "");
            b.reply(&invite, "487 Request Terminated", "", "");
            b.expect("ACK");
        });
        a.call(scene.company.extension(1)).unwrap_err()
    });
    assert!(matches!(refused.status(), 408 | 480), "{refused:?}");
    assert_outcome(&scene.only_call(1), "noAnswer");
}

#[test]
fn the_caller_gives_up_before_anybody_answers() {
    let scene = Scene::open(House(14));
    let (mut a, mut b) = (scene.phone(0), scene.phone(1));
    a.dial(scene.company.extension(1));
    b.event("CALL_INCOMING");
    a.event("CALL_RINGING");
    a.hang_up();
    b.event("CALL_CLOSED");
    a.event("CALL_CLOSED");
    assert_outcome(&scene.only_call(1), "cancelled");
}

#[test]
fn a_phone_behind_another_address_than_it_says_is_heard() {
    let scene = Scene::open(House(15));
    let mut a = scene.phone(0);
    // This phone writes an address into its messages that nothing can be sent to, like one behind a router.
    let mut b = scene.bare_phone(1);
    let elsewhere: IpAddr = "192.0.2.77".parse().unwrap();
    a.dial(scene.company.extension(1));
    let invite = b.expect("INVITE");
    let real = b.sdp();
    let media = b.media.local_addr().unwrap();
    let masked = real.replace(&media.ip().to_string(), &elsewhere.to_string());
    assert_ne!(real, masked);
    b.reply(&invite, "200 OK", "", &masked);
    b.expect("ACK");
    a.event("CALL_ESTABLISHED");
    let relay = stories::sip::Sip::parse(&format!("x\r\n\r\n{}", invite.body))
        .media()
        .expect("the relay's address is in the offer");
    let voice = Voice::start(&b.media, TONES[1]);
    voice.speak_to(Some(relay));
    voice.hears(TONES[0]);
    a.hears(TONES[1]);
    assert_eq!(voice.last_source(), Some(relay));
}

fn assert_outcome(call: &Value, expected: &str) {
    let outcome = call["outcome"].as_str().or_else(|| call["outcome"]["type"].as_str());
    assert_eq!(outcome, Some(expected), "{call:#}");
}
