//! What an idle connection costs.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};

use switch::listen::stream::Transport;
use switch::settings::TlsSettings;
use tokio_tungstenite::tungstenite;

use crate::harness::*;

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
