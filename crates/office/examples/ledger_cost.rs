//! Measures what a durable registration and a durable call cost.
//!
//! `cargo run --release -p ringwerk-office --example ledger_cost -- DIR [PHONES] [WAITING] [postgres://…]`
//!
//! Submits 100,000 registrations of PHONES phones and 20,000 calls (answered, one change, ended, two participants)
//! with WAITING of them waiting at any time, as a busy exchange does, and prints CPU and wall time for one.
//! CPU is that of this process, so with PostgreSQL the server's own share is missing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::disallowed_methods)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use callflow::{CallKind, CallRecord, Called, CallerIdentity, Outcome, Trail};
use office::ledger::{Ledger, LedgerEntry, OpenCall, RegistrationChange, Report};
use office::ports::NoPhones;
use office::{DatabaseLocation, Mailing, MasterKey, Office, Options};
use parking_lot::{Condvar, Mutex};
use types::clock::{Clock, Tick, Timestamp};
use types::entropy::Entropy;
use types::ids::{AccountId, CallId, DeviceId, UserId};
use types::sip_id::{SipId, SipIdKind};

struct Real(Instant);

impl Clock for Real {
    fn now(&self) -> Timestamp {
        Timestamp(1_790_000_000_000 + i64::try_from(self.0.elapsed().as_millis()).unwrap())
    }

    fn tick(&self) -> Tick {
        Tick(u64::try_from(self.0.elapsed().as_micros()).unwrap())
    }
}

struct Counter(AtomicU64);

impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z ^= z >> 27;
            chunk.copy_from_slice(&z.to_be_bytes()[..chunk.len()]);
        }
    }
}

/// CPU time of the process in microseconds: what its threads have run (Linux, `/proc/self/task/*/schedstat`).
fn cpu() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let nanos: u64 = tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
        .filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok())
        .sum();
    nanos as f64 / 1000.0
}

/// Lets a bounded number of entries wait.
#[derive(Default)]
struct Window {
    done: Mutex<u64>,
    change: Condvar,
}

impl Window {
    fn wait_until(&self, least: u64) {
        let mut done = self.done.lock();
        while *done < least {
            self.change.wait(&mut done);
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let folder = std::path::PathBuf::from(arguments.get(1).expect("a folder for the database"));
    let phones: u64 = arguments.get(2).map_or(100_000, |text| text.parse().unwrap());
    let waiting: u64 = arguments.get(3).map_or(200, |text| text.parse().unwrap());
    let database = match arguments.get(4) {
        Some(url) => DatabaseLocation::Postgres(url.clone()),
        None => DatabaseLocation::Sqlite(folder.join("ledger_cost.db")),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let entropy: Arc<dyn Entropy> = Arc::new(Counter(AtomicU64::new(1)));
    let office = runtime
        .block_on(Office::open(Options {
            database,
            key: MasterKey([7; 32]),
            sip_domain: "example.com".to_owned(),
            sip_port: 5060,
            prices: office::Tariff::default(),
            public_url: None,
            clock: Arc::new(Real(Instant::now())),
            entropy: Arc::clone(&entropy),
            phones: NoPhones::shared(),
            mailing: Mailing::waits(),
            texting: office::Texting::none(),
        }))
        .unwrap();
    let ledger = office.ledger();
    let window = Arc::new(Window::default());
    let told = Arc::clone(&window);
    ledger.on_report(move |report| match report {
        Report::Committed(tickets) => {
            *told.done.lock() += u64::try_from(tickets.len()).unwrap();
            told.change.notify_all();
        }
        other => panic!("{other:?}"),
    });

    let mut submitted = 0;
    for round in 0..3 {
        let registrations: Vec<LedgerEntry> =
            (0..100_000u64).map(|index| registration(index + round, phones)).collect();
        measure("registration", &ledger, &window, &mut submitted, waiting, registrations, 1.0);
    }
    let calls: Vec<LedgerEntry> = (0..20_000u64).flat_map(|index| call(index, &*entropy)).collect();
    measure("call", &ledger, &window, &mut submitted, waiting, calls, 3.0);
    runtime.block_on(ledger.close());
}

fn measure(
    what: &str,
    ledger: &Ledger,
    window: &Window,
    submitted: &mut u64,
    waiting: u64,
    entries: Vec<LedgerEntry>,
    entries_each: f64,
) {
    let things = entries.len() as f64 / entries_each;
    let (cpu_before, started) = (cpu(), Instant::now());
    for entry in entries {
        window.wait_until(submitted.saturating_sub(waiting));
        ledger.submit(*submitted, entry).unwrap();
        *submitted += 1;
    }
    window.wait_until(*submitted);
    let (cpu_after, wall) = (cpu(), started.elapsed());
    println!(
        "{what}: {:.1} µs CPU, {:.1} µs wall, {:.0} a second",
        (cpu_after - cpu_before) / things,
        wall.as_secs_f64() * 1e6 / things,
        things / wall.as_secs_f64(),
    );
}

fn registration(index: u64, phones: u64) -> LedgerEntry {
    // Phones in no order, as they come from outside.
    let phone = (index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % phones;
    let sip_id = SipId::new(1_234_567, SipIdKind::Voip, u32::try_from(phone).unwrap()).unwrap();
    LedgerEntry::Registration(RegistrationChange {
        account: AccountId::from_u128(1),
        device: DeviceId::from_u128(u128::from(phone)),
        sip_id,
        bindings: format!(
            r#"[{{"contact":"sip:{sip_id}@192.168.17.23:5062;transport=udp","path":{{"transport":"udp","local":"10.0.0.1:5060","remote":"192.168.17.23:5062"}},"callId":"a84b4c76e{index}@192.168.17.23","cseq":{index},"expires":1790000000000}}]"#
        )
        .into_bytes(),
        expires: Timestamp(1_790_000_000_000 + i64::try_from(index).unwrap()),
        user_agent: "Yealink SIP-T46U 108.86.0.20".to_owned(),
        address: "192.168.17.23:5062".to_owned(),
        removed: false,
    })
}

fn call(index: u64, entropy: &dyn Entropy) -> [LedgerEntry; 3] {
    let (account, started) = (AccountId::from_u128(1), Timestamp(1_790_000_000_000 + i64::try_from(index).unwrap()));
    let id = CallId::new(started, entropy);
    let users = [index % 1000, 1000 + index % 1000].map(|user| UserId::from_u128(u128::from(user)));
    let open = OpenCall { call: id, account, started, state: "x".repeat(1500) };
    let record = CallRecord {
        id,
        account,
        kind: CallKind::Internal,
        started,
        ringing: Some(started),
        answered: Some(started),
        ended: started,
        duration_ms: 5000,
        caller: CallerIdentity {
            display_name: "Anna Weber".into(),
            extension: "44".parse().ok(),
            user: Some(users[0]),
            device: Some(DeviceId::from_u128(u128::from(index))),
            ..CallerIdentity::default()
        },
        called: Called { dialled: "45".into(), owner_name: Some("Bernd Schulte".into()), ..Called::default() },
        answered_by: None,
        outcome: Outcome::Answered,
        ended_by: None,
        participants: users.to_vec(),
        trail: Trail::default(),
        shortened: false,
    };
    [LedgerEntry::CallOpen(open.clone()), LedgerEntry::CallChanged(open), LedgerEntry::CallEnded(Arc::new(record))]
}
