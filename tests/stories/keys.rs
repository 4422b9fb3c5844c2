//! Keys pressed during a call reach the other phone, between the words (RFC 4733) and beside them (INFO).

use std::net::UdpSocket;
use std::sync::atomic::AtomicBool;

use stories::baresip::{Baresip, Setup};
use stories::company::Company;
use stories::house::House;
use stories::keys;
use stories::phone::{Dialog, Phone};
use stories::ringwerk::Ringwerk;
use stories::sip::Sip;

fn open(house: House) -> (Ringwerk, Company) {
    let mut ringwerk = Ringwerk::new(house);
    let company = ringwerk.demo(3);
    ringwerk.start();
    (ringwerk, company)
}

fn registered(ringwerk: &Ringwerk, company: &Company, index: u8) -> Phone {
    let mut phone = Phone::udp(ringwerk.house().phone(index), ringwerk.sip(), company.phone(usize::from(index)));
    assert_eq!(phone.register(300).status(), 200);
    phone
}

/// Answers a call with telephone events in the answer.
fn answer(phone: &mut Phone, invite: &Sip) -> Dialog {
    assert!(invite.body.contains("telephone-event/8000"), "{invite:?}");
    let sdp = keys::with_events(&phone.sdp());
    phone.reply(invite, "200 OK", "", &sdp);
    phone.expect("ACK");
    phone.dialog(invite)
}

fn say(socket: &UdpSocket, towards: &Sip, packets: &[Vec<u8>]) {
    let relay = towards.media().expect("the relay's address");
    for packet in packets {
        socket.send_to(packet, relay).expect("a bound socket");
    }
}

#[test]
fn keys_between_the_words_arrive_as_they_were_sent() {
    let (ringwerk, company) = open(House(83));
    let going = AtomicBool::new(true);
    let (mut caller, mut called) = (registered(&ringwerk, &company, 0), registered(&ringwerk, &company, 1));
    let offer = keys::with_events(&caller.sdp());
    let (up, other) = std::thread::scope(|scope| {
        let answering = scope.spawn(|| {
            let invite = called.expect("INVITE");
            answer(&mut called, &invite)
        });
        let up = caller.invite(company.extension(1), &offer, "", &going).unwrap().unwrap();
        (up, answering.join().unwrap())
    });
    assert!(up.message.body.contains("telephone-event/8000"), "{:?}", up.message);
    let mut first = 100;
    for key in "0123456789*#ABCD".chars() {
        let packets = keys::press(key, first, u32::from(first) * 160);
        first += 8;
        say(&caller.media, &up.message, &packets);
        assert_eq!(keys::heard(&called.media, packets.len()), packets, "{key} of the caller");
        say(&called.media, &other.message, &packets);
        assert_eq!(keys::heard(&caller.media, packets.len()), packets, "{key} of the called");
    }
}

#[test]
fn keys_of_a_real_phone_arrive() {
    let (ringwerk, company) = open(House(84));
    let mut caller = Baresip::start(ringwerk.beside(), "phone0", &company.phone(0), &Setup::new(ringwerk.sip(), 440.0));
    caller.registered();
    let mut called = registered(&ringwerk, &company, 1);
    caller.dial(company.extension(1));
    let invite = called.expect("INVITE");
    let mut dialog = answer(&mut called, &invite);
    caller.event("CALL_ESTABLISHED");
    for pressed in ['1', '#', '7'] {
        caller.press(pressed);
        let (mut down, mut up) = (0, 0);
        // That it came up is said three times.
        while up < 3 {
            let packet = keys::heard(&called.media, 1).remove(0);
            let (key, is_up) = keys::key(&packet).expect("a key");
            assert_eq!(key, pressed);
            *(if is_up { &mut up } else { &mut down }) += 1;
        }
        assert!(down > 0, "{pressed} came up without going down");
    }
    assert_eq!(called.hang_up(&mut dialog).status(), 200);
    caller.event("CALL_CLOSED");
}

#[test]
fn keys_beside_the_words_go_both_ways() {
    let (ringwerk, company) = open(House(85));
    let going = AtomicBool::new(true);
    let (mut caller, mut called) = (registered(&ringwerk, &company, 0), registered(&ringwerk, &company, 1));
    let (mut up, mut other) = std::thread::scope(|scope| {
        let answering = scope.spawn(|| {
            let invite = called.expect("INVITE");
            called.answer(&invite)
        });
        (caller.call(company.extension(1)).unwrap(), answering.join().unwrap())
    });
    let presses = |from: &mut Phone, dialog: &mut Dialog, to: &mut Phone, kind: &str, body: &str, status: &str| {
        std::thread::scope(|scope| {
            let hearing = scope.spawn(|| {
                let info = to.expect("INFO");
                to.reply(&info, status, "", "");
                info
            });
            let extra = format!("Content-Type: {kind}\r\n");
            let response = from.request(dialog, "INFO", &extra, body, &going).expect("an answer");
            let heard = hearing.join().unwrap();
            assert_eq!((heard.header("Content-Type"), heard.body.as_str()), (kind, body));
            response.status()
        })
    };
    let (relay, key) = ("application/dtmf-relay", "Signal=#\r\nDuration=160\r\n");
    assert_eq!(presses(&mut caller, &mut up, &mut called, relay, key, "200 OK"), 200);
    assert_eq!(presses(&mut called, &mut other, &mut caller, relay, key, "200 OK"), 200);
    assert_eq!(presses(&mut called, &mut other, &mut caller, "application/dtmf", "5", "200 OK"), 200);
    // A phone that does not know them says so itself.
    assert_eq!(presses(&mut caller, &mut up, &mut called, relay, key, "415 Unsupported Media Type"), 415);
}
