//! Nobody gets another's calls, and what was overheard is good for nothing (threats T4, T5).

use std::sync::atomic::AtomicBool;

use serde_json::Value;
use stories::api::Api;
use stories::company::another_account;
use stories::digest::{Algorithm, Challenge};
use stories::house::House;
use stories::phone::{Phone, challenge};
use stories::ringwerk::Ringwerk;
use stories::sip::{Sip, fresh};

/// A REGISTER of one's own making. `to` is whose registrations are to change, `contact` what to.
struct Register<'a> {
    to: &'a str,
    from: &'a str,
    contact: &'a str,
    expires: u32,
    cseq: u32,
    authorization: Option<&'a str>,
}

fn send(phone: &mut Phone, call_id: &str, register: &Register<'_>) -> Sip {
    let Register { to, from, contact, expires, cseq, authorization } = register;
    let authorization = authorization.map(|value| format!("Authorization: {value}\r\n")).unwrap_or_default();
    let headers = format!(
        "From: <sip:{from}>;tag=r\r\nTo: <sip:{to}>\r\nCall-ID: {call_id}\r\nCSeq: {cseq} REGISTER\r\nContact: {contact}\r\nExpires: {expires}\r\n{authorization}"
    );
    let uri = format!("sip:{}", phone.credentials.domain);
    phone.transact("REGISTER", &uri, &headers, "", &AtomicBool::new(true)).expect("an answer")
}

fn prove(phone: &Phone, asked: &Challenge, count: u32) -> String {
    asked.answer(phone.algorithm, &phone.credentials, "REGISTER", &format!("sip:{}", phone.credentials.domain), count)
}

/// What the API shows of everybody's phones.
fn online(api: &Api) -> Vec<Value> {
    api.list("/v1/devices").into_iter().map(|device| device["presence"]["address"].clone()).collect()
}

/// With his own good credentials the thief registers, moves and removes nothing under these names (To and From).
fn is_refused(thief: &mut Phone, pairs: &[(&String, &String)]) {
    for (to, from) in pairs {
        for (contact, expires) in [("<sip:thief@192.0.2.66:5060>", 300), ("*", 0), ("<sip:thief@192.0.2.66>", 0)] {
            let call_id = fresh();
            let mut register = Register { to, from, contact, expires, cseq: 1, authorization: None };
            let asked = challenge(&send(thief, &call_id, &register), Algorithm::Sha256);
            let proof: &str = &prove(thief, &asked, 1);
            (register.cseq, register.authorization) = (2, Some(proof));
            let refused = send(thief, &call_id, &register);
            assert_eq!(refused.status(), 403, "To {to}, From {from}, Contact {contact}: {refused:?}");
        }
    }
}

#[test]
fn good_credentials_change_nobody_elses_registrations() {
    let mut ringwerk = Ringwerk::new(House(95));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let house = ringwerk.house();
    let domain = company.domain().to_owned();
    let mut victim = Phone::udp(house.phone(1), ringwerk.sip(), company.phone(1));
    let mut thief = Phone::udp(house.phone(0), ringwerk.sip(), company.phone(0));
    assert_eq!(victim.register(300).status(), 200);
    assert_eq!(thief.register(300).status(), 200);
    let api = company.administrator(&ringwerk.api());
    let before = online(&api);
    let at_home = |user: &str| format!("{user}@{domain}");
    let (own, others) = (at_home(&company.phone(0).username), at_home(&company.phone(1).username));
    // By extension and by number, too: they are somebody's in every account, and no name to register under.
    let extension = at_home(company.extension(1));
    let pairs = [(&others, &own), (&others, &others), (&own, &others), (&extension, &own), (&extension, &extension)];
    is_refused(&mut thief, &pairs);
    assert_eq!(online(&api), before);
    // The call still reaches who it is for.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let invite = victim.expect("INVITE");
            victim.reply(&invite, "486 Busy Here", "", "");
            victim.expect("ACK");
        });
        assert_eq!(thief.call(company.extension(1)).unwrap_err().status(), 486);
    });
}

#[test]
fn good_credentials_of_one_account_change_nothing_in_another_with_the_same_extensions() {
    let mut ringwerk = Ringwerk::new(House(106));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let house = ringwerk.house();
    let extension = company.extension(1);
    let (neighbour, credentials) = another_account(&ringwerk, extension);
    let mut victim = Phone::udp(house.phone(1), ringwerk.sip(), company.phone(1));
    let mut caller = Phone::udp(house.phone(0), ringwerk.sip(), company.phone(0));
    let mut thief = Phone::udp(house.phone(2), ringwerk.sip(), credentials);
    for phone in [&mut victim, &mut caller, &mut thief] {
        assert_eq!(phone.register(300).status(), 200);
    }
    let accounts = [company.administrator(&ringwerk.api()), neighbour];
    let before = accounts.each_ref().map(online);
    let domain = company.domain();
    let at_home = |user: &str| format!("{user}@{domain}");
    let (own, others) = (at_home(&thief.credentials.username), at_home(&company.phone(1).username));
    let same = at_home(extension);
    let pairs = [(&others, &own), (&others, &others), (&own, &others), (&same, &own), (&same, &same), (&own, &same)];
    is_refused(&mut thief, &pairs);
    // Somebody else's name with one's own password is no more than a wrong password.
    let mut liar = Phone::udp(house.phone(2), ringwerk.sip(), company.phone(1));
    liar.credentials.password = thief.credentials.password.clone();
    assert_eq!(liar.register(300).status(), 401);
    assert_eq!(accounts.each_ref().map(online), before);
    // Who dials the extension reaches whoever has it in his own account.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let invite = victim.expect("INVITE");
            victim.reply(&invite, "486 Busy Here", "", "");
            victim.expect("ACK");
        });
        assert_eq!(caller.call(extension).unwrap_err().status(), 486);
    });
}

#[test]
fn what_was_overheard_is_good_for_nothing() {
    let mut ringwerk = Ringwerk::new(House(96));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let house = ringwerk.house();
    let mut phone = Phone::udp(house.phone(0), ringwerk.sip(), company.phone(0));
    let address = format!("{}@{}", company.phone(0).username, company.domain());
    let (contact, call_id) = (phone.contact(), fresh());
    let mut cseq = 0;
    let mut attempt = |phone: &mut Phone, authorization: Option<&str>| {
        cseq += 1;
        send(
            phone,
            &call_id,
            &Register { to: &address, from: &address, contact: &contact, expires: 300, cseq, authorization },
        )
    };
    let first = attempt(&mut phone, None);
    let offered: Vec<Challenge> = first.all("WWW-Authenticate").map(Challenge::parse).collect();
    assert_eq!(offered.iter().map(|one| one.algorithm.as_str()).collect::<Vec<_>>(), ["SHA-256", "MD5"], "{first:?}");
    let asked = challenge(&first, Algorithm::Sha256);
    let second = prove(&phone, &asked, 2);
    assert_eq!(attempt(&mut phone, Some(&second)).status(), 200);

    // Word for word again, and with a count that does not rise: stale, which costs an honest phone one more round.
    for overheard in [second.clone(), prove(&phone, &asked, 2), prove(&phone, &asked, 1)] {
        let refused = attempt(&mut phone, Some(&overheard));
        assert_eq!(refused.status(), 401);
        assert!(challenge(&refused, Algorithm::Sha256).stale, "{refused:?}");
    }
    // The next count is good, from where the challenge was sent to, and from there alone.
    let third = prove(&phone, &asked, 3);
    let mut elsewhere = Phone::udp(house.phone(1), ringwerk.sip(), company.phone(0));
    assert_eq!(attempt(&mut elsewhere, Some(&third)).status(), 401);
    assert_eq!(attempt(&mut phone, Some(&third)).status(), 200);

    // Without qop nothing says that it was not sent before (RFC 2069), so it is not taken.
    let fourth = prove(&phone, &asked, 4);
    let plain = fourth.replace(", qop=auth, nc=00000004, cnonce=\"0a4f113b\"", "");
    assert_ne!(plain, fourth);
    assert_eq!(attempt(&mut phone, Some(&plain)).status(), 401);
    // Nor for another method: an INVITE cannot be paid with a REGISTER's proof.
    let uri = format!("sip:{}@{}", company.extension(1), company.domain());
    let headers = format!(
        "From: <sip:{address}>;tag=i\r\nTo: <{uri}>\r\nCall-ID: {}\r\nCSeq: 1 INVITE\r\nContact: {contact}\r\nProxy-Authorization: {fourth}\r\n",
        fresh()
    );
    let refused = phone.transact("INVITE", &uri, &headers, "", &AtomicBool::new(true)).expect("an answer");
    assert_eq!(refused.status(), 407);

    // After a restart nothing from before is good.
    ringwerk.stop();
    ringwerk.start();
    let refused = attempt(&mut phone, Some(&fourth));
    assert_eq!(refused.status(), 401);
    assert_eq!(phone.register(300).status(), 200);
}
