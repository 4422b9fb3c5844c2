//! Stream listeners on real sockets: framing, limits, time, TLS, WebSocket.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::disallowed_methods, clippy::panic)]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use crossbeam_channel::Receiver;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use switch::listen::stream::{Connection, StreamEvent, StreamListeners, Transport};
use switch::settings::{Settings, TlsSettings};
use tokio_tungstenite::tungstenite;

const PATIENCE: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(150);

/// Listeners, and the doorbell they ring.
struct Exchange {
    listeners: StreamListeners,
    bell: Receiver<()>,
}

impl Exchange {
    fn start(settings: &Settings, tcp: &[&str]) -> Self {
        let (ring, bell) = crossbeam_channel::bounded(1);
        let tcp: Vec<SocketAddr> = tcp.iter().map(|address| address.parse().unwrap()).collect();
        let listeners = StreamListeners::start(settings, &tcp, move || _ = ring.try_send(())).unwrap();
        Self { listeners, bell }
    }

    fn address(&self, transport: Transport) -> SocketAddr {
        self.listeners.addresses().iter().find(|(of, _)| *of == transport).unwrap().1
    }

    /// Waits as an engine would: asks, and when there is nothing, sleeps until woken.
    #[track_caller]
    fn next(&mut self) -> StreamEvent {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(event) = self.listeners.next_event() {
                return event;
            }
            self.bell.recv_deadline(deadline).expect("no event came");
        }
    }

    #[track_caller]
    fn opened(&mut self) -> (Connection, Transport, SocketAddr, SocketAddr) {
        match self.next() {
            StreamEvent::Opened { connection, transport, local, remote } => (connection, transport, local, remote),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn message(&mut self) -> (Connection, Bytes) {
        match self.next() {
            StreamEvent::Message { connection, bytes } => (connection, bytes),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn closed(&mut self) -> Connection {
        match self.next() {
            StreamEvent::Closed { connection } => connection,
            other => panic!("{other:?}"),
        }
    }
}

fn settings() -> Settings {
    let mut settings = Settings::new("example.com", Vec::new());
    settings.limits.first_message = PATIENCE;
    settings.limits.whole_message = PATIENCE;
    settings.limits.idle_connection = PATIENCE;
    settings
}

fn dial(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn options(number: u32, body: &str) -> String {
    format!(
        "OPTIONS sip:example.com SIP/2.0\r\n\
         Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK{number}\r\n\
         From: <sip:a@example.com>;tag=1\r\nTo: <sip:example.com>\r\nCall-ID: {number}\r\n\
         CSeq: {number} OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Sends byte by byte, without ever getting to the end of the message, until the connection is closed.
#[track_caller]
fn dribble(stream: &mut TcpStream, message: &[u8]) {
    stream.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
    let head = &message[..message.len() - 4];
    let ended = head.iter().chain(std::iter::repeat(&b'x')).take(2000).any(|byte| {
        let written = stream.write_all(&[*byte]);
        let read = stream.read(&mut [0; 10]);
        written.is_err() || read.is_ok_and(|length| length == 0)
    });
    assert!(ended, "still open");
}

/// Reads to the end; a reset counts as the end too.
fn rest(stream: &mut impl std::io::Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => {}
        Err(error) => assert!(
            matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof),
            "still open: {error}"
        ),
    }
    bytes
}

#[test]
fn a_message_in_pieces_arrives_whole_and_is_answered() {
    let mut exchange = Exchange::start(&settings(), &["127.0.73.101:0"]);
    let mut phone = dial(exchange.address(Transport::Tcp));
    let (connection, transport, local, remote) = exchange.opened();
    assert_ne!(connection, 0);
    assert_eq!((transport, local), (Transport::Tcp, exchange.address(Transport::Tcp)));
    assert_eq!(remote, phone.local_addr().unwrap());
    let message = options(1, "hello");
    phone.set_nodelay(true).unwrap();
    for byte in message.as_bytes() {
        phone.write_all(&[*byte]).unwrap();
    }
    assert_eq!(exchange.message(), (connection, Bytes::from(message)));
    exchange.listeners.send(connection, Bytes::from_static(b"SIP/2.0 200 OK\r\n\r\n"));
    let mut answer = [0; 18];
    phone.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"SIP/2.0 200 OK\r\n\r\n");
    drop(phone);
    assert_eq!(exchange.closed(), connection);
    assert_eq!(exchange.listeners.connections(), 0);
    exchange.listeners.send(connection, Bytes::from_static(b"late"));
    exchange.listeners.close(connection);
    assert!(exchange.listeners.next_event().is_none());
}

#[test]
fn pipelined_messages_come_one_by_one_and_keep_alives_are_answered() {
    let mut exchange = Exchange::start(&settings(), &["127.0.73.102:0"]);
    let mut phone = dial(exchange.address(Transport::Tcp));
    let all: Vec<String> = (1..=50).map(|number| options(number, "body")).collect();
    let mut stream = String::from("\r\n\r\n");
    all.iter().for_each(|message| stream.push_str(message));
    stream.push_str("\r\n\r\n");
    phone.write_all(stream.as_bytes()).unwrap();
    let (connection, ..) = exchange.opened();
    for message in all {
        assert_eq!(exchange.message(), (connection, Bytes::from(message)));
    }
    let mut pongs = [0; 4];
    phone.read_exact(&mut pongs).unwrap();
    assert_eq!(&pongs, b"\r\n\r\n");
    // Everything queued is sent before the connection closes.
    for _ in 0..10 {
        exchange.listeners.send(connection, Bytes::from_static(b"answer"));
    }
    exchange.listeners.close(connection);
    exchange.listeners.send(connection, Bytes::from_static(b"too late"));
    assert_eq!(rest(&mut phone), b"answer".repeat(10));
    drop(phone);
    assert_eq!(exchange.closed(), connection);
}

#[test]
fn what_cannot_be_cut_is_told_answered_and_closed() {
    let mut exchange = Exchange::start(&settings(), &["127.0.73.103:0"]);
    let mut phone = dial(exchange.address(Transport::Tcp));
    let (connection, ..) = exchange.opened();
    let endless = options(1, "").replace("Content-Length: 0\r\n", "");
    phone.write_all(endless.as_bytes()).unwrap();
    phone.write_all(options(2, "").as_bytes()).unwrap();
    let StreamEvent::Malformed { connection: of, malformed } = exchange.next() else { panic!("not refused") };
    assert_eq!((of, malformed.status()), (connection, Some(400)));
    exchange.listeners.send(connection, Bytes::from_static(b"SIP/2.0 400 Bad Request\r\n\r\n"));
    exchange.listeners.close(connection);
    assert_eq!(rest(&mut phone), b"SIP/2.0 400 Bad Request\r\n\r\n");
    drop(phone);
    assert_eq!(exchange.closed(), connection);
}

#[test]
fn a_message_too_long_is_refused_before_it_is_read() {
    let mut exchange = Exchange::start(&settings(), &["127.0.73.104:0"]);
    let mut phone = dial(exchange.address(Transport::Tcp));
    exchange.opened();
    let huge = options(1, "").replace("Content-Length: 0", "Content-Length: 70000");
    phone.write_all(huge.as_bytes()).unwrap();
    let StreamEvent::Malformed { malformed, .. } = exchange.next() else { panic!("not refused") };
    assert_eq!(malformed.status(), Some(513));

    let mut other = dial(exchange.address(Transport::Tcp));
    exchange.opened();
    other.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let StreamEvent::Malformed { malformed, .. } = exchange.next() else { panic!("not refused") };
    assert_eq!(malformed.status(), None);
}

#[test]
fn nobody_may_take_for_ever_to_say_something() {
    let mut settings = settings();
    settings.limits.first_message = SHORT;
    settings.tls = Some(certificate(&["127.0.73.105:0"]));
    settings.ws = vec!["127.0.73.105:0".parse().unwrap()];
    let mut exchange = Exchange::start(&settings, &["127.0.73.105:0"]);
    let mut silent = dial(exchange.address(Transport::Tcp));
    let (connection, ..) = exchange.opened();
    assert!(rest(&mut silent).is_empty());
    assert_eq!(exchange.closed(), connection);

    // Bytes do not buy time, nor do keep-alives.
    let mut dribbling = dial(exchange.address(Transport::Tcp));
    exchange.opened();
    dribble(&mut dribbling, options(1, "").as_bytes());
    exchange.closed();

    // Handshakes count, and nobody is told of connections that never got through them.
    for transport in [Transport::Tls, Transport::Ws] {
        assert!(rest(&mut dial(exchange.address(transport))).is_empty());
    }
    assert!(exchange.listeners.next_event().is_none());
}

#[test]
fn a_message_once_begun_must_end() {
    let mut settings = settings();
    settings.limits.whole_message = SHORT;
    let mut exchange = Exchange::start(&settings, &["127.0.73.106:0"]);
    let mut phone = dial(exchange.address(Transport::Tcp));
    let (connection, ..) = exchange.opened();
    phone.write_all(options(1, "").as_bytes()).unwrap();
    exchange.message();
    exchange.listeners.keep(connection, true);
    phone.write_all(&options(2, "").as_bytes()[..100]).unwrap();
    dribble(&mut phone, &options(2, "").as_bytes()[100..]);
    assert_eq!(exchange.closed(), connection);
}

#[test]
fn a_silent_connection_lives_only_as_long_as_a_registration_uses_it() {
    let mut settings = settings();
    settings.limits.idle_connection = SHORT;
    let mut exchange = Exchange::start(&settings, &["127.0.73.107:0"]);
    let mut phones = Vec::new();
    let mut connections = Vec::new();
    for kept in [true, false] {
        let mut phone = dial(exchange.address(Transport::Tcp));
        let (connection, ..) = exchange.opened();
        exchange.listeners.keep(connection, kept);
        phone.write_all(options(1, "").as_bytes()).unwrap();
        exchange.message();
        phones.push(phone);
        connections.push(connection);
    }
    assert_eq!(exchange.closed(), connections[1]);
    phones[0].write_all(options(2, "").as_bytes()).unwrap();
    assert_eq!(exchange.message().0, connections[0]);
    exchange.listeners.keep(connections[0], false);
    assert_eq!(exchange.closed(), connections[0]);
}

#[test]
fn connections_are_limited_by_source_and_in_all() {
    let mut settings = settings();
    settings.limits.connections_per_source = 2;
    settings.limits.connections = 3;
    let mut exchange = Exchange::start(&settings, &["127.0.73.108:0"]);
    let address = exchange.address(Transport::Tcp);
    let from = |ip: [u8; 4]| {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((ip, 0)).into()).unwrap();
        socket.connect(&address.into()).unwrap();
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    };
    let (first, second) = (from([127, 0, 73, 109]), from([127, 0, 73, 109]));
    let opened = [exchange.opened().0, exchange.opened().0];
    assert!(rest(&mut from([127, 0, 73, 109])).is_empty(), "one too many from there");
    let _other = from([127, 0, 73, 110]);
    exchange.opened();
    assert!(rest(&mut from([127, 0, 73, 111])).is_empty(), "one too many in all");
    drop(first);
    assert!(opened.contains(&exchange.closed()));
    let _again = from([127, 0, 73, 109]);
    exchange.opened();
    drop(second);
}

#[test]
fn a_peer_that_does_not_read_is_given_up() {
    let mut exchange = Exchange::start(&settings(), &["127.0.73.112:0"]);
    let mut phone = dial(exchange.address(Transport::Tcp));
    let (connection, ..) = exchange.opened();
    phone.write_all(options(1, "").as_bytes()).unwrap();
    exchange.message();
    let message = Bytes::from(vec![b'x'; 60_000]);
    let mut sent = 0;
    while exchange.listeners.connections() > 0 {
        exchange.listeners.send(connection, message.clone());
        sent += 1;
        assert!(sent < 100_000, "everything is kept for it");
        std::thread::yield_now();
    }
    assert_eq!(exchange.closed(), connection);
    rest(&mut phone);
    assert!(exchange.listeners.next_event().is_none());
}

/// More events than fit must wait, not vanish.
#[test]
fn a_busy_engine_makes_senders_wait() {
    let mut exchange = Exchange::start(&settings(), &["127.0.73.113:0"]);
    let phone = dial(exchange.address(Transport::Tcp));
    let sender = std::thread::spawn(move || {
        let mut phone = phone;
        for number in 0..20_000 {
            phone.write_all(options(number, "").as_bytes()).unwrap();
        }
        phone
    });
    exchange.opened();
    for number in 0..20_000 {
        assert_eq!(exchange.message().1, options(number, ""));
    }
    drop(sender.join().unwrap());
    exchange.closed();
}

fn certificate(addresses: &[&str]) -> TlsSettings {
    let made = rcgen::generate_simple_self_signed(vec!["phones.example.com".to_owned()]).unwrap();
    TlsSettings {
        addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        certificates_pem: made.cert.pem().into_bytes(),
        key_pem: made.signing_key.serialize_pem().into_bytes(),
    }
}

/// A TLS connection of a client that trusts the certificate and speaks the given protocols.
fn secure(
    address: SocketAddr,
    settings: &TlsSettings,
    protocols: &[&str],
) -> rustls::StreamOwned<rustls::ClientConnection, TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&settings.certificates_pem).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let name = ServerName::try_from("phones.example.com").unwrap();
    let client = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    rustls::StreamOwned::new(client, dial(address))
}

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

fn request(address: SocketAddr, protocol: Option<&str>) -> tungstenite::handshake::client::Request {
    use tungstenite::client::IntoClientRequest as _;
    let mut request = format!("ws://{address}/").into_client_request().unwrap();
    if let Some(protocol) = protocol {
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocol.parse().unwrap());
    }
    request
}

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

#[test]
fn ipv6_and_all_addresses() {
    let mut exchange = Exchange::start(&settings(), &["[::1]:0", "0.0.0.0:0"]);
    let addresses: Vec<_> = exchange.listeners.addresses().iter().map(|(_, address)| *address).collect();
    let _v6 = dial(addresses[0]);
    assert_eq!(exchange.opened().2, addresses[0]);
    let _v4 = dial(SocketAddr::from(([127, 0, 73, 118], addresses[1].port())));
    assert_eq!(exchange.opened().2, SocketAddr::from(([127, 0, 73, 118], addresses[1].port())));
    exchange.listeners.stop_accepting();
}

/// A client that keeps nothing but the socket, so that the memory measured is the exchange's.
fn idle_phone(transport: Transport, address: SocketAddr, tls: &TlsSettings) -> TcpStream {
    match transport {
        Transport::Tcp => {
            let mut phone = dial(address);
            phone.write_all(options(1, "").as_bytes()).unwrap();
            phone
        }
        Transport::Tls => {
            let mut phone = secure(address, tls, &[]);
            phone.write_all(options(1, "").as_bytes()).unwrap();
            phone.sock
        }
        Transport::Ws => {
            let (mut phone, _) = tungstenite::client(request(address, Some("sip")), dial(address)).unwrap();
            phone.send(options(1, "").into()).unwrap();
            phone.get_ref().try_clone().unwrap()
        }
        Transport::Wss => {
            let stream = secure(address, tls, &[]);
            let (mut phone, _) = tungstenite::client(request(address, Some("sip")), stream).unwrap();
            phone.send(options(1, "").into()).unwrap();
            phone.get_ref().sock.try_clone().unwrap()
        }
    }
}

#[track_caller]
fn takes_at_most(bytes: u64, transport: Transport, ip: &str) {
    let tls = certificate(&[ip]);
    let mut settings = settings();
    settings.limits.connections_per_source = 10_000;
    settings.tls = Some(tls.clone());
    settings.wss = Some(tls.clone());
    settings.ws = vec![ip.parse().unwrap()];
    let mut exchange = Exchange::start(&settings, &[ip]);
    let address = exchange.address(transport);
    let mut phones = Vec::new();
    let mut grow = |count: usize| {
        for _ in 0..count {
            phones.push(idle_phone(transport, address, &tls));
            exchange.opened();
            exchange.message();
        }
        resident()
    };
    let before = grow(100);
    let each = grow(500).saturating_sub(before) / 500;
    eprintln!("{transport:?}: {each} bytes a connection");
    assert!(each <= bytes, "{each} bytes");
}

#[test]
fn an_idle_tcp_connection_takes_little_memory() {
    takes_at_most(10_000, Transport::Tcp, "127.0.73.119:0");
}

#[test]
fn an_idle_tls_connection_takes_little_memory() {
    takes_at_most(40_000, Transport::Tls, "127.0.73.120:0");
}

#[test]
fn an_idle_websocket_takes_little_memory() {
    takes_at_most(20_000, Transport::Ws, "127.0.73.121:0");
    takes_at_most(50_000, Transport::Wss, "127.0.73.122:0");
}

/// Resident memory of this process in bytes.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}
