//! Contact (RFC 3261 section 20.10, RFC 5626, RFC 5627).

use std::borrow::Cow;
use std::fmt;

use super::{NameAddr, Typed};
use crate::message::grammar::{number, seconds};
use crate::message::invalid::Invalid;
use crate::message::name::Name;
use crate::message::text::Text;

/// One value of Contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// `*`: all bindings, to be removed (RFC 3261 section 10.2.2).
    Star,
    /// An address to reach somebody at.
    Address(NameAddr),
}

impl Contact {
    /// The address, unless it is the star.
    #[must_use]
    pub const fn address(&self) -> Option<&NameAddr> {
        match self {
            Self::Star => None,
            Self::Address(address) => Some(address),
        }
    }

    /// The parameters that a registrar looks at; none for the star.
    #[must_use]
    pub fn params(&self) -> ContactParams<'_> {
        ContactParams(self.address())
    }
}

impl Typed for Contact {
    const NAME: Name = Name::Contact;

    fn parse(value: Text) -> Result<Self, Invalid> {
        if value == "*" { Ok(Self::Star) } else { NameAddr::parse(value).map(Self::Address) }
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Star => f.write_str("*"),
            Self::Address(address) => fmt::Display::fmt(address, f),
        }
    }
}

/// The header parameters of a Contact that mean something to a registrar.
#[derive(Clone, Copy, Debug)]
pub struct ContactParams<'a>(Option<&'a NameAddr>);

impl<'a> ContactParams<'a> {
    /// Views the parameters of a Contact address.
    #[must_use]
    pub const fn of(address: &'a NameAddr) -> Self {
        Self(Some(address))
    }

    /// Lifetime asked for in seconds; any number too large saturates, an improper one counts as absent.
    #[must_use]
    pub fn expires(&self) -> Option<u32> {
        self.value("expires").and_then(seconds)
    }

    /// Preference in thousandths, 0 to 1000; an improper one counts as absent.
    #[must_use]
    pub fn q(&self) -> Option<u16> {
        self.value("q").and_then(thousandths)
    }

    /// The instance id without quotes and brackets, such as `urn:uuid:…` (RFC 5626 section 4.1).
    #[must_use]
    pub fn instance(&self) -> Option<Cow<'a, str>> {
        fn bare(id: &str) -> &str {
            id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id)
        }
        let id = match self.0?.params().unquoted("+sip.instance")? {
            Cow::Borrowed(id) => Cow::Borrowed(bare(id)),
            Cow::Owned(id) => Cow::Owned(bare(&id).to_owned()),
        };
        Some(id).filter(|id| !id.is_empty())
    }

    /// The number of the flow (RFC 5626 section 4.2), 1 and more.
    #[must_use]
    pub fn reg_id(&self) -> Option<u32> {
        let id = self.value("reg-id").and_then(number)?;
        u32::try_from(id).ok().filter(|id| *id > 0)
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        self.0?.params().value(name)
    }
}

/// Reads a `qvalue` (RFC 3261 section 25.1).
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let whole = match whole {
        "0" => 0,
        "1" => 1000,
        _ => return None,
    };
    let fraction = if digits { format!("{fraction:0<3}").parse::<u16>().ok()? } else { return None };
    Some(whole + fraction).filter(|q| *q <= 1000)
}
