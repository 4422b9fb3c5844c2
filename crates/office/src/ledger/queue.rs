//! The entries that wait for the writer. Bounded; taking and adding hold a lock for a few instructions only.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::entry::LedgerEntry;

/// The ledger takes nothing more for now: too much waits already, or the store cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// An entry and the name its submitter knows it by.
pub(super) type Waiting = (u64, LedgerEntry);

#[derive(Debug)]
pub(super) struct Queue {
    waiting: Mutex<Vec<Waiting>>,
    capacity: usize,
    wake: Notify,
    closed: AtomicBool,
}

impl Queue {
    pub fn new(capacity: usize) -> Self {
        Self { waiting: Mutex::new(Vec::new()), capacity, wake: Notify::new(), closed: AtomicBool::new(false) }
    }

    /// Adds an entry at the end.
    pub fn push(&self, ticket: u64, entry: LedgerEntry) -> Result<(), Full> {
        let first = {
            let mut waiting = self.waiting.lock();
            // Read under the lock, so that nothing slips in behind the writer's last look.
            if self.closed.load(Ordering::Relaxed) || waiting.len() >= self.capacity {
                return Err(Full);
            }
            waiting.push((ticket, entry));
            waiting.len() == 1
        };
        // The writer takes everything at once, so only the first entry after that has to wake it.
        if first {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Takes up to `limit` entries from the front; waits while there are none. Empty once closed and drained.
    pub async fn take(&self, limit: usize) -> Vec<Waiting> {
        loop {
            let (taken, closed) = self.take_now(limit);
            if !taken.is_empty() || closed {
                return taken;
            }
            self.wake.notified().await;
        }
    }

    fn take_now(&self, limit: usize) -> (Vec<Waiting>, bool) {
        let mut waiting = self.waiting.lock();
        let closed = self.closed.load(Ordering::Relaxed);
        if waiting.len() <= limit {
            // The replacement is as large as the last group, so a steady load does not grow it step by step.
            let replacement = Vec::with_capacity(waiting.len());
            return (std::mem::replace(&mut *waiting, replacement), closed);
        }
        let rest = waiting.split_off(limit);
        let taken = std::mem::replace(&mut *waiting, rest);
        // What stays would otherwise wait for a wake-up that only the first entry of an empty queue gives.
        self.wake.notify_one();
        (taken, closed)
    }

    /// Refuses further entries; those that wait are still taken.
    pub fn close(&self) {
        let _waiting = self.waiting.lock();
        self.closed.store(true, Ordering::Relaxed);
        self.wake.notify_one();
    }

    /// Whether [`Self::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Takes everything and answers only whose it was.
    pub fn drain(&self) -> Vec<u64> {
        self.waiting.lock().drain(..).map(|(ticket, _)| ticket).collect()
    }

    /// How many entries wait.
    pub fn len(&self) -> usize {
        self.waiting.lock().len()
    }
}
