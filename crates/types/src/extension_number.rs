//! Extension numbers: the short numbers by which people of one account reach each other.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::dial_plan::DialPlan;

/// One to six digits; leading zeros count (`07` and `7` are two extensions). Never a reserved one ([`Reserved`]).
///
/// Orders by length, then by value. Four bytes, also as an `Option`.
///
/// Held as the decimal number that `1` and the digits make, so that length, leading zeros and order come for free.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtensionNumber(NonZeroU32);

/// The most digits an extension has.
pub const MAX_DIGITS: usize = 6;

/// Why a text is not an extension number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtensionError {
    /// It holds something that is not an ASCII digit.
    NotDigits,
    /// It has no digit or more than six.
    Length,
    /// It is kept for something else.
    Reserved(Reserved),
}

/// The ranges no extension may have. A longer number that begins with one of them is reserved too: while somebody
/// dials it, a phone may already take the first digits for the reserved number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reserved {
    /// 110 and 112: police, fire brigade, ambulance.
    Emergency,
    /// 111 and 113 to 119: the harmonised numbers of social value (116 xxx), authorities (115), enquiries (118 xx).
    Harmonised,
    /// 911 and 999: emergency numbers of other countries, which people dial by habit.
    EmergencyAbroad,
    /// 211, 311, 411, 511, 611, 711, 811: service codes.
    Service,
    /// 9900 to 9999: kept for the exchange's own services.
    Exchange,
}

impl Reserved {
    /// The range `digits` falls into, if any. Expects ASCII digits.
    #[must_use]
    pub fn of(digits: &str) -> Option<Self> {
        match digits.as_bytes() {
            [b'1', b'1', b'0' | b'2', ..] => Some(Self::Emergency),
            [b'1', b'1', _, ..] => Some(Self::Harmonised),
            [b'9', b'1', b'1', ..] | [b'9', b'9', b'9', ..] => Some(Self::EmergencyAbroad),
            [b'2'..=b'8', b'1', b'1', ..] => Some(Self::Service),
            [b'9', b'9', _, _, ..] => Some(Self::Exchange),
            _ => None,
        }
    }

    /// A stable word for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Harmonised => "harmonised",
            Self::EmergencyAbroad => "emergencyAbroad",
            Self::Service => "service",
            Self::Exchange => "exchange",
        }
    }

    /// The range in words: `110 and 112`.
    #[must_use]
    pub fn range(self) -> &'static str {
        match self {
            Self::Emergency => "110 and 112",
            Self::Harmonised => "111 and 113 to 119",
            Self::EmergencyAbroad => "911 and 999",
            Self::Service => "211, 311, 411, 511, 611, 711 and 811",
            Self::Exchange => "9900 to 9999",
        }
    }
}

impl fmt::Display for Reserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let purpose = match self {
            Self::Emergency => "emergency calls",
            Self::Harmonised => "harmonised services",
            Self::EmergencyAbroad => "emergency numbers of other countries",
            Self::Service => "service codes",
            Self::Exchange => "the exchange's own services",
        };
        write!(f, "{} and numbers beginning with these are reserved for {purpose}", self.range())
    }
}

impl fmt::Display for ExtensionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotDigits => f.write_str("an extension consists of digits only"),
            Self::Length => f.write_str("an extension has one to six digits"),
            Self::Reserved(reserved) => reserved.fmt(f),
        }
    }
}

impl std::error::Error for ExtensionError {}

impl ExtensionNumber {
    /// No extension orders before it: `0`.
    pub const MIN: Self = Self(NonZeroU32::MIN.saturating_add(9));
    /// No extension orders behind it. Reserved itself, so nobody has it.
    pub const MAX: Self = Self(NonZeroU32::MIN.saturating_add(1_999_998));

    /// How many digits it has, 1 to 6.
    #[must_use]
    pub fn len(self) -> usize {
        // The held number has one digit more, and ilog10 of an n-digit number is n - 1.
        self.0.get().ilog10() as usize
    }

    /// The lowest free extension of `digits` digits that does not begin with a zero, which people would take for an
    /// outside number. `None` when all are taken or `digits` is not 1 to 6.
    pub fn next_free(taken: impl Fn(&Self) -> bool, digits: u8) -> Option<Self> {
        if !(1..=MAX_DIGITS).contains(&usize::from(digits)) {
            return None;
        }
        let first = 10u32.pow(u32::from(digits) - 1);
        (first..first * 10).filter_map(|value| value.to_string().parse().ok()).find(|number| !taken(number))
    }

    /// Whether the plan's country dials an emergency service by the same digits. The emergency call wins then, so
    /// such an extension should not be given to anybody.
    #[must_use]
    pub fn is_emergency_in(self, plan: &DialPlan) -> bool {
        plan.emergency(&self.to_string()).is_some()
    }
}

impl FromStr for ExtensionNumber {
    type Err = ExtensionError;

    fn from_str(text: &str) -> Result<Self, ExtensionError> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ExtensionError::NotDigits);
        }
        if text.is_empty() || text.len() > MAX_DIGITS {
            return Err(ExtensionError::Length);
        }
        if let Some(reserved) = Reserved::of(text) {
            return Err(ExtensionError::Reserved(reserved));
        }
        let held = text.bytes().fold(1u32, |value, byte| value * 10 + u32::from(byte - b'0'));
        NonZeroU32::new(held).map(Self).ok_or(ExtensionError::Length)
    }
}

impl fmt::Display for ExtensionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.len();
        let value = self.0.get() - 10u32.pow(self.0.get().ilog10());
        write!(f, "{value:0length$}")
    }
}

impl fmt::Debug for ExtensionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ExtensionNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ExtensionNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
