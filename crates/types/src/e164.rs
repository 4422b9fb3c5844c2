//! Telephone numbers as ITU-T E.164 writes them.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::dial_plan::DialPlan;

/// An international telephone number: country code and national number, 1 to 15 digits, no leading zero.
///
/// Says nothing about whether the number exists. Written `+493023125000`. Eight bytes, also as an `Option`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct E164(NonZeroU64);

/// Why a text is not an international telephone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum E164Error {
    /// It does not start with a plus sign.
    Plus,
    /// After the plus sign there is something that is not an ASCII digit.
    Digits,
    /// It has no digit or more than 15.
    Length,
    /// Its first digit is zero; no country code starts with one.
    LeadingZero,
}

impl fmt::Display for E164Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plus => "an international number starts with a plus sign",
            Self::Digits => "an international number consists of digits after the plus sign",
            Self::Length => "an international number has at most 15 digits",
            Self::LeadingZero => "no country code starts with a zero",
        })
    }
}

impl std::error::Error for E164Error {}

/// The most digits an international number has (E.164 section 6.1).
pub const MAX_DIGITS: usize = 15;

impl E164 {
    /// No number is smaller.
    pub const MIN: Self = Self(NonZeroU64::MIN);
    /// No number is larger.
    pub const MAX: Self = Self(NonZeroU64::MIN.saturating_add(999_999_999_999_998));

    /// The number with these ASCII digits, without plus sign.
    ///
    /// # Errors
    /// See [`E164Error`]; never [`E164Error::Plus`].
    pub fn from_digits(digits: &str) -> Result<Self, E164Error> {
        if digits.is_empty() || digits.len() > MAX_DIGITS {
            return Err(if digits.bytes().all(|b| b.is_ascii_digit()) { E164Error::Length } else { E164Error::Digits });
        }
        if digits.starts_with('0') {
            return Err(E164Error::LeadingZero);
        }
        digits
            .bytes()
            .try_fold(0u64, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0')))
            .and_then(NonZeroU64::new)
            .map(Self)
            .ok_or(E164Error::Digits)
    }

    /// The number with these digits, read as one decimal number. `None` for zero and for more than 15 digits.
    #[must_use]
    pub fn from_u64(digits: u64) -> Option<Self> {
        NonZeroU64::new(digits).filter(|value| value.get() < 10u64.pow(15)).map(Self)
    }

    /// The digits, read as one decimal number.
    #[must_use]
    pub fn as_u64(self) -> u64 {
        self.0.get()
    }

    /// The digits without the plus sign: `493023125000`.
    #[must_use]
    pub fn digits(self) -> String {
        self.0.to_string()
    }

    /// The number as people in the plan's country write it, without grouping: `03023125000`; a number of another
    /// country keeps its plus sign.
    #[must_use]
    pub fn national(self, plan: &DialPlan) -> String {
        let digits = self.digits();
        match digits.strip_prefix(plan.country_code()) {
            Some(rest) if !rest.is_empty() => format!("{}{rest}", plan.written_prefix()),
            _ => format!("+{digits}"),
        }
    }
}

impl FromStr for E164 {
    type Err = E164Error;

    fn from_str(text: &str) -> Result<Self, E164Error> {
        Self::from_digits(text.strip_prefix('+').ok_or(E164Error::Plus)?)
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for E164 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for E164 {
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
    fn only_plus_and_digits_make_a_number() {
        let verdicts = [
            ("+493023125000", Ok("+493023125000")),
            ("+1", Ok("+1")),
            ("+999999999999999", Ok("+999999999999999")),
            ("493023125000", Err(E164Error::Plus)),
            ("", Err(E164Error::Plus)),
            ("+", Err(E164Error::Length)),
            ("+1234567890123456", Err(E164Error::Length)),
            ("+0123", Err(E164Error::LeadingZero)),
            ("+49 30", Err(E164Error::Digits)),
            ("+49a", Err(E164Error::Digits)),
            ("++49", Err(E164Error::Digits)),
            ("+４９", Err(E164Error::Digits)),
        ];
        for (text, expect) in verdicts {
            assert_eq!(text.parse::<E164>().map(|n| n.to_string()), expect.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn it_fits_into_eight_bytes_even_when_missing() {
        assert_eq!(size_of::<Option<E164>>(), 8);
    }

    #[test]
    fn it_is_written_as_the_country_does() {
        let number: E164 = "+493023125000".parse().unwrap();
        let plan = |country| DialPlan::for_country(country).unwrap();
        assert_eq!(number.national(&plan("DE")), "03023125000");
        assert_eq!(number.national(&plan("AT")), "+493023125000");
        assert_eq!("+12125550123".parse::<E164>().unwrap().national(&plan("US")), "2125550123");
        assert_eq!("+390612345678".parse::<E164>().unwrap().national(&plan("IT")), "0612345678");
        assert_eq!("+49".parse::<E164>().unwrap().national(&plan("DE")), "+49");
    }

    #[test]
    fn json_is_the_written_form_and_nothing_else() {
        let number: E164 = "+493023125000".parse().unwrap();
        assert_eq!(serde_json::to_string(&number).unwrap(), "\"+493023125000\"");
        assert_eq!(serde_json::from_str::<E164>("\"+493023125000\"").unwrap(), number);
        assert!(serde_json::from_str::<E164>("493023125000").is_err());
    }
}
