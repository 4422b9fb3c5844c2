//! Many rows with few statements, and many statements with one trip to the engine.

use std::time::Duration;

use sea_orm::Value;

use super::{Change, Db, DbError, Tx};

/// Rows of one statement at most. With the widest table they stay far below the engines' limits on arguments
/// (SQLite 32,766, PostgreSQL 65,535).
const LARGEST: usize = 256;

/// How long PostgreSQL may take for a batch before it counts as away.
const LONGEST: Duration = Duration::from_secs(5);

/// Statements that become durable together or not at all.
///
/// Unlike a [`Tx`] it is complete before the engine hears of it, so that nothing has to be waited for in between.
#[derive(Default)]
pub(crate) struct Batch {
    statements: Vec<Rows>,
    changes: Vec<Change>,
}

/// One statement for any number of rows.
pub(super) struct Rows {
    before: &'static str,
    row: &'static str,
    after: &'static str,
    /// Values of one row.
    width: usize,
    values: Vec<Value>,
}

impl Rows {
    /// The statement for one row.
    pub fn single(&self) -> String {
        [self.before, self.row, self.after].concat()
    }

    /// Row by row.
    pub fn values(&self) -> impl Iterator<Item = &[Value]> {
        self.values.chunks_exact(self.width.max(1))
    }
}

impl Batch {
    /// Adds `before`, one `row` for each of `rows`, comma between them, and `after`. A row may also be written by a
    /// statement of its own, so the text must mean the same either way.
    pub fn rows<const N: usize>(
        &mut self,
        before: &'static str,
        row: &'static str,
        after: &'static str,
        rows: impl IntoIterator<Item = [Value; N]>,
    ) {
        let values: Vec<Value> = rows.into_iter().flatten().collect();
        if !values.is_empty() {
            self.statements.push(Rows { before, row, after, width: N, values });
        }
    }

    /// Changes the directory once everything is durable.
    pub fn directory_change(&mut self, change: impl FnOnce(&mut crate::directory::State) + Send + Sync + 'static) {
        self.changes.push(Box::new(change));
    }

    /// In the order they were added.
    pub(super) fn statements(&self) -> &[Rows] {
        &self.statements
    }
}

impl Db {
    /// Writes a batch in one transaction and then carries out its changes of the directory. Blocks until it is durable
    /// or failed, so it is for a thread that may wait; never for a task.
    ///
    /// # Errors
    /// When the engine refuses; nothing was written then.
    pub(crate) fn write_batch(&self, mut batch: Batch) -> Result<(), DbError> {
        let Some(straight) = &self.0.straight else {
            let (db, (told, outcome)) = (self.clone(), std::sync::mpsc::sync_channel(1));
            self.0.runtime.spawn(async move {
                // Given up, it may still have been carried out; whatever a batch writes may be written twice.
                let written = tokio::time::timeout(LONGEST, db.write_as_transaction(batch)).await;
                // Nobody waits any more when the process ends.
                let _ = told.send(written.unwrap_or(Err(DbError::Busy)));
            });
            return outcome.recv().unwrap_or(Err(DbError::Damaged("a runtime that ended")));
        };
        let _writer = self.0.writer.as_ref().map(|writer| writer.blocking_lock());
        let changes = std::mem::take(&mut batch.changes);
        if changes.is_empty() {
            return straight.write(&batch, || ());
        }
        // Held from COMMIT until the directory has the changes, as for every transaction.
        let order = straight.write(&batch, || self.0.gate.blocking_lock())?;
        self.0.directory.apply(changes);
        drop(order);
        Ok(())
    }

    async fn write_as_transaction(&self, batch: Batch) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        for Rows { before, row, after, width, values } in batch.statements {
            let mut left = values.len() / width.max(1);
            let mut values = values.into_iter();
            while left > 0 {
                let size = largest(left);
                let some = values.by_ref().take(size * width).collect();
                tx.run(&repeated(before, row, after, size), some).await?;
                left -= size;
            }
        }
        for change in batch.changes {
            tx.directory_change(change);
        }
        tx.commit().await
    }
}

impl Tx {
    /// Runs `before`, one `row` for each of `rows`, comma between them, and `after`, as few times as possible.
    ///
    /// Statements come in sizes of powers of two only, so that each of them is prepared once and reused: nine
    /// texts for any number of rows.
    pub(crate) async fn rows<const N: usize>(
        &self,
        before: &str,
        row: &str,
        after: &str,
        rows: impl ExactSizeIterator<Item = [Value; N]>,
    ) -> Result<(), DbError> {
        let mut left = rows.len();
        let mut rows = rows;
        while left > 0 {
            let size = largest(left);
            let mut values = Vec::with_capacity(size * N);
            for row in rows.by_ref().take(size) {
                values.extend(row);
            }
            self.run(&repeated(before, row, after, size), values).await?;
            left -= size;
        }
        Ok(())
    }
}

fn largest(rows: usize) -> usize {
    LARGEST.min(1 << rows.max(1).ilog2())
}

fn repeated(before: &str, row: &str, after: &str, rows: usize) -> String {
    let mut sql = String::with_capacity(before.len() + rows * (row.len() + 1) + after.len());
    sql.push_str(before);
    for index in 0..rows {
        if index > 0 {
            sql.push(',');
        }
        sql.push_str(row);
    }
    sql.push_str(after);
    sql
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use sea_orm::sqlx::{self, AssertSqlSafe, Connection, PgConnection};
    use types::clock::{Clock, Tick, Timestamp};
    use types::entropy::Entropy;

    use super::*;
    use crate::db::DatabaseLocation;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp(0)
        }

        fn tick(&self) -> Tick {
            Tick(0)
        }
    }

    impl Entropy for Still {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    async fn opened(location: &DatabaseLocation) -> Db {
        Db::open(location, Arc::new(Still), Arc::new(Still), Arc::default()).await.unwrap()
    }

    async fn write(db: &Db, batch: Batch) -> Result<(), DbError> {
        let db = db.clone();
        tokio::task::spawn_blocking(move || db.write_batch(batch)).await.unwrap()
    }

    async fn states(db: &Db) -> Vec<String> {
        let mut states = Vec::new();
        db.each_row("SELECT state FROM open_calls ORDER BY id", |row| {
            states.push(row.text(0)?.to_owned());
            Ok(())
        })
        .await
        .unwrap();
        states
    }

    fn open(batch: &mut Batch, ids: std::ops::Range<i64>, state: &str) {
        let rows = ids.map(|id| [format!("{id:04}").into(), "acc".into(), id.into(), state.into()]);
        batch.rows("INSERT INTO open_calls (id, account, started, state) VALUES ", "(?, ?, ?, ?)", "", rows);
    }

    fn change(batch: &mut Batch, id: &str, state: &str) {
        batch.rows(
            "UPDATE open_calls SET state = changed.column2 FROM (VALUES ",
            "(?, ?)",
            ") AS changed WHERE open_calls.id = changed.column1",
            [[id.into(), state.into()]],
        );
    }

    async fn is_whole_or_not_at_all(location: DatabaseLocation) {
        let db = opened(&location).await;
        // More rows than one statement takes, and a statement that needs what the one before did.
        let mut batch = Batch::default();
        open(&mut batch, 0..300, "up");
        change(&mut batch, "0299", "held");
        let applied = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&applied);
        batch.directory_change(move |_| told.store(true, Ordering::Relaxed));
        write(&db, batch).await.unwrap();
        let before = states(&db).await;
        assert_eq!((before.len(), before.last().map(String::as_str)), (300, Some("held")));
        assert!(applied.load(Ordering::Relaxed));

        // Refused in the middle: what came before in the same batch is not there, nor is the change of the directory.
        let mut refused = Batch::default();
        open(&mut refused, 300..310, "up");
        change(&mut refused, "0000", "held");
        open(&mut refused, 305..320, "twice");
        open(&mut refused, 400..401, "after");
        applied.store(false, Ordering::Relaxed);
        let told = Arc::clone(&applied);
        refused.directory_change(move |_| told.store(true, Ordering::Relaxed));
        assert!(matches!(write(&db, refused).await, Err(DbError::Duplicate)));
        assert_eq!(states(&db).await, before);
        assert!(!applied.load(Ordering::Relaxed));

        // And the next one is as if nothing had been.
        let mut next = Batch::default();
        open(&mut next, 300..301, "next");
        write(&db, next).await.unwrap();
        write(&db, Batch::default()).await.unwrap();
        db.close().await;
        let db = opened(&location).await;
        assert_eq!(states(&db).await, [before, vec!["next".to_owned()]].concat());
        db.close().await;
    }

    #[tokio::test]
    async fn the_write_ahead_log_stays_small_and_is_cut_once_nobody_reads_from_it() {
        /// Bytes after which the log is carried over into the file.
        const THRESHOLD: u64 = 4096 * 4096;
        let folder = std::env::temp_dir().join(format!("ringwerk-log-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("office.db");
        let log = || std::fs::metadata(folder.join("office.db-wal")).unwrap().len();
        let db = opened(&DatabaseLocation::Sqlite(file.clone())).await;
        let text = "x".repeat(16 << 10);
        let mut next = 0;
        let mut write_two_megabytes = async || {
            let mut batch = Batch::default();
            open(&mut batch, next..next + 128, &text);
            next += 128;
            write(&db, batch).await.unwrap();
        };
        for _ in 0..40 {
            write_two_megabytes().await;
            assert!(log() <= 4 * THRESHOLD, "{}", log());
        }
        // Somebody reads for long: a backup. Writing goes on, cutting is tried and does not wait for ever.
        let reader = rusqlite::Connection::open(&file).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM open_calls").unwrap();
        for _ in 0..10 {
            write_two_megabytes().await;
        }
        db.scrub().await.unwrap();
        assert!(log() > THRESHOLD, "{}", log());
        write_two_megabytes().await;
        reader.execute_batch("COMMIT").unwrap();
        db.scrub().await.unwrap();
        assert_eq!(log(), 0);
        db.close().await;
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[tokio::test]
    async fn a_batch_is_whole_or_not_at_all_on_sqlite() {
        let folder = std::env::temp_dir().join(format!("ringwerk-batch-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        is_whole_or_not_at_all(DatabaseLocation::Sqlite(folder.join("office.db"))).await;
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "the address of the test set-up's PostgreSQL is its business")]
    async fn a_batch_is_whole_or_not_at_all_on_postgresql() {
        let server = std::env::var("RINGWERK_TEST_POSTGRES").expect("run the tests through scripts/with-postgres.sh");
        let name = format!("office_batch_{}", std::process::id());
        let mut connection = PgConnection::connect(&server).await.unwrap();
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.unwrap();
        let (address, _) = server.rsplit_once('/').unwrap();
        is_whole_or_not_at_all(DatabaseLocation::Postgres(format!("{address}/{name}"))).await;
    }
}
