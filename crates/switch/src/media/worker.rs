//! The packet thread: one epoll, its sockets, and for every packet one receive and one send.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender};
use rustix::event::{EventfdFlags, Timespec, epoll, eventfd};
use types::clock::{Clock, Tick};

use super::Peer;
use super::counters::Counters;
use super::latch::{Change, Latch, Verdict};
use super::packet::{self, Lane};
use super::ports::{Pair, deafen};
use crate::pace::{self, Pace};
use crate::ports::Watch;
use crate::vital::Vital;

/// Orders that may wait for the packet thread; the engine waits for a place, which takes microseconds.
const ORDERS: usize = 4096;
/// Ready sockets taken from the kernel at once.
const EVENTS: usize = 256;
/// Marks the event of the wake-up descriptor.
const WAKE: u64 = u64::MAX;
/// Room for the largest datagram there is; one buffer for the whole thread.
const DATAGRAM: usize = 65_536;
/// From this many packets a second on, packets are collected for [`NAP`] before they are moved.
const BUSY_PER_SECOND: u64 = 2_000;
/// How long packets are collected. Far below what a jitter buffer notices, and it saves a wake-up for each packet.
const NAP: Duration = Duration::from_millis(1);

/// Place of a port pair in its packet thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(pub(super) u32);

impl Slot {
    fn port(self, lane: Lane) -> usize {
        let first = usize::try_from(self.0).unwrap_or(usize::MAX / 2).saturating_mul(2);
        match lane {
            Lane::Rtp => first,
            Lane::Rtcp => first + 1,
        }
    }
}

const LANES: [Lane; 2] = [Lane::Rtp, Lane::Rtcp];

/// Counters of both ports of a pair.
pub(super) type PairCounters = Arc<[Counters; 2]>;

/// What the engine tells the packet thread.
#[derive(Debug)]
pub(super) enum Order {
    /// Own the sockets of a new slot, the next in number.
    Adopt(Pair),
    /// Forward between two slots.
    Join([(Slot, PairCounters); 2]),
    /// A phone's address became known.
    Expect(Slot, Peer),
    /// Forward nothing any more.
    Part([Slot; 2]),
}

/// The engine's end of a packet thread. Dropping it ends the thread.
#[derive(Debug)]
pub(super) struct Worker {
    orders: Option<Sender<Order>>,
    doorbell: Arc<Doorbell>,
    epoll: Arc<OwnedFd>,
    slots: u32,
    thread: Option<JoinHandle<()>>,
}

/// Wakes the packet thread, once for any number of orders.
#[derive(Debug)]
struct Doorbell {
    rung: AtomicBool,
    descriptor: OwnedFd,
}

impl Doorbell {
    fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            // Can only fail when the counter is full, and then it is ringing already.
            let _ = rustix::io::write(&self.descriptor, &1u64.to_ne_bytes());
        }
    }

    /// Must come before the orders are read: an order sent after that rings again.
    fn answer(&self) {
        let _ = rustix::io::read(&self.descriptor, &mut [0; 8]);
        self.rung.swap(false, Ordering::AcqRel);
    }
}

impl Worker {
    pub(super) fn start(number: usize, clock: Arc<dyn Clock>, watch: Arc<dyn Watch>) -> io::Result<Self> {
        let epoll = Arc::new(epoll::create(epoll::CreateFlags::CLOEXEC)?);
        let descriptor = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let doorbell = Arc::new(Doorbell { rung: AtomicBool::new(false), descriptor });
        epoll::add(&epoll, &doorbell.descriptor, epoll::EventData::new_u64(WAKE), epoll::EventFlags::IN)?;
        let (orders, incoming) = crossbeam_channel::bounded(ORDERS);
        let mut packets = Packets {
            epoll: Arc::clone(&epoll),
            doorbell: Arc::clone(&doorbell),
            orders: incoming,
            clock,
            ports: Vec::new(),
            buffer: vec![0; DATAGRAM],
            now: Tick(0),
        };
        let thread = std::thread::Builder::new().name(format!("media-{number}")).spawn(move || {
            let vital = Vital::new("media", watch);
            // A packet that nothing was prepared for has been read and is lost; the next one, and every call, goes on.
            while catch_unwind(AssertUnwindSafe(|| packets.run(&vital))).is_err() {
                metrics::counter!("ringwerk_media_panics_total").increment(1);
                tracing::error!("moving a packet failed");
            }
        })?;
        Ok(Self { orders: Some(orders), doorbell, epoll, slots: 0, thread: Some(thread) })
    }

    /// Gives the thread another pair of sockets.
    pub(super) fn adopt(&mut self, pair: Pair) -> io::Result<Slot> {
        let slot = Slot(self.slots);
        for (lane, socket) in LANES.into_iter().zip([&pair.rtp, &pair.rtcp]) {
            let data = u64::try_from(slot.port(lane)).unwrap_or(WAKE);
            epoll::add(&self.epoll, socket, epoll::EventData::new_u64(data), epoll::EventFlags::IN)?;
        }
        self.slots += 1;
        self.send(Order::Adopt(pair));
        Ok(slot)
    }

    /// Gives an order without waking the thread: nothing can happen yet that it changes.
    pub(super) fn send(&self, order: Order) {
        if let Some(orders) = &self.orders
            && orders.is_full()
        {
            self.doorbell.ring();
        }
        // Fails only when the thread is gone, and its sockets with it.
        let _ = self.orders.as_ref().map(|orders| orders.send(order));
    }

    /// Gives an order that is to be followed at once.
    pub(super) fn send_now(&self, order: Order) {
        self.send(order);
        self.doorbell.ring();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.orders = None;
        self.doorbell.ring();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One socket and its part in a relay.
struct Port {
    lane: Lane,
    socket: UdpSocket,
    latch: Latch,
    /// Set while the kernel lets through nobody but the latched sender, and sends to him without being told where.
    connected: bool,
    target: Option<SocketAddr>,
    /// The port of the opposite leg that sends on what arrives here.
    out: usize,
    counters: PairCounters,
}

impl Port {
    fn new(lane: Lane, socket: UdpSocket, counters: PairCounters) -> Self {
        Self { lane, socket, latch: Latch::new(lane), connected: false, target: None, out: usize::MAX, counters }
    }

    fn counters(&self) -> &Counters {
        let [rtp, rtcp] = &*self.counters;
        match self.lane {
            Lane::Rtp => rtp,
            Lane::Rtcp => rtcp,
        }
    }

    fn expect(&mut self, sdp: SocketAddr, signalling: IpAddr) {
        if self.latch.expect(sdp, signalling) == Change::Open {
            self.connected = false;
            if rustix::net::connect_unspec(&self.socket).is_err() {
                tracing::warn!("a media port could not be opened to its phone");
            }
        }
        self.target = self.latch.target();
    }

    fn lock(&mut self, to: SocketAddr) {
        // Where this fails (no route, perhaps) the latch goes on sorting senders by itself.
        self.connected = self.socket.connect(to).is_ok();
    }

    fn close(&mut self) {
        self.latch.close();
        self.out = usize::MAX;
        self.target = None;
        self.connected = false;
        if deafen(&self.socket).is_err() {
            tracing::warn!("a media port could not be closed between calls");
        }
        // What was queued before is of the past call; senders are known to be strangers only until the next one.
        while self.socket.recv(&mut [0]).is_ok() {}
    }

    fn send(&self, bytes: &[u8]) -> bool {
        let Some(target) = self.target else { return false };
        let send = || if self.connected { self.socket.send(bytes) } else { self.socket.send_to(bytes, target) };
        match send() {
            Ok(_) => true,
            // This reports an earlier packet that found its port closed; the present one was not sent.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => send().is_ok(),
            Err(_) => false,
        }
    }
}

/// The thread's whole state.
struct Packets {
    epoll: Arc<OwnedFd>,
    doorbell: Arc<Doorbell>,
    orders: Receiver<Order>,
    clock: Arc<dyn Clock>,
    ports: Vec<Port>,
    buffer: Vec<u8>,
    now: Tick,
}

impl Packets {
    fn run(&mut self, vital: &Vital) {
        let mut events = Vec::with_capacity(EVENTS);
        let mut pace = Pace::new(BUSY_PER_SECOND);
        // Cleared while there is so much to do that it pays to gather packets, once all that are there are moved.
        let mut drained = true;
        while self.follow_orders() {
            events.clear();
            let timeout = (!drained).then(Timespec::default);
            match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), timeout.as_ref()) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => {
                    tracing::error!(%error, "the media relay cannot wait for packets");
                    return vital.fail();
                }
            }
            if events.is_empty() && !drained {
                drained = true;
                pace::gather(NAP);
                continue;
            }
            self.now = self.clock.tick();
            let mut packets = 0;
            for event in &events {
                match event.data.u64() {
                    WAKE => self.doorbell.answer(),
                    port => {
                        packets += 1;
                        self.forward(usize::try_from(port).unwrap_or(usize::MAX));
                    }
                }
            }
            drained = !pace.is_busy(packets, self.now);
        }
    }

    /// Returns whether there will be more.
    fn follow_orders(&mut self) -> bool {
        loop {
            match self.orders.try_recv() {
                Ok(order) => self.follow(order),
                Err(crossbeam_channel::TryRecvError::Empty) => return true,
                Err(crossbeam_channel::TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn follow(&mut self, order: Order) {
        match order {
            Order::Adopt(pair) => {
                let counters = PairCounters::default();
                self.ports.push(Port::new(Lane::Rtp, pair.rtp, Arc::clone(&counters)));
                self.ports.push(Port::new(Lane::Rtcp, pair.rtcp, counters));
            }
            Order::Join([(a, counters_a), (b, counters_b)]) => {
                self.join(a, b, &counters_a);
                self.join(b, a, &counters_b);
            }
            Order::Expect(slot, peer) => {
                for (lane, address) in LANES.into_iter().zip([peer.rtp, peer.rtcp]) {
                    if let Some(port) = self.ports.get_mut(slot.port(lane)) {
                        port.expect(address, peer.signalling);
                    }
                }
            }
            Order::Part(slots) => {
                for slot in slots {
                    for lane in LANES {
                        if let Some(port) = self.ports.get_mut(slot.port(lane)) {
                            port.close();
                        }
                    }
                }
            }
        }
    }

    fn join(&mut self, from: Slot, to: Slot, counters: &PairCounters) {
        for lane in LANES {
            if let Some(port) = self.ports.get_mut(from.port(lane)) {
                port.out = to.port(lane);
                port.counters = Arc::clone(counters);
            }
        }
    }

    /// Moves one packet. Sockets take turns, so a flood on one cannot starve the others.
    fn forward(&mut self, number: usize) {
        let Some(port) = self.ports.get_mut(number) else { return };
        // An error is an ICMP message about an earlier packet; reading has cleared it.
        let Ok((length, from)) = port.socket.recv_from(&mut self.buffer) else { return };
        let Some(bytes) = self.buffer.get(..length) else { return };
        if !packet::passes(port.lane, bytes) {
            return port.counters().malformed();
        }
        match port.latch.judge(from) {
            Verdict::Foreign => return port.counters().foreign(),
            Verdict::Pass if port.connected => {}
            Verdict::Pass => port.target = port.latch.target(),
            Verdict::Lock => {
                port.target = port.latch.target();
                port.lock(from);
            }
        }
        port.counters().accepted(length, self.now);
        let out = port.out;
        if !self.ports.get(out).is_some_and(|out| out.send(bytes))
            && let Some(port) = self.ports.get(number)
        {
            port.counters().unsent();
        }
    }
}
