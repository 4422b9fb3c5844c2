//! What can go wrong with the database.

use std::fmt;
use std::sync::Arc;

use sea_orm::sqlx;
use sea_orm::sqlx::sqlite::SqliteError;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// A statement failed.
#[derive(Debug)]
pub enum DbError {
    /// A row with this key exists already: a rule that the schema keeps.
    Duplicate,
    /// The idempotency key of this request was taken by another request a moment ago.
    KeyTaken,
    /// The database is in use or away, and was waited for as long as anybody is to wait.
    Busy,
    /// What is left of the disk is for registrations and call records.
    Full,
    /// A stored value does not read back; names the column.
    Damaged(&'static str),
    /// The engine reports an error. For the log; not for users.
    Engine(Box<EngineError>),
}

/// What an engine reports.
#[derive(Debug)]
pub enum EngineError {
    /// Through the query builder.
    Builder(DbErr),
    /// SQLite, asked directly.
    Sqlite(rusqlite::Error),
}

impl DbError {
    /// Whether SQLite's storage failed: a write or fsync that did not reach the disk, or a damaged file.
    ///
    /// Then nothing may be acknowledged any more: the engine may report later commits as done although earlier
    /// pages were lost. PostgreSQL ends itself in that case, so its refusals are never fatal here.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        const IO_ERROR: i32 = 10;
        const CORRUPT: i32 = 11;
        const NOT_A_DATABASE: i32 = 26;
        let Self::Engine(error) = self else { return false };
        // SQLite's extended result codes carry the primary one in the low byte.
        matches!(error.sqlite_code().map(|code| code & 0xff), Some(IO_ERROR | CORRUPT | NOT_A_DATABASE))
    }
}

impl DbError {
    /// Whether the same may well work a little later: somebody else holds the lock, the disk is full, PostgreSQL restarts.
    /// Nothing was written.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        const BUSY: i32 = 5;
        const LOCKED: i32 = 6;
        const FULL: i32 = 13;
        match self {
            Self::Busy | Self::Full => true,
            Self::Engine(error) => {
                matches!(error.sqlite_code().map(|code| code & 0xff), Some(BUSY | LOCKED | FULL)) || error.is_away()
            }
            Self::Duplicate | Self::KeyTaken | Self::Damaged(_) => false,
        }
    }
}

impl EngineError {
    /// Whether PostgreSQL cannot be reached, ends, starts, has no room, or waited too long for a lock.
    fn is_away(&self) -> bool {
        // SQLSTATE classes 08 (connection), 53 (resources) and 57P (shutting down, starting), lock_not_available,
        // query_canceled, deadlock_detected, serialization_failure, read_only_sql_transaction (a standby).
        const PASSING: [&str; 8] = ["08", "53", "57P", "55P03", "57014", "40P01", "40001", "25006"];
        let error = match self {
            Self::Builder(DbErr::ConnectionAcquire(_)) => return true,
            Self::Builder(
                DbErr::Conn(RuntimeErr::SqlxError(error))
                | DbErr::Exec(RuntimeErr::SqlxError(error))
                | DbErr::Query(RuntimeErr::SqlxError(error)),
            ) => error,
            Self::Builder(_) | Self::Sqlite(_) => return false,
        };
        match &**error {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => true,
            sqlx::Error::Database(error) if error.try_downcast_ref::<SqliteError>().is_none() => {
                error.code().is_some_and(|code| PASSING.iter().any(|passing| code.starts_with(passing)))
            }
            _ => false,
        }
    }

    /// SQLite's extended result code.
    fn sqlite_code(&self) -> Option<i32> {
        match self {
            Self::Sqlite(error) => error.sqlite_error().map(|error| error.extended_code),
            Self::Builder(
                DbErr::Conn(RuntimeErr::SqlxError(error))
                | DbErr::Exec(RuntimeErr::SqlxError(error))
                | DbErr::Query(RuntimeErr::SqlxError(error)),
            ) => {
                let error = error.as_database_error()?;
                error.try_downcast_ref::<SqliteError>()?;
                error.code()?.parse().ok()
            }
            Self::Builder(_) => None,
        }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builder(error) => error.fmt(f),
            Self::Sqlite(error) => error.fmt(f),
        }
    }
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        // SQLITE_CONSTRAINT_PRIMARYKEY and SQLITE_CONSTRAINT_UNIQUE.
        const DUPLICATE: [i32; 2] = [1555, 2067];
        match error.sqlite_error() {
            Some(code) if DUPLICATE.contains(&code.extended_code) => Self::Duplicate,
            _ => Self::Engine(Box::new(EngineError::Sqlite(error))),
        }
    }
}

impl From<DbErr> for DbError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Duplicate,
            _ => Self::Engine(Box::new(EngineError::Builder(error))),
        }
    }
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate => f.write_str("a row with this key exists already"),
            Self::KeyTaken => f.write_str("the idempotency key is in use"),
            Self::Busy => f.write_str("the database is in use, and was waited for long enough"),
            Self::Full => f.write_str("the disk is full"),
            Self::Damaged(column) => write!(f, "the stored value of {column} does not read back"),
            Self::Engine(error) => write!(f, "database: {error}"),
        }
    }
}

impl std::error::Error for DbError {}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        if error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation) {
            return Self::Duplicate;
        }
        Self::from(DbErr::Query(RuntimeErr::SqlxError(Arc::new(error))))
    }
}
