//! SIP ids: the user part by which a phone registers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// `1234567e0`: the account's seven-digit master id, a letter for the kind, and a counter within account and kind.
///
/// Eight bytes; orders by account, kind and counter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SipId(u64);

/// What registers by a SIP id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SipIdKind {
    /// A VoIP phone, letter `e`.
    Voip,
    /// A trunk, letter `t`.
    Trunk,
}

/// The text is not a SIP id: seven digits of which the first is not zero, `e` or `t`, and a counter of at most nine
/// digits without leading zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SipIdError;

impl fmt::Display for SipIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a SIP id looks like 1234567e0")
    }
}

impl std::error::Error for SipIdError {}

/// The smallest master id.
pub const MIN_MASTER: u32 = 1_000_000;
/// The largest master id.
pub const MAX_MASTER: u32 = 9_999_999;
/// The largest counter.
pub const MAX_INDEX: u32 = 999_999_999;

impl SipIdKind {
    /// Its letter within a SIP id.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Voip => 'e',
            Self::Trunk => 't',
        }
    }

    fn from_letter(letter: u8) -> Option<Self> {
        match letter {
            b'e' => Some(Self::Voip),
            b't' => Some(Self::Trunk),
            _ => None,
        }
    }
}

impl SipId {
    /// The id of these parts; `None` if `master` or `index` is out of range.
    #[must_use]
    pub fn new(master: u32, kind: SipIdKind, index: u32) -> Option<Self> {
        let fits = (MIN_MASTER..=MAX_MASTER).contains(&master) && index <= MAX_INDEX;
        let letter = u64::from(u32::from(kind.letter())) & 0x1f;
        fits.then_some(Self((u64::from(master) << 37) | (letter << 32) | u64::from(index)))
    }

    /// The account's master id, [`MIN_MASTER`]`..=`[`MAX_MASTER`].
    #[must_use]
    pub fn master(self) -> u32 {
        u32::try_from(self.0 >> 37).unwrap_or(0)
    }

    /// What registers by it.
    #[must_use]
    pub fn kind(self) -> SipIdKind {
        // ASCII letters differ in their low five bits.
        if (self.0 >> 32) & 0x1f == u64::from(b't' & 0x1f) { SipIdKind::Trunk } else { SipIdKind::Voip }
    }

    /// The counter within account and kind, at most [`MAX_INDEX`].
    #[must_use]
    pub fn index(self) -> u32 {
        u32::try_from(self.0 & 0xffff_ffff).unwrap_or(0)
    }

    /// A positive number for database keys.
    #[must_use]
    pub fn as_i64(self) -> i64 {
        i64::try_from(self.0).unwrap_or(0)
    }

    /// The id with this database key; `None` if no id has it.
    #[must_use]
    pub fn from_i64(key: i64) -> Option<Self> {
        let raw = Self(u64::try_from(key).ok()?);
        Self::new(raw.master(), raw.kind(), raw.index()).filter(|id| *id == raw)
    }
}

impl FromStr for SipId {
    type Err = SipIdError;

    fn from_str(text: &str) -> Result<Self, SipIdError> {
        let (master, rest) = text.as_bytes().split_at_checked(7).ok_or(SipIdError)?;
        let (letter, index) = rest.split_first().ok_or(SipIdError)?;
        let kind = SipIdKind::from_letter(*letter).ok_or(SipIdError)?;
        let canonical = matches!(index, [b'0'] | [b'1'..=b'9', ..]) && index.len() <= 9;
        if !canonical {
            return Err(SipIdError);
        }
        Self::new(decimal(master).ok_or(SipIdError)?, kind, decimal(index).ok_or(SipIdError)?).ok_or(SipIdError)
    }
}

/// The value of at most nine ASCII digits.
fn decimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))
}

impl fmt::Display for SipId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.master(), self.kind().letter(), self.index())
    }
}

impl fmt::Debug for SipId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for SipId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SipId {
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
    fn an_id_is_written_one_way_only() {
        for good in ["1234567e0", "9999999e999999999", "1000000t12"] {
            let id: SipId = good.parse().unwrap();
            assert_eq!(id.to_string(), good);
            assert_eq!(SipId::from_i64(id.as_i64()), Some(id));
        }
        for bad in [
            "",
            "1234567",
            "1234567e",
            "1234567e00",
            "1234567e01",
            "1234567E0",
            "0234567e0",
            "123456e0",
            "12345678e0",
            "1234567x0",
            "1234567e-1",
            "1234567e1000000000",
            "1234567e+1",
            " 1234567e0",
            "1234567é0",
            "１２３４５６７e0",
        ] {
            assert_eq!(bad.parse::<SipId>(), Err(SipIdError), "{bad}");
        }
    }

    #[test]
    fn ids_sort_by_account_kind_and_counter() {
        let texts = ["1234567e0", "1234567e1", "1234567e10", "1234567t0", "1234568e0"];
        let ids: Vec<SipId> = texts.iter().map(|text| text.parse().unwrap()).collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn keys_that_no_id_has_are_refused() {
        for key in [0, -1, i64::MAX, i64::MIN, 1_234_567] {
            assert_eq!(SipId::from_i64(key), None, "{key}");
        }
    }
}
