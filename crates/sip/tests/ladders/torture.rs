//! The torture messages of RFC 4475 and RFC 5118 against an agent whose user challenges REGISTER and INVITE, answers
//! OPTIONS with 200 and all else with 404: what is seen on the wire is what `torture/*/EXPECTED.tsv` wants.

use std::collections::BTreeSet;
use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use sip::agent::{Agent, AgentConfig, Body, Output, Path};
use sip::digest::Authorization;
use sip::message::{Method, Name, ResponseBuilder};
use sip::registrar::{Bindings, Policy};
use types::clock::{Tick, Timestamp};

use crate::wire::Seeded;

/// The status that answers each message, or 0 for silence; and what the answer must contain.
const EXPECTED: &[(&str, u16, &str)] = &[
    ("rfc4475/wsinv", 407, ""),
    ("rfc4475/intmeth", 501, "Allow: INVITE"),
    ("rfc4475/esc01", 407, ""),
    ("rfc4475/escnull", 401, ""),
    ("rfc4475/esc02", 501, "Allow: INVITE"),
    ("rfc4475/lwsdisp", 200, ""),
    ("rfc4475/longreq", 407, ""),
    ("rfc4475/dblreq", 401, ""),
    ("rfc4475/semiuri", 200, ""),
    ("rfc4475/transports", 200, ""),
    ("rfc4475/mpart01", 404, ""),
    ("rfc4475/unreason", 0, ""),
    ("rfc4475/noreason", 0, ""),
    ("rfc4475/badinv01", 400, ""),
    ("rfc4475/clerr", 400, ""),
    ("rfc4475/ncl", 400, ""),
    ("rfc4475/scalar02", 400, ""),
    ("rfc4475/scalarlg", 0, ""),
    ("rfc4475/quotbal", 400, ""),
    ("rfc4475/ltgtruri", 400, ""),
    ("rfc4475/lwsruri", 400, ""),
    ("rfc4475/lwsstart", 400, ""),
    ("rfc4475/trws", 400, ""),
    ("rfc4475/escruri", 400, ""),
    ("rfc4475/baddate", 407, ""),
    ("rfc4475/regbadct", 400, ""),
    ("rfc4475/badaspec", 400, ""),
    ("rfc4475/baddn", 400, ""),
    ("rfc4475/badvers", 505, ""),
    ("rfc4475/mismatch01", 400, ""),
    ("rfc4475/mismatch02", 400, ""),
    ("rfc4475/bigcode", 0, ""),
    ("rfc4475/badbranch", 200, ""),
    ("rfc4475/insuf", 400, ""),
    ("rfc4475/unkscm", 416, ""),
    ("rfc4475/novelsc", 416, ""),
    ("rfc4475/unksm2", 400, ""),
    ("rfc4475/bext01", 420, "Unsupported: nothingSupportsThis, nothingSupportsThisEither\r\n"),
    ("rfc4475/invut", 415, "Accept: application/sdp"),
    ("rfc4475/regaut01", 401, ""),
    ("rfc4475/multi01", 400, ""),
    ("rfc4475/mcl01", 400, ""),
    ("rfc4475/bcast", 0, ""),
    ("rfc4475/zeromf", 200, ""),
    ("rfc4475/cparam01", 401, ""),
    ("rfc4475/cparam02", 401, ""),
    ("rfc4475/regescrt", 401, ""),
    ("rfc4475/sdp01", 406, ""),
    ("rfc4475/inv2543", 407, ""),
    ("rfc5118/ipv6-good", 401, ""),
    ("rfc5118/ipv6-bad", 400, ""),
    ("rfc5118/port-ambiguous", 401, ""),
    ("rfc5118/port-unambiguous", 401, ""),
    ("rfc5118/via-received-param-with-delim", 404, ""),
    ("rfc5118/via-received-param-no-delim", 200, ""),
    ("rfc5118/ipv6-in-sdp", 407, ""),
    ("rfc5118/mult-ip-in-header", 404, ""),
    ("rfc5118/mult-ip-in-sdp", 407, ""),
    ("rfc5118/ipv4-mapped-ipv6", 407, ""),
    ("rfc5118/ipv6-bug-abnf-3-colons", 200, ""),
    ("rfc5118/ipv6-correct-abnf-2-colons", 200, ""),
];

/// What goes out in answer to one message.
fn answers(message: Bytes) -> Vec<String> {
    let mut agent = Agent::new(AgentConfig::default(), Arc::new(Seeded::new(5)));
    let path = Path::udp("192.0.2.200:5060".parse().unwrap(), "198.51.100.77:40000".parse().unwrap());
    agent.handle_message(path, message, Tick(0));
    let mut sent = Vec::new();
    while let Some(output) = agent.poll() {
        match output {
            Output::Transmit { path: to, bytes } => {
                assert_eq!(to.remote.ip(), path.remote.ip(), "sent to a third party");
                sent.push(String::from_utf8_lossy(&bytes).into_owned());
            }
            Output::Request { key, request, .. } => {
                let credentials = Authorization::find(request.headers(Name::Authorization), "example.com");
                assert!(credentials.is_none());
                let status = match request.method() {
                    // A registrar looks at what is asked before it asks who wants it: a trial on nothing.
                    Method::Register => Bindings::default()
                        .register(&request, path, Timestamp(0), &Policy::default())
                        .map_or_else(sip::registrar::Refused::status, |_| 401),
                    Method::Invite => 407,
                    Method::Options => 200,
                    _ => 404,
                };
                let response = ResponseBuilder::new(&request, status, Some("t"));
                agent.respond_once(key, response, Body::Empty);
            }
            Output::Malformed { .. } | Output::Ack { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    sent
}

fn read(name: &str) -> Bytes {
    let file = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture").join(format!("{name}.dat"));
    std::fs::read(file).unwrap().into()
}

#[test]
fn every_message_is_answered_as_expected() {
    let mut wrong = Vec::new();
    for (name, status, contains) in EXPECTED {
        let sent = answers(read(name));
        let right = match (status, sent.as_slice()) {
            (0, []) => true,
            (status, [one]) => one.starts_with(&format!("SIP/2.0 {status} ")) && one.contains(contains),
            _ => false,
        };
        if !right {
            wrong.push(format!("{name}: expected {status} {contains:?}, got {sent:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_message_is_left_out() {
    let listed: BTreeSet<&str> = EXPECTED.iter().map(|(name, ..)| *name).collect();
    assert_eq!((listed.len(), EXPECTED.len()), (61, 61));
}
