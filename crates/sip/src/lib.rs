//! SIP without sockets and clocks: messages, transactions, dialogs, digest, registrar, offers and answers.

pub mod ladder;
pub mod message;
pub mod offer_answer;

pub mod agent;
pub mod dialog;
pub mod digest;
pub mod registrar;
pub mod reliable;
pub mod session_timer;
pub mod transaction;
