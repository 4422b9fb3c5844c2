//! Phones that talk.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use callflow::Outcome;

use crate::office::Exchange;
use crate::phone::{Phone, media_address, session};
use crate::world::{ANNA, BERND, account, device};

fn ear(ip: &str) -> UdpSocket {
    UdpSocket::bind((ip, 0)).unwrap()
}

/// An RTP packet with a recognisable payload.
fn packet(payload: u8) -> Vec<u8> {
    let mut packet = vec![0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4];
    packet.extend([payload; 160]);
    packet
}

/// Speaks until it is heard, as a phone does.
fn speak(from: &UdpSocket, to: SocketAddr, heard_by: &UdpSocket, payload: u8) {
    heard_by.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let mut buffer = [0; 2000];
    for _ in 0..100 {
        from.send_to(&packet(payload), to).unwrap();
        if let Ok(length) = heard_by.recv(&mut buffer) {
            assert_eq!((length, buffer[100]), (172, payload));
            return;
        }
    }
    panic!("nothing was heard");
}

fn talk(anna: &mut Phone, bernd: &mut Phone, anna_ip: &str, bernd_ip: &str) -> (String, String) {
    let (mouth_a, mouth_b) = (ear(anna_ip), ear(bernd_ip));
    anna.call("45", "call1", &session(mouth_a.local_addr().unwrap()));
    let invite = bernd.request("INVITE");
    bernd.answer(&invite, 180, None);
    bernd.answer(&invite, 200, Some(&session(mouth_b.local_addr().unwrap())));
    let answer = anna.response(200);
    anna.ack(answer.cseq().number, &answer);
    bernd.request("ACK");
    let (for_a, for_b): (SocketAddr, SocketAddr) = (media_address(answer.body()), media_address(invite.body()));
    speak(&mouth_a, for_a, &mouth_b, 7);
    speak(&mouth_b, for_b, &mouth_a, 9);
    let contact = answer.header(sip::message::Name::Contact).unwrap().trim_matches(['<', '>']).to_owned();
    (contact, answer.to().as_str().to_owned())
}

fn hang_up(anna: &mut Phone, bernd: &mut Phone, (target, to): (String, String)) {
    anna.ask("BYE", &target, &to, "call1", "", None);
    let bye = bernd.request("BYE");
    bernd.answer(&bye, 200, None);
    anna.response(200);
}

#[test]
fn two_phones_over_udp_talk_through_the_relay() {
    let exchange = Exchange::start("127.0.74.1:0");
    let mut anna = Phone::udp(ANNA, "127.0.74.2", exchange.udp());
    let mut bernd = Phone::udp(BERND, "127.0.74.3", exchange.udp());
    anna.register();
    bernd.register();
    let presence = exchange.handle.presence(device(BERND)).unwrap();
    assert_eq!((presence.address, presence.transport), (bernd.address, "UDP"));
    let dialog = talk(&mut anna, &mut bernd, "127.0.74.2", "127.0.74.3");
    let [call] = &exchange.handle.calls(account())[..] else { panic!("one call") };
    let ladder = exchange.handle.ladder(call.id).unwrap();
    assert!(ladder.contains("INVITE sip:45@") && !ladder.contains("response=\""), "{ladder}");
    hang_up(&mut anna, &mut bernd, dialog);
    assert!(exchange.handle.calls(account()).is_empty());
    let book = exchange.stop();
    assert_eq!(book.records()[0].outcome, Outcome::Answered);
}

#[test]
fn a_phone_over_tcp_is_called_over_its_connection() {
    let exchange = Exchange::start("127.0.74.4:0");
    let mut anna = Phone::udp(ANNA, "127.0.74.5", exchange.udp());
    let mut bernd = Phone::tcp(BERND, exchange.tcp());
    anna.register();
    bernd.register();
    let ip = bernd.address.ip().to_string();
    let dialog = talk(&mut anna, &mut bernd, "127.0.74.5", &ip);
    hang_up(&mut anna, &mut bernd, dialog);
    exchange.handle.drop_device(device(BERND));
    assert!(exchange.handle.presence(device(BERND)).is_none());
}

#[test]
fn ipv6_and_ipv4_phones_talk() {
    let exchange = Exchange::with("[::1]:0", Default::default(), |settings| {
        settings.sip.push("127.0.74.6:0".parse().unwrap());
    });
    let mut anna = Phone::udp(ANNA, "::1", exchange.handle.addresses().udp[0]);
    let mut bernd = Phone::udp(BERND, "127.0.74.7", exchange.handle.addresses().udp[1]);
    anna.register();
    bernd.register();
    let dialog = talk(&mut anna, &mut bernd, "::1", "127.0.74.7");
    hang_up(&mut anna, &mut bernd, dialog);
}

#[test]
fn a_call_outlives_the_process_that_made_it() {
    let exchange = Exchange::start("127.0.74.8:0");
    let address = exchange.udp();
    let mut anna = Phone::udp(ANNA, "127.0.74.9", address);
    let mut bernd = Phone::udp(BERND, "127.0.74.10", address);
    anna.register();
    bernd.register();
    let dialog = talk(&mut anna, &mut bernd, "127.0.74.9", "127.0.74.10");
    let book = exchange.stop();
    assert_eq!((book.open_calls(), book.records().len()), (1, 0));
    let exchange = Exchange::with(&address.to_string(), book, |_| {});
    assert!(exchange.handle.presence(device(BERND)).is_some());
    hang_up(&mut anna, &mut bernd, dialog);
    let book = exchange.stop();
    assert_eq!((book.open_calls(), book.records().len()), (0, 1));
}

#[test]
fn guessing_passwords_over_a_connection_ends_it() {
    let exchange = Exchange::with("127.0.74.12:0", Default::default(), |settings| settings.limits.failures = 3);
    let mut guesser = Phone::tcp(BERND, exchange.tcp());
    for _ in 0..3 {
        assert_eq!(guesser.guess(), Some(401));
    }
    assert_eq!(guesser.guess(), None);
}

#[test]
fn an_address_that_is_taken_is_told() {
    let exchange = Exchange::start("127.0.74.11:0");
    let taken = exchange.udp();
    let settings = switch::Settings::new("x.example.com", vec![taken]);
    let office = std::sync::Arc::new(crate::world::Office::new());
    let started = switch::start(
        settings,
        office,
        exchange.book.clone(),
        std::sync::Arc::new(switch::ports::Unwatched),
        Default::default(),
        std::sync::Arc::new(crate::office::RealTime::new()),
        std::sync::Arc::new(crate::office::Chance::new()),
    );
    assert_eq!(started.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
    exchange.handle.shutdown(Duration::from_millis(1));
}
