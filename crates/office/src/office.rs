//! The office as a whole: opened once, handed to everything that serves a request.

use std::fmt;
use std::sync::Arc;

use types::clock::Clock;
use types::entropy::Entropy;

use crate::db::{DatabaseLocation, Db, DbError, Event};
use crate::directory::ha1::{Ha1Vault, Unsealable};
use crate::directory::{Directory, load};
use crate::ledger::{self, Ledger, Stored};
use crate::ports::Phones;
use crate::seal::{MasterKey, Seal};

/// What an office is opened with.
#[derive(Clone)]
pub struct Options {
    /// Where the data lives.
    pub database: DatabaseLocation,
    /// Seals what must be stored and readable again.
    pub key: MasterKey,
    /// The domain of the phones, also the realm of their passwords. It must never change once phones exist.
    pub sip_domain: String,
    /// Where people reach the web pages, `https://…`; `None` while it is only this machine by plain http.
    pub public_url: Option<String>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness fit for secrets.
    pub entropy: Arc<dyn Entropy>,
    /// The telephone exchange.
    pub phones: Arc<dyn Phones>,
}

/// Why an office does not open.
#[derive(Debug)]
pub enum OpenError {
    /// The database cannot be reached, migrated or read.
    Database(DbError),
    /// The phones' passwords were sealed with another key file.
    Key(Unsealable),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => write!(f, "cannot open the database: {error}"),
            Self::Key(error) => error.fmt(f),
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

/// The office. Cheap to clone.
#[derive(Clone)]
pub struct Office(Arc<Inner>);

struct Inner {
    db: Db,
    seal: Seal,
    vault: Ha1Vault,
    ledger: Arc<Ledger>,
    sip_domain: String,
    public_url: Option<String>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    phones: Arc<dyn Phones>,
}

impl Office {
    /// Connects, brings the schema up to date, reads the directory.
    ///
    /// # Errors
    /// When the database cannot be reached, migrated or read.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let Options { database, key, sip_domain, public_url, clock, entropy, phones } = options;
        let directory = Arc::new(Directory::default());
        let db = Db::open(&database, Arc::clone(&clock), Arc::clone(&entropy), directory).await?;
        let seal = Seal::new(&key, Arc::clone(&entropy));
        let vault = Ha1Vault::new(&key.0);
        db.directory().fill(load::load(&db, &vault).await?);
        let ledger = Ledger::start(db.clone(), Arc::clone(&clock));
        Ok(Self(Arc::new(Inner { db, seal, vault, ledger, sip_domain, public_url, clock, entropy, phones })))
    }

    /// The whole API. Serve it with `into_make_service_with_connect_info::<SocketAddr>()`.
    pub fn router(&self) -> axum::Router {
        crate::http::router(self.clone())
    }

    /// What the exchange looks up.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(self.0.db.directory())
    }

    /// What makes registrations and calls durable.
    #[must_use]
    pub fn ledger(&self) -> Arc<Ledger> {
        Arc::clone(&self.0.ledger)
    }

    /// Registrations and open calls as they were durable when the process ended last time.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn stored(&self) -> Result<Stored, DbError> {
        ledger::stored(&self.0.db).await
    }

    /// Everything that changes from now on, once it is durable. A receiver that is too slow misses the oldest.
    #[must_use]
    pub fn events(&self) -> tokio::sync::broadcast::Receiver<Event> {
        self.0.db.events()
    }

    pub(crate) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(crate) fn seal(&self) -> &Seal {
        &self.0.seal
    }

    pub(crate) fn vault(&self) -> &Ha1Vault {
        &self.0.vault
    }

    pub(crate) fn phones(&self) -> &Arc<dyn Phones> {
        &self.0.phones
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.0.entropy
    }

    pub(crate) fn sip_domain(&self) -> &str {
        &self.0.sip_domain
    }

    pub(crate) fn public_url(&self) -> Option<&str> {
        self.0.public_url.as_deref()
    }
}
