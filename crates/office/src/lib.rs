//! The office: accounts, people, phones, numbers, call records; HTTP in, SQL out.

pub mod ports;
