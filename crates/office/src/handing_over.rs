//! Handing over what waits to leave the house, mail and text messages: what left must be noted, or it leaves twice.

use std::time::Duration;

use tokio::task::JoinSet;
use types::clock::Clock;

use crate::db::DbError;
use crate::tasks::guarded;

/// How many are handed over at the same time.
const TOGETHER: usize = 4;
/// Between two tries to note what became of something.
const AGAIN: Duration = Duration::from_secs(1);

/// Hands over everything that is due until nothing is; answers how many got through. `due` names some of them, and `one`
/// hands one over. Each goes to its end, whatever becomes of the others.
pub(crate) async fn work_off<Due, One>(
    task: &'static str,
    due: impl Fn() -> Due,
    one: impl Fn(String) -> One,
) -> Result<usize, DbError>
where
    Due: Future<Output = Result<Vec<String>, DbError>>,
    One: Future<Output = Result<bool, DbError>> + Send + 'static,
{
    let mut got_through = 0;
    let mut failed = None;
    while failed.is_none() {
        let due = due().await?;
        if due.is_empty() {
            break;
        }
        for some in due.chunks(TOGETHER) {
            let mut under_way = JoinSet::new();
            for id in some {
                let work = guarded(task, one(id.clone()));
                under_way.spawn(async move { work.await.unwrap_or(Ok(false)) });
            }
            while let Some(done) = under_way.join_next().await {
                match done.unwrap_or(Err(DbError::Damaged("a delivery"))) {
                    Ok(done) => got_through += usize::from(done),
                    Err(error) => failed = Some(error),
                }
            }
        }
    }
    failed.map_or(Ok(got_through), Err)
}

/// When something is tried again that was due at `since` and has just failed for the `attempts`-th time; `None` when it is
/// given up, which is after `patience`; the last attempt is at the very end. All in milliseconds; the last of `waits` repeats.
pub(crate) fn next_attempt(since: i64, patience: i64, waits: &[i64], attempts: i32, now: i64) -> Option<i64> {
    let end = since.saturating_add(patience);
    let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(0);
    let wait = waits.get(index).or(waits.last()).copied().unwrap_or(patience);
    (now < end).then(|| now.saturating_add(wait).min(end))
}

/// Notes what became of something; insists on it until `until`, in milliseconds of the wall clock, as long as nobody else may
/// take the thing.
pub(crate) async fn insist<T, Note>(clock: &dyn Clock, until: i64, note: impl Fn() -> Note) -> Result<T, DbError>
where
    Note: Future<Output = Result<T, DbError>>,
{
    loop {
        match note().await {
            Err(error) if error.is_passing() && clock.now().0 < until => {
                tracing::warn!(%error, "what became of something that left is noted later");
                tokio::time::sleep(AGAIN).await;
            }
            noted => return noted,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use types::clock::{Tick, Timestamp};

    use super::*;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp(100)
        }

        fn tick(&self) -> Tick {
            Tick(0)
        }
    }

    /// How often it is noted until it succeeds or is given up.
    async fn tries(until: i64, failures: usize, failure: fn() -> DbError) -> (usize, bool) {
        let tries = AtomicUsize::new(0);
        let note = || async {
            let so_far = tries.fetch_add(1, Ordering::Relaxed);
            if so_far < failures { Err(failure()) } else { Ok(()) }
        };
        let noted = insist(&Still, until, note).await.is_ok();
        (tries.into_inner(), noted)
    }

    #[tokio::test]
    async fn a_note_is_insisted_on_while_the_thing_is_claimed_and_the_database_may_come_back() {
        assert_eq!(tries(200, 1, || DbError::Busy).await, (2, true));
        assert_eq!(tries(100, 1, || DbError::Busy).await, (1, false), "somebody else may have it by now");
        assert_eq!(tries(200, 1, || DbError::Damaged("a value")).await, (1, false));
    }

    #[tokio::test]
    async fn each_goes_to_its_end_whatever_becomes_of_the_others() {
        let rounds = AtomicUsize::new(0);
        let due = || async {
            let first = rounds.fetch_add(1, Ordering::Relaxed) == 0;
            Ok(if first { ["1", "panics", "fails", "2", "3", "4"].map(str::to_owned).to_vec() } else { Vec::new() })
        };
        let ended = std::sync::Arc::new(AtomicUsize::new(0));
        let one = |id: String| {
            let ended = std::sync::Arc::clone(&ended);
            async move {
                assert_ne!(id, "panics");
                if id == "fails" {
                    return Err(DbError::Busy);
                }
                tokio::task::yield_now().await;
                ended.fetch_add(1, Ordering::Relaxed);
                Ok(true)
            }
        };
        assert!(matches!(work_off("test", due, one).await, Err(DbError::Busy)));
        assert_eq!(ended.load(Ordering::Relaxed), 4);
    }
}
