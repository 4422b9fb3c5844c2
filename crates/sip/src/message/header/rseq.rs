//! RSeq (RFC 3262 section 7.1).

use std::fmt;

use super::Typed;
use crate::message::grammar::number;
use crate::message::invalid::Invalid;
use crate::message::name::Name;
use crate::message::text::Text;

/// The number of a reliable provisional response, 1 and more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RSeq(pub u32);

impl Typed for RSeq {
    const NAME: Name = Name::RSeq;

    fn parse(value: Text) -> Result<Self, Invalid> {
        number(&value)
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| *number > 0)
            .map(Self)
            .ok_or(Invalid("the RSeq is not a number from 1 to 2^32 - 1"))
    }
}

impl fmt::Display for RSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
