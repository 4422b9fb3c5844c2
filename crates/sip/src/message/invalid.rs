//! Why a value could not be read.

use std::fmt;

/// A header value, URI or parameter that breaks its grammar. Says what is wrong, never repeats the value,
/// so it may be logged and sent to strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid(pub &'static str);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Invalid {}
