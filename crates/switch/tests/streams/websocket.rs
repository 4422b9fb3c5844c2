//! WebSocket with and without TLS.

use bytes::Bytes;
use switch::listen::stream::Transport;
use tokio_tungstenite::tungstenite;

use crate::harness::*;

#[test]
fn websocket_speaks_sip_only_and_carries_a_message_a_frame() {
    let mut settings = settings();
    settings.ws = vec!["127.0.73.116:0".parse().unwrap()];
    let mut exchange = Exchange::start(&settings, &[]);
    let address = exchange.address(Transport::Ws);
    for protocol in [None, Some("chat"), Some("sipx, soup")] {
        let refused = tungstenite::client(request(address, protocol), dial(address));
        assert!(refused.is_err(), "{protocol:?}");
    }
    let (mut phone, answer) = tungstenite::client(request(address, Some("chat, sip")), dial(address)).unwrap();
    assert_eq!(answer.headers()["Sec-WebSocket-Protocol"], "sip");
    let (connection, transport, ..) = exchange.opened();
    assert_eq!(transport, Transport::Ws);
    // Content-Length is optional here (RFC 7118 section 5.3).
    let message = options(1, "").replace("Content-Length: 0\r\n", "");
    phone.send(message.clone().into()).unwrap();
    phone.send(message.clone().into_bytes().into()).unwrap();
    phone.send("\r\n\r\n".into()).unwrap();
    for _ in 0..2 {
        assert_eq!(exchange.message(), (connection, Bytes::from(message.clone())));
    }
    assert_eq!(phone.read().unwrap().into_data(), b"\r\n"[..]);
    exchange.listeners.send(connection, Bytes::from_static(b"SIP/2.0 200 OK\r\n\r\n"));
    exchange.listeners.send(connection, Bytes::from_static(b"SIP/2.0 200 \xff\r\n\r\n"));
    assert_eq!(phone.read().unwrap(), tungstenite::Message::Text("SIP/2.0 200 OK\r\n\r\n".into()));
    assert!(phone.read().unwrap().is_binary());
    phone.send(tungstenite::Message::Ping(Bytes::from_static(b"here?"))).unwrap();
    assert_eq!(phone.read().unwrap(), tungstenite::Message::Pong(Bytes::from_static(b"here?")));
    phone.send(vec![b'x'; 70_000].into()).unwrap();
    assert_eq!(exchange.closed(), connection);
}

#[test]
fn websocket_over_tls() {
    let mut settings = settings();
    let tls = certificate(&["127.0.73.117:0"]);
    settings.wss = Some(tls.clone());
    let mut exchange = Exchange::start(&settings, &[]);
    let address = exchange.address(Transport::Wss);
    let stream = secure(address, &tls, &["http/1.1"]);
    let (mut phone, _) = tungstenite::client(request(address, Some("sip")), stream).unwrap();
    phone.send(options(1, "").into()).unwrap();
    let (connection, transport, ..) = exchange.opened();
    assert_eq!(transport, Transport::Wss);
    assert_eq!(exchange.message(), (connection, Bytes::from(options(1, ""))));
    exchange.listeners.close(connection);
    assert!(phone.read().unwrap().is_close());
    drop(phone);
    assert_eq!(exchange.closed(), connection);
}
