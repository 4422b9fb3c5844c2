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
    pub fn length(self) -> usize {
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
        let length = self.length();
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Result<ExtensionNumber, ExtensionError> {
        text.parse()
    }

    #[test]
    fn reserved_numbers_and_all_that_begin_with_them_are_refused() {
        let table = [
            (Reserved::Emergency, &["110", "112", "1101", "1120", "110110", "112999"][..]),
            (
                Reserved::Harmonised,
                &["111", "113", "114", "115", "116", "117", "118", "119", "1116", "116117", "11833"],
            ),
            (Reserved::EmergencyAbroad, &["911", "999", "9110", "9990", "9999", "999999"]),
            (Reserved::Service, &["211", "311", "411", "511", "611", "711", "811", "2110", "811000"]),
            (Reserved::Exchange, &["9900", "9901", "9989", "99001", "991234"]),
        ];
        for (reserved, texts) in table {
            for text in texts {
                assert_eq!(read(text), Err(ExtensionError::Reserved(reserved)), "{text}");
            }
        }
    }

    #[test]
    fn their_neighbours_are_free() {
        for text in [
            "0", "1", "3", "9", "11", "12", "44", "99", "21", "91", "100", "109", "120", "210", "212", "567", "900",
            "910", "912", "990", "998", "0110", "0112", "0999", "00", "011", "1010", "9800", "9899", "000000",
            "012345", "987654",
        ] {
            assert_eq!(read(text).map(|number| number.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn length_and_digits_are_checked() {
        assert_eq!(read(""), Err(ExtensionError::Length));
        assert_eq!(read("1234567"), Err(ExtensionError::Length));
        for text in ["4a", "44*", " 44", "+44", "-4", "４４", "4 4", "1234567x"] {
            assert_eq!(read(text), Err(ExtensionError::NotDigits), "{text}");
        }
    }

    #[test]
    fn leading_zeros_count_and_order_is_by_length_then_value() {
        assert_ne!(read("07"), read("7"));
        let texts = ["0", "7", "00", "07", "44", "007", "100", "000000", "987654"];
        let numbers: Vec<ExtensionNumber> = texts.iter().map(|text| text.parse().unwrap()).collect();
        assert!(numbers.is_sorted());
        assert!(numbers.iter().all(|number| (ExtensionNumber::MIN..=ExtensionNumber::MAX).contains(number)));
        assert_eq!(numbers.iter().map(|n| n.length()).collect::<Vec<_>>(), [1, 1, 2, 2, 2, 3, 3, 6, 6]);
        assert_eq!((ExtensionNumber::MIN.to_string(), ExtensionNumber::MAX.to_string()), ("0".into(), "999999".into()));
        assert_eq!(size_of::<Option<ExtensionNumber>>(), 4);
    }

    #[test]
    fn the_next_free_extension_skips_taken_and_reserved_ones() {
        let next = |taken: &[&str], digits| {
            ExtensionNumber::next_free(|number| taken.contains(&number.to_string().as_str()), digits)
                .map(|number| number.to_string())
        };
        assert_eq!(next(&[], 2).as_deref(), Some("10"));
        assert_eq!(next(&["10", "11", "13"], 2).as_deref(), Some("12"));
        assert_eq!(ExtensionNumber::next_free(|n| n < &"110".parse().unwrap_or(ExtensionNumber::MAX), 0), None);
        let below_120 = |number: &ExtensionNumber| number.to_string().as_str() < "110";
        assert_eq!(ExtensionNumber::next_free(below_120, 3).map(|n| n.to_string()).as_deref(), Some("120"));
        assert_eq!(ExtensionNumber::next_free(|_| true, 2), None);
        assert_eq!((next(&[], 0), next(&[], 7)), (None, None));
    }

    #[test]
    fn some_countries_dial_emergency_services_by_free_digits() {
        let plan = |country| DialPlan::for_country(country).unwrap();
        assert!(read("144").unwrap().is_emergency_in(&plan("CH")));
        assert!(read("15").unwrap().is_emergency_in(&plan("FR")));
        assert!(!read("144").unwrap().is_emergency_in(&plan("DE")));
        assert!(!read("015").unwrap().is_emergency_in(&plan("FR")));
    }

    #[test]
    fn json_keeps_leading_zeros() {
        let number = read("007").unwrap();
        assert_eq!(serde_json::to_string(&number).unwrap(), "\"007\"");
        assert_eq!(serde_json::from_str::<ExtensionNumber>("\"007\"").unwrap(), number);
        assert!(serde_json::from_str::<ExtensionNumber>("\"110\"").is_err());
    }
}
