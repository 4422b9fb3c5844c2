//! One datagram.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use sip::message::{Message, Name, NameAddr, Response, ResponseBuilder, header};

fuzz_target!(|data: &[u8]| {
    let source = "192.0.2.9:4000".parse().expect("an address");
    let _ = sip::ladder::masked(data);
    let message = match Message::parse(Bytes::copy_from_slice(data)) {
        Ok(message) => message,
        Err(malformed) => {
            let answer = malformed.response("tag", source).map(ResponseBuilder::finish);
            assert_eq!(answer.is_some(), malformed.status().is_some());
            return;
        }
    };
    if let Message::Request(request) = &message {
        let mut request = request.clone();
        request.set_source(source);
        let answer = ResponseBuilder::new(&request, 200, Some("tag")).finish();
        let answer = Response::parse(answer).expect("an answer to a well-formed request is well-formed");
        assert_eq!(answer.call_id(), request.call_id());
        assert_eq!(answer.cseq(), request.cseq());
        let _ = (request.vias().count(), request.routes().count(), request.record_routes().count());
    }
    for line in message.all_headers() {
        assert!(!line.value.contains(['\r', '\n']) && !line.spelling.contains(['\r', '\n']));
        let _ = NameAddr::parse(line.value).map(|address| (address.display_name().is_some(), address.params().count()));
    }
    for contact in message.list::<header::Contact>().flatten() {
        let _ = (contact.params().q(), contact.params().instance().is_some());
    }
    let _ =
        (message.typed::<header::SessionExpires>(), message.typed::<header::MinSe>(), message.typed::<header::RAck>());
    let _ = (message.typed::<header::RSeq>(), message.typed::<header::Event>(), message.typed::<header::Reason>());
    let _ = (
        message.typed::<header::Replaces>(),
        message.typed::<header::Privacy>(),
        message.typed::<header::SubscriptionState>(),
    );
    let _ = (
        message.seconds(Name::Expires),
        message.content_type_param("boundary"),
        header::accepts(&message, "text/plain"),
    );
});
