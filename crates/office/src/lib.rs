//! The office: accounts, people, phones, numbers, call records; HTTP in, SQL out.
//!
//! One folder a word, in the order below. A slice has `mod.rs` (its use-cases: the only door), `model.rs`,
//! `rules.rs` (pure), `store.rs` (SQL), `http.rs` and `error.rs`, as far as it needs them. Inside it
//! `http -> mod -> {rules, store} -> model`; a slice calls another only through its `mod.rs` and only one
//! that stands before it here. Only `http` names axum; only `store` and `db` name SeaORM.

mod db;
pub mod directory;
mod handing_over;
mod http;
pub mod ledger;
mod migrations;
mod office;
mod open_error;
pub mod ports;
mod scope;
mod seal;
mod tasks;
mod written_number;

mod audit;
mod versions;
mod periods;
mod prices;
mod accounts;
mod mails;
mod identity;
mod users;
mod locations;
mod owners;
mod devices;
mod extensions;
mod numbers;
mod groups;
mod routing;
mod calls;
mod messages;
mod bills;
mod imports;
mod call_list;
mod events;
mod setup;
mod operators;
pub mod fill;

pub use db::{DatabaseLocation, DbError, Event, copy_sqlite};
pub use messages::{Fate, Texting};
pub use office::{Mailing, Office, Options};
pub use open_error::{OpenError, RecoverError};
pub use rating::Tariff;
pub use seal::MasterKey;
pub use users::{Issue, Newsletter, Sent};

/// Operations of the slices from locations to calls.
pub(crate) fn telephony_operations() -> http::Operations {
    http::Operations::new()
        .and(locations::http::operations())
        .and(devices::http::operations())
        .and(extensions::http::operations())
        .and(numbers::http::operations())
        .and(groups::http::operations())
        .and(routing::http::operations())
        .and(calls::http::operations())
        .and(messages::http::operations())
        .and(bills::http::operations())
        .and(imports::http::operations())
        .and(call_list::http::operations())
        .and(events::http::operations())
        .and(setup::http::operations())
        .and(operators::http::operations())
}
