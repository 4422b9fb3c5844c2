//! The ladders of recent calls.

use std::collections::{BTreeMap, VecDeque};

use types::clock::Tick;

use super::{Ladder, Rung};

/// Keeps the ladders of the latest calls within a budget of memory. The oldest calls go first; a call that
/// alone would take more than an eighth of the budget loses messages from its middle.
#[derive(Clone, Debug)]
pub struct Recorder<K> {
    budget: usize,
    used: usize,
    started: u64,
    calls: BTreeMap<K, Call>,
    /// Every call by when it started, for finding the oldest.
    order: BTreeMap<u64, K>,
}

#[derive(Clone, Debug, Default)]
struct Call {
    number: u64,
    weight: usize,
    /// How it began: never dropped.
    first: Vec<Rung>,
    /// How it went on.
    latest: VecDeque<Rung>,
    dropped: usize,
}

/// How many messages from the start of a call are kept whatever comes later.
const FIRST: usize = 16;
/// What a call itself takes, about.
const CALL: usize = 256;

impl<K: Ord + Clone> Recorder<K> {
    /// A recorder that takes about `budget` bytes at most.
    #[must_use]
    pub const fn new(budget: usize) -> Self {
        Self { budget, used: 0, started: 0, calls: BTreeMap::new(), order: BTreeMap::new() }
    }

    /// Adds a message to the ladder of a call, masked.
    pub fn record(&mut self, call: &K, at: Tick, from: &str, to: &str, message: &[u8]) {
        let rung = Rung::new(at, from, to, message);
        let share = self.budget / 8;
        if !self.calls.contains_key(call) {
            self.started += 1;
            self.order.insert(self.started, call.clone());
            self.calls.insert(call.clone(), Call { number: self.started, ..Call::default() });
            self.used += CALL;
        }
        if let Some(entry) = self.calls.get_mut(call) {
            let before = entry.weight;
            entry.push(rung, share);
            self.used = (self.used + entry.weight).saturating_sub(before);
        }
        while self.used > self.budget {
            let Some((_, oldest)) = self.order.first_key_value() else { break };
            let oldest = oldest.clone();
            self.forget(&oldest);
        }
    }

    /// The ladder of a call, if it is still there.
    #[must_use]
    pub fn ladder(&self, call: &K) -> Option<Ladder> {
        let call = self.calls.get(call)?;
        let rungs = call.first.iter().chain(&call.latest).cloned().collect();
        Some(Ladder { rungs, gap: (call.dropped > 0).then_some((call.first.len(), call.dropped)) })
    }

    /// Drops the ladder of a call.
    pub fn forget(&mut self, call: &K) {
        if let Some(call) = self.calls.remove(call) {
            self.order.remove(&call.number);
            self.used = self.used.saturating_sub(call.weight + CALL);
        }
    }

    /// About how many bytes are in use.
    #[must_use]
    pub const fn used(&self) -> usize {
        self.used
    }
}

impl Call {
    fn push(&mut self, rung: Rung, most: usize) {
        self.weight += rung.weight();
        if self.first.len() < FIRST && self.weight <= most {
            self.first.push(rung);
            return;
        }
        self.latest.push_back(rung);
        while self.weight > most {
            let Some(dropped) = self.latest.pop_front() else { break };
            self.weight = self.weight.saturating_sub(dropped.weight());
            self.dropped += 1;
        }
    }
}
