//! The one seam between the office and its database engine.
//!
//! SQLite: write-ahead log with `synchronous=FULL`, one writer at a time behind a fair lock (requests through the
//! query builder, the ledger through a connection of its own, see [`sqlite`]), a pool of read connections.
//! PostgreSQL: one pool, `synchronous_commit=on`; a write transaction locks its account's row, so that writes of one
//! account run one after the other on both engines.
//!
//! Nothing outside this folder may ask which engine it is.

mod bulk;
mod error;
mod open;
mod raw;
mod sqlite;
mod tx;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection};
use tokio::sync::{Mutex, Notify, broadcast};
use types::clock::Clock;
use types::entropy::Entropy;

use crate::directory::Directory;
use crate::scope::Scope;

pub(crate) use bulk::Batch;
pub use error::DbError;
pub use open::copy_sqlite;
pub(crate) use raw::{Row, statement};
pub(crate) use tx::{Change, Tx};

/// Where the data lives.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseLocation {
    /// A file, made when it is missing. Its folder must exist.
    Sqlite(PathBuf),
    /// A `postgres://` address; may hold a password, so it is never printed.
    Postgres(String),
}

impl std::fmt::Debug for DatabaseLocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres([secret])"),
        }
    }
}

/// Something in an account changed and is durable; for whoever shows it live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The account it happened in.
    pub account: types::ids::AccountId,
    /// What happened, like the audit log's action: `users.block`.
    pub action: &'static str,
    /// The id of what it happened to.
    pub object: String,
    /// Whom alone it concerns; empty for what everybody may know who may see the object.
    pub users: Vec<types::ids::UserId>,
}

/// How long a transaction waits for those before it: for SQLite's one writer, for a lock or a connection of PostgreSQL.
pub(super) const TURN: Duration = Duration::from_secs(3);
/// Within this time a database that is there answers the shortest of questions.
const ANSWER: Duration = Duration::from_millis(500);

/// The database, opened. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Db(Arc<Inner>);

struct Inner {
    read: DatabaseConnection,
    write: DatabaseConnection,
    /// SQLite without the query builder; `None` on PostgreSQL.
    straight: Option<sqlite::Straight>,
    /// Where work for PostgreSQL runs that a plain thread asks for.
    runtime: tokio::runtime::Handle,
    /// SQLite's one writer. Fair: waiters get it in the order they came.
    writer: Option<Arc<Mutex<()>>>,
    /// Held from COMMIT until the directory has the change, so that it changes in commit order.
    gate: Arc<Mutex<()>>,
    directory: Arc<Directory>,
    events: broadcast::Sender<Event>,
    /// Wakes whoever delivers mail.
    post: Arc<Notify>,
    /// Set while the disk is so full that only the exchange may write.
    full: AtomicBool,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Db {
    /// For statements that only read. Sees everything committed so far.
    pub(crate) fn reads(&self) -> &DatabaseConnection {
        &self.0.read
    }

    /// A write transaction in the caller's account.
    ///
    /// # Errors
    /// Also [`DbError::Full`] while what is left of the disk is for calls.
    pub(crate) async fn write(&self, scope: &Scope) -> Result<Tx, DbError> {
        if self.is_full() {
            return Err(DbError::Full);
        }
        let tx = self.begin().await?;
        tx.lock_account(scope.account()).await?;
        if let Some(claim) = scope.claim() {
            crate::http::idempotency::take(&tx, scope, claim).await?;
        }
        Ok(tx)
    }

    /// A write transaction bound to no account: sign-in, first account, the ledger.
    pub(crate) async fn begin(&self) -> Result<Tx, DbError> {
        Tx::begin(&self.0).await
    }

    /// See [`crate::Office::set_storage_full`].
    pub(crate) fn set_full(&self, full: bool) {
        self.0.full.store(full, Ordering::Relaxed);
    }

    /// Whether only the exchange may write.
    pub(crate) fn is_full(&self) -> bool {
        self.0.full.load(Ordering::Relaxed)
    }

    /// Where commits put their changes.
    pub(crate) fn directory(&self) -> &Arc<Directory> {
        &self.0.directory
    }

    /// Everything that changes from now on. A receiver that is too slow misses the oldest.
    pub(crate) fn events(&self) -> broadcast::Receiver<Event> {
        self.0.events.subscribe()
    }

    /// Told whenever a commit left something for the post to do.
    pub(crate) fn post(&self) -> &Notify {
        &self.0.post
    }

    /// Tells whoever listens what became durable outside a [`Tx`].
    pub(crate) fn tell(&self, event: Event) {
        // No receiver is no failure: nobody looks at a live page right now.
        let _ = self.0.events.send(event);
    }

    /// Carries the write-ahead log over into the file and cuts it, so that nothing that was erased is left in it.
    pub(crate) async fn scrub(&self) -> Result<(), DbError> {
        if self.0.straight.is_none() {
            return Ok(());
        }
        let _writer = match &self.0.writer {
            Some(writer) => Some(writer.lock().await),
            None => None,
        };
        let cut = self.row_of_writer("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        let busy: Option<i32> = cut.map(|row| row.try_get_by_index(0)).transpose()?;
        if busy.is_some_and(|busy| busy != 0) {
            // A backup, most likely. The next try cuts it all.
            tracing::info!("the write-ahead log is not cut while somebody reads the database");
        }
        Ok(())
    }

    async fn row_of_writer(&self, sql: &str) -> Result<Option<sea_orm::QueryResult>, DbError> {
        Ok(self.0.write.query_one_raw(statement(&self.0.write, sql, Vec::new())).await?)
    }

    /// Waits for the statements that run, then closes every connection.
    pub(crate) async fn close(&self) {
        if let Err(error) = self.scrub().await {
            tracing::warn!(%error, "the write-ahead log was not cut");
        }
        if let Some(Err(error)) = self.0.straight.as_ref().map(sqlite::Straight::close) {
            tracing::warn!(%error, "the ledger's connection was not closed orderly");
        }
        for connection in [&self.0.read, &self.0.write] {
            if let Err(error) = connection.clone().close().await {
                tracing::warn!(%error, "a database connection was not closed orderly");
            }
        }
    }

    /// Asks the database the shortest of questions.
    ///
    /// # Errors
    /// When it says anything but the answer, or nothing in half a second.
    pub(crate) async fn ping(&self) -> Result<(), DbError> {
        let asked = tokio::time::timeout(ANSWER, self.0.read.execute_unprepared("SELECT 1"));
        asked.await.map_err(|_| DbError::Busy)??;
        Ok(())
    }
}
