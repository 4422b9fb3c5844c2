//! What a country makes of the digits people dial.

use std::fmt;
use std::num::NonZeroU16;
use std::ops::RangeInclusive;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The dialling rules of one country. Two words; compare and copy freely. In JSON its country: `"DE"`.
#[derive(Clone, Copy)]
pub struct DialPlan(&'static Row);

struct Row {
    country: &'static str,
    code: &'static str,
    /// Dialled before the country code of a foreign number.
    international: &'static str,
    /// Dialled before a national number; empty where there is none.
    trunk: &'static str,
    /// How many digits a national number has where it can be dialled without prefix.
    bare_national: Option<RangeInclusive<usize>>,
    emergency: &'static [u16],
}

const fn open(country: &'static str, code: &'static str, trunk: &'static str, emergency: &'static [u16]) -> Row {
    Row { country, code, international: "00", trunk, bare_national: None, emergency }
}

const fn closed(
    country: &'static str,
    code: &'static str,
    digits: RangeInclusive<usize>,
    emergency: &'static [u16],
) -> Row {
    Row { country, code, international: "00", trunk: "", bare_national: Some(digits), emergency }
}

const fn north_american(country: &'static str) -> Row {
    Row { country, code: "1", international: "011", trunk: "1", bare_national: Some(10..=10), emergency: &[911, 112] }
}

/// The European Union, its neighbours in the single market, Switzerland, the United Kingdom, and North America.
/// Emergency numbers: 112 everywhere, and what each country keeps beside it.
static ROWS: [Row; 34] = [
    open("DE", "49", "0", &[110, 112]),
    open("AT", "43", "0", &[112, 122, 133, 144]),
    open("BE", "32", "0", &[100, 101, 112]),
    open("BG", "359", "0", &[112]),
    north_american("CA"),
    open("CH", "41", "0", &[112, 117, 118, 144]),
    closed("CY", "357", 8..=8, &[112, 199]),
    closed("CZ", "420", 9..=9, &[112, 150, 155, 158]),
    closed("DK", "45", 8..=8, &[112]),
    closed("EE", "372", 7..=8, &[112]),
    closed("ES", "34", 9..=9, &[112]),
    open("FI", "358", "0", &[112]),
    open("FR", "33", "0", &[15, 17, 18, 112]),
    open("GB", "44", "0", &[112, 999]),
    closed("GR", "30", 10..=10, &[100, 112, 166, 199]),
    open("HR", "385", "0", &[112, 192, 193, 194]),
    open("HU", "36", "06", &[104, 105, 107, 112]),
    open("IE", "353", "0", &[112, 999]),
    closed("IS", "354", 7..=7, &[112]),
    closed("IT", "39", 9..=11, &[112, 113, 115, 118]),
    closed("LI", "423", 7..=7, &[112, 117, 118, 144]),
    open("LT", "370", "0", &[112]),
    closed("LU", "352", 6..=11, &[112, 113]),
    closed("LV", "371", 8..=8, &[110, 112, 113]),
    closed("MT", "356", 8..=8, &[112]),
    open("NL", "31", "0", &[112]),
    closed("NO", "47", 8..=8, &[110, 112, 113]),
    closed("PL", "48", 9..=9, &[112, 997, 998, 999]),
    closed("PT", "351", 9..=9, &[112]),
    open("RO", "40", "0", &[112]),
    open("SE", "46", "0", &[112]),
    open("SI", "386", "0", &[112, 113]),
    open("SK", "421", "0", &[112, 150, 155, 158]),
    north_american("US"),
];

impl DialPlan {
    /// The plan of a country, by its two capital letters (ISO 3166-1 alpha-2). `None` for a country not known here.
    #[must_use]
    pub fn for_country(country: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.country == country).map(Self)
    }

    /// The plan of the country a number without plus sign belongs to: the one with this country code.
    #[must_use]
    pub(crate) fn for_number(digits: &str) -> Option<Self> {
        ROWS.iter().find(|row| digits.starts_with(row.code)).map(Self)
    }

    /// Germany.
    #[must_use]
    pub fn germany() -> Self {
        let [germany, ..] = &ROWS;
        Self(germany)
    }

    /// The countries known here, as two capital letters, in no particular order.
    pub fn countries() -> impl Iterator<Item = &'static str> {
        ROWS.iter().map(|row| row.country)
    }

    /// Two capital letters (ISO 3166-1 alpha-2).
    #[must_use]
    pub fn country(&self) -> &'static str {
        self.0.country
    }

    /// The country code without plus sign: `49`.
    #[must_use]
    pub fn country_code(&self) -> &'static str {
        self.0.code
    }

    /// What is dialled before the country code of a foreign number: `00`, `011`.
    #[must_use]
    pub fn international_prefix(&self) -> &'static str {
        self.0.international
    }

    /// What is dialled before a national number: `0`; empty where nothing is.
    #[must_use]
    pub fn trunk_prefix(&self) -> &'static str {
        self.0.trunk
    }

    /// What is written before a national number. North Americans dial a 1 and do not write it.
    pub(crate) fn written_prefix(&self) -> &'static str {
        if self.0.bare_national.is_some() { "" } else { self.0.trunk }
    }

    /// Whether so many digits make a national number without any prefix.
    pub(crate) fn is_bare_national(&self, digits: usize) -> bool {
        self.0.bare_national.as_ref().is_some_and(|range| range.contains(&digits))
    }

    /// The emergency service that exactly these digits reach.
    #[must_use]
    pub fn emergency(&self, digits: &str) -> Option<Emergency> {
        let value = digits.parse().ok().filter(|_| !digits.starts_with(['0', '+']))?;
        self.0.emergency.contains(&value).then(|| NonZeroU16::new(value).map(Emergency)).flatten()
    }

    /// The plan's emergency numbers.
    pub fn emergencies(&self) -> impl Iterator<Item = Emergency> {
        self.0.emergency.iter().filter_map(|value| NonZeroU16::new(*value).map(Emergency))
    }
}

impl PartialEq for DialPlan {
    fn eq(&self, other: &Self) -> bool {
        self.0.country == other.0.country
    }
}

impl Eq for DialPlan {}

impl fmt::Debug for DialPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.country)
    }
}

impl Serialize for DialPlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.country)
    }
}

impl<'de> Deserialize<'de> for DialPlan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let country = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::for_country(&country).ok_or_else(|| de::Error::custom("no dialling rules are known for this country"))
    }
}

/// An emergency number: exactly 110, 112 or what else the country has. Only [`DialPlan::emergency`] makes one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Emergency(NonZeroU16);

impl fmt::Display for Emergency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Emergency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Emergency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Emergency {
    /// Reads what some plan knows as an emergency number, so that stored records outlive a change of the account's plan.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        ROWS.iter()
            .find_map(|row| DialPlan(row).emergency(&text))
            .ok_or_else(|| de::Error::custom("not an emergency number"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_country_has_112_and_is_found_once() {
        for country in DialPlan::countries() {
            let plan = DialPlan::for_country(country).unwrap();
            assert_eq!(plan.country(), country);
            assert!(plan.emergency("112").is_some(), "{country}");
            assert_eq!(DialPlan::countries().filter(|other| *other == country).count(), 1, "{country}");
        }
        assert_eq!(DialPlan::for_country("XX"), None);
        assert_eq!(DialPlan::for_country("de"), None);
        assert_eq!(DialPlan::germany().country(), "DE");
    }

    #[test]
    fn an_emergency_number_is_exact() {
        let germany = DialPlan::germany();
        assert!(germany.emergency("110").is_some());
        for other in ["", "11", "1100", "1101", "0110", "+110", "+49110", "49110", "00110", "911", "999", "65646"] {
            assert_eq!(germany.emergency(other), None, "{other}");
        }
        assert_eq!(DialPlan::for_country("GB").unwrap().emergency("110"), None);
    }

    #[test]
    fn plans_and_emergency_numbers_read_back() {
        let germany = DialPlan::germany();
        assert_eq!(serde_json::to_string(&germany).unwrap(), "\"DE\"");
        assert_eq!(serde_json::from_str::<DialPlan>("\"DE\"").unwrap(), germany);
        let police = germany.emergency("110").unwrap();
        assert_eq!(serde_json::from_str::<Emergency>("\"110\"").unwrap(), police);
        assert!(serde_json::from_str::<Emergency>("\"1101\"").is_err());
    }
}
