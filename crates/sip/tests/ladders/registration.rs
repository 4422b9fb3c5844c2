//! RFC 3665 section 2: registrations.

use std::time::Duration;

use sip::message::{Name, Response};

use crate::phone::{Registering, Registrar, contact};
use crate::wire::Wire;

struct Scene {
    wire: Wire,
    registrar: Registrar,
    phone: Registering,
    contact: String,
}

impl Scene {
    fn new() -> Self {
        Self::with_password("secret")
    }

    fn with_password(password: &str) -> Self {
        let mut wire = Wire::new();
        let alice = wire.join("alice");
        let registrar = Registrar::join(&mut wire);
        let phone = Registering::new(alice, registrar.party, "alice", password);
        Self { contact: contact(&wire, alice), wire, registrar, phone }
    }

    fn register(&mut self, lines: &[(Name, &str)]) -> Response {
        self.phone.register(&mut self.wire, &mut self.registrar, lines)
    }
}

fn contacts(response: &Response) -> Vec<&str> {
    response.items(Name::Contact).collect()
}

/// RFC 3665 section 2.1.
#[test]
fn successful_new_registration() {
    let mut scene = Scene::new();
    let own = scene.contact.clone();
    let response = scene.register(&[(Name::Contact, &own)]);
    assert_eq!(contacts(&response), [format!("{own};expires=3600")]);
    insta::assert_snapshot!(scene.wire.ladder.transcript());
}

/// RFC 3665 section 2.2: a second contact joins the first; the nonce is used again, so nothing is asked.
#[test]
fn update_of_contact_list() {
    let mut scene = Scene::new();
    let own = scene.contact.clone();
    scene.register(&[(Name::Contact, &own)]);
    scene.wire.run_for(Duration::from_secs(30));
    let response = scene.register(&[(Name::Contact, "<mailto:alice@example.com>")]);
    assert_eq!(response.status(), 400, "only SIP addresses can be called");
    let response = scene.register(&[(Name::Contact, "<sip:alice@192.0.2.1:6060>"), (Name::Expires, "600")]);
    assert_eq!(contacts(&response).len(), 2);
    insta::assert_snapshot!(scene.wire.ladder);
}

/// RFC 3665 section 2.3: without Contact, the list is only asked for.
#[test]
fn request_for_current_contact_list() {
    let mut scene = Scene::new();
    let own = scene.contact.clone();
    scene.register(&[(Name::Contact, &own)]);
    scene.wire.run_for(Duration::from_secs(10));
    let response = scene.register(&[]);
    assert_eq!((response.status(), contacts(&response).len()), (200, 1));
    insta::assert_snapshot!(scene.wire.ladder);
}

/// RFC 3665 section 2.4.
#[test]
fn cancellation_of_registration() {
    let mut scene = Scene::new();
    let own = scene.contact.clone();
    scene.register(&[(Name::Contact, &own)]);
    let response = scene.register(&[(Name::Contact, "*"), (Name::Expires, "0")]);
    assert_eq!((response.status(), contacts(&response).len()), (200, 0));
    assert!(scene.registrar.bindings.is_empty());
    insta::assert_snapshot!(scene.wire.ladder);
}

/// RFC 3665 section 2.5. A wrong password and an unknown user cannot be told apart.
#[test]
fn unsuccessful_registration() {
    let mut scene = Scene::with_password("wrong");
    let own = scene.contact.clone();
    let wrong = scene.register(&[(Name::Contact, &own)]);
    assert_eq!(wrong.status(), 401);
    assert!(!wrong.header(Name::WwwAuthenticate).unwrap().contains("stale"));
    insta::assert_snapshot!(scene.wire.ladder);
    let mut stranger = Registering::new(0, scene.registrar.party, "mallory", "secret");
    let unknown = stranger.register(&mut scene.wire, &mut scene.registrar, &[(Name::Contact, &own)]);
    let shape = |response: &Response| {
        response.all_headers().map(|header| (header.name, header.value.len())).collect::<Vec<_>>()
    };
    assert_eq!((unknown.status(), shape(&unknown)), (401, shape(&wrong)));
    assert!(scene.registrar.bindings.is_empty());
}

#[test]
fn too_brief_a_registration_is_told_the_shortest() {
    let mut scene = Scene::new();
    let own = scene.contact.clone();
    let response = scene.register(&[(Name::Contact, &own), (Name::Expires, "30")]);
    assert_eq!((response.status(), response.header(Name::MinExpires)), (423, Some("60")));
}

/// The 200 is lost: the phone repeats its REGISTER and gets the same 200, although its credentials are used up.
#[test]
fn a_repeated_register_gets_the_same_answer() {
    let mut scene = Scene::new();
    let own = scene.contact.clone();
    scene.wire.lose_first("SIP/2.0 200", 1);
    scene.phone.send(&mut scene.wire, &[(Name::Contact, &own)]);
    assert_eq!(scene.phone.answer(&mut scene.wire, &mut scene.registrar).status(), 401);
    scene.phone.send(&mut scene.wire, &[(Name::Contact, &own)]);
    scene.wire.settle();
    scene.registrar.work(&mut scene.wire);
    scene.wire.run_for(Duration::from_millis(500));
    let response = scene.phone.answer(&mut scene.wire, &mut scene.registrar);
    assert_eq!(response.status(), 200);
    insta::assert_snapshot!(scene.wire.ladder);
}

/// Credentials taken from the wire and sent again in a request of one's own are worth nothing, though they come from
/// the right address and lately.
#[test]
fn captured_credentials_do_not_work_again() {
    let mut scene = Scene::new();
    let own = scene.contact.clone();
    scene.register(&[(Name::Contact, &own)]);
    let sent = |wire: &Wire, wanted: &str| {
        let texts = wire.sent.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        texts.filter(|text| text.contains(wanted)).last().unwrap()
    };
    let captured = sent(&scene.wire, "Authorization:");
    let forged = captured
        .replace("CSeq: 2 ", "CSeq: 9 ")
        .replace("z9hG4bK", "z9hG4bKx")
        .replace(&own, "<sip:mallory@192.0.2.1>");
    assert_ne!(forged, captured);
    scene.wire.inject(0, scene.registrar.party, forged);
    scene.wire.settle();
    scene.registrar.work(&mut scene.wire);
    scene.wire.settle();
    let answer = sent(&scene.wire, "SIP/2.0 ");
    assert!(answer.starts_with("SIP/2.0 401") && answer.contains("stale=true"), "{answer}");
    let bound: Vec<&str> =
        scene.registrar.bindings.active(scene.wire.wall()).map(|binding| binding.uri().as_str()).collect();
    assert_eq!(bound, [own.trim_matches(['<', '>'])]);
}

#[test]
fn a_nonce_left_lying_for_a_minute_is_stale() {
    let mut scene = Scene::new();
    let own = scene.contact.clone();
    scene.register(&[(Name::Contact, &own)]);
    scene.wire.run_for(Duration::from_secs(61));
    scene.phone.send(&mut scene.wire, &[(Name::Contact, &own)]);
    let stale = scene.phone.answer(&mut scene.wire, &mut scene.registrar);
    assert_eq!(stale.status(), 401);
    assert!(stale.header(Name::WwwAuthenticate).unwrap().contains("stale=true"));
}
