//! The entries that wait for the writer. Bounded; taking and adding hold a lock for a few instructions only.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::entry::LedgerEntry;
use super::pace::ENOUGH;

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
    wake: Condvar,
    closed: AtomicBool,
}

impl Queue {
    pub fn new(capacity: usize) -> Self {
        Self {
            waiting: Mutex::new(Vec::new()),
            capacity,
            held: AtomicUsize::new(0),
            wake: Condvar::new(),
            closed: AtomicBool::new(false),
        }
    }

    /// Adds an entry at the end.
    pub fn push(&self, ticket: u64, entry: LedgerEntry) -> Result<(), Full> {
        let wakes = {
            let mut waiting = self.waiting.lock();
            // Read under the lock, so that nothing slips in behind the writer's last look.
            let in_all = waiting.len() + self.held.load(Ordering::Relaxed);
            if self.closed.load(Ordering::Relaxed) || in_all >= self.capacity {
                return Err(Full);
            }
            waiting.push((ticket, entry));
            // The writer waits for the first entry, or gathers until there are enough.
            matches!(waiting.len(), 1 | ENOUGH)
        };
        if wakes {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Waits until something is there, the queue is closed, or `patience` has passed; answers how many entries are there.
    /// For one thread only, the writer's.
    pub fn wait(&self, patience: Option<Duration>) -> usize {
        let mut waiting = self.waiting.lock();
        let mut idle = |waiting: &mut Vec<Waiting>| waiting.is_empty() && !self.is_closed();
        match patience {
            None => self.wake.wait_while(&mut waiting, idle),
            Some(patience) => drop(self.wake.wait_while_for(&mut waiting, &mut idle, patience)),
        }
        waiting.len()
    }

    /// Waits `pause` for more entries, not longer than until there are [`ENOUGH`] or the queue is closed.
    pub fn gather(&self, pause: Duration) {
        if pause.is_zero() {
            return;
        }
        let mut waiting = self.waiting.lock();
        let few = |waiting: &mut Vec<Waiting>| waiting.len() < ENOUGH && !self.is_closed();
        self.wake.wait_while_for(&mut waiting, few, pause);
    }

    /// Takes up to `limit` entries from the front.
    pub fn take(&self, limit: usize) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock();
        if waiting.len() <= limit {
            // The replacement is as large as the last group, so a steady load does not grow it step by step.
            let replacement = Vec::with_capacity(waiting.len());
            return std::mem::replace(&mut *waiting, replacement);
        }
        let rest = waiting.split_off(limit);
        std::mem::replace(&mut *waiting, rest)
    }

    /// Notes how many taken entries the writer still has; they count as waiting.
    pub fn hold(&self, entries: usize) {
        self.held.store(entries, Ordering::Relaxed);
    }

    /// Refuses further entries; those that wait are still taken.
    pub fn close(&self) {
        let _waiting = self.waiting.lock();
        self.closed.store(true, Ordering::Relaxed);
        self.wake.notify_all();
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

    #[test]
    fn entries_come_out_in_order_and_in_bounded_groups() {
        let queue = Queue::new(10);
        for ticket in 0..5 {
            assert_eq!(queue.push(ticket, entry()), Ok(()));
        }
        assert_eq!(tickets(&queue.take(3)), [0, 1, 2]);
        assert_eq!(queue.push(5, entry()), Ok(()));
        assert_eq!(tickets(&queue.take(3)), [3, 4, 5]);
    }

    #[test]
    fn a_full_queue_refuses_and_takes_again_when_there_is_room() {
        let queue = Queue::new(2);
        assert_eq!(queue.push(0, entry()), Ok(()));
        assert_eq!(queue.push(1, entry()), Ok(()));
        assert_eq!(queue.push(2, entry()), Err(Full));
        assert_eq!(tickets(&queue.take(9)), [0, 1]);
        assert_eq!(queue.push(3, entry()), Ok(()));
    }

    #[test]
    fn what_the_writer_holds_counts_as_waiting() {
        let queue = Queue::new(2);
        assert_eq!(queue.push(0, entry()), Ok(()));
        queue.hold(queue.take(9).len());
        assert_eq!(queue.push(1, entry()), Ok(()));
        assert_eq!(queue.push(2, entry()), Err(Full));
        queue.hold(0);
        assert_eq!(queue.push(3, entry()), Ok(()));
    }

    #[test]
    fn whoever_waits_is_woken_by_the_first_entry_by_enough_of_them_and_by_the_end() {
        let queue = Queue::new(2 * ENOUGH);
        let long = Duration::from_secs(60);
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let first = (queue.wait(None) > 0).then(|| queue.take(9));
                queue.gather(long);
                let enough = queue.take(2 * ENOUGH).len();
                let ended = queue.wait(Some(long));
                (first.map(|first| tickets(&first)), enough, ended)
            });
            assert_eq!(queue.push(7, entry()), Ok(()));
            while queue.len() > 0 {
                std::thread::yield_now();
            }
            for ticket in 0..ENOUGH {
                assert_eq!(queue.push(u64::try_from(ticket).unwrap_or_default(), entry()), Ok(()));
            }
            while queue.len() > 0 {
                std::thread::yield_now();
            }
            queue.close();
            assert_eq!(writer.join().ok(), Some((Some(vec![7]), ENOUGH, 0)));
        });
        assert_eq!(queue.push(8, entry()), Err(Full));
    }

    #[test]
    fn a_closed_queue_gathers_nothing_and_is_still_emptied() {
        let queue = Queue::new(2);
        assert_eq!(queue.push(0, entry()), Ok(()));
        queue.close();
        queue.gather(Duration::from_secs(60));
        assert_eq!((queue.wait(None), tickets(&queue.take(9)), queue.wait(None)), (1, vec![0], 0));
    }
}
