//! The media relay on real sockets: who is heard, who gets what, and that strangers get nothing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods, clippy::panic)]

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use switch::media::{Exhausted, MediaConfig, MediaPool, Peer, Relay, RelayId, Side};
use types::clock::{Clock, Tick, Timestamp};

const PATIENCE: Duration = Duration::from_secs(10);
const QUARANTINE: Duration = Duration::from_secs(5);

/// A clock; where `1` is set, the next look at it ends in a panic.
#[derive(Default)]
struct Hands(AtomicU64, AtomicBool);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }

    fn tick(&self) -> Tick {
        assert!(!self.1.swap(false, Ordering::Relaxed), "the clock fell down");
        Tick(self.0.load(Ordering::Relaxed))
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn pool() -> MediaPool {
    MediaPool::start(MediaConfig::new(0..=0, Arc::new(Hands::default()))).unwrap()
}

/// A pool that may use exactly `pairs` port pairs of `ip`, at a place that was free a moment ago.
fn small_pool(local: IpAddr, pairs: u16, clock: Arc<Hands>) -> MediaPool {
    let base = pool().allocate(local, local, 1, Tick(0)).unwrap().a[0].port() & !63;
    MediaPool::start(MediaConfig::new(base..=base + 2 * pairs - 1, clock)).unwrap()
}

/// A phone's RTP and RTCP socket.
struct Phone {
    rtp: UdpSocket,
    rtcp: UdpSocket,
}

impl Phone {
    fn at(address: &str) -> Self {
        let socket = || {
            let socket = UdpSocket::bind((address, 0)).unwrap();
            socket.set_nonblocking(true).unwrap();
            socket
        };
        Self { rtp: socket(), rtcp: socket() }
    }

    fn peer(&self) -> Peer {
        let rtp = self.rtp.local_addr().unwrap();
        Peer::new(rtp, Some(self.rtcp.local_addr().unwrap()), rtp.ip())
    }
}

fn rtp(mark: u8) -> Vec<u8> {
    let mut packet = vec![0x80, 0, 0, mark, 0, 0, 0, 160, 1, 2, 3, 4];
    packet.resize(172, mark);
    packet
}

fn rtcp(mark: u8) -> Vec<u8> {
    vec![0x80, 201, 0, 1, 0, 0, 0, mark]
}

fn above(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port() + 1)
}

fn received(socket: &UdpSocket) -> Option<(Vec<u8>, SocketAddr)> {
    let mut buffer = [0; 2048];
    let (length, from) = socket.recv_from(&mut buffer).ok()?;
    Some((buffer[..length].to_vec(), from))
}

/// Sends until it arrives: the first packets may overtake the order that lets them in.
#[track_caller]
fn passes(from: &UdpSocket, via: SocketAddr, packet: &[u8], to: &UdpSocket, out: SocketAddr) {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        from.send_to(packet, via).unwrap();
        let round = Instant::now() + Duration::from_millis(20);
        while Instant::now() < round {
            if let Some((bytes, source)) = received(to)
                && bytes == packet
            {
                assert_eq!(source, out);
                return;
            }
            std::thread::yield_now();
        }
    }
    panic!("nothing came through");
}

/// To be called once something behind it in the same socket's queue came through.
#[track_caller]
fn gets_nothing(socket: &UdpSocket) {
    assert_eq!(received(socket), None);
}

/// The same, where repeated packets with an earlier mark may still be under way.
#[track_caller]
fn gets_only(socket: &UdpSocket, mark: u8) {
    while let Some((bytes, _)) = received(socket) {
        assert_eq!(bytes, rtp(mark));
    }
}

struct Call {
    pool: MediaPool,
    relay: Relay,
    a: Phone,
    b: Phone,
}

impl Call {
    fn between(a: &str, b: &str, local: &str) -> Self {
        Self::of(pool(), a, b, local)
    }

    fn of(mut pool: MediaPool, a: &str, b: &str, local: &str) -> Self {
        let relay = pool.allocate(ip(local), ip(local), 1, Tick(0)).unwrap();
        let (a, b) = (Phone::at(a), Phone::at(b));
        pool.expect(relay.id, Side::A, 0, a.peer());
        pool.expect(relay.id, Side::B, 0, b.peer());
        Self { pool, relay, a, b }
    }

    #[track_caller]
    fn talk(&self, mark: u8) {
        let (a, b) = (self.relay.a[0], self.relay.b[0]);
        passes(&self.a.rtp, a, &rtp(mark), &self.b.rtp, b);
        passes(&self.b.rtp, b, &rtp(mark), &self.a.rtp, a);
        passes(&self.a.rtcp, above(a), &rtcp(mark), &self.b.rtcp, above(b));
        passes(&self.b.rtcp, above(b), &rtcp(mark), &self.a.rtcp, above(a));
    }
}

#[test]
fn rtp_and_rtcp_flow_both_ways_unchanged() {
    let mut call = Call::between("127.0.73.11", "127.0.73.12", "127.0.73.10");
    assert_eq!(call.relay.a[0].ip(), ip("127.0.73.10"));
    assert_eq!(call.relay.a[0].port() % 2, 0);
    for mark in 1..5 {
        call.talk(mark);
    }
    let event = [0x80, 0xe5, 0, 9, 0, 0, 3, 32, 1, 2, 3, 4, 5, 10, 0, 160];
    passes(&call.a.rtp, call.relay.a[0], &event, &call.b.rtp, call.relay.b[0]);
    let stats = call.pool.release(call.relay.id, Tick(0));
    assert!(stats.a.packets >= 9 && stats.b.packets >= 8, "{stats:?}");
    assert!(stats.b.bytes >= 4 * (172 + 8), "{stats:?}");
    assert_eq!((stats.a.foreign, stats.a.malformed), (0, 0));
    assert_eq!(call.pool.idle_since(call.relay.id), None);
}

#[test]
fn a_packet_that_makes_the_relay_panic_ends_no_call() {
    let clock = Arc::new(Hands::default());
    let pool = MediaPool::start(MediaConfig::new(0..=0, Arc::<Hands>::clone(&clock))).unwrap();
    let call = Call::of(pool, "127.0.73.61", "127.0.73.62", "127.0.73.60");
    call.talk(1);
    for mark in 2..5 {
        clock.1.store(true, Ordering::Relaxed);
        call.talk(mark);
        assert!(!clock.1.load(Ordering::Relaxed), "nothing failed");
    }
}

#[test]
fn early_media_reaches_a_phone_that_has_sent_nothing() {
    let call = Call::between("127.0.73.14", "127.0.73.15", "127.0.73.13");
    passes(&call.b.rtp, call.relay.b[0], &rtp(1), &call.a.rtp, call.relay.a[0]);
}

#[test]
fn what_is_not_media_is_ignored() {
    let call = Call::between("127.0.73.17", "127.0.73.18", "127.0.73.16");
    call.talk(1);
    let stun = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for junk in [&stun[..], b"", b"x", &[0x80; 11]] {
        call.a.rtp.send_to(junk, call.relay.a[0]).unwrap();
    }
    while received(&call.b.rtp).is_some() {}
    passes(&call.a.rtp, call.relay.a[0], &rtp(2), &call.b.rtp, call.relay.b[0]);
    gets_only(&call.a.rtp, 1);
    assert_eq!(call.pool.stats(call.relay.id).a.malformed, 4);
}

/// A stranger sprays all four ports from the address `attacker` while the call goes on.
fn spray(call: &Call, attacker: &Phone) {
    let ports = [call.relay.a[0], above(call.relay.a[0]), call.relay.b[0], above(call.relay.b[0])];
    for mark in 100..150 {
        for port in ports {
            attacker.rtp.send_to(&rtp(mark), port).unwrap();
            attacker.rtcp.send_to(&rtcp(mark), port).unwrap();
        }
    }
    // Whatever the relay makes of those, it makes before it comes to these, which are behind them.
    for socket in [&call.a.rtp, &call.b.rtp, &call.a.rtcp, &call.b.rtcp] {
        let mut heard = Vec::new();
        while let Some((bytes, _)) = received(socket) {
            heard.push(bytes);
        }
        assert!(heard.iter().all(|bytes| bytes[3] < 100 && bytes.last().unwrap() < &100), "injected");
    }
    call.talk(3);
    for socket in [&attacker.rtp, &attacker.rtcp] {
        gets_nothing(socket);
    }
    for socket in [&call.a.rtp, &call.b.rtp, &call.a.rtcp, &call.b.rtcp] {
        while let Some((bytes, _)) = received(socket) {
            assert!(bytes[3] < 100 && bytes.last().unwrap() < &100, "injected");
        }
    }
}

#[test]
fn a_spray_during_a_call_injects_nothing_and_reaches_nobody() {
    let call = Call::between("127.0.73.20", "127.0.73.21", "127.0.73.19");
    call.talk(1);
    spray(&call, &Phone::at("127.0.73.22"));
}

#[test]
fn a_spray_before_the_first_packet_captures_nothing() {
    let call = Call::between("127.0.73.24", "127.0.73.25", "127.0.73.23");
    spray(&call, &Phone::at("127.0.73.26"));
    spray(&call, &Phone::at("127.0.73.26"));
}

#[test]
fn a_phone_behind_address_translation_is_found_and_then_defended() {
    let mut call = Call::between("127.0.73.28", "127.0.73.29", "127.0.73.27");
    let natted = Peer::new("192.0.2.1:4000".parse().unwrap(), None, ip("127.0.73.28"));
    call.pool.expect(call.relay.id, Side::A, 0, natted);
    let attacker = Phone::at("127.0.73.30");
    for round in 0..60 {
        call.talk(round);
        if round % 10 == 0 {
            spray(&call, &attacker);
        }
    }
    // A hundred packets lock the port: not even another socket of the phone's own machine gets in.
    for round in 0..60 {
        call.talk(round);
    }
    let neighbour = Phone::at("127.0.73.28");
    spray(&call, &neighbour);
    let stats = call.pool.stats(call.relay.id);
    assert!(stats.a.foreign > 0, "{stats:?}");
}

#[test]
fn an_answer_with_another_address_moves_the_stream() {
    let mut call = Call::between("127.0.73.32", "127.0.73.33", "127.0.73.31");
    call.talk(1);
    let moved = Phone::at("127.0.73.34");
    call.pool.expect(call.relay.id, Side::B, 0, moved.peer());
    passes(&moved.rtp, call.relay.b[0], &rtp(2), &call.a.rtp, call.relay.a[0]);
    passes(&call.a.rtp, call.relay.a[0], &rtp(3), &moved.rtp, call.relay.b[0]);
    let old = std::mem::replace(&mut call.b, moved);
    while received(&old.rtp).is_some() {}
    spray(&call, &old);
}

#[test]
fn a_held_phone_gets_nothing_and_talks_on_after_that() {
    let mut call = Call::between("127.0.73.36", "127.0.73.37", "127.0.73.35");
    call.talk(1);
    let hold = Peer::new("0.0.0.0:4000".parse().unwrap(), None, ip("127.0.73.36"));
    call.pool.expect(call.relay.id, Side::A, 0, hold);
    let deadline = Instant::now() + PATIENCE;
    while call.pool.stats(call.relay.id).b.unsent == 0 && Instant::now() < deadline {
        call.b.rtp.send_to(&rtp(2), call.relay.b[0]).unwrap();
    }
    while received(&call.a.rtp).is_some() {}
    // The held phone may go on sending, music perhaps; and once that is through, the relay has seen all before it.
    call.b.rtp.send_to(&rtp(3), call.relay.b[0]).unwrap();
    passes(&call.a.rtp, call.relay.a[0], &rtp(4), &call.b.rtp, call.relay.b[0]);
    gets_nothing(&call.a.rtp);
    call.pool.expect(call.relay.id, Side::A, 0, call.a.peer());
    call.talk(5);
}

#[test]
fn ipv4_and_ipv6_phones_talk_to_each_other() {
    let mut pool = pool();
    let relay = pool.allocate(ip("127.0.73.38"), ip("::1"), 1, Tick(0)).unwrap();
    let (a, b) = (Phone::at("127.0.73.39"), Phone::at("::1"));
    pool.expect(relay.id, Side::A, 0, a.peer());
    pool.expect(relay.id, Side::B, 0, b.peer());
    Call { pool, relay, a, b }.talk(7);
}

#[test]
fn a_second_stream_is_apart_from_the_first_and_may_come_later() {
    let mut call = Call::between("127.0.73.41", "127.0.73.42", "127.0.73.40");
    let (a, b) = call.pool.add_stream(call.relay.id, Tick(0)).unwrap();
    let (video_a, video_b) = (Phone::at("127.0.73.41"), Phone::at("127.0.73.42"));
    call.pool.expect(call.relay.id, Side::A, 1, video_a.peer());
    call.pool.expect(call.relay.id, Side::B, 1, video_b.peer());
    passes(&video_a.rtp, a, &rtp(1), &video_b.rtp, b);
    call.talk(2);
    gets_only(&video_b.rtp, 1);
}

#[test]
fn released_ports_rest_and_late_packets_reach_no_other_call() {
    let clock = Arc::new(Hands::default());
    let local = ip("127.0.73.43");
    let mut pool = small_pool(local, 2, Arc::clone(&clock));
    let (old, partner) = (Phone::at("127.0.73.44"), Phone::at("127.0.73.45"));
    let relay = pool.allocate(local, local, 1, Tick(0)).unwrap();
    pool.expect(relay.id, Side::A, 0, old.peer());
    pool.expect(relay.id, Side::B, 0, partner.peer());
    passes(&old.rtp, relay.a[0], &rtp(1), &partner.rtp, relay.b[0]);
    assert_eq!(pool.allocate(local, local, 1, Tick(0)), Err(Exhausted));
    let end = Tick(1_000_000);
    pool.release(relay.id, end);
    assert!(pool.is_empty());
    let early = Tick(end.0 + u64::try_from(QUARANTINE.as_micros()).unwrap() - 1);
    assert_eq!(pool.allocate(local, local, 1, early), Err(Exhausted));
    let again = pool.allocate(local, local, 1, end + QUARANTINE).unwrap();
    assert_ne!(again.id, relay.id);
    assert_eq!((&again.a, &again.b), (&relay.a, &relay.b));
    let (a, b) = (Phone::at("127.0.73.46"), Phone::at("127.0.73.47"));
    pool.expect(again.id, Side::A, 0, a.peer());
    pool.expect(again.id, Side::B, 0, b.peer());
    let call = Call { pool, relay: again, a, b };
    spray(&call, &old);
    // Until the packet thread has followed the orders, old talks to its partner still, and to nobody else.
    while received(&partner.rtp).is_some() {}
    spray(&call, &old);
    gets_nothing(&partner.rtp);
    let stats = call.pool.stats(call.relay.id);
    assert!(stats.a.packets < 50, "counted from the start: {stats:?}");
}

#[test]
fn what_does_not_fit_reserves_nothing() {
    let local = ip("127.0.73.48");
    let mut pool = small_pool(local, 3, Arc::default());
    assert_eq!(pool.allocate(local, local, 9, Tick(0)), Err(Exhausted));
    assert_eq!(pool.allocate(local, local, 2, Tick(0)), Err(Exhausted));
    let later = Tick(0) + QUARANTINE;
    let relay = pool.allocate(local, local, 1, later).unwrap();
    assert_eq!(pool.add_stream(relay.id, later), Err(Exhausted));
    assert_eq!(pool.len(), 1);
    let elsewhere = ip("192.0.2.1");
    assert_eq!(pool.allocate(elsewhere, local, 1, later), Err(Exhausted));
    pool.release(relay.id, later);
    pool.release(relay.id, later);
    pool.expect(RelayId(999), Side::A, 0, Phone::at("127.0.73.49").peer());
    assert!(pool.allocate(local, local, 1, later + QUARANTINE).is_ok());
}

#[test]
fn a_restart_binds_the_same_ports() {
    let Call { pool: before, relay, a, b } = Call::between("127.0.73.51", "127.0.73.52", "127.0.73.50");
    let saved: Relay = serde_json::from_str(&serde_json::to_string(&relay).unwrap()).unwrap();
    drop(before);
    let mut pool = pool();
    let relay = pool.restore(&saved, Tick(0)).unwrap();
    assert_eq!((&relay.a, &relay.b), (&saved.a, &saved.b));
    assert_eq!(pool.restore(&saved, Tick(0)), Err(Exhausted), "taken");
    pool.expect(relay.id, Side::A, 0, a.peer());
    pool.expect(relay.id, Side::B, 0, b.peer());
    Call { pool, relay, a, b }.talk(2);
}

#[test]
fn silence_is_told_from_the_last_packet_of_either_phone() {
    let clock = Arc::new(Hands::default());
    let config = MediaConfig::new(0..=0, Arc::clone(&clock) as Arc<dyn Clock>);
    let mut pool = MediaPool::start(config).unwrap();
    let local = ip("127.0.73.54");
    let relay = pool.allocate(local, local, 1, Tick(5)).unwrap();
    assert_eq!(pool.idle_since(relay.id), Some(Tick(5)));
    let (a, b) = (Phone::at("127.0.73.55"), Phone::at("127.0.73.56"));
    pool.expect(relay.id, Side::A, 0, a.peer());
    pool.expect(relay.id, Side::B, 0, b.peer());
    clock.0.store(77, Ordering::Relaxed);
    passes(&a.rtp, relay.a[0], &rtp(1), &b.rtp, relay.b[0]);
    assert_eq!(pool.idle_since(relay.id), Some(Tick(77)));
}

#[test]
fn a_phone_cannot_make_the_relay_talk_to_itself() {
    let mut call = Call::between("127.0.73.58", "127.0.73.59", "127.0.73.57");
    let looped = Peer::new(call.relay.b[0], None, ip("127.0.73.58"));
    call.pool.expect(call.relay.id, Side::A, 0, looped);
    let deadline = Instant::now() + PATIENCE;
    while call.pool.stats(call.relay.id).b.unsent == 0 && Instant::now() < deadline {
        call.b.rtp.send_to(&rtp(1), call.relay.b[0]).unwrap();
    }
    assert!(call.pool.stats(call.relay.id).b.unsent > 0);
}

#[test]
fn several_threads_share_the_calls() {
    let config = MediaConfig { threads: 2, ..MediaConfig::new(0..=0, Arc::new(Hands::default())) };
    let mut pool = MediaPool::start(config).unwrap();
    let local = ip("127.0.73.60");
    let mut calls = Vec::new();
    for _ in 0..6 {
        let relay = pool.allocate(local, local, 1, Tick(0)).unwrap();
        let (a, b) = (Phone::at("127.0.73.61"), Phone::at("127.0.73.62"));
        pool.expect(relay.id, Side::A, 0, a.peer());
        pool.expect(relay.id, Side::B, 0, b.peer());
        calls.push((relay, a, b));
    }
    for (relay, a, b) in &calls {
        passes(&a.rtp, relay.a[0], &rtp(1), &b.rtp, relay.b[0]);
        passes(&b.rtp, relay.b[0], &rtp(1), &a.rtp, relay.a[0]);
    }
}
