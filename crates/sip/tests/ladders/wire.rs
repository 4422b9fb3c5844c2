//! The wire, the clock, and who is connected.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use sip::agent::{Agent, AgentConfig, Output, Path, Transport};
use sip::ladder::Ladder;
use types::clock::{Tick, Timestamp};
use types::entropy::Entropy;

/// How long a message takes when nothing disturbs it.
pub const LATENCY: Duration = Duration::from_millis(10);

/// By how many milliseconds a message may be late. Not T1 and more: a client repeats its request until half a second
/// before a server that answered at once forgets it, so whatever is later than that is a new request by RFC 3261.
const DELAY: u64 = 480;

/// Random bytes that come out the same every time (splitmix64).
#[derive(Debug)]
pub struct Seeded(AtomicU64);

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    pub fn next(&self) -> u64 {
        let mut state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed).wrapping_add(0x9e37_79b9_7f4a_7c15);
        state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        state ^ (state >> 31)
    }

    pub fn below(&self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }
}

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let random = self.next().to_be_bytes();
            chunk.iter_mut().zip(random).for_each(|(to, from)| *to = from);
        }
    }
}

/// What may happen to a datagram, each in percent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    pub lost: u64,
    pub doubled: u64,
    pub delayed: u64,
}

/// One end of the wire.
pub struct Party {
    pub name: &'static str,
    pub address: SocketAddr,
    pub agent: Agent,
    /// What the agent told its user and nobody has looked at yet.
    pub told: Vec<Output>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Arrival {
    at: Tick,
    number: u64,
    to: usize,
    from: usize,
    bytes: Bytes,
}

/// Whether a message reaches the other end.
type Loses = Box<dyn FnMut(&str) -> bool>;

pub struct Wire {
    pub now: Tick,
    pub parties: Vec<Party>,
    pub ladder: Ladder,
    pub faults: Faults,
    pub chance: Arc<Seeded>,
    /// Every message that was sent.
    pub sent: Vec<Bytes>,
    loses: Option<Loses>,
    transport: Transport,
    in_flight: BinaryHeap<Reverse<Arrival>>,
    count: u64,
}

impl Wire {
    pub fn new() -> Self {
        Self::over(Transport::Udp)
    }

    pub fn over(transport: Transport) -> Self {
        Self {
            now: Tick(1_000_000),
            parties: Vec::new(),
            ladder: Ladder::new(),
            faults: Faults::default(),
            chance: Arc::new(Seeded::new(7)),
            sent: Vec::new(),
            loses: None,
            transport,
            in_flight: BinaryHeap::new(),
            count: 0,
        }
    }

    /// Connects a party; answers its number.
    pub fn join(&mut self, name: &'static str) -> usize {
        self.join_with(name, AgentConfig::default())
    }

    pub fn join_with(&mut self, name: &'static str, config: AgentConfig) -> usize {
        let number = self.parties.len();
        let address = SocketAddr::from(([192, 0, 2, u8::try_from(number + 1).unwrap()], 5060));
        let entropy = Arc::new(Seeded::new(self.chance.next()));
        self.parties.push(Party { name, address, agent: Agent::new(config, entropy), told: Vec::new() });
        number
    }

    /// Messages for which `loses` says so, by their first line, do not arrive.
    pub fn lose(&mut self, loses: impl FnMut(&str) -> bool + 'static) {
        self.loses = Some(Box::new(loses));
    }

    /// Loses the first `times` messages whose first line starts with `start`.
    pub fn lose_first(&mut self, start: &'static str, mut times: usize) {
        self.lose(move |line| {
            let hit = line.starts_with(start) && times > 0;
            times -= usize::from(hit);
            hit
        });
    }

    pub fn wall(&self) -> Timestamp {
        Timestamp(1_790_000_000_000).after(self.now.saturating_since(Tick(0)))
    }

    pub fn path(&self, from: usize, to: usize) -> Path {
        let connection = if self.transport == Transport::Udp { 0 } else { 1 };
        let (local, remote) = (self.parties[from].address, self.parties[to].address);
        Path { transport: self.transport, local, remote, connection }
    }

    pub fn agent(&mut self, party: usize) -> &mut Agent {
        &mut self.parties[party].agent
    }

    /// What a party was told since it was last asked.
    pub fn told(&mut self, party: usize) -> Vec<Output> {
        self.drain();
        std::mem::take(&mut self.parties[party].told)
    }

    /// Puts bytes on the wire that no agent wrote.
    pub fn inject(&mut self, from: usize, to: usize, bytes: impl Into<Bytes>) {
        self.put(from, to, bytes.into());
    }

    /// Lets time pass, with all that happens meanwhile.
    pub fn run_for(&mut self, span: Duration) {
        let end = self.now + span;
        while self.step(end) {}
        self.now = end;
    }

    /// Lets all that is under way arrive, but no timer run that is not due by then.
    pub fn settle(&mut self) {
        self.run_for(LATENCY * 12);
    }

    /// The next thing that happens up to `end`. Answers whether there was one.
    pub fn step(&mut self, end: Tick) -> bool {
        self.drain();
        let arrival = self.in_flight.peek().map(|Reverse(arrival)| arrival.at);
        let timer = self.parties.iter().filter_map(|party| party.agent.next_deadline()).min();
        let Some(next) = [arrival, timer].into_iter().flatten().min().filter(|next| *next <= end) else {
            return false;
        };
        self.now = self.now.max(next);
        if arrival == Some(next)
            && let Some(Reverse(Arrival { to, from, bytes, .. })) = self.in_flight.pop()
        {
            let path = self.path(to, from);
            self.parties[to].agent.handle_message(path, bytes, self.now);
        } else {
            for party in &mut self.parties {
                party.agent.handle_timeout(self.now);
            }
        }
        self.drain();
        true
    }

    fn drain(&mut self) {
        for from in 0..self.parties.len() {
            while let Some(output) = self.parties[from].agent.poll() {
                match output {
                    Output::Transmit { path, bytes } => {
                        let to = self.parties.iter().position(|party| party.address.ip() == path.remote.ip());
                        match to {
                            Some(to) => self.put(from, to, bytes),
                            None => panic!("{} sends to nobody at {path}", self.parties[from].name),
                        }
                    }
                    other => self.parties[from].told.push(other),
                }
            }
        }
    }

    fn put(&mut self, from: usize, to: usize, bytes: Bytes) {
        let first = String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().to_owned();
        let reliable = self.transport.is_reliable();
        let mut lost = !reliable && self.chance.below(100) < self.faults.lost;
        if let Some(loses) = &mut self.loses {
            lost |= loses(&first);
        }
        self.sent.push(bytes.clone());
        let target = if lost { "(lost)" } else { self.parties[to].name };
        self.ladder.push(self.now, self.parties[from].name, target, &bytes);
        if lost {
            return;
        }
        let copies = if !reliable && self.chance.below(100) < self.faults.doubled { 2 } else { 1 };
        for _ in 0..copies {
            let mut delay = LATENCY;
            if !reliable && self.chance.below(100) < self.faults.delayed {
                delay += Duration::from_millis(self.chance.below(DELAY));
            }
            self.count += 1;
            let arrival = Arrival { at: self.now + delay, number: self.count, to, from, bytes: bytes.clone() };
            self.in_flight.push(Reverse(arrival));
        }
    }
}
