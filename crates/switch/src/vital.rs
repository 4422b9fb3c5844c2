//! Threads without which no call goes, and what happens when one of them fails.

use std::sync::Arc;

use crate::ports::Watch;

/// Held by whatever must not end by itself. Dropped by a panic it tells the [`Watch`], who ends the process: after its next
/// start calls go on where they were, while in this process they would be silent, or nobody would hear that they end.
pub(crate) struct Vital {
    part: &'static str,
    watch: Arc<dyn Watch>,
}

impl Vital {
    pub(crate) fn new(part: &'static str, watch: Arc<dyn Watch>) -> Self {
        Self { part, watch }
    }

    /// It ends because it cannot go on.
    pub(crate) fn fail(&self) {
        tracing::error!(part = self.part, "a part of the exchange failed that nothing goes without");
        self.watch.failed(self.part);
    }
}

impl Drop for Vital {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.fail();
        }
    }
}
