//! Measures the list of users of a large account: first page, a late page, searches, filters.
//!
//! `cargo run --release -p ringwerk-office --example list_cost -- DIR [USERS]`; DIR must be empty.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::disallowed_methods)]

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use office::fill::{NewAccount, NewPhone, NewUser};
use office::ports::NoPhones;
use office::{DatabaseLocation, Mailing, MasterKey, Office, Options, Texting};
use tower::ServiceExt;
use types::clock::{Clock, Tick, Timestamp};
use types::entropy::Entropy;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp(1_790_000_000_000)
    }

    fn tick(&self) -> Tick {
        Tick(0)
    }
}

struct System;

impl Entropy for System {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).unwrap();
    }
}

async fn ask(router: &Router, token: &str, path: &str) -> serde_json::Value {
    let request = Request::get(path).header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap();
    let started = Instant::now();
    let response = router.clone().oneshot(request).await.unwrap();
    let bytes = to_bytes(response.into_body(), 64 << 20).await.unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let rows = answer["items"].as_array().map_or(0, Vec::len);
    println!(
        "{:8.1} ms  {rows:3} rows  {}",
        started.elapsed().as_secs_f64() * 1000.0,
        path.chars().take(70).collect::<String>()
    );
    answer
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let folder = std::path::PathBuf::from(arguments.get(1).expect("an empty folder for the database"));
    let users: usize = arguments.get(2).map_or(100_000, |text| text.parse().unwrap());
    let office = Office::open(Options {
        database: DatabaseLocation::Sqlite(folder.join("list_cost.db")),
        key: MasterKey([7; 32]),
        sip_domain: "example.com".to_owned(),
        sip_port: 5060,
        prices: office::Tariff::default(),
        public_url: None,
        clock: Arc::new(Still),
        entropy: Arc::new(System),
        phones: NoPhones::shared(),
        mailing: Mailing::waits(),
        texting: Texting::none(),
    })
    .await
    .unwrap();
    let first = ["Anna", "Bernd", "Clara", "Dora", "Emil", "Änne", "Zoë"];
    let last = ["Ahrens", "Böhm", "Çelik", "Dahl", "Öhlert", "Weber", "Zander"];
    let users = (0..users).map(|index| NewUser {
        first_name: first[index % 7].to_owned(),
        last_name: format!("{}-{index}", last[index / 7 % 7]),
        email: format!("user{index}@example.com").parse().ok(),
        administrator: index == 0,
        phones: vec![NewPhone { label: "Desk phone".to_owned(), password: None }],
        ..NewUser::default()
    });
    let new = NewAccount {
        company: "Beispiel GmbH".to_owned(),
        country: "DE".to_owned(),
        language: "de".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        locations: Vec::new(),
        users: users.collect(),
        groups: Vec::new(),
        spare_numbers: Vec::new(),
    };
    let filled = office.fill(new).await.unwrap();
    let token = filled.api_token.unwrap().expose().clone();
    let router = office.router();
    for _ in 0..2 {
        ask(&router, &token, "/v1/users?limit=50").await;
        ask(&router, &token, "/v1/users?limit=200").await;
        ask(&router, &token, "/v1/users?sort=-createdAt").await;
        ask(&router, &token, "/v1/users?search=anna").await;
        ask(&router, &token, "/v1/users?search=user99999").await;
        ask(&router, &token, "/v1/users?search=nobody-at-all").await;
        ask(&router, &token, "/v1/users?role=administrator").await;
        ask(&router, &token, "/v1/users?incomplete=false").await;
        ask(&router, &token, "/v1/users?blocked=true").await;
        let late = ask(&router, &token, "/v1/users?search=zander&limit=1").await;
        let next = late["nextCursor"].as_str().unwrap_or_default();
        ask(&router, &token, &format!("/v1/users?cursor={next}")).await;
    }
}
