//! Deadlines of many things in one heap, with lazy deletion.
//!
//! A thing keeps its own deadline and the moment of its earliest entry here ([`Armed`]). Moving a deadline later
//! costs nothing: the old entry rings too early, finds the deadline in the future and goes back in line.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use types::clock::Tick;

/// When the earliest heap entry of one thing rings; lives in the thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Armed(Tick);

impl Default for Armed {
    fn default() -> Self {
        Self(Tick(u64::MAX))
    }
}

/// The heap. `K` names things.
#[derive(Debug)]
pub struct Alarms<K> {
    heap: BinaryHeap<Reverse<(Tick, K)>>,
}

impl<K: Ord> Default for Alarms<K> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new() }
    }
}

impl<K: Ord + Copy> Alarms<K> {
    /// Makes sure that `key` rings no later than `deadline`.
    pub fn arm(&mut self, armed: &mut Armed, key: K, deadline: Option<Tick>) {
        if let Some(deadline) = deadline
            && deadline < armed.0
        {
            armed.0 = deadline;
            self.heap.push(Reverse((deadline, key)));
        }
    }

    /// The next thing whose alarm rings by `now`. The caller finds the thing, calls [`Self::rang`], looks at its real
    /// deadline and arms it again.
    pub fn next_due(&mut self, now: Tick) -> Option<(Tick, K)> {
        match self.heap.peek() {
            Some(Reverse((due, _))) if *due <= now => self.heap.pop().map(|Reverse(entry)| entry),
            _ => None,
        }
    }

    /// Notes that the entry for `due` rang. Older, superseded entries are recognised by their moment and ignored:
    /// returns whether the thing is to be looked at.
    pub fn rang(armed: &mut Armed, due: Tick) -> bool {
        if armed.0 != due {
            return false;
        }
        *armed = Armed::default();
        true
    }

    /// When the next alarm rings.
    pub fn next_deadline(&self) -> Option<Tick> {
        self.heap.peek().map(|Reverse((due, _))| *due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_deadlines_ring_once_and_superseded_entries_are_ignored() {
        let mut alarms = Alarms::default();
        let mut armed = Armed::default();
        alarms.arm(&mut armed, 'a', Some(Tick(50)));
        alarms.arm(&mut armed, 'a', Some(Tick(20)));
        alarms.arm(&mut armed, 'a', Some(Tick(90)));
        alarms.arm(&mut armed, 'a', None);
        assert_eq!(alarms.next_deadline(), Some(Tick(20)));
        assert_eq!(alarms.next_due(Tick(19)), None);
        assert_eq!(alarms.next_due(Tick(20)), Some((Tick(20), 'a')));
        assert!(Alarms::<char>::rang(&mut armed, Tick(20)));
        alarms.arm(&mut armed, 'a', Some(Tick(90)));
        assert_eq!(alarms.next_due(Tick(60)), Some((Tick(50), 'a')));
        assert!(!Alarms::<char>::rang(&mut armed, Tick(50)));
        assert_eq!(alarms.next_due(Tick(90)), Some((Tick(90), 'a')));
        assert!(Alarms::<char>::rang(&mut armed, Tick(90)));
    }
}
