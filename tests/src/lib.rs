//! What whole-day stories are told with: the real binary in a data folder of its own, a client for its API, real
//! phones (baresip, Linphone), scripted ones (SIPp), a bare SIP socket for odd cases, and ears that measure what a phone heard.
//!
//! The stories live in `tests/stories`. They see the product from outside only: no crate of Ringwerk is imported.
//!
//! **Which binary.** `RINGWERK_BINARY`, or `ringwerk` beside the folder this test was built into. Build it first:
//! `cargo build --bin ringwerk`; `make test` does.
//!
//! **Addresses.** Every story has a house number of its own ([`house::House`]): its server, its phones and its
//! strangers live at `127.0.80.n`, `127.0.81.n` and so on, so stories run side by side, and ports are the kernel's choice.
//!
//! **Waiting.** Nothing sleeps. [`wait::until`] waits for a condition and fails loudly when it does not come true.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "this is test code: a failure is a panic that says what was expected"
)]

pub mod api;
pub mod baresip;
pub mod company;
pub mod digest;
pub mod house;
pub mod injection;
pub mod listener;
pub mod keys;
pub mod linphone;
pub mod phone;
pub mod postbox;
pub mod postgres;
pub mod process;
pub mod receiver;
pub mod ringwerk;
pub mod sip;
pub mod sipp;
pub mod smsc;
pub mod sound;
pub mod voice;
pub mod wait;
pub mod websocket;
