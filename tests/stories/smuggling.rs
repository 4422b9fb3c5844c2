//! What a phone writes into headers it has no business with reaches nobody (threat T20).

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use stories::house::House;
use stories::phone::Phone;
use stories::ringwerk::Ringwerk;
use stories::sip::{Sip, Wire, fresh};

/// In every value that is smuggled.
const FORGED: &str = "forged-0900";

/// Headers that say who calls, in every spelling that some parser takes.
fn headers() -> Vec<String> {
    let value = format!("\"Bundesbank {FORGED}\" <sip:+49{FORGED}@bank.example>");
    let mut all = Vec::new();
    for name in [
        "P-Asserted-Identity",
        "P-Preferred-Identity",
        "Remote-Party-ID",
        "Diversion",
        "History-Info",
        "P-Charging-Vector",
        "Call-Info",
        "Alert-Info",
        "Reply-To",
        "Referred-By",
        "Identity",
        "b",
        "y",
        "X-Account",
    ] {
        let odd: String = name
            .chars()
            .enumerate()
            .map(|(at, letter)| if at % 2 == 0 { letter.to_ascii_lowercase() } else { letter.to_ascii_uppercase() })
            .collect();
        all.extend([
            format!("{name}: {value}\r\n"),
            format!("{odd} \t: {value}\r\n"),
            format!("{name}:\r\n {value}\r\n"),
            format!("{name}: <sip:harmless@example.com>\r\n\t, {value}\r\n"),
            format!("{name}: {value}\r\n{name}: {value}\r\n"),
        ]);
    }
    // A header within another one, behind what some take for an end of line.
    for end in ["\r", "\n", "\u{0}", "%0d%0a", "\u{b}", "\u{2028}"] {
        all.push(format!("User-Agent: phone{end}P-Asserted-Identity: {value}\r\n"));
        all.push(format!("Subject: hello{end}Remote-Party-ID: {value}\r\n"));
    }
    all
}

fn assert_clean(message: &Sip, smuggled: &str) {
    // What a call is about may be said by whoever calls; it says nothing about who that is.
    let others = message.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("Subject"));
    let forged: Vec<_> = others.filter(|(name, value)| name.contains(FORGED) || value.contains(FORGED)).collect();
    assert!(forged.is_empty() && !message.start.contains(FORGED), "{smuggled:?} came through: {forged:?}");
}

#[test]
fn nothing_smuggled_into_a_call_reaches_the_other_phone() {
    let mut ringwerk = Ringwerk::new(House(98));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let house = ringwerk.house();
    let going = AtomicBool::new(true);
    let mut caller = Phone::udp(house.phone(0), ringwerk.sip(), company.phone(0));
    let mut called = Phone::udp(house.phone(1), ringwerk.sip(), company.phone(1));
    assert_eq!(caller.register(300).status(), 200);
    assert_eq!(called.register(300).status(), 200);
    let sdp = caller.sdp();
    let mut arrived = 0;
    for smuggled in headers() {
        let went = std::thread::scope(|scope| {
            let hearing = scope.spawn(|| {
                let invite = called.expect_within(Duration::from_secs(2), "INVITE")?;
                // And back: the answer carries the same.
                called.reply(&invite, "486 Busy Here", &smuggled, "");
                called.expect("ACK");
                Some(invite)
            });
            let refused = caller.invite(company.extension(1), &sdp, &smuggled, &going).unwrap().unwrap_err();
            assert_clean(&refused, &smuggled);
            hearing.join().unwrap()
        });
        if let Some(invite) = went {
            arrived += 1;
            assert_clean(&invite, &smuggled);
            assert!(invite.header("From").contains(company.name(0)), "the name is the account's: {invite:?}");
        }
    }
    assert!(arrived >= 60, "{arrived} calls arrived");
}

#[test]
fn a_message_with_two_lengths_hides_no_second_one() {
    let mut ringwerk = Ringwerk::new(House(99));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let house = ringwerk.house();
    let mut victim = Phone::udp(house.phone(1), ringwerk.sip(), company.phone(1));
    assert_eq!(victim.register(300).status(), 200);
    for lengths in [["0", "{}"], ["{}", "0"], ["0 ", " {}"], ["+0", "{}"], ["{},0", "{}"]] {
        let mut wire = Wire::tcp(ringwerk.sip());
        let hidden_id = fresh();
        let via = format!("Via: SIP/2.0/TCP {};rport;branch=z9hG4bK{hidden_id}", wire.local());
        let hidden = format!(
            "OPTIONS sip:{0} SIP/2.0\r\n{via}h\r\nMax-Forwards: 70\r\nFrom: <sip:a@{0}>;tag=1\r\nTo: <sip:b@{0}>\r\nCall-ID: {hidden_id}\r\n\
             CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
            ringwerk.ip()
        );
        let length = |form: &str| form.replace("{}", &hidden.len().to_string());
        let text = format!(
            "OPTIONS sip:{0} SIP/2.0\r\n{via}\r\nMax-Forwards: 70\r\nFrom: <sip:a@{0}>;tag=1\r\nTo: <sip:b@{0}>\r\nCall-ID: outer\r\nCSeq: 1 OPTIONS\r\n\
             Content-Length: {1}\r\nl: {2}\r\n\r\n{hidden}",
            ringwerk.ip(),
            length(lengths[0]),
            length(lengths[1])
        );
        wire.send(text.as_bytes());
        let mut answers = Vec::new();
        while let Some(answer) = wire.receive(Duration::from_millis(500)) {
            answers.push(answer);
        }
        let refused = answers.iter().all(|answer| answer.status() == 400 && answer.header("Call-ID") != hidden_id);
        assert!(refused && answers.len() <= 1, "{lengths:?}: {answers:?}");
    }
    assert!(ringwerk.is_up());
}
