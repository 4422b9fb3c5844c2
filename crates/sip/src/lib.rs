//! SIP without sockets and clocks: messages, transactions, dialogs, digest, registrar, offers and answers.

pub mod message;
