//! RAck (RFC 3262 section 7.2).

use std::fmt;

use super::{CSeq, Typed};
use crate::message::grammar::number;
use crate::message::invalid::Invalid;
use crate::message::name::Name;
use crate::message::text::{Span, Text};

/// Which provisional response a PRACK acknowledges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RAck {
    /// The RSeq of that response.
    pub rseq: u32,
    /// The CSeq of the request it answered.
    pub cseq: CSeq,
}

impl Typed for RAck {
    const NAME: Name = Name::RAck;

    fn parse(value: Text) -> Result<Self, Invalid> {
        let all = value.as_str();
        let (rseq, rest) = all.split_once([' ', '\t']).ok_or(Invalid("the RAck has no CSeq"))?;
        let rest = rest.trim_ascii_start();
        let rseq = number(rseq).and_then(|rseq| u32::try_from(rseq).ok()).ok_or(Invalid("the RAck has no number"))?;
        let cseq = CSeq::parse(value.cut(Span::new(all.len() - rest.len(), all.len())))?;
        Ok(Self { rseq, cseq })
    }
}

impl fmt::Display for RAck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.rseq, self.cseq)
    }
}
