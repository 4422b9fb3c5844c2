//! When the next group begins: at once when little happens, a moment later when much does.
//!
//! A commit costs about the same whether it makes one entry durable or fifty: a few switches between threads and an
//! `fsync`. When groups follow one another closely, a wait of [`GATHER`] puts several entries into each, which is late by
//! less than a commit takes. When groups are rare, or large already, waiting would buy nothing.

use std::time::Duration;

use types::clock::Tick;

/// How long entries are gathered.
const GATHER: Duration = Duration::from_millis(8);
/// Groups that begin closer together than this are gathered: more than a hundred a second.
const CLOSE: Duration = Duration::from_millis(10);
/// A group of this size is worth its commit.
pub(super) const ENOUGH: usize = 64;

/// When the last group began.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    began: Option<Tick>,
}

impl Pace {
    /// How long to wait for more when `waiting` entries are there.
    pub fn pause(self, waiting: usize, now: Tick) -> Duration {
        let close = self.began.is_some_and(|began| now.saturating_since(began) < CLOSE);
        if close && waiting < ENOUGH { GATHER } else { Duration::ZERO }
    }

    /// A group begins.
    pub fn begin(&mut self, now: Tick) {
        self.began = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Milliseconds.
    fn at(milliseconds: u64) -> Tick {
        Tick(milliseconds * 1000)
    }

    #[test]
    fn a_lone_entry_waits_for_nothing() {
        let mut pace = Pace::default();
        assert_eq!(pace.pause(1, at(0)), Duration::ZERO);
        pace.begin(at(0));
        assert_eq!(pace.pause(1, at(10)), Duration::ZERO);
    }

    #[test]
    fn groups_that_follow_closely_gather() {
        let mut pace = Pace::default();
        pace.begin(at(100));
        assert_eq!(pace.pause(1, at(105)), GATHER);
        assert_eq!(pace.pause(ENOUGH - 1, at(109)), GATHER);
    }

    #[test]
    fn a_large_group_begins_at_once() {
        let mut pace = Pace::default();
        pace.begin(at(100));
        assert_eq!(pace.pause(ENOUGH, at(101)), Duration::ZERO);
    }

    #[test]
    fn entries_of_a_steady_stream_share_commits_and_none_waits_longer_than_it_may() {
        // 400 entries a second, commits that take no time: the rule alone.
        let mut pace = Pace::default();
        let arrivals: Vec<Tick> = (0..400).map(|index| Tick(index * 2500)).collect();
        let (mut groups, mut next) = (0, 0);
        while let Some(first) = arrivals.get(next) {
            let begin = *first + pace.pause(1, *first);
            assert!(begin.saturating_since(*first) <= GATHER);
            pace.begin(begin);
            next = arrivals.partition_point(|arrival| *arrival <= begin);
            groups += 1;
        }
        assert!(groups <= 101, "{groups} groups");
    }
}
