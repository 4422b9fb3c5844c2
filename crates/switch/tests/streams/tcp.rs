//! Messages over TCP.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;

use bytes::Bytes;
use switch::listen::stream::{StreamEvent, Transport};

use crate::harness::*;

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
fn ipv6_and_all_addresses() {
    let mut exchange = Exchange::start(&settings(), &["[::1]:0", "0.0.0.0:0"]);
    let addresses: Vec<_> = exchange.listeners.addresses().iter().map(|(_, address)| *address).collect();
    let _v6 = dial(addresses[0]);
    assert_eq!(exchange.opened().2, addresses[0]);
    let _v4 = dial(SocketAddr::from(([127, 0, 73, 118], addresses[1].port())));
    assert_eq!(exchange.opened().2, SocketAddr::from(([127, 0, 73, 118], addresses[1].port())));
    exchange.listeners.stop_accepting();
}
