//! Reason (RFC 3326).

use std::fmt;

use super::Typed;
use crate::message::grammar::{is_token, number, trim};
use crate::message::invalid::Invalid;
use crate::message::name::Name;
use crate::message::params::{Params, push_quoted};
use crate::message::text::{Span, Text};

/// Why a request was sent: most often why a call ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What the cause is a code of: `SIP`, `Q.850`, …
    pub protocol: Text,
    /// The code.
    pub cause: Option<u16>,
    /// The code in words.
    pub text: Option<Text>,
}

impl Reason {
    /// What a forked INVITE is cancelled with when somebody else answered, so that phones list no missed call.
    #[must_use]
    pub const fn answered_elsewhere() -> Self {
        let text = Text::from_static("Call completed elsewhere");
        Self { protocol: Text::from_static("SIP"), cause: Some(200), text: Some(text) }
    }

    /// Whether this says that somebody else answered the call.
    #[must_use]
    pub fn is_answered_elsewhere(&self) -> bool {
        self.protocol.eq_ignore_ascii_case("SIP") && self.cause == Some(200)
    }
}

impl Typed for Reason {
    const NAME: Name = Name::Reason;

    fn parse(value: Text) -> Result<Self, Invalid> {
        let all = value.as_str();
        let end = all.find(';').unwrap_or(all.len());
        let protocol = trim(all.get(..end).unwrap_or_default());
        if !is_token(protocol.as_bytes()) {
            return Err(Invalid("the protocol of the Reason is not a token"));
        }
        let params = Params::new(all.get(end..).unwrap_or_default()).check()?;
        Ok(Self {
            cause: params.value("cause").and_then(number).and_then(|cause| u16::try_from(cause).ok()),
            text: params.unquoted("text").map(|text| Text::from(text.as_ref())),
            protocol: value.cut(Span::new(0, protocol.len())),
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.protocol)?;
        if let Some(cause) = self.cause {
            write!(f, ";cause={cause}")?;
        }
        if let Some(text) = &self.text {
            let mut quoted = String::with_capacity(text.len() + 2);
            push_quoted(&mut quoted, text);
            write!(f, ";text={quoted}")?;
        }
        Ok(())
    }
}
