//! Session descriptions (RFC 8866) and who may offer what when (RFC 3264, RFC 6337).
//!
//! A relaying user agent understands as little of a description as it can: where media goes, which way, and
//! whether it is held. Everything else passes byte for byte.

mod answer;
mod negotiation;
mod rewrite;
mod session;
#[cfg(test)]
mod tests;

pub use self::answer::{answer, offer};
pub use self::negotiation::{Carrier, Meaning, Negotiation, Side, Violation};
pub use self::rewrite::{RelayAddress, rewrite};
pub use self::session::{Direction, Media, Session, Target};

/// The media type of a session description.
pub const CONTENT_TYPE: &str = "application/sdp";
/// Most lines of a description that are read; a longer one is refused.
pub const MAX_LINES: usize = 1024;
/// Most media streams of a description; a longer one is refused.
pub const MAX_STREAMS: usize = 16;
