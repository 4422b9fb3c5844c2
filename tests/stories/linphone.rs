//! Linphone, which takes the better of the two digests that are offered.

use stories::house::House;
use stories::linphone::Linphone;
use stories::phone::Phone;
use stories::ringwerk::Ringwerk;
use stories::voice::Voice;

#[test]
fn linphone_registers_with_sha_256_calls_and_is_called() {
    let mut ringwerk = Ringwerk::new(House(87));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let mut linphone = Linphone::start(ringwerk.beside(), "linphone", &company.phone(0), ringwerk.sip());
    linphone.registered();
    let mut desk = Phone::udp(ringwerk.house().phone(1), ringwerk.sip(), company.phone(1));
    assert_eq!(desk.register(300).status(), 200);

    linphone.dial(company.extension(1));
    let invite = desk.expect("INVITE");
    let voice = Voice::start(&desk.media, 440.0);
    voice.speak_to(invite.media());
    desk.answer(&invite);
    linphone.say(620.0);
    voice.hears(620.0);
    linphone.hang_up();
    let bye = desk.expect("BYE");
    desk.reply(&bye, "200 OK", "", "");

    let mut up = desk.call(company.extension(0)).expect("Linphone answers by itself");
    assert_eq!(desk.hang_up(&mut up).status(), 200);

    let log = linphone.log();
    let proofs = log.lines().filter(|line| line.contains("uthorization: ") && line.contains("Digest "));
    let (mut all, mut better) = (0, 0);
    for proof in proofs {
        all += 1;
        better += usize::from(proof.contains("algorithm=SHA-256"));
    }
    assert!(all >= 2 && better == all, "{better} of {all} proofs are SHA-256");
    let list = company.user(&ringwerk.api(), 1).list("/v1/calls");
    assert_eq!(list.len(), 2, "{list:#?}");
}
