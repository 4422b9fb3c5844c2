//! What waits until something is durable.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use ahash::AHashMap;
use types::clock::Tick;

use crate::ports::{Entry, Full, Ledger, Ticket};

/// Between two attempts to write what must not be lost.
const RETRY: Duration = Duration::from_secs(1);

/// Tickets handed out and what waits for each. `W` says what is to be done when a ticket comes back.
pub(crate) struct Commits<W> {
    ledger: Arc<dyn Ledger>,
    waiting: AHashMap<Ticket, W>,
    limit: usize,
    next: u64,
    /// Entries that the ledger did not take and that must not be lost, oldest first.
    postponed: VecDeque<(Entry, W)>,
    retry: Option<Tick>,
}

impl<W> Commits<W> {
    pub fn new(ledger: Arc<dyn Ledger>, limit: usize) -> Self {
        Self { ledger, waiting: AHashMap::new(), limit, next: 1, postponed: VecDeque::new(), retry: None }
    }

    /// Hands an entry to the ledger; `waiting` comes back from [`Self::finish`] with its fate.
    ///
    /// # Errors
    /// [`Full`] when too much waits already; nothing was written then, and nothing will come back.
    pub fn submit(&mut self, entry: Entry, waiting: W) -> Result<Ticket, Full> {
        if self.waiting.len() >= self.limit {
            return Err(Full);
        }
        let ticket = Ticket(self.next);
        self.ledger.submit(ticket, entry)?;
        self.next += 1;
        self.waiting.insert(ticket, waiting);
        Ok(ticket)
    }

    /// Hands over an entry that must not be lost: it is tried again until the ledger takes it. There is at most one of
    /// these a call, so their number is bounded by that of calls.
    pub fn insist(&mut self, entry: Entry, waiting: W, now: Tick) {
        let ticket = Ticket(self.next);
        let refused = !self.postponed.is_empty() || self.ledger.submit(ticket, entry.clone()).is_err();
        if refused {
            self.postpone(entry, waiting, now);
        } else {
            self.next += 1;
            self.waiting.insert(ticket, waiting);
        }
    }

    /// Puts an entry in line for another attempt.
    pub fn postpone(&mut self, entry: Entry, waiting: W, now: Tick) {
        self.postponed.push_back((entry, waiting));
        self.retry.get_or_insert(now + RETRY);
    }

    /// Tries postponed entries again, oldest first, until one is refused.
    pub fn handle_timeout(&mut self, now: Tick) {
        if self.retry.is_none_or(|retry| retry > now) {
            return;
        }
        while let Some((entry, waiting)) = self.postponed.pop_front() {
            let ticket = Ticket(self.next);
            if self.ledger.submit(ticket, entry.clone()).is_err() {
                self.postponed.push_front((entry, waiting));
                break;
            }
            self.next += 1;
            self.waiting.insert(ticket, waiting);
        }
        self.retry = if self.postponed.is_empty() { None } else { Some(now + RETRY) };
    }

    /// Takes what waited for a ticket.
    pub fn finish(&mut self, ticket: Ticket) -> Option<W> {
        self.waiting.remove(&ticket)
    }

    /// When [`Self::handle_timeout`] is due.
    pub fn next_deadline(&self) -> Option<Tick> {
        self.retry
    }

    /// Whether something that must not be lost has not been taken yet.
    pub fn is_behind(&self) -> bool {
        !self.postponed.is_empty()
    }

    /// Whether nothing is on its way.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.postponed.is_empty()
    }
}

impl<W> std::fmt::Debug for Commits<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Commits")
            .field("waiting", &self.waiting.len())
            .field("postponed", &self.postponed.len())
            .finish_non_exhaustive()
    }
}
