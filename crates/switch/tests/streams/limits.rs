//! How many connections there may be, and how long each may take for what.

use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};

use bytes::Bytes;
use switch::listen::stream::Transport;

use crate::harness::*;

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
