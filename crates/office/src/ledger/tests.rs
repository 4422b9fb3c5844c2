//! The ledger on a real database file.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use callflow::{CallKind, CallRecord, Called, CallerIdentity, Outcome, Trail};
use types::clock::Timestamp;
use types::entropy::Entropy;
use types::ids::{AccountId, CallId, DeviceId, UserId};
use types::sip_id::{SipId, SipIdKind};

use super::*;
use crate::db::DatabaseLocation;

/// A monotonic clock that moves a second with every look, so that patience ends without waiting.
struct Hurried(AtomicU64);

impl Clock for Hurried {
    fn now(&self) -> Timestamp {
        Timestamp(1_790_000_000_000)
    }

    fn tick(&self) -> Tick {
        Tick(self.0.fetch_add(1_000_000, Ordering::Relaxed))
    }
}

struct Zeros;

impl Entropy for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringwerk-ledger-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is in the system's folder for that.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Committed(u64),
    Failed(u64),
    Broken,
}

struct Bench {
    db: Db,
    ledger: Arc<Ledger>,
    told: tokio::sync::mpsc::Receiver<Told>,
}

impl Bench {
    async fn open(file: &Path) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(Hurried(AtomicU64::new(0)));
        let location = DatabaseLocation::Sqlite(file.to_owned());
        let db = Db::open(&location, Arc::clone(&clock), Arc::new(Zeros), Arc::default()).await.unwrap();
        let ledger = Ledger::start(db.clone(), clock).unwrap();
        let (tell, told) = tokio::sync::mpsc::channel(1000);
        ledger.on_report(move |report| match report {
            Report::Committed(tickets) => {
                tickets.iter().for_each(|ticket| tell.try_send(Told::Committed(*ticket)).unwrap())
            }
            Report::Failed(tickets) => tickets.iter().for_each(|ticket| tell.try_send(Told::Failed(*ticket)).unwrap()),
            Report::Broken => tell.try_send(Told::Broken).unwrap(),
        });
        Self { db, ledger, told }
    }

    async fn told(&mut self) -> Told {
        tokio::time::timeout(Duration::from_secs(20), self.told.recv()).await.unwrap().unwrap()
    }

    async fn sql(&self, sql: &'static str) {
        let tx = self.db.begin().await.unwrap();
        tx.run(sql, Vec::new()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let mut count = None;
        self.db
            .each_row(sql, |row| {
                count = Some(row.integer(0)?);
                Ok(())
            })
            .await
            .unwrap();
        count.unwrap()
    }
}

fn registration(index: u32, bindings: &str) -> RegistrationChange {
    RegistrationChange {
        account: AccountId::from_u128(1),
        device: DeviceId::from_u128(index.into()),
        sip_id: SipId::new(1_234_567, SipIdKind::Voip, index).unwrap(),
        bindings: bindings.as_bytes().to_vec(),
        expires: Timestamp(1_790_000_000_000),
        user_agent: "baresip \"'; DROP TABLE registrations; -- ?".to_owned(),
        address: "192.0.2.1:5060".to_owned(),
        removed: false,
    }
}

fn open(call: u128, state: &str) -> OpenCall {
    OpenCall {
        call: CallId::from_u128(call),
        account: AccountId::from_u128(1),
        started: Timestamp(1),
        state: state.to_owned(),
    }
}

fn record(call: u128) -> Arc<CallRecord> {
    Arc::new(CallRecord {
        id: CallId::from_u128(call),
        account: AccountId::from_u128(1),
        kind: CallKind::Internal,
        started: Timestamp(1),
        ringing: None,
        answered: Some(Timestamp(2)),
        ended: Timestamp(3),
        duration_ms: 1,
        caller: CallerIdentity { user: Some(UserId::from_u128(1)), ..CallerIdentity::default() },
        called: Called::default(),
        answered_by: None,
        outcome: Outcome::Answered,
        ended_by: None,
        participants: vec![UserId::from_u128(1), UserId::from_u128(2)],
        trail: Trail::default(),
        shortened: false,
    })
}

#[tokio::test]
async fn a_ledger_that_panics_does_not_leave_everybody_waiting() {
    let folder = Folder::new("panics");
    let clock: Arc<dyn Clock> = Arc::new(Hurried(AtomicU64::new(0)));
    let location = DatabaseLocation::Sqlite(folder.0.join("office.db"));
    let db = Db::open(&location, Arc::clone(&clock), Arc::new(Zeros), Arc::default()).await.unwrap();
    let ledger = Ledger::start(db, clock).unwrap();
    let (tell, told) = tokio::sync::oneshot::channel();
    let tell = Mutex::new(Some(tell));
    ledger.on_report(move |report| match report {
        Report::Committed(_) => panic!("the listener fails"),
        Report::Failed(_) => {}
        Report::Broken => tell.lock().take().unwrap().send(()).unwrap(),
    });
    ledger.submit(1, LedgerEntry::Registration(registration(1, "[]"))).unwrap();
    // The process ends and takes up what is durable; until then nothing more is taken.
    tokio::time::timeout(Duration::from_secs(20), told).await.unwrap().unwrap();
    assert_eq!(ledger.submit(2, LedgerEntry::Registration(registration(2, "[]"))), Err(Full));
}

#[tokio::test]
async fn what_is_committed_is_there_after_a_restart() {
    let folder = Folder::new("restart");
    let file = folder.0.join("office.db");
    let mut bench = Bench::open(&file).await;
    let entries = [
        LedgerEntry::Registration(registration(0, "old")),
        LedgerEntry::Registration(registration(1, "stays")),
        LedgerEntry::Registration(registration(2, "goes")),
        LedgerEntry::Registration(registration(0, "new")),
        LedgerEntry::CallOpen(open(1, "ends")),
        LedgerEntry::CallOpen(open(2, "first")),
        LedgerEntry::CallEnded(record(1)),
        LedgerEntry::CallEnded(record(3)),
    ];
    for (ticket, entry) in (0..).zip(entries) {
        bench.ledger.submit(ticket, entry).unwrap();
    }
    for ticket in 0..8 {
        assert_eq!(bench.told().await, Told::Committed(ticket));
    }
    let gone = RegistrationChange { removed: true, bindings: Vec::new(), ..registration(2, "") };
    bench.ledger.submit(8, LedgerEntry::Registration(gone)).unwrap();
    assert_eq!(bench.told().await, Told::Committed(8));
    bench.ledger.submit(9, LedgerEntry::CallChanged(open(2, "second"))).unwrap();
    assert_eq!(bench.told().await, Told::Committed(9));
    for (ticket, milliseconds) in [(10, 5_000), (11, 10_000)] {
        bench.ledger.submit(ticket, LedgerEntry::Alive(Heartbeat { run: 1, milliseconds })).unwrap();
        assert_eq!(bench.told().await, Told::Committed(ticket));
    }
    drop(bench);

    let bench = Bench::open(&file).await;
    let mut registrations = Vec::new();
    let stored = stored(&bench.db, |registration| registrations.push(registration)).await.unwrap();
    registrations.sort_by_key(|registration| registration.sip_id);
    assert_eq!(registrations, [registration(0, "new"), registration(1, "stays")]);
    assert_eq!(stored.open_calls, [open(2, "second")]);
    assert_eq!(stored.heartbeat, Some(Heartbeat { run: 1, milliseconds: 10_000 }));
    assert_eq!(bench.count("SELECT count(*) FROM calls").await, 2);
    assert_eq!(bench.count("SELECT count(*) FROM call_participants").await, 4);
}

#[tokio::test]
async fn a_call_is_recorded_once_however_often_it_is_told() {
    let folder = Folder::new("once");
    let mut bench = Bench::open(&folder.0.join("office.db")).await;
    let late = [
        LedgerEntry::CallOpen(open(1, "up")),
        LedgerEntry::CallEnded(record(1)),
        LedgerEntry::CallEnded(record(1)),
        LedgerEntry::CallChanged(open(1, "late")),
        LedgerEntry::CallOpen(open(1, "later")),
    ];
    for (ticket, entry) in (0..).zip(late) {
        bench.ledger.submit(ticket, entry).unwrap();
        // One by one, so that each is a transaction of its own.
        assert_eq!(bench.told().await, Told::Committed(ticket));
    }
    assert_eq!(bench.count("SELECT count(*) FROM calls").await, 1);
    assert_eq!(bench.count("SELECT count(*) FROM call_participants").await, 2);
    assert_eq!(bench.count("SELECT count(*) FROM open_calls").await, 0);
}

#[tokio::test]
async fn what_cannot_be_written_is_told_and_records_are_kept_until_they_can() {
    let folder = Folder::new("refused");
    let mut bench = Bench::open(&folder.0.join("office.db")).await;
    bench.sql("ALTER TABLE calls RENAME TO away").await;
    bench.ledger.submit(1, LedgerEntry::CallEnded(record(1))).unwrap();
    // The same group or a later one: the record is in the way of both.
    bench.ledger.submit(2, LedgerEntry::Registration(registration(0, "a"))).unwrap();
    assert_eq!(bench.told().await, Told::Failed(2));
    assert_eq!(bench.count("SELECT count(*) FROM registrations").await, 0);
    bench.sql("ALTER TABLE away RENAME TO calls").await;
    assert_eq!(bench.told().await, Told::Committed(1));
    assert_eq!(bench.count("SELECT count(*) FROM calls").await, 1);
    bench.ledger.submit(3, LedgerEntry::Registration(registration(0, "a"))).unwrap();
    assert_eq!(bench.told().await, Told::Committed(3));
}

#[tokio::test]
async fn records_the_database_does_not_take_are_on_disk_and_brought_in_later() {
    let folder = Folder::new("journal");
    let (file, journal) = (folder.0.join("office.db"), folder.0.join("records.journal"));
    let mut bench = Bench::open(&file).await;
    assert_eq!(bench.ledger.open_journal(journal.clone()).await.unwrap(), 0);
    bench.sql("ALTER TABLE calls RENAME TO away").await;
    bench.ledger.submit(1, LedgerEntry::CallEnded(record(1))).unwrap();
    assert_eq!(bench.told().await, Told::Committed(1));
    bench.ledger.submit(2, LedgerEntry::CallEnded(record(2))).unwrap();
    while bench.told().await != Told::Committed(2) {}
    let kept = std::fs::read_to_string(&journal).unwrap();
    assert_eq!(kept.lines().count(), 2, "each once, however often it was tried: {kept}");

    // The process dies, in the middle of a line; the next one has both, once.
    std::fs::write(&journal, kept.clone() + kept.get(..50).unwrap()).unwrap();
    bench.sql("ALTER TABLE away RENAME TO calls").await;
    bench.ledger.close().await;
    drop(bench);
    std::fs::write(&journal, kept.clone() + kept.get(..50).unwrap()).unwrap();
    let mut bench = Bench::open(&file).await;
    assert_eq!(bench.ledger.open_journal(journal.clone()).await.unwrap(), 2);
    assert_eq!(bench.count("SELECT count(*) FROM calls").await, 2);
    assert!(!journal.exists());

    // And where the database comes back by itself, the file goes.
    bench.sql("ALTER TABLE calls RENAME TO away").await;
    bench.ledger.submit(3, LedgerEntry::CallEnded(record(3))).unwrap();
    assert_eq!(bench.told().await, Told::Committed(3));
    assert!(journal.exists());
    bench.sql("ALTER TABLE away RENAME TO calls").await;
    bench.ledger.submit(4, LedgerEntry::Registration(registration(0, "a"))).unwrap();
    while bench.told().await != Told::Committed(4) {}
    assert!(!journal.exists());
    assert_eq!(bench.count("SELECT count(*) FROM calls").await, 3);
}

#[tokio::test]
async fn nothing_is_acknowledged_after_the_storage_failed() {
    let folder = Folder::new("broken");
    let file = folder.0.join("office.db");
    let mut bench = Bench::open(&file).await;
    // What a dying disk leaves behind: files whose pages are not what they were, and no copy in memory.
    for file in [file.clone(), folder.0.join("office.db-wal")] {
        let size = std::fs::metadata(&file).unwrap().len();
        std::fs::write(&file, vec![0xa5; usize::try_from(size).unwrap()]).unwrap();
    }
    bench.sql("PRAGMA shrink_memory").await;
    bench.ledger.submit(1, LedgerEntry::Registration(registration(0, "a"))).unwrap();
    assert_eq!(bench.told().await, Told::Broken);
    assert_eq!(bench.told().await, Told::Failed(1));
    assert_eq!(bench.ledger.submit(2, LedgerEntry::CallEnded(record(1))), Err(Full));
}

#[tokio::test]
async fn closing_writes_what_waits() {
    let folder = Folder::new("closing");
    let mut bench = Bench::open(&folder.0.join("office.db")).await;
    for ticket in 0..100 {
        bench.ledger.submit(ticket, LedgerEntry::Registration(registration(7, "a"))).unwrap();
    }
    bench.ledger.close().await;
    for ticket in 0..100 {
        assert_eq!(bench.told().await, Told::Committed(ticket));
    }
    assert_eq!(bench.ledger.submit(100, LedgerEntry::CallEnded(record(1))), Err(Full));
    assert_eq!(bench.count("SELECT count(*) FROM registrations").await, 1);
}
