//! Who wants to be woken when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use types::clock::Tick;

/// A queue of deadlines. An owner has at most one entry that counts: the one at the tick it remembers as
/// [`Armed`]. A deadline that moves later costs nothing until the earlier one passes; one that moves earlier leaves an
/// entry behind that is passed over.
#[derive(Debug)]
pub(super) struct Deadlines<O> {
    heap: BinaryHeap<Reverse<(Tick, O)>>,
}

/// The tick at which an owner stands in the queue; kept by the owner.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Armed(Option<Tick>);

impl<O: Ord + Copy> Deadlines<O> {
    pub fn new() -> Self {
        Self { heap: BinaryHeap::new() }
    }

    /// Sees to it that the owner is woken at `deadline` or before.
    pub fn arm(&mut self, owner: O, armed: &mut Armed, deadline: Option<Tick>) {
        let Some(deadline) = deadline else {
            return;
        };
        if armed.0.is_none_or(|armed| deadline < armed) {
            armed.0 = Some(deadline);
            self.heap.push(Reverse((deadline, owner)));
        }
    }

    /// The earliest entry; its owner may turn out to have nothing to do.
    pub fn next(&self) -> Option<Tick> {
        self.heap.peek().map(|Reverse((tick, _))| *tick)
    }

    /// Takes an entry that is due at `now`. The owner asks [`Armed::is_at`] whether it counts.
    pub fn pop(&mut self, now: Tick) -> Option<(Tick, O)> {
        if self.next()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| entry)
    }
}

impl Armed {
    /// Whether the popped entry at `tick` is the one that counts; the owner stands in the queue no more then.
    pub fn is_at(&mut self, tick: Tick) -> bool {
        let counts = self.0 == Some(tick);
        if counts {
            self.0 = None;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_earliest_entry_of_an_owner_counts() {
        let mut deadlines = Deadlines::new();
        let mut armed = Armed::default();
        deadlines.arm(1, &mut armed, Some(Tick(20)));
        deadlines.arm(1, &mut armed, Some(Tick(30)));
        deadlines.arm(1, &mut armed, Some(Tick(10)));
        assert_eq!(deadlines.next(), Some(Tick(10)));
        assert_eq!(deadlines.pop(Tick(9)), None);
        assert_eq!(deadlines.pop(Tick(25)), Some((Tick(10), 1)));
        assert!(armed.is_at(Tick(10)));
        assert_eq!(deadlines.pop(Tick(25)), Some((Tick(20), 1)));
        assert!(!armed.is_at(Tick(20)));
        assert_eq!(deadlines.pop(Tick(99)), None);
    }
}
