//! Values that cannot be wrong.
//!
//! Every type here has one fallible constructor and no setter: whoever holds an [`e164::E164`], an
//! [`extension_number::ExtensionNumber`] or a typed id holds a value that was checked once, at the edge.
//! The crate touches nothing: no socket, file, clock or random source. Time, ids and randomness are
//! arguments ([`clock::Clock`], [`entropy::Entropy`]).

pub mod clock;
pub mod dial_plan;
pub mod dialled;
pub mod e164;
pub mod email;
pub mod entropy;
pub mod extension_number;
pub mod ids;
pub mod money;
pub mod secret;
pub mod sip_id;
pub mod sms;
