//! An office on a database of its own, with people to speak to it.

#![allow(dead_code, reason = "shared: each set of stories uses a part of it")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use office::fill::{Filled, NewAccount, NewLocation, NewPhone, NewUser};
use office::ledger::{LedgerEntry, Report};
use office::ports::{LiveCall, Notes, Phones, Presence};
use office::{DatabaseLocation, Mailing, MasterKey, Office, Options, Tariff};
use parking_lot::Mutex;
use sea_orm::sqlx::{Connection, PgConnection};
use serde_json::Value;
use types::clock::{Clock, Tick, Timestamp};
use types::entropy::Entropy;
use types::ids::{AccountId, CallId, DeviceId, UserId};
use types::secret::Secret;

#[path = "client.rs"]
mod client;
#[path = "pillar_box.rs"]
mod pillar_box;
#[path = "text_box.rs"]
mod text_box;
pub use client::{Answer, Client};
#[allow(unused_imports, reason = "shared: each set of stories uses a part of it")]
pub use pillar_box::{PillarBox, token_in};
#[allow(unused_imports, reason = "shared: each set of stories uses a part of it")]
pub use text_box::{TextBox, name as part_name};

/// Where all clocks begin: 2026-11-24T08:00:00Z.
pub const MORNING: i64 = 1_795_507_200_000;

/// A clock whose hands are moved by the story.
#[derive(Debug)]
pub struct Hands(AtomicI64);

impl Hands {
    pub fn forward(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn tick(&self) -> Tick {
        Tick(u64::try_from(self.0.load(Ordering::SeqCst)).unwrap() * 1000)
    }
}

/// Random bytes of a counter (splitmix64): different every time, the same in every run.
#[derive(Debug)]
struct Seeded(AtomicU64);

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            chunk.copy_from_slice(&z.to_be_bytes()[..chunk.len()]);
        }
    }
}

/// An exchange that is told what is registered and remembers what it was asked to do.
#[derive(Default)]
pub struct Switchboard {
    pub presence: Mutex<BTreeMap<DeviceId, Presence>>,
    pub disconnected: Mutex<Vec<DeviceId>>,
    pub live: Mutex<Vec<LiveCall>>,
    pub ladders: Mutex<BTreeMap<CallId, String>>,
    pub notes: Arc<Notes>,
    /// Whether asking it anything about a phone ends in a panic.
    pub broken: AtomicBool,
}

impl Phones for Switchboard {
    fn presence(&self, device: DeviceId) -> Option<Presence> {
        assert!(!self.broken.load(Ordering::SeqCst), "the switchboard is broken");
        self.presence.lock().get(&device).cloned()
    }

    fn in_call(&self, _: UserId) -> bool {
        false
    }

    fn live_calls(&self, _: AccountId) -> Vec<LiveCall> {
        self.live.lock().clone()
    }

    fn ladder(&self, call: CallId) -> Option<String> {
        self.ladders.lock().get(&call).cloned()
    }

    fn disconnect(&self, device: DeviceId) {
        self.disconnected.lock().push(device);
    }

    fn notes(&self) -> Option<Arc<Notes>> {
        Some(Arc::clone(&self.notes))
    }
}

/// Where the office keeps its data, until the story ends.
enum Home {
    Folder(std::path::PathBuf),
    Database(String),
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Self::Folder(path) = self {
            // What stays behind is in the system's folder for that. Databases end with their server.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

impl Home {
    fn folder(story: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringwerk-{story}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self::Folder(path)
    }

    #[expect(clippy::disallowed_methods, reason = "the address of the test set-up's PostgreSQL is its business")]
    async fn database(story: &str) -> Self {
        let server = std::env::var("RINGWERK_TEST_POSTGRES").expect("run the tests through scripts/with-postgres.sh");
        let name = format!("telephony_{story}_{}", std::process::id());
        let mut connection = PgConnection::connect(&server).await.unwrap();
        for sql in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
            sea_orm::sqlx::query(sea_orm::sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        }
        let (address, _) = server.rsplit_once('/').unwrap();
        Self::Database(format!("{address}/{name}"))
    }

    fn location(&self) -> DatabaseLocation {
        match self {
            Self::Folder(path) => DatabaseLocation::Sqlite(path.join("office.db")),
            Self::Database(url) => DatabaseLocation::Postgres(url.clone()),
        }
    }
}

/// An office and two companies in it.
pub struct Stand {
    pub office: Office,
    pub phones: Arc<Switchboard>,
    pub post: Arc<PillarBox>,
    pub texts: Arc<TextBox>,
    pub clock: Arc<Hands>,
    /// Anna, who administers; Bernd and Clara, who do not.
    pub company: Company,
    /// Xaver, who administers another company.
    pub other: Company,
    entropy: Arc<dyn Entropy>,
    told: tokio::sync::Mutex<tokio::sync::mpsc::Receiver<usize>>,
    home: Home,
}

/// An office in which nothing is yet.
pub struct Empty {
    pub office: Office,
    pub clock: Arc<Hands>,
    _home: Home,
}

impl Empty {
    pub async fn on_sqlite(story: &str) -> Self {
        Self::open(Home::folder(story)).await
    }

    pub async fn on_postgresql(story: &str) -> Self {
        Self::open(Home::database(story).await).await
    }

    async fn open(home: Home) -> Self {
        let clock = Arc::new(Hands(AtomicI64::new(MORNING)));
        let entropy: Arc<dyn Entropy> = Arc::new(Seeded(AtomicU64::new(7)));
        let office = office(&home, &clock, (&Arc::default(), &Arc::default(), &Arc::default()), &entropy).await;
        Self { office, clock, _home: home }
    }
}

/// A company and its people.
pub struct Company {
    pub filled: Filled,
    pub administrator: Client,
}

impl Company {
    pub fn user(&self, index: usize) -> UserId {
        self.filled.users[index].id
    }

    pub fn device(&self, index: usize) -> DeviceId {
        self.filled.users[index].phones[0].id
    }
}

pub const PASSWORD: &str = "drei Kamele im Aufzug";

impl Stand {
    pub async fn on_sqlite(story: &str) -> Self {
        Self::open(Home::folder(story)).await
    }

    pub async fn on_postgresql(story: &str) -> Self {
        Self::open(Home::database(story).await).await
    }

    async fn open(home: Home) -> Self {
        let clock = Arc::new(Hands(AtomicI64::new(MORNING)));
        let phones = Arc::new(Switchboard::default());
        let entropy: Arc<dyn Entropy> = Arc::new(Seeded(AtomicU64::new(7)));
        let post = Arc::new(PillarBox::default());
        let texts = Arc::new(TextBox::default());
        let office = office(&home, &clock, (&phones, &post, &texts), &entropy).await;
        let company = company(&office, "Aachener Printen", &["Anna", "Bernd", "Clara"]).await;
        let other = company_of_xaver(&office).await;
        let told = told(&office);
        Self { office, phones, post, texts, clock, company, other, entropy, told, home }
    }

    /// The files the data is in, if it is in files.
    pub fn files(&self) -> Vec<std::path::PathBuf> {
        match &self.home {
            Home::Folder(path) => std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect(),
            Home::Database(_) => Vec::new(),
        }
    }

    /// The same office after a restart of the process.
    pub async fn reopened(self) -> Self {
        self.reopened_with(Tariff::default()).await
    }

    /// The same office after a restart with other prices.
    pub async fn reopened_with(self, prices: Tariff) -> Self {
        let Self { office: old, phones, post, texts, clock, company, other, entropy, home, .. } = self;
        old.ledger().close().await;
        drop(old);
        let office = office_with(&home, &clock, (&phones, &post, &texts), &entropy, prices).await;
        let again =
            |company: Company| Company { administrator: company.administrator.at(&office), filled: company.filled };
        let told = told(&office);
        let company = again(company);
        Self { phones, post, texts, clock, company, other: again(other), entropy, told, home, office }
    }

    /// The `index`-th user of the company, signed in.
    pub async fn signed_in(&self, index: usize) -> Client {
        let email = format!("{}@aachener-printen.example", ["anna", "bernd", "clara"][index]);
        let body = serde_json::json!({ "email": email, "password": PASSWORD, "staySignedIn": false });
        let answer = Client::nobody(&self.office).post("/v1/sessions", body).await.expect(201);
        Client { token: answer["token"].as_str().map(str::to_owned), ..Client::nobody(&self.office) }
    }

    /// Makes entries durable and waits until they are.
    pub async fn write_down(&self, entries: Vec<LedgerEntry>) {
        let count = entries.len();
        for (ticket, entry) in (0..).zip(entries) {
            self.office.ledger().submit(ticket, entry).unwrap();
        }
        let mut told = self.told.lock().await;
        let mut done = 0;
        while done < count {
            done += told.recv().await.unwrap();
        }
    }
}

fn told(office: &Office) -> tokio::sync::Mutex<tokio::sync::mpsc::Receiver<usize>> {
    let (tell, told) = tokio::sync::mpsc::channel(1000);
    office.ledger().on_report(move |report| match report {
        Report::Committed(tickets) => tell.try_send(tickets.len()).unwrap(),
        other => panic!("{other:?}"),
    });
    tokio::sync::Mutex::new(told)
}

/// What the office needs of others.
type Ports<'a> = (&'a Arc<Switchboard>, &'a Arc<PillarBox>, &'a Arc<TextBox>);

async fn office(home: &Home, clock: &Arc<Hands>, ports: Ports<'_>, entropy: &Arc<dyn Entropy>) -> Office {
    office_with(home, clock, ports, entropy, Tariff::default()).await
}

async fn office_with(
    home: &Home,
    clock: &Arc<Hands>,
    (phones, post, texts): Ports<'_>,
    entropy: &Arc<dyn Entropy>,
    prices: Tariff,
) -> Office {
    let options = Options {
        database: home.location(),
        key: MasterKey([9; 32]),
        sip_domain: "phones.example".to_owned(),
        sip_port: 5070,
        prices,
        public_url: None,
        clock: Arc::<Hands>::clone(clock),
        entropy: Arc::clone(entropy),
        phones: Arc::<Switchboard>::clone(phones),
        mailing: Mailing {
            post: Arc::<PillarBox>::clone(post),
            pages: "https://telefon.example".to_owned(),
            operator: Some("hilfe@telefon.example".to_owned()),
        },
        texting: texts.texting(),
    };
    Office::open(options).await.unwrap()
}

async fn company_of_xaver(office: &Office) -> Company {
    company(office, "Zwickauer Gurken", &["Xaver"]).await
}

async fn company(office: &Office, name: &str, people: &[&str]) -> Company {
    let domain = name.to_lowercase().replace(' ', "-");
    let users = people.iter().enumerate().map(|(index, person)| NewUser {
        first_name: (*person).to_owned(),
        last_name: "Ahrens".to_owned(),
        email: Some(format!("{}@{domain}.example", person.to_lowercase()).parse().unwrap()),
        password: Some(Secret::new(PASSWORD.to_owned())),
        administrator: index == 0,
        location: Some(0),
        phones: vec![NewPhone { label: "Desk phone".to_owned(), password: None }],
        ..NewUser::default()
    });
    let new = NewAccount {
        company: name.to_owned(),
        country: "DE".to_owned(),
        language: "de".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        locations: vec![NewLocation { name: "Werk".to_owned(), country: "DE".to_owned(), ..NewLocation::default() }],
        users: users.collect(),
        groups: Vec::new(),
        spare_numbers: Vec::new(),
    };
    let filled = office.fill(new).await.unwrap();
    let token = filled.api_token.as_ref().map(|token| token.expose().clone());
    Company { filled, administrator: Client { token, ..Client::nobody(office) } }
}

/// The texts of one member of all items.
pub fn texts(items: &[Value], member: &str) -> Vec<String> {
    items.iter().map(|item| item.pointer(member).and_then(Value::as_str).unwrap_or("-").to_owned()).collect()
}

/// A story that is told on both databases.
macro_rules! story {
    (async fn $name:ident($stand:ident: $stand_type:ident) $body:block) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            #[tokio::test]
            async fn on_sqlite() {
                story($crate::support::$stand_type::on_sqlite(stringify!($name)).await).await;
            }

            #[tokio::test]
            async fn on_postgresql() {
                story($crate::support::$stand_type::on_postgresql(stringify!($name)).await).await;
            }

            #[allow(unused_mut)]
            async fn story(mut $stand: $crate::support::$stand_type) $body
        }
    };
}
pub(crate) use story;
