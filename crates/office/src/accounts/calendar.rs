//! Which day it is for an account.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rating::{Day, Month};
use types::clock::Timestamp;

/// The calendar by which an account's days and months begin and end: in the time zone it chose, or that of its
/// country's capital.
#[derive(Clone, Debug)]
pub(crate) struct Calendar(TimeZone);

impl Calendar {
    /// The calendar of a time zone (IANA name).
    pub(crate) fn of_zone(name: &str) -> Self {
        Self(TimeZone::get(name).unwrap_or(TimeZone::UTC))
    }

    /// The zone, to write moments in.
    pub(crate) fn zone(&self) -> &TimeZone {
        &self.0
    }

    /// The day a moment falls on.
    pub(crate) fn day(&self, at: Timestamp) -> Day {
        let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let date = moment.to_zoned(self.0.clone()).date();
        let parts = (u16::try_from(date.year()), u8::try_from(date.month()), u8::try_from(date.day()));
        let (Ok(year), Ok(month), Ok(day)) = parts else { return Month::FIRST.first() };
        Month::new(year, month).and_then(|month| month.day(day)).unwrap_or(Month::FIRST.first())
    }

    /// When a month begins.
    pub(crate) fn start(&self, month: Month) -> Timestamp {
        let date = i16::try_from(month.year()).ok().zip(i8::try_from(month.number()).ok());
        let midnight = date.and_then(|(year, month)| Date::new(year, month, 1).ok());
        let moment = midnight.and_then(|midnight| midnight.to_zoned(self.0.clone()).ok());
        Timestamp(moment.map_or(0, |moment| moment.timestamp().as_millisecond()))
    }

    /// From when a month begins until the next one does.
    pub(crate) fn span(&self, month: Month) -> (Timestamp, Timestamp) {
        (self.start(month), month.next().map_or(Timestamp(i64::MAX), |next| self.start(next)))
    }
}

/// Records of calls and messages are kept for so many months.
const KEPT_MONTHS: i32 = 6;

/// Records of what was before this moment are not kept any more.
pub(crate) fn six_months_before(now: Timestamp) -> Timestamp {
    let instant = jiff::Timestamp::from_millisecond(now.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let months = jiff::Span::new().months(KEPT_MONTHS);
    let then = instant.to_zoned(TimeZone::UTC).checked_sub(months).ok();
    then.map_or(Timestamp(0), |then| Timestamp(then.timestamp().as_millisecond()))
}

/// The time zone of a country's capital; of countries with one zone, the zone.
pub(super) fn zone(country: &str) -> &'static str {
    match country {
        "AT" => "Europe/Vienna",
        "BE" => "Europe/Brussels",
        "BG" => "Europe/Sofia",
        "CA" => "America/Toronto",
        "CH" | "LI" => "Europe/Zurich",
        "CY" => "Asia/Nicosia",
        "CZ" => "Europe/Prague",
        "DK" => "Europe/Copenhagen",
        "EE" => "Europe/Tallinn",
        "ES" => "Europe/Madrid",
        "FI" => "Europe/Helsinki",
        "FR" => "Europe/Paris",
        "GB" => "Europe/London",
        "GR" => "Europe/Athens",
        "HR" => "Europe/Zagreb",
        "HU" => "Europe/Budapest",
        "IE" => "Europe/Dublin",
        "IS" => "Atlantic/Reykjavik",
        "IT" => "Europe/Rome",
        "LT" => "Europe/Vilnius",
        "LU" => "Europe/Luxembourg",
        "LV" => "Europe/Riga",
        "MT" => "Europe/Malta",
        "NL" => "Europe/Amsterdam",
        "NO" => "Europe/Oslo",
        "PL" => "Europe/Warsaw",
        "PT" => "Europe/Lisbon",
        "RO" => "Europe/Bucharest",
        "SE" => "Europe/Stockholm",
        "SI" => "Europe/Ljubljana",
        "SK" => "Europe/Bratislava",
        "US" => "America/New_York",
        _ => "Europe/Berlin",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_country_has_a_zone_of_its_own() {
        for country in types::dial_plan::DialPlan::countries() {
            assert!(TimeZone::get(zone(country)).is_ok(), "{country}");
            assert!(country == "DE" || zone(country) != "Europe/Berlin", "{country} has no zone here");
        }
    }

    #[test]
    fn months_begin_at_midnight_there() {
        let berlin = Calendar::of_zone(zone("DE"));
        let (november, march) = ("2026-11".parse().unwrap(), "2026-03".parse().unwrap());
        // 2026-10-31T23:00Z and 2026-11-30T23:00Z.
        assert_eq!(berlin.span(november), (Timestamp(1_793_487_600_000), Timestamp(1_796_079_600_000)));
        assert_eq!(berlin.day(Timestamp(1_793_487_600_000)).to_string(), "2026-11-01");
        assert_eq!(berlin.day(Timestamp(1_793_487_599_999)).to_string(), "2026-10-31");
        // Summer time begins in it: an hour less.
        let (from, to) = berlin.span(march);
        assert_eq!(to.0 - from.0, (31 * 24 - 1) * 3_600_000);
        assert_eq!(berlin.day(Timestamp(i64::MIN)).to_string(), "1970-01-01");
    }
}
