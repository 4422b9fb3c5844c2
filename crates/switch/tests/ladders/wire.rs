//! A virtual network and clock around the engine.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use sip::agent::Path;
use sip::ladder::Ladder;
use switch::engine::{Engine, Input, Output, Ports};
use switch::media::{Exhausted, Peer, Relay, RelayId, Side};
use switch::ports::Media;
use switch::settings::Settings;
use types::clock::{Tick, Timestamp};
use types::entropy::Entropy;

use crate::world::{Book, DOMAIN, Mode, Office, shared};

/// Where the exchange is.
pub fn exchange() -> SocketAddr {
    "192.0.2.1:5060".parse().unwrap()
}

/// Numbers that look random and are the same in every run.
pub struct Dice(AtomicU64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Entropy for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // SplitMix64.
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            let length = chunk.len();
            chunk.copy_from_slice(&z.to_be_bytes()[..length]);
        }
    }
}

/// What the engine asked of the media relay.
#[derive(Default)]
pub struct Packets {
    next: AtomicU64,
    state: Mutex<PacketState>,
}

#[derive(Default)]
pub struct PacketState {
    pub relays: Vec<Relay>,
    pub expected: Vec<(RelayId, Side, usize, Peer)>,
    pub silent_since: Option<Tick>,
    pub exhausted: bool,
}

impl Packets {
    pub fn state(&self) -> MutexGuard<'_, PacketState> {
        self.state.lock()
    }

    /// The RTP address last expected of a side of the only relay.
    pub fn expected(&self, side: Side) -> Option<SocketAddr> {
        let state = self.state();
        let last = state.expected.iter().rev().find(|(_, of, stream, _)| *of == side && *stream == 0);
        last.map(|(_, _, _, peer)| peer.rtp)
    }
}

struct Handle(Arc<Packets>);

impl Handle {
    fn port(&self) -> u16 {
        20_000 + 2 * u16::try_from(self.0.next.fetch_add(1, Ordering::Relaxed)).unwrap()
    }
}

impl Media for Handle {
    fn allocate(&mut self, a: IpAddr, b: IpAddr, streams: usize, _: Tick) -> Result<Relay, Exhausted> {
        if self.0.state().exhausted {
            return Err(Exhausted);
        }
        let id = RelayId(self.0.next.load(Ordering::Relaxed));
        let side = |ip| (0..streams).map(|_| SocketAddr::new(ip, self.port())).collect();
        let relay = Relay { id, a: side(a), b: side(b) };
        self.0.state().relays.push(relay.clone());
        Ok(relay)
    }

    fn add_stream(&mut self, relay: RelayId, _: Tick) -> Result<(SocketAddr, SocketAddr), Exhausted> {
        let (a, b) = (self.port(), self.port());
        let mut state = self.0.state();
        let relay = state.relays.iter_mut().find(|known| known.id == relay).ok_or(Exhausted)?;
        let (a, b) = (SocketAddr::new(relay.a[0].ip(), a), SocketAddr::new(relay.b[0].ip(), b));
        relay.a.push(a);
        relay.b.push(b);
        Ok((a, b))
    }

    fn restore(&mut self, saved: &Relay, _: Tick) -> Result<Relay, Exhausted> {
        self.0.state().relays.push(saved.clone());
        Ok(saved.clone())
    }

    fn expect(&mut self, relay: RelayId, side: Side, stream: usize, peer: Peer) {
        self.0.state().expected.push((relay, side, stream, peer));
    }

    fn idle_since(&self, _: RelayId) -> Option<Tick> {
        self.0.state().silent_since
    }

    fn release(&mut self, relay: RelayId, _: Tick) {
        self.0.state().relays.retain(|known| known.id != relay);
    }
}

/// The network: everything the engine sends is drawn, and waits for its phone.
pub struct Wire {
    pub engine: Engine,
    pub office: Arc<Office>,
    pub book: Arc<Book>,
    pub packets: Arc<Packets>,
    pub now: Tick,
    pub at: Timestamp,
    pub ladder: Ladder,
    pub closed: Vec<u64>,
    names: BTreeMap<SocketAddr, &'static str>,
    inboxes: BTreeMap<SocketAddr, VecDeque<Bytes>>,
    serial: u64,
    /// Real time the engine took.
    pub spent: Duration,
    /// Set while nothing is to be drawn.
    pub quiet: bool,
}

impl Wire {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    pub fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let (office, book) = shared();
        let packets = Arc::new(Packets::default());
        let (now, at) = (Tick(1_000_000), Timestamp(1_790_000_000_000));
        let mut settings = settings();
        change(&mut settings);
        let engine = engine(settings, &office, &book, &packets, now, at, 7);
        Self {
            engine,
            office,
            book,
            packets,
            now,
            at,
            ladder: Ladder::new(),
            closed: Vec::new(),
            names: BTreeMap::new(),
            inboxes: BTreeMap::new(),
            serial: 0,
            spent: Duration::ZERO,
            quiet: false,
        }
    }

    /// The process dies and starts again after `pause`, with nothing but what was durable.
    pub fn crash(&mut self, pause: Duration) {
        self.book.set(Mode::Commit);
        self.packets.state().relays.clear();
        self.at = self.at.after(pause);
        self.now = Tick(50_000_000);
        self.serial += 1;
        self.engine =
            engine(settings(), &self.office, &self.book, &self.packets, self.now, self.at, 1000 + self.serial);
        self.pump();
    }

    /// Another engine that finds this.
    pub fn restarted(&self, restored: switch::Restored) -> Engine {
        let ports = ports(&self.office, &self.book, &self.packets, 1);
        Engine::new(settings(), ports, restored, self.now, self.at).unwrap()
    }

    /// A number that no other message of the test has.
    pub fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub fn name(&mut self, address: SocketAddr, name: &'static str) {
        self.names.insert(address, name);
    }

    /// A phone sends a message.
    pub fn deliver(&mut self, path: Path, bytes: &[u8]) {
        let name = self.names.get(&path.remote).copied().unwrap_or("stranger");
        if !self.quiet {
            self.ladder.push(self.now, name, "ringwerk", bytes);
        }
        let start = Instant::now();
        if path.connection == 0 {
            if self.engine.admits(path.remote.ip(), self.now) {
                self.engine.handle(Input::Datagram { path, bytes }, self.now, self.at);
            }
        } else {
            self.engine.handle(Input::Message { path, bytes: Bytes::copy_from_slice(bytes) }, self.now, self.at);
        }
        self.spent += start.elapsed();
        self.pump();
    }

    /// Lets the engine do what is to be done now.
    pub fn pump(&mut self) {
        loop {
            while let Some(output) = self.engine.poll() {
                match output {
                    Output::Transmit { path, bytes } => {
                        let name = self.names.get(&path.remote).copied().unwrap_or("stranger");
                        if !self.quiet {
                            self.ladder.push(self.now, "ringwerk", name, &bytes);
                        }
                        self.inboxes.entry(path.remote).or_default().push_back(bytes);
                    }
                    Output::Close { connection } => self.closed.push(connection),
                    Output::Keep { .. } => {}
                }
            }
            let (durable, lost) = self.book.decide();
            if durable.is_empty() && lost.is_empty() {
                return;
            }
            let start = Instant::now();
            self.engine.handle(Input::Committed { tickets: &durable }, self.now, self.at);
            self.spent += start.elapsed();
            self.engine.handle(Input::CommitFailed { tickets: &lost }, self.now, self.at);
        }
    }

    /// Time passes, with every deadline met on time.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(deadline) = self.engine.next_deadline().filter(|deadline| *deadline <= end) {
            let deadline = deadline.max(self.now);
            self.set_clock(deadline);
            self.engine.handle(Input::Timeout, self.now, self.at);
            self.pump();
        }
        self.set_clock(end);
    }

    /// The next message for an address.
    pub fn take(&mut self, address: SocketAddr) -> Option<Bytes> {
        self.inboxes.get_mut(&address)?.pop_front()
    }

    /// Starts a new drawing.
    pub fn redraw(&mut self) {
        self.ladder = Ladder::new();
    }

    fn set_clock(&mut self, now: Tick) {
        self.at = self.at.after(now.saturating_since(self.now));
        self.now = now;
    }
}

fn settings() -> Settings {
    let mut settings = Settings::new(DOMAIN, vec![exchange()]);
    settings.limits.failures = 3;
    settings
}

fn engine(
    settings: Settings,
    office: &Arc<Office>,
    book: &Arc<Book>,
    packets: &Arc<Packets>,
    now: Tick,
    at: Timestamp,
    seed: u64,
) -> Engine {
    Engine::new(settings, ports(office, book, packets, seed), book.stored(), now, at).unwrap()
}

fn ports(office: &Arc<Office>, book: &Arc<Book>, packets: &Arc<Packets>, seed: u64) -> Ports {
    Ports {
        directory: office.clone(),
        ledger: book.clone(),
        media: Box::new(Handle(packets.clone())),
        watch: book.clone(),
        entropy: Arc::new(Dice::new(seed)),
    }
}
