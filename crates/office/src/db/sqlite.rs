//! SQLite spoken to on the caller's own thread.
//!
//! The query builder's connections hand every statement to a thread of their own and every row back, which costs
//! two context switches a statement and a copy a value. That is nothing to a request of a person, but it is most of
//! the price of a registration or a call, and of reading everything at start. So the ledger writes, and the directory
//! is read, through connections without such a thread. They block, so only threads that may wait use them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use sea_orm::Value;

use super::{Batch, DbError};

/// How long a lock of another process (a backup, a shell) is waited for. Together with [`super::TURN`] it stays below the
/// five seconds in which every request is answered; the ledger tries again by itself.
pub(super) const BUSY: Duration = Duration::from_millis(1_500);
/// Pages of the write-ahead log after which they are carried over into the file. A page that many commits touch is
/// carried over once, not each time.
pub(super) const CHECKPOINT: u32 = 4096;
/// Statements the ledger's connection keeps prepared; it has about ten.
const PREPARED: usize = 32;

/// The ledger's connection, and where to open more.
pub(super) struct Straight {
    file: PathBuf,
    /// `None` once closed.
    write: Mutex<Option<Connection>>,
}

impl Straight {
    /// Opens the ledger's connection. The file exists and is migrated.
    pub fn open(file: &Path) -> Result<Self, DbError> {
        let write =
            Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        write.busy_timeout(BUSY)?;
        write.pragma_update(None, "journal_mode", "wal")?;
        write.pragma_update(None, "synchronous", "full")?;
        write.pragma_update(None, "foreign_keys", true)?;
        write.pragma_update(None, "cache_size", -4_096)?;
        write.pragma_update(None, "temp_store", "memory")?;
        // An open call that is not to be kept leaves nothing in the file.
        write.pragma_update(None, "secure_delete", true)?;
        write.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
        write.set_prepared_statement_cache_capacity(PREPARED);
        Ok(Self { file: file.to_owned(), write: Mutex::new(Some(write)) })
    }

    /// Runs a batch in one transaction, and `seal` between its last statement and COMMIT. Blocks.
    ///
    /// Row by row: a prepared statement with a few arguments is cheaper to run many times than a long one is to bind,
    /// and there are only as many different statements as there are kinds of rows.
    pub fn write<T>(&self, batch: &Batch, seal: impl FnOnce() -> T) -> Result<T, DbError> {
        let mut guard = self.write.lock();
        let connection = guard.as_mut().ok_or(DbError::Damaged("a closed connection"))?;
        // Dropped without COMMIT, and also when COMMIT fails, it rolls back.
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for rows in batch.statements() {
            let mut statement = tx.prepare_cached(&rows.single())?;
            for values in rows.values() {
                for (index, value) in (1..).zip(values) {
                    statement.raw_bind_parameter(index, bound(value)?)?;
                }
                statement.raw_execute()?;
            }
        }
        let sealed = seal();
        tx.commit()?;
        Ok(sealed)
    }

    /// Hands every row of `sql` to `each`. Blocks.
    pub fn each_row(
        &self,
        sql: &str,
        mut each: impl FnMut(&rusqlite::Row<'_>) -> Result<(), DbError>,
    ) -> Result<(), DbError> {
        // A connection for the occasion: what it holds in memory goes with it.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        connection.busy_timeout(BUSY)?;
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            each(row)?;
        }
        Ok(())
    }

    /// Closes the ledger's connection.
    pub fn close(&self) -> Result<(), DbError> {
        match self.write.lock().take() {
            Some(connection) => connection.close().map_err(|(_, error)| error.into()),
            None => Ok(()),
        }
    }
}

/// A value as SQLite takes it, without a copy.
fn bound(value: &Value) -> Result<ToSqlOutput<'_>, DbError> {
    let value = match value {
        Value::Bool(value) => value.map_or(ValueRef::Null, |value| ValueRef::Integer(value.into())),
        Value::Int(value) => value.map_or(ValueRef::Null, |value| ValueRef::Integer(value.into())),
        Value::BigInt(value) => value.map_or(ValueRef::Null, ValueRef::Integer),
        Value::String(value) => value.as_ref().map_or(ValueRef::Null, |value| ValueRef::Text(value.as_bytes())),
        Value::Bytes(value) => value.as_ref().map_or(ValueRef::Null, |value| ValueRef::Blob(value)),
        _ => return Err(DbError::Damaged("a value of another type")),
    };
    Ok(ToSqlOutput::Borrowed(value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_commit_of_the_ledger_survives_a_power_cut() {
        let file = std::env::temp_dir().join(format!("ringwerk-straight-{}.db", std::process::id()));
        drop(Connection::open(&file).unwrap());
        let straight = Straight::open(&file).unwrap();
        {
            let guard = straight.write.lock();
            let connection = guard.as_ref().unwrap();
            let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
            let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
            // 2 is FULL: the write-ahead log is on disk when COMMIT returns.
            assert_eq!((mode.as_str(), number("synchronous"), number("foreign_keys")), ("wal", 2, 1));
            assert_eq!(number("wal_autocheckpoint"), i64::from(CHECKPOINT));
        }
        straight.close().unwrap();
        assert!(matches!(straight.write(&Batch::default(), || ()), Err(DbError::Damaged(_))));
        std::fs::remove_file(&file).unwrap();
    }
}
