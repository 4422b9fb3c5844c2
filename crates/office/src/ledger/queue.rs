//! The entries that wait for the writer. Bounded; taking and adding hold a lock for a few instructions only.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

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
    /// Entries the writer has taken and not yet got rid of.
    held: AtomicUsize,
    wake: Notify,
    closed: AtomicBool,
}

impl Queue {
    pub fn new(capacity: usize) -> Self {
        Self {
            waiting: Mutex::new(Vec::new()),
            capacity,
            held: AtomicUsize::new(0),
            wake: Notify::new(),
            closed: AtomicBool::new(false),
        }
    }

    /// Adds an entry at the end.
    pub fn push(&self, ticket: u64, entry: LedgerEntry) -> Result<(), Full> {
        let first = {
            let mut waiting = self.waiting.lock();
            // Read under the lock, so that nothing slips in behind the writer's last look.
            let in_all = waiting.len() + self.held.load(Ordering::Relaxed);
            if self.closed.load(Ordering::Relaxed) || in_all >= self.capacity {
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

    /// Notes how many taken entries the writer still has; they count as waiting.
    pub fn hold(&self, entries: usize) {
        self.held.store(entries, Ordering::Relaxed);
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
        self.waiting.lock().len() + self.held.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use types::clock::Timestamp;
    use types::ids::{AccountId, CallId};

    use super::super::entry::OpenCall;
    use super::*;

    fn entry() -> LedgerEntry {
        LedgerEntry::CallOpen(OpenCall {
            call: CallId::from_u128(1),
            account: AccountId::from_u128(1),
            started: Timestamp(0),
            state: String::new(),
        })
    }

    fn tickets(taken: &[Waiting]) -> Vec<u64> {
        taken.iter().map(|(ticket, _)| *ticket).collect()
    }

    #[tokio::test]
    async fn entries_come_out_in_order_and_in_bounded_groups() {
        let queue = Queue::new(10);
        for ticket in 0..5 {
            assert_eq!(queue.push(ticket, entry()), Ok(()));
        }
        assert_eq!(tickets(&queue.take(3).await), [0, 1, 2]);
        assert_eq!(queue.push(5, entry()), Ok(()));
        assert_eq!(tickets(&queue.take(3).await), [3, 4, 5]);
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_takes_again_when_there_is_room() {
        let queue = Queue::new(2);
        assert_eq!(queue.push(0, entry()), Ok(()));
        assert_eq!(queue.push(1, entry()), Ok(()));
        assert_eq!(queue.push(2, entry()), Err(Full));
        assert_eq!(tickets(&queue.take(9).await), [0, 1]);
        assert_eq!(queue.push(3, entry()), Ok(()));
    }

    #[tokio::test]
    async fn what_the_writer_holds_counts_as_waiting() {
        let queue = Queue::new(2);
        assert_eq!(queue.push(0, entry()), Ok(()));
        queue.hold(queue.take(9).await.len());
        assert_eq!(queue.push(1, entry()), Ok(()));
        assert_eq!(queue.push(2, entry()), Err(Full));
        queue.hold(0);
        assert_eq!(queue.push(3, entry()), Ok(()));
    }

    #[tokio::test]
    async fn whoever_waits_is_woken_by_the_first_entry_and_by_the_end() {
        let queue = std::sync::Arc::new(Queue::new(2));
        let waiting = tokio::spawn({
            let queue = std::sync::Arc::clone(&queue);
            async move { (tickets(&queue.take(9).await), queue.take(9).await.len()) }
        });
        tokio::task::yield_now().await;
        assert_eq!(queue.push(7, entry()), Ok(()));
        while queue.len() > 0 {
            tokio::task::yield_now().await;
        }
        queue.close();
        assert_eq!(waiting.await.ok(), Some((vec![7], 0)));
        assert_eq!(queue.push(8, entry()), Err(Full));
    }
}
