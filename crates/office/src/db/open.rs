//! Opening and migrating.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sea_orm::sqlx::{self, ConnectOptions, Connection};
use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};
use sea_orm_migration::MigratorTrait;
use tokio::sync::{Mutex, Notify, broadcast};
use types::clock::Clock;
use types::entropy::Entropy;

use super::sqlite::{BUSY, CHECKPOINT, Straight};
use super::{DatabaseLocation, Db, DbError, Inner, TURN};
use crate::directory::Directory;
use crate::migrations::Migrations;

/// Connections that read from SQLite at the same time.
const SQLITE_READERS: u32 = 4;
/// Connections to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 16;
/// Events a slow listener may fall behind.
const EVENTS: usize = 1024;

impl Db {
    /// Connects, brings the schema up to date.
    pub(crate) async fn open(
        location: &DatabaseLocation,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        directory: Arc<Directory>,
    ) -> Result<Self, DbError> {
        let (read, write, straight) = match location {
            DatabaseLocation::Sqlite(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(BUSY)
                    .foreign_keys(true)
                    .pragma("cache_size", "-8192")
                    .pragma("temp_store", "memory")
                    // What is deleted is overwritten: calls that are not to be kept.
                    .pragma("secure_delete", "on")
                    .pragma("wal_autocheckpoint", CHECKPOINT.to_string())
                    .disable_statement_logging();
                let write = SqlitePoolOptions::new()
                    .max_connections(1)
                    .test_before_acquire(false)
                    .idle_timeout(None)
                    .max_lifetime(None)
                    .connect_with(options.clone())
                    .await?;
                let write = SqlxSqliteConnector::from_sqlx_sqlite_pool(write);
                Migrations::up(&write, None).await?;
                let read = SqlitePoolOptions::new()
                    .max_connections(SQLITE_READERS)
                    .test_before_acquire(false)
                    .idle_timeout(None)
                    .max_lifetime(None)
                    .connect_with(options.read_only(true).create_if_missing(false))
                    .await?;
                (SqlxSqliteConnector::from_sqlx_sqlite_pool(read), write, Some(Straight::open(path)?))
            }
            DatabaseLocation::Postgres(url) => {
                let pool = postgres(url).await?;
                Migrations::up(&pool, None).await?;
                (pool.clone(), pool, None)
            }
        };
        let (events, _) = broadcast::channel(EVENTS);
        Ok(Self(Arc::new(Inner {
            read,
            write,
            writer: straight.is_some().then(Arc::default),
            straight,
            runtime: tokio::runtime::Handle::current(),
            gate: Arc::new(Mutex::new(())),
            directory,
            events,
            post: Arc::new(Notify::new()),
            full: AtomicBool::new(false),
            clock,
            entropy,
        })))
    }
}

async fn postgres(url: &str) -> Result<DatabaseConnection, DbError> {
    let options = PgConnectOptions::from_str(url)?
        .application_name("ringwerk")
        .options([("synchronous_commit", "on".to_owned()), ("lock_timeout", TURN.as_millis().to_string())])
        .disable_statement_logging();
    let pool =
        PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).acquire_timeout(TURN).connect_with(options).await?;
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// Writes the database in `from` as it is at one moment into the new file `to`, also while it is in use.
///
/// # Errors
/// When `from` cannot be read, or `to` exists or cannot be written.
pub async fn copy_sqlite(from: &Path, to: &Path) -> Result<(), DbError> {
    let mut connection = SqliteConnectOptions::new()
        .filename(from)
        .busy_timeout(Duration::from_secs(60))
        .disable_statement_logging()
        .connect()
        .await?;
    let to = to.to_str().ok_or(DbError::Damaged("the name of the copy"))?;
    sqlx::query("VACUUM INTO ?").bind(to).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}
