//! Flows that no phone at hand can be made to play: late offers, reliable provisional responses, requests in a call.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::AtomicBool;

use stories::company::Company;
use stories::house::{House, free_port};
use stories::phone::{Dialog, Phone};
use stories::ringwerk::Ringwerk;
use stories::sip::Sip;
use stories::sipp::Sipp;

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

fn sipp(ringwerk: &Ringwerk, company: &Company, scenario: &str, index: u8, port: u16) -> Sipp {
    let place = SocketAddr::new(ringwerk.house().phone(index), port);
    Sipp::play(
        ringwerk.beside(),
        scenario,
        place,
        ringwerk.sip(),
        &company.phone(usize::from(index)),
        company.extension(1),
    )
}

#[test]
fn an_offer_may_come_late() {
    let (ringwerk, company) = open(House(80));
    let called: IpAddr = ringwerk.house().phone(1);
    let port = free_port(called);
    sipp(&ringwerk, &company, "register", 1, port).finish();
    let answering = sipp(&ringwerk, &company, "late_offer_called", 1, port);
    sipp(&ringwerk, &company, "late_offer_caller", 0, free_port(ringwerk.house().phone(0))).finish();
    answering.finish();
}

#[test]
fn early_media_arrives_reliably() {
    let (ringwerk, company) = open(House(81));
    let mut called = registered(&ringwerk, &company, 1);
    let calling = sipp(&ringwerk, &company, "reliable_caller", 0, free_port(ringwerk.house().phone(0)));
    let invite = called.expect("INVITE");
    let sdp = called.sdp();
    if invite.all("Supported").any(|tags| tags.contains("100rel")) {
        called.reply(&invite, "183 Session Progress", "Require: 100rel\r\nRSeq: 701\r\n", &sdp);
        let prack = called.expect("PRACK");
        assert!(prack.header("RAck").starts_with("701 "), "{prack:?}");
        called.reply(&prack, "200 OK", "", "");
    } else {
        called.reply(&invite, "183 Session Progress", "", &sdp);
    }
    called.answer(&invite);
    let bye = called.expect("BYE");
    called.reply(&bye, "200 OK", "", "");
    calling.finish();
}

/// Two bare phones in a call.
fn talking(caller: &mut Phone, called: &mut Phone, extension: &str) -> (Dialog, Dialog) {
    std::thread::scope(|scope| {
        let answering = scope.spawn(|| {
            let invite = called.expect("INVITE");
            called.answer(&invite)
        });
        (caller.call(extension).unwrap(), answering.join().unwrap())
    })
}

#[test]
fn info_and_update_pass_through_and_what_is_not_offered_is_refused() {
    let (ringwerk, company) = open(House(82));
    let going = AtomicBool::new(true);
    let (mut caller, mut called) = (registered(&ringwerk, &company, 0), registered(&ringwerk, &company, 1));
    let (mut dialog, _) = talking(&mut caller, &mut called, company.extension(1));
    let passes = |caller: &mut Phone,
                  called: &mut Phone,
                  dialog: &mut Dialog,
                  method: &str,
                  extra: &str,
                  body: &str|
     -> (Sip, Sip) {
        std::thread::scope(|scope| {
            let answering = scope.spawn(|| {
                let request = called.expect(method);
                let sdp = if method == "UPDATE" { called.sdp() } else { String::new() };
                called.reply(&request, "200 OK", "", &sdp);
                request
            });
            let response = caller.request(dialog, method, extra, body, &going).expect("an answer");
            (response, answering.join().unwrap())
        })
    };
    let key = "Signal=5\r\nDuration=160\r\n";
    let (response, arrived) =
        passes(&mut caller, &mut called, &mut dialog, "INFO", "Content-Type: application/dtmf-relay\r\n", key);
    assert_eq!((response.status(), arrived.body.as_str()), (200, key));
    // Unchanged, it would be a refresh, which Ringwerk answers itself.
    let sdp = caller.sdp().replace("o=- 1 1", "o=- 1 2").replace("a=sendrecv", "a=sendonly");
    let (response, arrived) =
        passes(&mut caller, &mut called, &mut dialog, "UPDATE", "Content-Type: application/sdp\r\n", &sdp);
    assert_eq!(response.status(), 200);
    assert!(
        arrived.media().is_some_and(|media| media.ip() == ringwerk.ip()),
        "media goes through the relay: {arrived:?}"
    );
    // A header that a phone may not set does not reach the other phone (RFC 3325 section 6).
    let extra = "P-Asserted-Identity: <sip:+49110@example.com>\r\nContent-Type: application/dtmf-relay\r\n";
    let (_, arrived) = passes(&mut caller, &mut called, &mut dialog, "INFO", extra, key);
    assert!(!arrived.header("P-Asserted-Identity").contains("110"), "{arrived:?}");
    let refused = caller.request(&mut dialog, "SUBSCRIBE", "Event: nonsense\r\n", "", &going).expect("an answer");
    assert!(matches!(refused.status(), 405 | 489 | 501), "{refused:?}");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let bye = called.expect("BYE");
            called.reply(&bye, "200 OK", "", "");
        });
        assert_eq!(caller.hang_up(&mut dialog).status(), 200);
    });
}
