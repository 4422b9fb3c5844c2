//! When a mail is tried again, and when it is given up.

use crate::handing_over;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// A mail that did not get through for so long is given up.
pub(crate) const PATIENCE: i64 = 72 * HOUR;

/// Waits between attempts, in milliseconds; the last one repeats. The first are for a server that restarts, the next
/// for one that greylists, the rest for one that is down.
const WAITS: [i64; 9] =
    [5 * SECOND, 20 * SECOND, MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR];

/// When a mail is tried again that was written at `created` and has just failed for the `attempts`-th time; `None` when it
/// is given up. The last attempt is at the very end.
pub(crate) fn next_attempt(created: i64, attempts: i32, now: i64) -> Option<i64> {
    handing_over::next_attempt(created, PATIENCE, &WAITS, attempts, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_become_rarer_and_end_after_three_days() {
        let (mut now, mut attempts) = (0, 1);
        let mut waits = Vec::new();
        while let Some(next) = next_attempt(0, attempts, now) {
            waits.push(next - now);
            (now, attempts) = (next, attempts + 1);
        }
        assert_eq!(now, PATIENCE);
        assert_eq!(waits[..3], [5 * SECOND, 20 * SECOND, MINUTE]);
        assert!(waits.len() < 40, "{}", waits.len());
        assert!(waits.iter().all(|wait| *wait <= 4 * HOUR));
    }
}
