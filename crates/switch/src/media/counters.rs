//! What a relay counted. Written by the packet thread alone, read by anybody, so plain loads and stores suffice.

use std::sync::atomic::{AtomicU64, Ordering};

use types::clock::Tick;

/// Counters of one port of one leg.
#[derive(Debug, Default)]
pub(super) struct Counters {
    packets: AtomicU64,
    bytes: AtomicU64,
    foreign: AtomicU64,
    malformed: AtomicU64,
    unsent: AtomicU64,
    last: AtomicU64,
}

/// There is one writer, so no read-modify-write instruction is needed.
fn add(counter: &AtomicU64, amount: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(amount), Ordering::Relaxed);
}

impl Counters {
    pub(super) fn new(now: Tick) -> Self {
        Self { last: AtomicU64::new(now.0), ..Self::default() }
    }

    pub(super) fn accepted(&self, bytes: usize, now: Tick) {
        add(&self.packets, 1);
        add(&self.bytes, u64::try_from(bytes).unwrap_or(0));
        self.last.store(now.0, Ordering::Relaxed);
    }

    pub(super) fn foreign(&self) {
        add(&self.foreign, 1);
    }

    pub(super) fn malformed(&self) {
        add(&self.malformed, 1);
    }

    pub(super) fn unsent(&self) {
        add(&self.unsent, 1);
    }

    /// When the last packet was accepted, or when counting began.
    pub(super) fn last(&self) -> Tick {
        Tick(self.last.load(Ordering::Relaxed))
    }
}

/// What came from the phone of one leg, RTP and RTCP of all streams together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LegStats {
    /// Packets accepted from the phone.
    pub packets: u64,
    /// Their bytes, without UDP and IP headers.
    pub bytes: u64,
    /// Packets dropped because they came from somebody else. Once a leg is locked to its phone the kernel refuses
    /// such packets before they can be counted.
    pub foreign: u64,
    /// Packets dropped because they were neither RTP nor RTCP, whoever sent them.
    pub malformed: u64,
    /// Packets accepted that could not be handed on: the opposite leg had no address yet, or the system refused.
    pub unsent: u64,
}

impl LegStats {
    pub(super) fn add(&mut self, counters: &Counters) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        self.packets += read(&counters.packets);
        self.bytes += read(&counters.bytes);
        self.foreign += read(&counters.foreign);
        self.malformed += read(&counters.malformed);
        self.unsent += read(&counters.unsent);
    }
}

/// What came in on both legs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// From the phone of leg A.
    pub a: LegStats,
    /// From the phone of leg B.
    pub b: LegStats,
}
