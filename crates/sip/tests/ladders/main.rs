//! Agents on a virtual wire with a virtual clock; what they say to each other, as ladders.
//!
//! The flows are those of RFC 3665 that concern registrations and sessions, and those that only show when messages are
//! lost, repeated or cross each other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod chaos;
mod checks;
mod extensions;
mod phone;
mod registration;
mod session;
mod torture;
mod trouble;
mod wire;
