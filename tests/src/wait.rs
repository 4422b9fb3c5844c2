//! Waiting for a condition, with a deadline.

use std::time::{Duration, Instant};

/// Long enough for a slow machine; a story that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until `look` finds something. Panics with `what` when that takes longer than [`PATIENCE`].
pub fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, what, look)
}

/// Waits until `look` finds something. Panics with `what` when that takes longer than `patience`.
pub fn within<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = deadline(patience);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(left(end) > Duration::ZERO, "waited {patience:?} for {what}");
        pause();
    }
}

/// The moment `patience` from now.
#[expect(clippy::disallowed_methods, reason = "stories play in real time")]
pub fn deadline(patience: Duration) -> Instant {
    Instant::now() + patience
}

/// How long it is until `end`.
#[expect(clippy::disallowed_methods, reason = "stories play in real time")]
pub fn left(end: Instant) -> Duration {
    end.saturating_duration_since(Instant::now())
}

/// Between two looks at the same thing.
#[expect(clippy::disallowed_methods, reason = "the one pause, between two looks at a condition")]
pub(crate) fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}

/// Lets time pass that is part of the story: the length of a spoken word, not a wait for somebody else.
#[expect(clippy::disallowed_methods, reason = "speech takes its time")]
pub fn speak(length: Duration) {
    std::thread::sleep(length);
}
