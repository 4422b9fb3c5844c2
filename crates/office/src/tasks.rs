//! Work nobody waits for: a panic in it must not end it for good, nor pass unnoticed.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

/// Does some of a task's work. A panic is counted and logged, and the task goes on with what comes next: what the work had
/// begun to write is rolled back with its transaction, and no lock stays taken.
pub(crate) async fn guarded<T>(task: &'static str, work: impl Future<Output = T>) -> Option<T> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    done.inspect_err(|_| failed(task)).ok()
}

/// The same for work that is done at once.
pub(crate) fn guarded_now<T>(task: &'static str, work: impl FnOnce() -> T) -> Option<T> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).inspect_err(|_| failed(task)).ok()
}

/// What a panic said may hold values of a request; where it was, the panic hook has logged.
fn failed(task: &'static str) {
    metrics::counter!("ringwerk_task_panics_total", "task" => task).increment(1);
    tracing::error!(task, "some of a task's work failed; the task goes on");
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_the_work_and_not_the_task() {
        let mut done = Vec::new();
        for turn in 0..4 {
            let work = async move {
                tokio::task::yield_now().await;
                assert!(turn != 2, "this one fails");
                turn
            };
            done.push(guarded("test", work).await);
        }
        assert_eq!(done, [Some(0), Some(1), None, Some(3)]);
        assert_eq!(guarded_now("test", || -> u8 { panic!("this one fails") }), None);
        assert_eq!(guarded_now("test", || 5), Some(5));
    }
}
