//! Session descriptions: read, rewritten, negotiated.

#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;

use bytes::Bytes;

use super::*;

const PHONE: &str = "v=0\r\no=alice 2890844526 2890844526 IN IP4 10.0.0.7\r\ns=-\r\nc=IN IP4 10.0.0.7\r\nt=0 0\r\n\
a=ice-lite\r\nm=audio 49172 RTP/AVP 8 101\r\na=rtcp:53020\r\na=rtpmap:8 PCMA/8000\r\na=candidate:1 1 UDP 2130706431 10.0.0.7 49172 typ host\r\n\
a=ice-ufrag:F7gI\r\na=x-odd:  kept \t exactly\r\na=sendrecv\r\nm=video 0 RTP/AVP 31\r\n";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn relay(rtp: &str) -> RelayAddress {
    RelayAddress::new(address(rtp))
}

fn rewritten(description: &str, relays: &[RelayAddress]) -> String {
    String::from_utf8(rewrite(description.as_bytes(), relays).unwrap().to_vec()).unwrap()
}

#[test]
fn a_description_says_where_media_goes() {
    let session = Session::parse(PHONE.as_bytes()).unwrap();
    let [audio, video] = session.media.as_slice() else { panic!("two streams") };
    assert_eq!((audio.kind, audio.protocol), ("audio", "RTP/AVP"));
    assert_eq!(audio.formats().collect::<Vec<_>>(), ["8", "101"]);
    assert_eq!(audio.rtp_address(), Some(address("10.0.0.7:49172")));
    assert_eq!(audio.rtcp_address(), Some(address("10.0.0.7:53020")));
    assert!(video.is_refused() && video.rtp_address().is_none());
    assert!(!session.is_hold());
}

#[test]
fn media_never_goes_to_nobody_or_everybody() {
    for target in [
        "IP4 0.0.0.0",
        "IP6 ::",
        "IP4 224.2.1.1/127",
        "IP4 255.255.255.255",
        "IP6 ff02::1",
        "IP4 host.example",
        "IP6 ::ffff:255.255.255.255",
    ] {
        let text = format!("v=0\r\nc=IN {target}\r\nm=audio 4000 RTP/AVP 0\r\n");
        let session = Session::parse(text.as_bytes()).unwrap();
        assert!(
            session.media.iter().all(|media| media.rtp_address().is_none() && media.rtcp_address().is_none()),
            "{target}"
        );
    }
}

#[test]
fn rewriting_touches_addresses_and_ports_only() {
    assert_eq!(
        rewritten(PHONE, &[relay("192.0.2.9:30000"), relay("192.0.2.9:30002")]),
        "v=0\r\no=alice 2890844526 2890844526 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n\
         m=audio 30000 RTP/AVP 8 101\r\na=rtcp:30001\r\na=rtpmap:8 PCMA/8000\r\na=x-odd:  kept \t exactly\r\na=sendrecv\r\nm=video 0 RTP/AVP 31\r\n"
    );
}

#[test]
fn a_stream_may_move_to_the_other_address_family() {
    let two = "v=0\nc=IN IP4 10.0.0.7\nm=audio 4000 RTP/AVP 0\nm=video 4002/2 RTP/AVP 31\nc=IN IP6 2001:db8::1\nc=IN IP6 2001:db8::2\n";
    assert_eq!(
        rewritten(two, &[relay("[2001:db8::9]:30000"), relay("192.0.2.9:30002")]),
        "v=0\nc=IN IP6 2001:db8::9\nm=audio 30000 RTP/AVP 0\nm=video 30002 RTP/AVP 31\nc=IN IP4 192.0.2.9\n"
    );
    let without = "v=0\r\nm=audio 4000 RTP/AVP 0\r\nm=image 4002 udptl t38";
    assert_eq!(
        rewritten(without, &[relay("192.0.2.9:30000")]),
        "v=0\r\nm=audio 30000 RTP/AVP 0\r\nc=IN IP4 192.0.2.9\r\nm=image 0 udptl t38"
    );
}

#[test]
fn a_description_may_lack_its_last_line_end() {
    for end in ["", "\r"] {
        let text = rewritten(&format!("v=0\r\nm=audio 4000 RTP/AVP 0{end}"), &[relay("192.0.2.9:30000")]);
        assert_eq!(text, "v=0\r\nm=audio 30000 RTP/AVP 0\r\nc=IN IP4 192.0.2.9\r\n");
    }
}

#[test]
fn an_unusual_rtcp_port_is_told() {
    let odd = RelayAddress { rtp: address("192.0.2.9:30000"), rtcp: address("192.0.2.9:40001") };
    let text = rewritten("v=0\r\nc=IN IP4 10.0.0.7\r\nm=audio 4000 RTP/AVP 0\r\n", &[odd]);
    assert_eq!(text, "v=0\r\nc=IN IP4 192.0.2.9\r\nm=audio 30000 RTP/AVP 0\r\na=rtcp:40001 IN IP4 192.0.2.9\r\n");
    let session = Session::parse(text.as_bytes()).unwrap();
    assert_eq!(session.media.first().and_then(Media::rtcp_address), Some(odd.rtcp));
}

#[test]
fn an_improper_rtcp_attribute_counts_as_none() {
    let text = "v=0\r\nc=IN IP4 10.0.0.7\r\nm=audio 4000 RTP/AVP 0\r\na=rtcp:0 IN IP9 x\r\n";
    let session = Session::parse(text.as_bytes()).unwrap();
    assert_eq!(session.media.first().and_then(Media::rtcp_address), Some(address("10.0.0.7:4001")));
    let after = rewritten(text, &[relay("192.0.2.9:30000")]);
    assert_eq!(after, "v=0\r\nc=IN IP4 192.0.2.9\r\nm=audio 30000 RTP/AVP 0\r\na=rtcp:30001 IN IP4 192.0.2.9\r\n");
}

#[test]
fn hold_is_seen_in_every_form_and_survives_rewriting() {
    let with = |session: &str, media: &str| format!("v=0\r\n{session}m=audio 4000 RTP/AVP 0\r\n{media}");
    let here = "c=IN IP4 10.0.0.7\r\n";
    let held = [
        with(here, "a=sendonly\r\n"),
        with(here, "a=inactive\r\n"),
        with(&format!("{here}a=sendonly\r\n"), ""),
        with("c=IN IP4 0.0.0.0\r\n", ""),
        with("", "c=IN IP4 0.0.0.0\r\na=sendrecv\r\n"),
        with("c=IN IP6 ::\r\n", ""),
    ];
    for text in held {
        let after = rewritten(&text, &[relay("192.0.2.9:30000")]);
        for text in [&text, &after] {
            assert!(Session::parse(text.as_bytes()).unwrap().is_hold(), "{text}");
        }
        assert!(!after.contains("10.0.0.7"), "{after}");
    }
    for text in [
        with(here, ""),
        with(here, "a=recvonly\r\n"),
        with(&format!("{here}a=inactive\r\n"), "a=sendrecv\r\n"),
        "v=0\r\n".into(),
    ] {
        assert!(!Session::parse(text.as_bytes()).unwrap().is_hold(), "{text}");
    }
}

#[test]
fn an_improper_description_is_refused() {
    let many = format!("v=0\r\n{}", "m=audio 4000 RTP/AVP 0\r\n".repeat(MAX_STREAMS + 1));
    let long = format!("v=0\r\n{}", "a=x\r\n".repeat(MAX_LINES + 1));
    let cases = [
        "",
        "v=1\r\n",
        "o=-\r\n",
        "v=0\r\nhello\r\n",
        "v=0\r\nm=audio\r\n",
        "v=0\r\nm=audio 65536 RTP/AVP 0\r\n",
        "v=0\r\nm=audio -1 RTP/AVP 0\r\n",
        "v=0\r\nm=audio +1 RTP/AVP 0\r\n",
        "v=0\r\nc=IN IP4\r\n",
        "v=0\r\nc=ATM NSAP 1\r\n",
        &many,
        &long,
    ];
    for case in cases {
        assert!(Session::parse(case.as_bytes()).is_err(), "{case}");
    }
}

#[test]
fn an_answer_mirrors_the_offer() {
    let text = "v=0\r\nc=IN IP4 10.0.0.7\r\nm=video 4002 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 9 8 0\r\na=sendonly\r\n";
    let offered = Session::parse(text.as_bytes()).unwrap();
    let text = answer(&offered, address("[2001:db8::2]:5000"), &["0", "8"]).unwrap();
    let answered = Session::parse(text.as_bytes()).unwrap();
    let [video, audio] = answered.media.as_slice() else { panic!("two streams: {text}") };
    assert!(video.is_refused());
    assert_eq!(audio.formats().collect::<Vec<_>>(), ["8", "0"]);
    assert_eq!((audio.direction(), audio.rtp_address()), (Direction::RecvOnly, Some(address("[2001:db8::2]:5000"))));
    assert!(answer(&offered, address("192.0.2.1:5000"), &["18"]).is_none());
    let own = offer(address("192.0.2.1:5000"), &["8", "101"], Direction::SendRecv);
    assert!(answer(&Session::parse(own.as_bytes()).unwrap(), address("192.0.2.2:5000"), &["8"]).is_some());
}

/// Who sends which message with which description, and what that means.
type Step = (Side, Carrier, Option<&'static str>, Result<Meaning, Violation>);

/// Plays messages and compares what each means.
fn play(negotiation: &mut Negotiation, steps: &[Step]) {
    for (number, (by, carrier, description, expected)) in steps.iter().enumerate() {
        let description = description.map(|text| Bytes::from_static(text.as_bytes()));
        assert_eq!(negotiation.take(*by, *carrier, description.as_ref()), *expected, "step {number}");
    }
}

use Carrier::{
    Ack, Invite, InviteFailure, InviteSuccess, Prack, PrackSuccess, Provisional, ReliableProvisional, Update,
    UpdateFailure, UpdateSuccess,
};
use Meaning::{Answer, Nothing, Offer, Preview, Repetition, Withdrawal};
use Side::{Local, Remote};

fn agreed(negotiation: &Negotiation) -> (Option<&[u8]>, Option<&[u8]>) {
    (negotiation.local().map(Bytes::as_ref), negotiation.remote().map(Bytes::as_ref))
}

#[test]
fn an_offer_in_invite_is_answered_in_2xx() {
    let mut it = Negotiation::new();
    play(
        &mut it,
        &[
            (Remote, Invite, Some("o"), Ok(Offer)),
            (Local, Provisional, None, Ok(Nothing)),
            (Local, Provisional, Some("a"), Ok(Preview)),
        ],
    );
    assert!(!it.may_offer() && it.local().is_none());
    play(&mut it, &[(Local, InviteSuccess, Some("a"), Ok(Answer)), (Remote, Ack, None, Ok(Nothing))]);
    assert_eq!(agreed(&it), (Some(b"a".as_slice()), Some(b"o".as_slice())));
    assert!(it.may_offer());
}

#[test]
fn a_late_offer_in_2xx_is_answered_in_ack() {
    let mut it = Negotiation::new();
    play(
        &mut it,
        &[
            (Local, Invite, None, Ok(Nothing)),
            (Remote, Provisional, Some("x"), Ok(Nothing)),
            (Remote, InviteSuccess, None, Err(Violation::Missing)),
            (Remote, InviteSuccess, Some("o"), Ok(Offer)),
            (Local, Ack, None, Err(Violation::Missing)),
            (Local, Ack, Some("a"), Ok(Answer)),
        ],
    );
    assert_eq!(agreed(&it), (Some(b"a".as_slice()), Some(b"o".as_slice())));
}

#[test]
fn reliable_provisional_responses_carry_answers_and_late_offers() {
    let mut it = Negotiation::new();
    play(
        &mut it,
        &[
            (Local, Invite, Some("o"), Ok(Offer)),
            (Remote, ReliableProvisional, None, Ok(Nothing)),
            (Remote, ReliableProvisional, Some("a"), Ok(Answer)),
            (Local, Prack, Some("o2"), Ok(Offer)),
            (Remote, Update, Some("o3"), Err(Violation::Glare)),
            (Remote, PrackSuccess, Some("a2"), Ok(Answer)),
            (Remote, InviteSuccess, Some("a"), Ok(Repetition)),
        ],
    );
    assert_eq!(agreed(&it), (Some(b"o2".as_slice()), Some(b"a2".as_slice())));
    let mut it = Negotiation::new();
    play(
        &mut it,
        &[
            (Remote, Invite, None, Ok(Nothing)),
            (Local, ReliableProvisional, Some("o"), Ok(Offer)),
            (Remote, Prack, None, Err(Violation::Missing)),
            (Remote, Prack, Some("a"), Ok(Answer)),
            (Local, PrackSuccess, None, Ok(Nothing)),
            (Local, InviteSuccess, None, Ok(Nothing)),
        ],
    );
    assert_eq!(agreed(&it), (Some(b"o".as_slice()), Some(b"a".as_slice())));
}

#[test]
fn a_restored_session_takes_new_offers() {
    let mut it = Negotiation::restored(Bytes::from_static(b"l"), Bytes::from_static(b"r"));
    assert_eq!(agreed(&it), (Some(b"l".as_slice()), Some(b"r".as_slice())));
    play(&mut it, &[(Remote, Invite, Some("o"), Ok(Offer)), (Local, InviteFailure, None, Ok(Withdrawal))]);
    assert_eq!(agreed(&it), (Some(b"l".as_slice()), Some(b"r".as_slice())));
}

#[test]
fn a_refused_offer_leaves_what_was_agreed() {
    let mut it = Negotiation::new();
    play(
        &mut it,
        &[
            (Remote, Invite, Some("o"), Ok(Offer)),
            (Local, InviteSuccess, Some("a"), Ok(Answer)),
            (Remote, Update, Some("o2"), Ok(Offer)),
            (Remote, Invite, Some("o3"), Err(Violation::Overlap)),
            (Local, Invite, Some("o4"), Err(Violation::Glare)),
            (Local, UpdateFailure, None, Ok(Withdrawal)),
            (Local, Invite, Some("o5"), Ok(Offer)),
            (Remote, InviteFailure, None, Ok(Withdrawal)),
            (Local, Update, Some("o6"), Ok(Offer)),
            (Remote, UpdateSuccess, Some("a6"), Ok(Answer)),
        ],
    );
    assert_eq!(agreed(&it), (Some(b"o6".as_slice()), Some(b"a6".as_slice())));
    assert_eq!((Violation::Glare.status(), Violation::Overlap.status()), (491, 500));
}
