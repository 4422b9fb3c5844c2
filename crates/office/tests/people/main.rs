//! Stories about accounts, signing in, users and who may do what, each told on both databases.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod authorisation;
mod delivery;
mod first_account;
mod imports;
mod last_administrator;
mod mails;
mod many;
mod operators;
mod panics;
mod requests;
mod secrets;
mod sign_in;
#[path = "../telephony/support.rs"]
mod support;
mod tokens;
mod users;
