//! Event (RFC 6665 section 8.2.1).

use std::fmt;

use super::Typed;
use crate::message::grammar::{is_token, trim};
use crate::message::invalid::Invalid;
use crate::message::name::Name;
use crate::message::params::Params;
use crate::message::text::{Span, Text};

/// What a subscription is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The event package with its templates, such as `message-summary`.
    pub package: Text,
    /// Tells subscriptions in one dialog apart.
    pub id: Option<Text>,
}

impl Typed for Event {
    const NAME: Name = Name::Event;

    fn parse(value: Text) -> Result<Self, Invalid> {
        let all = value.as_str();
        let end = all.find(';').unwrap_or(all.len());
        let package = trim(all.get(..end).unwrap_or_default());
        if !is_token(package.as_bytes()) {
            return Err(Invalid("the event package is not a token"));
        }
        let params = Params::new(all.get(end..).unwrap_or_default()).check()?;
        Ok(Self { id: params.value("id").map(Text::from), package: value.cut(Span::new(0, package.len())) })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.package)?;
        self.id.as_ref().map_or(Ok(()), |id| write!(f, ";id={id}"))
    }
}
