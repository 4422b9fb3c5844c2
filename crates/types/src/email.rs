//! E-mail addresses.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An e-mail address: the part before the `@` as typed, the domain in lower case, at most 254 bytes (RFC 5321
/// section 4.5.3.1 leaves no more). ASCII; international domains in their `xn--` form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(Box<str>);

/// The text is not an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmailError;

impl fmt::Display for EmailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is not an e-mail address")
    }
}

impl std::error::Error for EmailError {}

/// The most bytes an address has.
pub const MAX_LENGTH: usize = 254;

impl Email {
    /// The address as typed, with the domain in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two addresses of one mailbox have in common: all in lower case. Mail servers that tell `Anna@` from
    /// `anna@` are not found in practice, people who type both are.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// What follows the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let (local, domain) = text.split_once('@').ok_or(EmailError)?;
        if text.len() <= MAX_LENGTH && is_local_part(local) && is_domain(domain) {
            Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase()).into()))
        } else {
            Err(EmailError)
        }
    }
}

/// A dot-atom (RFC 5322 section 3.2.3) of at most 64 bytes.
fn is_local_part(text: &str) -> bool {
    let is_atext = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    text.len() <= 64 && text.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

/// Two labels at least, each of letters, digits and inner hyphens (RFC 1123 section 2.1), the last not all digits.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.contains('.')
        && text.split('.').all(is_label)
        && text.rsplit('.').next().is_some_and(|last| !last.bytes().all(|byte| byte.is_ascii_digit()))
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Email {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn addresses_are_told_from_other_text() {
        for (text, expect) in [
            ("Anna.Weber@Example.COM", "Anna.Weber@example.com"),
            ("a+b@x.de", "a+b@x.de"),
            ("o'hara@xn--mller-kva.de", "o'hara@xn--mller-kva.de"),
        ] {
            assert_eq!(text.parse::<Email>().unwrap().as_str(), expect);
        }
        for text in [
            "",
            "@",
            "a@",
            "@x.de",
            "a@x",
            "a@@x.de",
            "a b@x.de",
            " a@x.de",
            "a@x.de ",
            "a@x..de",
            "a@.x.de",
            ".a@x.de",
            "a..b@x.de",
            "a@-x.de",
            "a@x-.de",
            "a@1.2.3.4",
            "a@x.de\r\nBcc: b@x.de",
            "\"a\"@x.de",
            "ä@x.de",
            "a@ä.de",
            "<a@x.de>",
            "a@x.de,b@x.de",
        ] {
            assert_eq!(text.parse::<Email>(), Err(EmailError), "{text:?}");
        }
    }

    #[test]
    fn the_length_ends_at_254_bytes() {
        let domain = format!("{}.{}.{}.de", "a".repeat(63), "b".repeat(63), "c".repeat(58));
        let local = "l".repeat(254 - 1 - domain.len());
        assert!(local.len() <= 64);
        assert!(format!("{local}@{domain}").parse::<Email>().is_ok());
        assert!(format!("{local}l@{domain}").parse::<Email>().is_err());
        assert!(format!("{}@x.de", "l".repeat(65)).parse::<Email>().is_err());
    }

    #[test]
    fn one_mailbox_has_one_key() {
        let keys = ["Anna@x.de", "anna@X.DE"].map(|text| text.parse::<Email>().unwrap().key());
        assert_eq!(keys, ["anna@x.de", "anna@x.de"]);
    }
}
