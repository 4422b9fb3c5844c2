//! How much more may be sent to unproven addresses than came from them.
//!
//! Whoever forges a source address makes the exchange answer somebody else. An answer that is no longer than its
//! request is of no use for that; longer ones are paid out of this allowance, which is small and refills slowly. A phone
//! that starts up gets everything the protocol can offer; a flood gets the bare minimum (threat T6).

use types::clock::Tick;

/// Bytes the allowance holds at most.
const CAPACITY: u64 = 32 << 10;
/// Bytes it gains in a second.
const PER_SECOND: u64 = 4 << 10;

/// The allowance.
#[derive(Debug)]
pub(crate) struct Allowance {
    bytes: u64,
    filled: Tick,
}

impl Allowance {
    pub fn new(now: Tick) -> Self {
        Self { bytes: CAPACITY, filled: now }
    }

    /// Whether an answer of `answer` bytes may be given to a request of `request` bytes.
    pub fn allows(&mut self, answer: usize, request: usize, now: Tick) -> bool {
        let excess = u64::try_from(answer.saturating_sub(request)).unwrap_or(u64::MAX);
        if excess == 0 {
            return true;
        }
        let gained = now.0.saturating_sub(self.filled.0).saturating_mul(PER_SECOND) / 1_000_000;
        if gained > 0 {
            self.bytes = self.bytes.saturating_add(gained).min(CAPACITY);
            self.filled = now;
        }
        match self.bytes.checked_sub(excess) {
            Some(left) => {
                self.bytes = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_answers_cost_nothing_and_long_ones_run_out() {
        let mut allowance = Allowance::new(Tick(0));
        assert!((0..100_000).all(|_| allowance.allows(400, 400, Tick(0))));
        assert_eq!((0..1000).filter(|_| allowance.allows(500, 400, Tick(0))).count(), 327);
        assert!((0..100_000).all(|_| allowance.allows(400, 401, Tick(0))));
        assert_eq!((0..1000).filter(|_| allowance.allows(500, 400, Tick(1_000_000))).count(), 41);
    }
}
