//! Why an office does not open, or lets nobody in.

use std::fmt;

use crate::db::DbError;
use crate::directory::ha1::Unsealable;
use crate::directory::load;

/// Why an office does not open.
#[derive(Debug)]
pub enum OpenError {
    /// The database cannot be reached, migrated or read.
    Database(DbError),
    /// The phones' passwords were sealed with another key file.
    Key(Unsealable),
    /// The system gives no thread for the ledger.
    Thread(std::io::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => write!(f, "cannot open the database: {error}"),
            Self::Key(error) => error.fmt(f),
            Self::Thread(error) => write!(f, "cannot start the ledger: {error}"),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<DbError> for OpenError {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

impl From<load::LoadError> for OpenError {
    fn from(error: load::LoadError) -> Self {
        match error {
            load::LoadError::Db(error) => Self::Database(error),
            load::LoadError::Key(error) => Self::Key(error),
        }
    }
}

/// Why no link was made for a locked-out administrator.
#[derive(Debug)]
pub enum RecoverError {
    /// No administrator has this address, or there is none at all.
    NoSuchAdministrator,
    /// The database refuses.
    Database(DbError),
}

impl fmt::Display for RecoverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchAdministrator => f.write_str("there is no such administrator"),
            Self::Database(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RecoverError {}
