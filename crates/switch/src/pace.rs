//! Gathering: a thread that is woken for every single message spends most of its time on being woken.
//!
//! While much arrives, a thread lets messages gather for a moment after it has handled all that were there. What it
//! then finds it moves with a few system calls. A thread with little to do handles everything at once.

use std::time::Duration;

use types::clock::Tick;

/// The span over which the rate is measured, in microseconds.
const SPAN: u64 = 20_000;

/// Measures how much arrives.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Arrivals a second from which on gathering pays.
    busy_from: u64,
    since: Tick,
    arrived: u64,
    busy: bool,
}

impl Pace {
    /// Calls a thread busy from so many arrivals a second on.
    pub(crate) fn new(busy_from: u64) -> Self {
        Self { busy_from, since: Tick(0), arrived: 0, busy: false }
    }

    /// Takes note of what arrived up to `now`; says whether the thread is busy.
    pub(crate) fn is_busy(&mut self, arrived: usize, now: Tick) -> bool {
        self.arrived = self.arrived.saturating_add(u64::try_from(arrived).unwrap_or(u64::MAX));
        let passed = now.0.saturating_sub(self.since.0);
        if passed >= SPAN {
            self.busy = self.arrived.saturating_mul(1_000_000) >= passed.saturating_mul(self.busy_from);
            (self.since, self.arrived) = (now, 0);
        }
        self.busy
    }
}

/// Lets messages gather for so long.
#[allow(clippy::disallowed_methods, reason = "nothing is waited for: messages are to gather meanwhile")]
pub(crate) fn gather(span: Duration) {
    std::thread::sleep(span);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_is_who_gets_much_over_a_whole_span_and_only_as_long() {
        let mut pace = Pace::new(1_000);
        assert!(!pace.is_busy(1_000, Tick(SPAN / 2)), "a burst is no pace yet");
        assert!(pace.is_busy(0, Tick(SPAN)));
        assert!(pace.is_busy(19, Tick(2 * SPAN - 1)), "the last span counts until the next is over");
        assert!(!pace.is_busy(0, Tick(2 * SPAN)), "19 in 20 ms are fewer than 1,000 a second");
        assert!(pace.is_busy(20, Tick(3 * SPAN)));
        assert!(!pace.is_busy(20, Tick(1_000 * SPAN)), "quiet ends it at the first arrival after it");
    }
}
