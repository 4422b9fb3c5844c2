//! Which phones are reachable, and where.
//!
//! What was acknowledged is durable: a REGISTER is worked out on a copy of the phone's bindings, the copy goes to the
//! ledger, and when it is durable it becomes what is, and the 200 leaves. Several REGISTERs of one phone may be on their
//! way at once; each starts from what the one before made of it.

mod keep_alive;
mod phones;
mod register;

pub(crate) use self::keep_alive::keep_alive;
pub(crate) use self::phones::{Phones, Registered, Target};
pub(crate) use self::register::{Pending, closed, committed, expire, failed, forget, register, restore};
