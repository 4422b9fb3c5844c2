//! The exchange says now and then that it is alive, so that calls which were up when it died end when it died.
//!
//! One row for all calls: what a call looks like is written when that changes, and how long it lasted follows from the
//! last sign of life. Time is counted by the monotonic clock within one run of the process, so setting the machine's
//! clock makes no call longer.

use std::time::Duration;

use super::Engine;
use super::core::{Core, Waiting};
use crate::ports::{Entry, Heartbeat};

/// Between two signs of life; after a crash the record of a call is short by no more than this.
const INTERVAL: Duration = Duration::from_secs(5);

impl Core {
    /// This moment.
    pub fn heartbeat(&self) -> Heartbeat {
        let (run, steady) = self.phones.run(self.now);
        Heartbeat { run: run.0, milliseconds: steady.0.saturating_sub(run.0) }
    }

    /// A call is up: from now on there are signs of life.
    pub fn begin_heartbeat(&mut self) {
        self.beat.get_or_insert(self.now + INTERVAL);
    }
}

impl Engine {
    /// Says that the exchange is alive, if it is time and a call is up.
    pub(super) fn beat(&mut self) {
        if self.core.beat.is_none_or(|beat| beat > self.core.now) {
            return;
        }
        let core = &mut self.core;
        let mut up = false;
        for call in self.calls.values_mut() {
            up |= call.is_alive(core);
        }
        core.beat = up.then_some(core.now + INTERVAL);
        // A call whose record is not durable yet has ended, and must not be made longer.
        if up && !core.commits.is_behind() {
            let _ = core.commits.submit(Entry::Alive(core.heartbeat()), Waiting::Nobody);
        }
    }
}
