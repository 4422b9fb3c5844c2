//! Messages over TLS, and certificates that are of no use.

use std::io::Write as _;

use bytes::Bytes;
use switch::listen::stream::{StreamListeners, Transport};

use crate::harness::*;

#[test]
fn tls_with_and_without_a_named_protocol() {
    let mut settings = settings();
    let tls = certificate(&["127.0.73.114:0"]);
    settings.tls = Some(tls.clone());
    let mut exchange = Exchange::start(&settings, &[]);
    let address = exchange.address(Transport::Tls);
    for protocols in [&[][..], &["sip"]] {
        let mut phone = secure(address, &tls, protocols);
        phone.write_all(options(1, "over TLS").as_bytes()).unwrap();
        let (connection, transport, ..) = exchange.opened();
        assert_eq!(transport, Transport::Tls);
        assert_eq!(exchange.message(), (connection, Bytes::from(options(1, "over TLS"))));
        exchange.listeners.send(connection, Bytes::from_static(b"SIP/2.0 200 OK\r\n\r\n"));
        exchange.listeners.close(connection);
        assert_eq!(rest(&mut phone), b"SIP/2.0 200 OK\r\n\r\n");
        drop(phone);
        assert_eq!(exchange.closed(), connection);
    }
    let mut stranger = secure(address, &tls, &["imap"]);
    assert!(stranger.write_all(b"x").is_err(), "another protocol");
    let mut plain = dial(address);
    plain.write_all(options(2, "").as_bytes()).unwrap();
    rest(&mut plain);
    assert!(exchange.listeners.next_event().is_none());
}

#[test]
fn a_key_that_does_not_belong_to_the_certificate_is_refused_at_start() {
    let mut settings = settings();
    let mut tls = certificate(&["127.0.73.115:0"]);
    tls.key_pem = certificate(&[]).key_pem;
    settings.tls = Some(tls.clone());
    let error = StreamListeners::start(&settings, &[], || ()).unwrap_err();
    assert!(error.to_string().contains("TLS"), "{error}");
    tls.key_pem = b"no key at all".to_vec();
    settings.tls = Some(tls);
    assert!(StreamListeners::start(&settings, &[], || ()).is_err());
}
