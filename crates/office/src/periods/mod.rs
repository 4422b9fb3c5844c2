//! When devices, users and numbers were there: what bills are reckoned from.
//!
//! Whoever adds something calls [`begin`] in the same transaction, whoever takes it away [`end`]. A bill of a past month
//! stays right after its devices and users are gone, because the period keeps what they were called.

mod model;
mod store;

pub(crate) use model::{Period, Subject};
pub(crate) use store::{
    begin, begin_all, begin_many, begin_numbers, end, end_devices_of, end_users, of_month, restore_devices_of,
};
