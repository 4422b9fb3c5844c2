//! Whole-day stories. Each lives at a house number of its own; `houses` says so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is test code: a failure is a panic that says what was expected"
)]

mod backup;
mod browsers;
mod call_list;
mod calls;
mod durability;
mod faults;
mod events;
mod first_day;
mod hijack;
mod houses;
mod keys;
mod linphone;
mod mail;
mod messages;
mod ringing;
mod scanners;
mod scripted;
mod secrets;
mod signing_out;
mod smuggling;
mod strangers;
mod torture;
mod web;
