//! The engine's side of the relay: which ports serve which leg of which call.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use ahash::AHashMap;
use types::clock::{Clock, Tick};

use super::counters::{Counters, Stats};
use super::ports::{Pair, Ports};
use super::worker::{Order, PairCounters, Slot, Worker};
use super::{Exhausted, Peer, Relay, RelayId, Side};
use crate::ports::{Unwatched, Watch};

/// Media lines of one call that are relayed; more are refused.
const STREAMS: usize = 8;

/// How the relay is set up.
#[derive(Clone)]
pub struct MediaConfig {
    /// Ports of every local address. A range that begins with 0 lets the kernel choose.
    pub ports: RangeInclusive<u16>,
    /// Packet threads; at least one is started.
    pub threads: usize,
    /// How long a port rests between two calls, so that late packets of the first never reach the second.
    pub quarantine: Duration,
    /// Where the packet threads learn the time from.
    pub clock: Arc<dyn Clock>,
    /// Is told when a packet thread fails.
    pub watch: Arc<dyn Watch>,
}

impl MediaConfig {
    /// One packet thread, and five seconds of rest.
    #[must_use]
    pub fn new(ports: RangeInclusive<u16>, clock: Arc<dyn Clock>) -> Self {
        Self { ports, threads: 1, quarantine: Duration::from_secs(5), clock, watch: Arc::new(Unwatched) }
    }
}

impl std::fmt::Debug for MediaConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MediaConfig")
            .field("ports", &self.ports)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

/// All relays. Dropping it stops the packet threads and closes all sockets.
#[derive(Debug)]
pub struct MediaPool {
    range: RangeInclusive<u16>,
    quarantine: Duration,
    workers: Vec<Member>,
    /// Ports by local address. Addresses are the machine's own, so there are few.
    ports: AHashMap<IpAddr, Ports>,
    relays: AHashMap<RelayId, Entry>,
    next: u64,
}

/// A packet thread and what it has to spare.
#[derive(Debug)]
struct Member {
    worker: Worker,
    relays: usize,
    resting: AHashMap<IpAddr, VecDeque<Resting>>,
}

#[derive(Debug)]
struct Resting {
    place: Place,
    since: Tick,
}

/// One port pair.
#[derive(Clone, Copy, Debug)]
struct Place {
    slot: Slot,
    address: SocketAddr,
}

#[derive(Debug)]
struct Entry {
    worker: usize,
    streams: Vec<Stream>,
}

#[derive(Debug)]
struct Stream {
    places: [Place; 2],
    counters: [PairCounters; 2],
}

impl Stream {
    fn place(&self, side: Side) -> Place {
        let [a, b] = self.places;
        match side {
            Side::A => a,
            Side::B => b,
        }
    }
}

impl MediaPool {
    /// Starts the packet threads. Sockets are bound as calls need them.
    ///
    /// # Errors
    /// When the system gives no descriptor or thread.
    pub fn start(config: MediaConfig) -> io::Result<Self> {
        let member = |number| -> io::Result<Member> {
            let worker = Worker::start(number, Arc::clone(&config.clock), Arc::clone(&config.watch))?;
            Ok(Member { worker, relays: 0, resting: AHashMap::new() })
        };
        let workers = (0..config.threads.max(1)).map(member).collect::<io::Result<_>>()?;
        let (ports, relays) = (AHashMap::new(), AHashMap::new());
        Ok(Self { range: config.ports, quarantine: config.quarantine, workers, ports, relays, next: 1 })
    }

    /// Reserves ports for `streams` media lines: on `local_a` towards the phone of leg A and on `local_b` towards
    /// that of leg B, each the address the phone reaches us at, and possibly of different IP versions. Nothing is
    /// forwarded before [`Self::expect`].
    ///
    /// # Errors
    /// [`Exhausted`] when no port is free or more than eight streams are asked for; nothing is reserved then.
    pub fn allocate(
        &mut self,
        local_a: IpAddr,
        local_b: IpAddr,
        streams: usize,
        now: Tick,
    ) -> Result<Relay, Exhausted> {
        self.reserve(streams, now, |pool, worker, _, side| match side {
            Side::A => pool.take(worker, local_a, now),
            Side::B => pool.take(worker, local_b, now),
        })
    }

    /// Reserves the very ports that `saved` had in an earlier run of the process, under a new id.
    ///
    /// # Errors
    /// [`Exhausted`] when one of them is taken meanwhile; nothing is reserved then.
    pub fn restore(&mut self, saved: &Relay, now: Tick) -> Result<Relay, Exhausted> {
        self.reserve(saved.a.len().min(saved.b.len()), now, |pool, worker, stream, side| {
            let address = saved.side(side).get(stream).copied().ok_or(Exhausted)?;
            pool.bind(worker, address)
        })
    }

    /// Reserves ports for one more media line of a relay, on the same local addresses as its first one. Returns the
    /// RTP addresses of leg A and leg B.
    ///
    /// # Errors
    /// [`Exhausted`] when no port is free, the relay has eight streams or is not there.
    pub fn add_stream(&mut self, relay: RelayId, now: Tick) -> Result<(SocketAddr, SocketAddr), Exhausted> {
        let entry = self.relays.get(&relay).ok_or(Exhausted)?;
        let worker = entry.worker;
        let [a, b] = entry.streams.first().ok_or(Exhausted)?.places;
        if entry.streams.len() >= STREAMS {
            return Err(Exhausted);
        }
        let stream = self.pair(worker, now, &mut |pool, side| match side {
            Side::A => pool.take(worker, a.address.ip(), now),
            Side::B => pool.take(worker, b.address.ip(), now),
        })?;
        let addresses = (stream.place(Side::A).address, stream.place(Side::B).address);
        if let Some(entry) = self.relays.get_mut(&relay) {
            entry.streams.push(stream);
        }
        Ok(addresses)
    }

    /// Says who may send to a stream of a leg and where its media goes; to be called for every offer and answer of
    /// the phone. Repeating the same address changes nothing for a phone that sends from it.
    pub fn expect(&mut self, relay: RelayId, side: Side, stream: usize, peer: Peer) {
        let Some(entry) = self.relays.get(&relay) else { return };
        let Some(place) = entry.streams.get(stream).map(|stream| stream.place(side)) else { return };
        let Some(member) = self.workers.get(entry.worker) else { return };
        let peer = Peer { rtp: self.outside(peer.rtp), rtcp: self.outside(peer.rtcp), ..peer };
        member.worker.send_now(Order::Expect(place.slot, peer));
    }

    /// Ends a relay and returns what it counted. Its ports rest before they serve again.
    pub fn release(&mut self, relay: RelayId, now: Tick) -> Stats {
        let stats = self.stats(relay);
        if let Some(Entry { worker, streams }) = self.relays.remove(&relay) {
            if let Some(member) = self.workers.get_mut(worker) {
                member.relays = member.relays.saturating_sub(1);
            }
            for stream in streams {
                self.part(worker, stream.places, now);
            }
        }
        stats
    }

    /// What a relay counted so far; zeros when it is not there.
    #[must_use]
    pub fn stats(&self, relay: RelayId) -> Stats {
        let mut stats = Stats::default();
        for stream in self.streams(relay) {
            let [a, b] = &stream.counters;
            a.iter().for_each(|counters| stats.a.add(counters));
            b.iter().for_each(|counters| stats.b.add(counters));
        }
        stats
    }

    /// Since when no packet was accepted from either phone, counted from the reservation where there was none at
    /// all; `None` when the relay is not there. Calls on hold are silent too: whether that is a dead call is for the
    /// caller to judge.
    #[must_use]
    pub fn idle_since(&self, relay: RelayId) -> Option<Tick> {
        let all = self.streams(relay).iter().flat_map(|stream| &stream.counters).flat_map(|pair| pair.iter());
        all.map(Counters::last).max()
    }

    /// Relays in use.
    #[must_use]
    pub fn len(&self) -> usize {
        self.relays.len()
    }

    /// Whether no relay is in use.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.relays.is_empty()
    }

    fn streams(&self, relay: RelayId) -> &[Stream] {
        self.relays.get(&relay).map_or(&[], |entry| &entry.streams)
    }

    /// Two relays told to send to each other would pass packets round for ever. No phone can be at a port of ours.
    fn outside(&self, address: SocketAddr) -> SocketAddr {
        let ours = self.ports.get(&address.ip().to_canonical()).is_some_and(|ports| ports.owns(address.port()));
        if ours { SocketAddr::new(address.ip(), 0) } else { address }
    }

    /// Reserves on the packet thread with the fewest relays, or on another one where that has no port.
    fn reserve(
        &mut self,
        streams: usize,
        now: Tick,
        mut place: impl FnMut(&mut Self, usize, usize, Side) -> Result<Place, Exhausted>,
    ) -> Result<Relay, Exhausted> {
        if streams > STREAMS {
            return Err(Exhausted);
        }
        let mut by_load: Vec<_> = (0..self.workers.len()).collect();
        by_load.sort_by_key(|number| self.workers.get(*number).map(|member| member.relays));
        for worker in by_load {
            let mut reserved = Vec::with_capacity(streams);
            while reserved.len() < streams {
                let number = reserved.len();
                match self.pair(worker, now, &mut |pool, side| place(pool, worker, number, side)) {
                    Ok(stream) => reserved.push(stream),
                    Err(Exhausted) => break,
                }
            }
            if reserved.len() == streams {
                return Ok(self.enter(worker, reserved));
            }
            reserved.into_iter().flat_map(|stream| stream.places).for_each(|place| self.rest(worker, place, now));
        }
        Err(Exhausted)
    }

    fn enter(&mut self, worker: usize, streams: Vec<Stream>) -> Relay {
        let id = RelayId(self.next);
        self.next += 1;
        if let Some(member) = self.workers.get_mut(worker) {
            member.relays += 1;
        }
        let addresses = |side| streams.iter().map(|stream| stream.place(side).address).collect();
        let relay = Relay { id, a: addresses(Side::A), b: addresses(Side::B) };
        self.relays.insert(id, Entry { worker, streams });
        relay
    }

    /// Two port pairs that forward to each other.
    fn pair(
        &mut self,
        worker: usize,
        now: Tick,
        place: &mut dyn FnMut(&mut Self, Side) -> Result<Place, Exhausted>,
    ) -> Result<Stream, Exhausted> {
        let a = place(self, Side::A)?;
        let b = place(self, Side::B).inspect_err(|_| self.rest(worker, a, now))?;
        let counters = || Arc::new([Counters::new(now), Counters::new(now)]);
        let counters = [counters(), counters()];
        if let (Some(member), [of_a, of_b]) = (self.workers.get(worker), &counters) {
            member.worker.send(Order::Join([(a.slot, Arc::clone(of_a)), (b.slot, Arc::clone(of_b))]));
        }
        Ok(Stream { places: [a, b], counters })
    }

    /// A port pair on `ip`: one that has rested, else a new one.
    fn take(&mut self, worker: usize, ip: IpAddr, now: Tick) -> Result<Place, Exhausted> {
        let ip = ip.to_canonical();
        let member = self.workers.get_mut(worker).ok_or(Exhausted)?;
        if let Some(resting) = member.resting.get_mut(&ip)
            && resting.front().is_some_and(|first| now.saturating_since(first.since) >= self.quarantine)
            && let Some(rested) = resting.pop_front()
        {
            return Ok(rested.place);
        }
        let ports = self.ports.entry(ip).or_insert_with(|| Ports::new(ip, &self.range));
        let pair = ports.bind_any().map_err(|error| report(ip, &error))?;
        Self::adopt(member, ip, pair)
    }

    fn bind(&mut self, worker: usize, address: SocketAddr) -> Result<Place, Exhausted> {
        let ip = address.ip().to_canonical();
        let member = self.workers.get_mut(worker).ok_or(Exhausted)?;
        let ports = self.ports.entry(ip).or_insert_with(|| Ports::new(ip, &self.range));
        let pair = ports.bind(address.port()).map_err(|error| report(ip, &error))?;
        Self::adopt(member, ip, pair)
    }

    fn adopt(member: &mut Member, ip: IpAddr, pair: Pair) -> Result<Place, Exhausted> {
        let address = SocketAddr::new(ip, pair.port);
        let slot = member.worker.adopt(pair).map_err(|error| report(ip, &error))?;
        Ok(Place { slot, address })
    }

    /// Stops forwarding.
    fn part(&mut self, worker: usize, places: [Place; 2], now: Tick) {
        if let Some(member) = self.workers.get(worker) {
            member.worker.send_now(Order::Part(places.map(|place| place.slot)));
        }
        places.into_iter().for_each(|place| self.rest(worker, place, now));
    }

    fn rest(&mut self, worker: usize, place: Place, now: Tick) {
        if let Some(member) = self.workers.get_mut(worker) {
            member.resting.entry(place.address.ip()).or_default().push_back(Resting { place, since: now });
        }
    }
}

fn report(ip: IpAddr, error: &io::Error) -> Exhausted {
    tracing::warn!(%ip, %error, "no media port could be bound");
    Exhausted
}
