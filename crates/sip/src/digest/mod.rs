//! Digest authentication: RFC 7616 as RFC 8760 brings it to SIP, server and client side.
//!
//! - Offered and accepted: SHA-256 and MD5, `qop=auth`. Not accepted: requests without `qop` (RFC 2069), session
//!   variants, `auth-int`. A scheme other than Digest counts as no credentials at all.
//! - A [`Nonces`] value issues nonces that carry their own proof and remembers which count each has seen, so a captured
//!   header is good for nothing. Both are bounded.
//! - An unknown user is verified against [`Nonces::decoy`]: same work, same answer, same time as a wrong password.
//!
//! The `uri` of the credentials is not compared with the Request-URI. It enters the hash, so nobody can change it, but
//! phones write their outbound proxy's or an unescaped form there, and RFC 3261 section 22.4 leaves the choice to the
//! server; what the comparison would protect against, a captured header sent to another place, the nonce count does.

mod authorization;
mod challenge;
mod client;
mod error;
mod ha1;
mod hash;
mod nonce;
mod nonces;

pub use authorization::Authorization;
pub use challenge::{Challenge, OFFERED, offered_to};
pub use client::{Client, Unanswerable};
pub use error::{Accepted, DigestError};
pub use ha1::Ha1;
pub use hash::Algorithm;
pub use nonce::Nonce;
pub use nonces::Nonces;
