//! People who have no business here: they hear nothing, say nothing, and learn nothing.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use stories::house::House;
use stories::phone::Phone;
use stories::ringwerk::Ringwerk;
use stories::sip::{Sip, Wire, fresh};
use stories::sound;
use stories::voice::Voice;
use stories::wait;

#[test]
fn a_stranger_cannot_speak_into_a_call_or_listen_to_it() {
    let mut ringwerk = Ringwerk::new(House(36));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let house = ringwerk.house();
    let mut a = Phone::udp(house.phone(0), ringwerk.sip(), company.phone(0));
    let mut b = Phone::udp(house.phone(1), ringwerk.sip(), company.phone(1));
    assert_eq!(a.register(300).status(), 200);
    assert_eq!(b.register(300).status(), 200);
    let (caller, called) = std::thread::scope(|scope| {
        let answering = scope.spawn(|| {
            let invite = b.expect("INVITE");
            b.answer(&invite)
        });
        (a.call(company.extension(1)).unwrap(), answering.join().unwrap())
    });
    let (towards_a, towards_b) = (caller.message.media().unwrap(), called.message.media().unwrap());
    let (voice_a, voice_b) = (Voice::start(&a.media, 440.0), Voice::start(&b.media, 620.0));
    voice_a.speak_to(Some(towards_a));
    voice_b.speak_to(Some(towards_b));
    voice_a.hears(620.0);
    voice_b.hears(440.0);

    let stranger = UdpSocket::bind((house.phone(2), 0)).unwrap();
    stranger.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let mut heard = 0;
    for packet in sound::rtp_tone(1000.0, 100) {
        stranger.send_to(&packet, towards_a).unwrap();
        stranger.send_to(&packet, towards_b).unwrap();
        // As long as a word lasts, somebody might answer.
        heard += usize::from(stranger.recv(&mut [0; 2048]).is_ok());
    }
    assert_eq!(heard, 0, "the stranger was sent packets");
    for (voice, tone) in [(&voice_a, 620.0), (&voice_b, 440.0)] {
        voice.hears(tone);
        let recording = voice.recording();
        assert!(recording.share(1000.0) < 0.01, "{} of what was heard is the stranger", recording.share(1000.0));
    }
}

#[test]
fn a_stranger_who_sprays_every_port_from_the_start_gets_nothing_in_and_nothing_out() {
    let mut ringwerk = Ringwerk::new(House(97));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let house = ringwerk.house();
    let mut a = Phone::udp(house.phone(0), ringwerk.sip(), company.phone(0));
    let mut b = Phone::udp(house.phone(1), ringwerk.sip(), company.phone(1));
    assert_eq!(a.register(300).status(), 200);
    assert_eq!(b.register(300).status(), 200);
    let stranger = UdpSocket::bind((house.phone(2), 0)).unwrap();
    stranger.set_nonblocking(true).unwrap();
    let going = AtomicBool::new(true);
    let ports: Vec<SocketAddr> = (20_000..20_040).map(|port| SocketAddr::new(ringwerk.ip(), port)).collect();
    std::thread::scope(|scope| {
        let _ending = Ending(&going);
        let spraying = scope.spawn(|| {
            let (mut heard, mut sprayed) = (0, 0);
            for packet in sound::rtp_tone(1000.0, u16::MAX).iter().cycle() {
                if !going.load(Ordering::Relaxed) {
                    return (heard, sprayed);
                }
                for port in &ports {
                    sprayed += usize::from(stranger.send_to(packet, port).is_ok());
                    heard += usize::from(stranger.recv(&mut [0; 2048]).is_ok());
                }
                wait::speak(Duration::from_millis(2));
            }
            (heard, sprayed)
        });
        for _ in 0..3 {
            let (mut caller, called) = std::thread::scope(|scope| {
                let answering = scope.spawn(|| {
                    let invite = b.expect("INVITE");
                    b.answer(&invite)
                });
                (a.call(company.extension(1)).unwrap(), answering.join().unwrap())
            });
            let (towards_a, towards_b) = (caller.message.media().unwrap(), called.message.media().unwrap());
            assert!(
                ports.contains(&towards_a) && ports.contains(&towards_b),
                "{towards_a} {towards_b} are not sprayed"
            );
            // Nobody speaks yet, which is when an open port would take whoever comes first.
            let (voice_a, voice_b) = (Voice::start(&a.media, 440.0), Voice::start(&b.media, 620.0));
            wait::speak(Duration::from_millis(200));
            for voice in [&voice_a, &voice_b] {
                assert_eq!(voice.recording().milliseconds(), 0, "the stranger is heard");
            }
            voice_a.speak_to(Some(towards_a));
            voice_b.speak_to(Some(towards_b));
            voice_a.hears(620.0);
            voice_b.hears(440.0);
            for voice in [&voice_a, &voice_b] {
                assert!(voice.recording().share(1000.0) < 0.01, "{}", voice.recording().share(1000.0));
            }
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let bye = b.expect("BYE");
                    b.reply(&bye, "200 OK", "", "");
                });
                assert_eq!(a.hang_up(&mut caller).status(), 200);
            });
        }
        going.store(false, Ordering::Relaxed);
        let (heard, sprayed) = spraying.join().unwrap();
        assert!(heard == 0 && sprayed > 1000, "{heard} packets came back for {sprayed}");
    });
}

/// Ends what runs beside a story, also when that fails.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

#[test]
fn a_stranger_cannot_tell_who_has_a_phone_here() {
    let mut ringwerk = Ringwerk::new(House(37));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let mut wire = Wire::udp(ringwerk.house().phone(0), ringwerk.sip());
    let known = company.phone(0).username;
    // The last digit of a phone that is not there, written in as many letters.
    let unknown = format!("{}9", &known[..known.len() - 1]);
    let mut answers = |username: &str, method: &str| -> Vec<String> {
        let aor = format!("sip:{username}@{}", company.domain());
        let (branch, call_id) = (fresh(), fresh());
        let request = format!(
            "{method} {aor} SIP/2.0\r\nVia: SIP/2.0/UDP {};rport;branch=z9hG4bK{branch}\r\nMax-Forwards: 70\r\nFrom: <{aor}>;tag=s\r\n\
             To: <{aor}>\r\nCall-ID: {call_id}\r\nCSeq: 1 {method}\r\nContact: <sip:s@{}>\r\nContent-Length: 0\r\n\r\n",
            wire.local(),
            wire.local()
        );
        wire.send(request.as_bytes());
        let answer = loop {
            let answer = wire.receive(wait::PATIENCE).expect("an answer");
            if answer.header("Call-ID") == call_id && answer.status() >= 200 {
                break answer;
            }
        };
        shape(&answer)
    };
    for method in ["REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE", "MESSAGE"] {
        assert_eq!(answers(&known, method), answers(&unknown, method), "{method}");
    }
}

/// What an answer gives away: the status line, and each header's name and length.
fn shape(answer: &Sip) -> Vec<String> {
    let headers = answer.headers.iter().map(|(name, value)| {
        // These repeat what was sent, or name the port of this request.
        let varies = ["Via", "Call-ID"].iter().any(|own| own.eq_ignore_ascii_case(name));
        if varies { name.clone() } else { format!("{name}: {} letters", value.len()) }
    });
    std::iter::once(answer.start.clone()).chain(headers).collect()
}

#[test]
fn phones_speak_ipv6_to_phones_that_speak_ipv4() {
    let mut ringwerk = Ringwerk::new(House(38)).with("--sip").with("[::1]:0");
    let company = ringwerk.demo(3);
    ringwerk.start();
    let sixth = ringwerk.state().and_then(|state| state["sip"][1].as_str()?.parse().ok()).expect("IPv6 listens");
    let mut a = Phone::udp("::1".parse().unwrap(), sixth, company.phone(0));
    let mut b = Phone::udp(ringwerk.house().phone(1), ringwerk.sip(), company.phone(1));
    assert_eq!(a.register(300).status(), 200);
    assert_eq!(b.register(300).status(), 200);
    let (caller, called) = std::thread::scope(|scope| {
        let answering = scope.spawn(|| {
            let invite = b.expect("INVITE");
            b.answer(&invite)
        });
        (a.call(company.extension(1)).unwrap(), answering.join().unwrap())
    });
    let (towards_a, towards_b) = (caller.message.media().unwrap(), called.message.media().unwrap());
    assert!(towards_a.is_ipv6() && towards_b.is_ipv4(), "{towards_a} {towards_b}");
    let (voice_a, voice_b) = (Voice::start(&a.media, 440.0), Voice::start(&b.media, 620.0));
    voice_a.speak_to(Some(towards_a));
    voice_b.speak_to(Some(towards_b));
    voice_a.hears(620.0);
    voice_b.hears(440.0);
}
