//! The one place where the real clocks and the real random source enter; everything else is handed them.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use types::clock::{Clock, Tick, Timestamp};
use types::entropy::Entropy;

/// The machine's clocks.
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// Starts counting ticks now.
    pub fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place where the monotonic clock is read")]
        let started = Instant::now();
        Self { started }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the one place where the wall clock is read")]
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    fn tick(&self) -> Tick {
        Tick(u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX))
    }
}

/// The operating system's random source, fit for secrets.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        // Without random bytes every secret would be guessable; stopping is the only safe answer.
        #[expect(clippy::disallowed_methods, reason = "the one place where the system's random source is read")]
        if getrandom::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}
