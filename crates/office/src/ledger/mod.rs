//! The ledger: makes registrations, open calls and call records durable, many with one commit.
//!
//! The exchange submits and goes on; nothing here ever makes it wait. One writer, a thread of its own, takes
//! everything that has piled up, reduces it to its effect ([`group`]), writes it in one transaction and reports
//! the tickets. Groups grow by themselves when there is much to do, and a lone entry waits for nothing; in between
//! entries are gathered for a moment ([`pace`]).
//!
//! When the database does not take a group for a while (locked, full, restarting), it is tried again. What
//! somebody waits for, a registration or an answer to a call, is given up after [`PATIENCE`] and reported as
//! failed. Call records are kept, in a file of their own if there is one ([`journal`]), and tried until they are durable. When the storage itself fails, nothing is
//! claimed any more: a later success would not prove that the earlier pages are on disk. The ledger stops,
//! reports [`Report::Broken`], and the process has to start anew and recover from the write-ahead log.

mod entry;
mod group;
mod journal;
mod pace;
mod queue;
mod store;

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use callflow::CallRecord;
use parking_lot::Mutex;
use types::clock::{Clock, Tick};

use crate::calls;
use crate::db::{Db, DbError, Event};
use crate::directory::{Directory, Mode};

pub use entry::{Heartbeat, LedgerEntry, OpenCall, RegistrationChange, Stored};
use group::Group;
use journal::Journal;
use pace::Pace;
pub use queue::Full;
use queue::{Queue, Waiting};
pub(crate) use store::stored;

/// Entries that may wait; a registration takes about a kilobyte of memory, a call record a few.
const CAPACITY: usize = 50_000;
/// Entries in one transaction. More would make the first of them wait noticeably.
const GROUP: usize = 4_096;
/// How long a group is tried before those who wait for it are told that it failed.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same while the last group was given up already.
const SHORT_PATIENCE: Duration = Duration::from_secs(1);
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// What became of submitted entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report<'t> {
    /// These are durable.
    Committed(&'t [u64]),
    /// These are not and will not be; the submitter may submit them again.
    Failed(&'t [u64]),
    /// The storage failed. Nothing is durable from now on; end the process.
    Broken,
}

type Listener = Box<dyn Fn(Report<'_>) + Send + Sync>;

/// The ledger. Entries of one call or one phone become durable in the order of submission.
pub struct Ledger {
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    queue: Queue,
    listener: OnceLock<Listener>,
    db: Db,
    clock: Arc<dyn Clock>,
    /// The last group was given up.
    away: AtomicBool,
    /// Where call records go that the database does not take.
    journal: Mutex<Option<Journal>>,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("waiting", &self.shared.queue.len()).finish_non_exhaustive()
    }
}

impl Ledger {
    /// Starts the writer.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(db: Db, clock: Arc<dyn Clock>) -> std::io::Result<Arc<Self>> {
        let shared = Arc::new(Shared {
            queue: Queue::new(CAPACITY),
            listener: OnceLock::new(),
            db,
            clock,
            away: AtomicBool::new(false),
            journal: Mutex::default(),
        });
        let writing = Arc::clone(&shared);
        let writer = std::thread::Builder::new().name("ledger".to_owned()).spawn(move || writing.write_to_the_end())?;
        Ok(Arc::new(Self { shared, writer: Mutex::new(Some(writer)) }))
    }

    /// Takes an entry, from any thread and without waiting. `ticket` comes back in a [`Report`].
    ///
    /// # Errors
    /// [`Full`] when too much waits already, or the ledger is closed or broken; nothing was taken then.
    pub fn submit(&self, ticket: u64, entry: LedgerEntry) -> Result<(), Full> {
        self.shared.queue.push(ticket, entry)
    }

    /// Sets who is told what became of the entries; only the first call has an effect.
    ///
    /// `listener` runs on the writer's thread: what it does, everything else waits for.
    pub fn on_report(&self, listener: impl Fn(Report<'_>) + Send + Sync + 'static) {
        // A second listener would mean that two parts believe they own the tickets; the first one stays.
        let _ = self.shared.listener.set(Box::new(listener));
    }

    /// Brings in the call records that an earlier run kept in the file at `path`, and keeps those of this run there while
    /// the database takes none. To be called before anybody asks what was [`Stored`]. Returns how many were brought in.
    ///
    /// # Errors
    /// When the file cannot be read or the database does not take them; they stay in the file then.
    pub async fn open_journal(&self, path: PathBuf) -> std::io::Result<usize> {
        let shared = Arc::clone(&self.shared);
        let opened = tokio::task::spawn_blocking(move || {
            let journal = Journal::new(path);
            let records = journal.read()?;
            let mut group = Group::default();
            let number = records.len();
            records.into_iter().for_each(|record| group.add(LedgerEntry::CallEnded(Arc::new(record))));
            if number > 0 {
                shared.commit(&group).map_err(std::io::Error::other)?;
            }
            journal.remove()?;
            *shared.journal.lock() = Some(journal);
            Ok(number)
        });
        opened.await.map_err(std::io::Error::other)?
    }

    /// How many entries wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.queue.len()
    }

    /// Takes nothing more, writes what waits, and returns when that is done.
    pub async fn close(&self) {
        self.shared.queue.close();
        let writer = self.writer.lock().take();
        if let Some(writer) = writer {
            // A writer that panicked has been reported by the panic hook.
            let _ = tokio::task::spawn_blocking(move || writer.join()).await;
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        // Else the writer would wait for ever.
        self.shared.queue.close();
    }
}

impl Shared {
    /// A panic must not leave everybody waiting for what will never be written: the process ends and recovers, as when the
    /// storage fails.
    fn write_to_the_end(&self) {
        if crate::tasks::guarded_now("ledger", || self.write_on()).is_none() {
            tracing::error!("the ledger failed; nothing more is acknowledged");
            self.queue.close();
            self.tell(Report::Broken);
        }
    }

    fn write_on(&self) {
        // Call records that could not be written yet.
        let mut kept: Vec<Waiting> = Vec::new();
        let mut pace = Pace::default();
        loop {
            // New entries or not, records that are kept are tried again soon.
            let waiting = self.queue.wait((!kept.is_empty()).then_some(PAUSE));
            self.queue.gather(pace.pause(waiting, self.clock.tick()));
            pace.begin(self.clock.tick());
            let more = self.queue.take(GROUP);
            let ends = more.is_empty() && self.queue.is_closed();
            if ends && kept.is_empty() {
                return;
            }
            kept.extend(more);
            self.queue.hold(kept.len());
            kept = self.write(kept);
            self.queue.hold(kept.len());
            if ends && !kept.is_empty() {
                tracing::error!(records = kept.len(), "call records could not be written before the end");
                return;
            }
        }
    }

    /// Writes entries and reports them. Answers the call records that have to be tried again.
    fn write(&self, entries: Vec<Waiting>) -> Vec<Waiting> {
        let tickets: Vec<u64> = entries.iter().map(|(ticket, _)| *ticket).collect();
        let mut records = Vec::new();
        let mut group = Group::default();
        for (ticket, entry) in entries {
            if let LedgerEntry::CallEnded(record) = &entry {
                records.push((ticket, Arc::clone(record)));
            }
            group.add(entry);
        }
        let away = self.away.load(Ordering::Relaxed);
        let deadline = self.clock.tick() + if away { SHORT_PATIENCE } else { PATIENCE };
        match self.try_until(&group, deadline) {
            Ok(()) => {
                self.away.store(false, Ordering::Relaxed);
                metrics::counter!("ringwerk_ledger_commits_total").increment(1);
                metrics::counter!("ringwerk_ledger_entries_total").increment(u64::try_from(tickets.len()).unwrap_or(0));
                if let Some(journal) = &mut *self.journal.lock() {
                    journal.clear();
                }
                self.tell(Report::Committed(&tickets));
                self.tell_participants(&records);
                Vec::new()
            }
            Err(error) if error.is_fatal() => {
                tracing::error!(%error, "the storage failed; nothing more is acknowledged");
                self.queue.close();
                let waiting = self.queue.drain();
                self.tell(Report::Broken);
                self.tell(Report::Failed(&tickets));
                self.tell(Report::Failed(&waiting));
                Vec::new()
            }
            Err(error) => {
                self.away.store(true, Ordering::Relaxed);
                tracing::error!(%error, entries = tickets.len(), kept = records.len(), "a group could not be written");
                metrics::counter!("ringwerk_ledger_failures_total").increment(1);
                let failed: Vec<u64> =
                    tickets.into_iter().filter(|ticket| !records.iter().any(|(kept, _)| kept == ticket)).collect();
                self.tell(Report::Failed(&failed));
                self.keep(&records);
                records.into_iter().map(|(ticket, record)| (ticket, LedgerEntry::CallEnded(record))).collect()
            }
        }
    }

    /// Puts records on disk beside the database; then whoever waits for them need not wait for it.
    fn keep(&self, records: &[(u64, Arc<CallRecord>)]) {
        let Some(journal) = &mut *self.journal.lock() else { return };
        let kept: Vec<Arc<CallRecord>> = records.iter().map(|(_, record)| self.as_kept(record)).collect();
        match journal.keep(kept.iter()) {
            Ok(()) => self.tell(Report::Committed(&records.iter().map(|(ticket, _)| *ticket).collect::<Vec<_>>())),
            Err(error) => tracing::error!(%error, "call records can be kept in memory only"),
        }
    }

    /// A record as the journal may hold it. Of a call that is not to be kept it says that it is over, and nothing else.
    fn as_kept(&self, record: &Arc<CallRecord>) -> Arc<CallRecord> {
        match calls::as_kept(record, self.db.directory().keeps(record.account, record.ended)) {
            Some(Cow::Borrowed(_)) => Arc::clone(record),
            Some(Cow::Owned(shortened)) => Arc::new(shortened),
            None => Arc::new(record.without_people()),
        }
    }

    fn try_until(&self, group: &Group, deadline: Tick) -> Result<(), DbError> {
        loop {
            match self.commit(group) {
                Ok(()) => return Ok(()),
                Err(error) if error.is_fatal() || self.clock.tick() >= deadline => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "trying again to write");
                    #[expect(clippy::disallowed_methods, reason = "the database says nothing when it can take more")]
                    std::thread::sleep(PAUSE);
                }
            }
        }
    }

    fn commit(&self, group: &Group) -> Result<(), DbError> {
        let directory: &Directory = self.db.directory();
        let present = group.registrations.values().filter(|change| !change.removed).map(|change| change.sip_id);
        let first = directory.never_registered(present);
        let keeps = |record: &CallRecord| directory.keeps(record.account, record.ended);
        let mut batch = store::batch(group, &first, self.clock.now(), keeps);
        if !first.is_empty() {
            batch.directory_change(move |state| first.into_iter().for_each(|sip_id| state.note_registered(sip_id)));
        }
        self.db.write_batch(batch)
    }

    /// Pages of those who took part show the call from now on.
    fn tell_participants(&self, records: &[(u64, Arc<CallRecord>)]) {
        let kept =
            |record: &CallRecord| self.db.directory().keeps(record.account, record.ended) != Some(Mode::DoNotSave);
        for (_, record) in records.iter().filter(|(_, record)| kept(record)) {
            let users = record.participants.clone();
            self.db.tell(Event { account: record.account, action: "calls.end", object: record.id.to_string(), users });
        }
    }

    fn tell(&self, report: Report<'_>) {
        let empty = matches!(report, Report::Committed([]) | Report::Failed([]));
        if let Some(listener) = self.listener.get().filter(|_| !empty) {
            listener(report);
        }
    }
}

#[cfg(test)]
mod tests;
