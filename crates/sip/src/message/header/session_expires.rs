//! Session-Expires and Min-SE (RFC 4028).

use std::fmt;

use super::Typed;
use crate::message::grammar::{seconds, trim};
use crate::message::invalid::Invalid;
use crate::message::name::Name;
use crate::message::params::Params;
use crate::message::text::Text;

/// How long a session lasts unless somebody refreshes it (RFC 4028 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires {
    /// The session interval in seconds.
    pub seconds: u32,
    /// Who refreshes, once that is settled.
    pub refresher: Option<Refresher>,
}

/// The side that keeps a session alive, seen from the transaction that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresher {
    /// Who sent the request.
    Uac,
    /// Who answered it.
    Uas,
}

impl Typed for SessionExpires {
    const NAME: Name = Name::SessionExpires;

    fn parse(value: Text) -> Result<Self, Invalid> {
        let (seconds, params) = interval(&value)?;
        let refresher = match params.value("refresher") {
            None => None,
            Some(side) if side.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
            Some(side) if side.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
            Some(_) => return Err(Invalid("the refresher is neither uac nor uas")),
        };
        Ok(Self { seconds, refresher })
    }
}

impl fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refresher = match self.refresher {
            None => "",
            Some(Refresher::Uac) => ";refresher=uac",
            Some(Refresher::Uas) => ";refresher=uas",
        };
        write!(f, "{}{refresher}", self.seconds)
    }
}

/// The shortest session interval in seconds that somebody on the path accepts (RFC 4028 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MinSe(pub u32);

impl Typed for MinSe {
    const NAME: Name = Name::MinSe;

    fn parse(value: Text) -> Result<Self, Invalid> {
        interval(&value).map(|(seconds, _)| Self(seconds))
    }
}

impl fmt::Display for MinSe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

fn interval(value: &str) -> Result<(u32, Params<'_>), Invalid> {
    let (digits, params) = value.split_at_checked(value.find(';').unwrap_or(value.len())).unwrap_or_default();
    let seconds = seconds(trim(digits)).ok_or(Invalid("the session interval is not a number"))?;
    Ok((seconds, Params::new(params).check()?))
}
