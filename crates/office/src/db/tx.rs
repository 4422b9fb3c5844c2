//! The write transaction.

use std::sync::Arc;

use callflow::World;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, TransactionTrait};
use tokio::sync::{Mutex, Notify, OwnedMutexGuard, broadcast};
use types::clock::Timestamp;
use types::entropy::Entropy;
use types::ids::AccountId;

use super::{DbError, Event, Inner, TURN};
use crate::directory::{self, Directory};

/// A change of the in-memory directory, carried out after the commit.
/// `Sync` only so that a transaction can be shared across an await; nobody calls it from two threads.
pub(crate) type Change = Box<dyn FnOnce(&mut directory::State) + Send + Sync>;

/// A write transaction. Dropped without [`Tx::commit`] it leaves no trace.
///
/// It collects what must happen in memory once the rows are durable; `commit` does it before any later
/// transaction's changes. If the process dies between the two nothing is lost: the directory is read from
/// the tables at start.
pub(crate) struct Tx {
    // Declared before `writer`: rolled back before the next writer gets the connection.
    inner: DatabaseTransaction,
    _writer: Option<OwnedMutexGuard<()>>,
    gate: Arc<Mutex<()>>,
    directory: Arc<Directory>,
    events: broadcast::Sender<Event>,
    post: Arc<Notify>,
    changes: Vec<Change>,
    pending: Vec<Event>,
    wakes_post: bool,
    now: Timestamp,
    entropy: Arc<dyn Entropy>,
}

impl Tx {
    pub(super) async fn begin(db: &Inner) -> Result<Self, DbError> {
        let writer = match &db.writer {
            Some(writer) => {
                let turn = tokio::time::timeout(TURN, Arc::clone(writer).lock_owned());
                Some(turn.await.map_err(|_| DbError::Busy)?)
            }
            None => None,
        };
        let inner = db.write.begin().await?;
        Ok(Self {
            inner,
            _writer: writer,
            gate: Arc::clone(&db.gate),
            directory: Arc::clone(&db.directory),
            events: db.events.clone(),
            post: Arc::clone(&db.post),
            changes: Vec::new(),
            pending: Vec::new(),
            wakes_post: false,
            now: db.clock.now(),
            entropy: Arc::clone(&db.entropy),
        })
    }

    /// What statements run on.
    pub(crate) fn conn(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// When the transaction began; the time of everything written in it.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Randomness for ids and secrets.
    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }

    /// Makes writes of one account wait for each other. SQLite has one writer anyway.
    pub(crate) async fn lock_account(&self, account: AccountId) -> Result<(), DbError> {
        if self.inner.get_database_backend() == DbBackend::Postgres {
            let statement = Statement::from_sql_and_values(
                DbBackend::Postgres,
                "SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE",
                [account.to_string().into()],
            );
            self.inner.query_one_raw(statement).await?;
        }
        Ok(())
    }

    /// Changes the directory after the commit.
    pub(crate) fn directory_change(&mut self, change: impl FnOnce(&mut directory::State) + Send + Sync + 'static) {
        self.changes.push(Box::new(change));
    }

    /// Changes the account's world after the commit: `tx.world_change(account, |world| world.upsert_user(user))`.
    pub(crate) fn world_change(&mut self, account: AccountId, change: impl FnOnce(&mut World) + Send + Sync + 'static) {
        self.directory_change(move |state| {
            if let Some(world) = state.world_mut(account) {
                change(world);
            }
        });
    }

    /// What `read` makes of the account's world as it was before this transaction: everything committed earlier, and
    /// nothing else. Only for a transaction that holds its account; `None` if there is no such account.
    pub(crate) async fn settled<T>(&self, account: AccountId, read: impl FnOnce(&World) -> T) -> Option<T> {
        // Whoever committed before us in this account has the gate until the directory has the change.
        let _order = self.gate.lock().await;
        self.directory.with_world(account, read)
    }

    /// Tells whoever listens, after the commit.
    pub(crate) fn event(&mut self, event: Event) {
        self.pending.push(event);
    }

    /// Wakes whoever delivers mail, after the commit.
    pub(crate) fn wake_post(&mut self) {
        self.wakes_post = true;
    }

    /// Makes everything durable, then visible.
    pub(crate) async fn commit(self) -> Result<(), DbError> {
        let Self { inner, _writer, gate, directory, events, post, changes, pending, wakes_post, .. } = self;
        if changes.is_empty() {
            inner.commit().await?;
        } else {
            // From here to the end of the block the task may be dropped only at the await of COMMIT
            // itself; so the pair runs as a task of its own, that a closed connection does not cancel.
            tokio::spawn(async move {
                let _order = gate.lock_owned().await;
                inner.commit().await?;
                directory.apply(changes);
                Ok::<(), DbError>(())
            })
            .await
            .map_err(|_| DbError::Damaged("commit"))??;
        }
        drop(_writer);
        if wakes_post {
            post.notify_one();
        }
        for event in pending {
            // No receiver is no failure: nobody looks at a live page right now.
            let _ = events.send(event);
        }
        Ok(())
    }
}
