//! The media relay alone, or a plain UDP echo to compare it with, for measuring CPU per packet.
//!
//! `relay_only relay|echo PAIRS FILE` writes one line `a pa b pb` a call to FILE: a phone at port `a` of 127.0.0.1 sends
//! to `pa`, its partner at `b` to `pb`. Runs until its standard input ends, then prints the packets it moved.
#![allow(clippy::disallowed_methods, reason = "a measuring tool is its own main program and reads the clock itself")]

use std::error::Error;
use std::fmt::Write as _;
use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Instant;

use rustix::event::epoll;
use switch::media::{MediaConfig, MediaPool, Peer, Side};
use types::clock::{Clock, Tick, Timestamp};

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const FIRST_PHONE: u16 = 10_000;

struct Monotonic(Instant);

impl Clock for Monotonic {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }

    fn tick(&self) -> Tick {
        Tick(u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("usage: relay_only relay|echo PAIRS FILE");
    let (mode, pairs, file) = (next()?, next()?.parse::<u16>()?, next()?);
    let phones: Vec<(u16, u16)> = (0..pairs).map(|pair| (FIRST_PHONE + 4 * pair, FIRST_PHONE + 4 * pair + 2)).collect();
    match mode.as_str() {
        "relay" => relay(&phones, &file),
        "echo" => echo(&phones, &file),
        _ => Err("the mode is relay or echo".into()),
    }
}

fn relay(phones: &[(u16, u16)], file: &str) -> Result<(), Box<dyn Error>> {
    let mut pool = MediaPool::start(MediaConfig::new(0..=0, Arc::new(Monotonic(Instant::now()))))?;
    let mut relays = Vec::new();
    let mut lines = String::new();
    for &(a, b) in phones {
        let relay = pool.allocate(LOCALHOST, LOCALHOST, 1, Tick(0))?;
        for (side, phone) in [(Side::A, a), (Side::B, b)] {
            pool.expect(relay.id, side, 0, Peer::new(SocketAddr::new(LOCALHOST, phone), None, LOCALHOST));
        }
        let port = |side| relay.side(side).first().map_or(0, SocketAddr::port);
        writeln!(lines, "{a} {} {b} {}", port(Side::A), port(Side::B))?;
        relays.push(relay.id);
    }
    std::fs::write(file, lines)?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    let moved = relays.into_iter().map(|relay| pool.release(relay, Tick(0)));
    println!("{}", moved.map(|stats| stats.a.packets + stats.b.packets).sum::<u64>());
    Ok(())
}

fn echo(phones: &[(u16, u16)], file: &str) -> Result<(), Box<dyn Error>> {
    let epoll = epoll::create(epoll::CreateFlags::empty())?;
    let mut sockets = Vec::new();
    let mut lines = String::new();
    let mut bound = || -> Result<u16, Box<dyn Error>> {
        let socket = UdpSocket::bind((LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        let number = epoll::EventData::new_u64(u64::try_from(sockets.len())?);
        epoll::add(&epoll, &socket, number, epoll::EventFlags::IN)?;
        let port = socket.local_addr()?.port();
        sockets.push(socket);
        Ok(port)
    };
    for &(a, b) in phones {
        writeln!(lines, "{a} {} {b} {}", bound()?, bound()?)?;
    }
    std::fs::write(file, lines)?;
    std::thread::spawn(move || {
        let mut events = Vec::with_capacity(256);
        let mut buffer = [0; 2048];
        loop {
            events.clear();
            let _ = epoll::wait(&epoll, rustix::buffer::spare_capacity(&mut events), None);
            for event in &events {
                let socket = usize::try_from(event.data.u64()).ok().and_then(|number| sockets.get(number));
                let Some(socket) = socket else { continue };
                if let Ok((length, from)) = socket.recv_from(&mut buffer)
                    && let Some(bytes) = buffer.get(..length)
                {
                    let _ = socket.send_to(bytes, from);
                }
            }
        }
    });
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
