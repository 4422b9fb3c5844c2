//! Measures how long a large account takes to be made and to be read at start, and what it takes in memory.
//!
//! `cargo run --release -p ringwerk-office --example start_cost -- DIR fill|open [USERS]`
//!
//! `fill` makes an account with USERS users, a phone and an extension each; `open`, in a process of its own, opens it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::disallowed_methods)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use office::fill::{NewAccount, NewPhone, NewUser};
use office::ports::NoPhones;
use office::{DatabaseLocation, Mailing, MasterKey, Office, Options, Texting};
use types::clock::{Clock, Tick, Timestamp};
use types::entropy::Entropy;
use types::extension_number::ExtensionNumber;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp(1_790_000_000_000)
    }

    fn tick(&self) -> Tick {
        Tick(0)
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

/// Memory of the process in MB (Linux).
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let folder = std::path::PathBuf::from(arguments.get(1).expect("a folder for the database"));
    let users: usize = arguments.get(3).map_or(100_000, |text| text.parse().unwrap());
    let started = Instant::now();
    let before = resident();
    let office = Office::open(Options {
        database: DatabaseLocation::Sqlite(folder.join("start_cost.db")),
        key: MasterKey([7; 32]),
        sip_domain: "example.com".to_owned(),
        sip_port: 5060,
        prices: office::Tariff::default(),
        public_url: None,
        clock: Arc::new(Still),
        entropy: Arc::new(Counter(AtomicU64::new(1))),
        phones: NoPhones::shared(),
        mailing: Mailing::waits(),
        texting: Texting::none(),
    })
    .await
    .unwrap();
    if arguments.get(2).map(String::as_str) == Some("fill") {
        let mut free = (100_000u32..).filter_map(|digits| digits.to_string().parse::<ExtensionNumber>().ok());
        let users = (0..users).map(|index| NewUser {
            first_name: "Anna".to_owned(),
            last_name: format!("Weber-{index}"),
            email: format!("anna.weber{index}@example.com").parse().ok(),
            administrator: index == 0,
            extension: free.next(),
            phones: vec![NewPhone { label: "Desk phone".to_owned(), password: None }],
            ..NewUser::default()
        });
        let new = NewAccount {
            company: "Weber".to_owned(),
            country: "DE".to_owned(),
            language: "de".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            locations: Vec::new(),
            users: users.collect(),
            groups: Vec::new(),
            spare_numbers: Vec::new(),
        };
        office.fill(new).await.unwrap();
        println!("filled in {:.1} s", started.elapsed().as_secs_f64());
    } else {
        let phones = office.directory().phones();
        println!(
            "{phones} phones read in {:.2} s; {} MB, {before} MB of it before",
            started.elapsed().as_secs_f64(),
            resident()
        );
    }
    office.ledger().close().await;
}
