//! A believable account for trying Ringwerk out and for tests: a German company with two locations.
//!
//! Nothing here is used by the product itself. Phone numbers come from the ranges that the Bundesnetzagentur
//! keeps free for film and fiction, so that no real person is ever called.

mod names;
mod numbers;

pub use names::person;
pub use numbers::{FictionalNumbers, extensions};
