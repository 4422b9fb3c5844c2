//! What a ladder shows, and what it hides.

#![allow(clippy::unwrap_used)]

use super::*;

fn request(method: &str, extra: &str, body: &str) -> String {
    format!(
        "{method} sip:44:hunter2@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
         From: <sip:alice:pa55@example.com>;tag=a\r\nTo: <sip:44@example.com>\r\nCall-ID: c1\r\nCSeq: 1 {method}\r\n{extra}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn response(status: &str) -> String {
    format!(
        "SIP/2.0 {status}\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:alice@example.com>;tag=a\r\n\
         To: <sip:44@example.com>;tag=b\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
    )
}

#[test]
fn a_ladder_is_drawn() {
    let sdp =
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0\r\n";
    let mut ladder = Ladder::new();
    let invite = request("INVITE", "Content-Type: application/sdp\r\n", sdp);
    ladder.push(Tick(5_000_000), "alice", "ringwerk", invite.as_bytes());
    ladder.push(Tick(5_001_000), "ringwerk", "bob", invite.as_bytes());
    ladder.push(Tick(5_120_400), "bob", "ringwerk", response("180 Ringing").as_bytes());
    ladder.push(Tick(65_000_000), "ringwerk", "alice", response("200 OK").as_bytes());
    ladder.push(Tick(65_000_000), "alice", "ringwerk", b"\x16\x03\x01");
    insta::assert_snapshot!(ladder.to_string());
    insta::assert_snapshot!(ladder.transcript());
}

#[test]
fn no_secret_is_kept() {
    let authorization = "Authorization: Digest username=\"1234567e0\", realm=\"r\", nonce=\"n0nce\", uri=\"sip:x:pa55@r\", \
        response=\"7587245234b3434cc3412213e5f113a5\", cnonce=\"cn0nce\"\r\nProxy-Authorization: Basic cGE1NXBhNTU=\r\n";
    let message =
        request("MESSAGE", &format!("{authorization}Contact: <sip:a@b>, <SIPS:c:pa55@d>\r\n"), "my PIN is 4711");
    let text = masked(message.as_bytes());
    for secret in ["hunter2", "pa55", "n0nce", "7587245234b3434cc3412213e5f113a5", "cGE1", "4711"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(text.contains("username=\"1234567e0\"") && text.contains("(14 bytes)"), "{text}");
    assert!(text.contains("<SIPS:c:[secret]@d>"), "{text}");
    assert!(!masked(b"REGISTER hunter2").contains("hunter2"));
}

#[test]
fn a_recorder_keeps_to_its_budget() {
    let mut recorder = Recorder::new(64 * 1024);
    let message = request("OPTIONS", "", "");
    for call in 0..1000u32 {
        for at in 0..5 {
            recorder.record(&call, Tick(at), "a", "b", message.as_bytes());
            assert!(recorder.used() <= 64 * 1024);
        }
    }
    assert!(recorder.ladder(&0).is_none());
    assert_eq!(recorder.ladder(&999).map(|ladder| ladder.len()), Some(5));
    for at in 0..1000 {
        recorder.record(&7777, Tick(at), "a", "b", message.as_bytes());
    }
    let long = recorder.ladder(&7777).unwrap();
    assert!(long.len() < 50 && long.to_string().contains("messages left out"), "{long}");
    assert!(recorder.ladder(&999).is_some(), "one long call does not push the others out");
    recorder.forget(&7777);
    assert!(recorder.ladder(&7777).is_none());
}
