//! CSeq (RFC 3261 section 20.16).

use std::fmt;

use crate::message::grammar::{number, trim};
use crate::message::invalid::Invalid;
use crate::message::limits;
use crate::message::method::Method;
use crate::message::text::{Span, Text};

/// The place of a request in its dialog.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CSeq {
    /// The sequence number, below 2³¹.
    pub number: u32,
    /// The method, again.
    pub method: Method,
}

impl CSeq {
    /// Reads a CSeq value.
    ///
    /// # Errors
    /// When the number is missing, improper or 2³¹ and more, or the method is not a token.
    pub fn parse(text: impl Into<Text>) -> Result<Self, Invalid> {
        let text: Text = text.into();
        Self::read(&text, text.as_str())
    }

    /// Reads the CSeq that `text` is, whose `&str` is at hand.
    pub(crate) fn read(text: &Text, all: &str) -> Result<Self, Invalid> {
        let (digits, method) = all.split_once([' ', '\t']).ok_or(Invalid("the CSeq has no method"))?;
        let number = number(digits)
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| *number <= limits::SEQUENCE)
            .ok_or(Invalid("the CSeq has no number below 2^31"))?;
        let method = trim(method);
        let method = match Method::known(method.as_bytes()) {
            Some(known) => known,
            None => Method::parse(text.cut(Span::new(all.len() - method.len(), all.len())))?,
        };
        Ok(Self { number, method })
    }
}

impl fmt::Display for CSeq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number, self.method)
    }
}
