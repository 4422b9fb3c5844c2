//! Who a number or an extension can belong to: a user or a group of the account.

mod model;
mod store;

pub use model::{NamedOwner, OwnerKind};
pub(crate) use model::{OwnerRef, columns, from_columns, from_id, same, unknown};
pub(crate) use store::{find, names};
