//! An exchange that takes connections, and phones to connect.

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

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const SHORT: Duration = Duration::from_millis(150);

/// Listeners, and the doorbell they ring.
pub(crate) struct Exchange {
    pub(crate) listeners: StreamListeners,
    bell: Receiver<()>,
}

impl Exchange {
    pub(crate) fn start(settings: &Settings, tcp: &[&str]) -> Self {
        let (ring, bell) = crossbeam_channel::bounded(1);
        let tcp: Vec<SocketAddr> = tcp.iter().map(|address| address.parse().unwrap()).collect();
        let listeners = StreamListeners::start(settings, &tcp, move || _ = ring.try_send(())).unwrap();
        Self { listeners, bell }
    }

    pub(crate) fn address(&self, transport: Transport) -> SocketAddr {
        self.listeners.addresses().iter().find(|(of, _)| *of == transport).unwrap().1
    }

    /// Waits as an engine would: asks, and when there is nothing, sleeps until woken.
    #[track_caller]
    pub(crate) fn next(&mut self) -> StreamEvent {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(event) = self.listeners.next_event() {
                return event;
            }
            self.bell.recv_deadline(deadline).expect("no event came");
        }
    }

    #[track_caller]
    pub(crate) fn opened(&mut self) -> (Connection, Transport, SocketAddr, SocketAddr) {
        match self.next() {
            StreamEvent::Opened { connection, transport, local, remote } => (connection, transport, local, remote),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn message(&mut self) -> (Connection, Bytes) {
        match self.next() {
            StreamEvent::Message { connection, bytes } => (connection, bytes),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn closed(&mut self) -> Connection {
        match self.next() {
            StreamEvent::Closed { connection } => connection,
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) fn settings() -> Settings {
    let mut settings = Settings::new("example.com", Vec::new());
    settings.limits.first_message = PATIENCE;
    settings.limits.whole_message = PATIENCE;
    settings.limits.idle_connection = PATIENCE;
    settings
}

pub(crate) fn dial(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

pub(crate) fn options(number: u32, body: &str) -> String {
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
pub(crate) fn dribble(stream: &mut TcpStream, message: &[u8]) {
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
pub(crate) fn rest(stream: &mut impl std::io::Read) -> Vec<u8> {
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

pub(crate) fn certificate(addresses: &[&str]) -> TlsSettings {
    let made = rcgen::generate_simple_self_signed(vec!["phones.example.com".to_owned()]).unwrap();
    TlsSettings {
        addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        certificates_pem: made.cert.pem().into_bytes(),
        key_pem: made.signing_key.serialize_pem().into_bytes(),
    }
}

/// A TLS connection of a client that trusts the certificate and speaks the given protocols.
pub(crate) fn secure(
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

pub(crate) fn request(address: SocketAddr, protocol: Option<&str>) -> tungstenite::handshake::client::Request {
    use tungstenite::client::IntoClientRequest as _;
    let mut request = format!("ws://{address}/").into_client_request().unwrap();
    if let Some(protocol) = protocol {
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocol.parse().unwrap());
    }
    request
}
