//! Phones in a browser: SIP over WebSocket (RFC 7118), among phones that speak UDP.

use std::net::SocketAddr;

use stories::house::House;
use stories::phone::Phone;
use stories::ringwerk::Ringwerk;
use stories::sip::Wire;
use stories::voice::Voice;

#[test]
fn a_phone_over_websocket_registers_calls_and_is_called() {
    let house = House(86);
    let mut ringwerk = Ringwerk::new(house).with("--sip-ws").with(&SocketAddr::new(house.server(), 0).to_string());
    let company = ringwerk.demo(3);
    ringwerk.start();
    let state = ringwerk.state().unwrap_or_default();
    let server: SocketAddr =
        state["sipWs"][0].as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{state}"));
    let mut browser = Phone::new(Wire::websocket(server), house.phone(0), company.phone(0));
    let mut desk = Phone::udp(house.phone(1), ringwerk.sip(), company.phone(1));
    assert_eq!(browser.register(300).status(), 200);
    assert_eq!(desk.register(300).status(), 200);
    let devices = company.administrator(&ringwerk.api()).list("/v1/devices");
    assert_eq!(devices.iter().filter(|device| device["presence"].is_object()).count(), 2, "{devices:#?}");

    for browser_calls in [true, false] {
        let (caller, called, extension) = if browser_calls {
            (&mut browser, &mut desk, company.extension(1))
        } else {
            (&mut desk, &mut browser, company.extension(0))
        };
        let (mut up, other) = std::thread::scope(|scope| {
            let answering = scope.spawn(|| {
                let invite = called.expect("INVITE");
                called.reply(&invite, "180 Ringing", "", "");
                called.answer(&invite)
            });
            (caller.call(extension).unwrap(), answering.join().unwrap())
        });
        let (of_caller, of_called) = (Voice::start(&caller.media, 440.0), Voice::start(&called.media, 620.0));
        of_caller.speak_to(up.message.media());
        of_called.speak_to(other.message.media());
        of_caller.hears(620.0);
        of_called.hears(440.0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let bye = called.expect("BYE");
                called.reply(&bye, "200 OK", "", "");
            });
            assert_eq!(caller.hang_up(&mut up).status(), 200);
        });
    }
    assert_eq!(browser.register(0).status(), 200);
    assert_eq!(desk.call(company.extension(0)).unwrap_err().status(), 480);
}
