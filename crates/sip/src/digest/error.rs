//! What verifying credentials comes to.

use std::fmt;

/// Why credentials were not accepted. Every one of these is answered with a fresh challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestError {
    /// The password is right, the nonce no longer or never was: challenge with `stale=true`.
    Stale,
    /// The password is right, but this nonce count was used before: a captured header, or a request sent twice.
    /// Challenge with `stale=true`; a captured header does not help its holder.
    Replayed,
    /// The password is wrong, or the user unknown.
    Wrong {
        /// Whether the credentials answer a nonce that was sent to the very address they come from, and lately. Only
        /// then has the sender shown that the address is his, and the failure may be held against it.
        proven: bool,
    },
    /// Another realm, an algorithm or quality of protection that was not offered, or parameters missing.
    Unsupported,
}

impl DigestError {
    /// Whether the challenge that answers it says `stale=true`.
    #[must_use]
    pub fn is_stale(self) -> bool {
        matches!(self, Self::Stale | Self::Replayed)
    }
}

impl fmt::Display for DigestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stale => "the nonce is too old",
            Self::Replayed => "these credentials were used before",
            Self::Wrong { .. } => "wrong user name or password",
            Self::Unsupported => "these credentials are not of the kind that was asked for",
        })
    }
}

impl std::error::Error for DigestError {}

/// Credentials that were accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The nonce count used.
    pub count: u32,
}
