//! What things cost: tariffs, shares of a month, rounding. Pure.
//!
//! Whoever has something for a part of a month pays for the days on which it is there, each day a whole one, out of as
//! many days as the month has. Rounding happens once for each item ([`share()`]), so a bill adds up to the cent.

pub mod calendar;
pub mod charge;
pub mod share;
pub mod tariff;

pub use calendar::{Day, Month, NotAMonth};
pub use charge::{Run, Stay, charged, present};
pub use share::share;
pub use tariff::{Kind, Tariff};
