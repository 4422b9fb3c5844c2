//! A session description.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::offer_answer::{RelayAddress, Session, answer, rewrite};

fuzz_target!(|data: &[u8]| {
    let Ok(session) = Session::parse(data) else { return };
    let relay = RelayAddress::new("192.0.2.9:30000".parse().expect("an address"));
    let relays = vec![relay; session.media.len()];
    let once = rewrite(data, &relays).expect("what can be read can be rewritten");
    let read = Session::parse(&once).expect("what was rewritten can be read");
    assert_eq!(read.media.len(), session.media.len());
    for (after, before) in read.media.iter().zip(&session.media) {
        assert_eq!(after.is_refused(), before.is_refused());
        assert!(after.rtp_address().is_none_or(|address| address == relay.rtp));
        assert!(after.rtcp_address().is_none_or(|address| address == relay.rtcp));
    }
    assert_eq!(rewrite(&once, &relays).expect("again"), once);
    if let Some(answer) = answer(&session, relay.rtp, &["0", "8"]) {
        let answer = Session::parse(answer.as_bytes()).expect("our own answer can be read");
        assert_eq!(answer.media.len(), session.media.len());
    }
});
