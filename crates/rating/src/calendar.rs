//! Days and months of the calendar (Gregorian). Which day a moment falls on depends on a time zone, so that is
//! asked elsewhere; here there are only days.

use std::fmt;
use std::str::FromStr;

/// A month of a year, 1970 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: u16,
    month: u8,
}

/// A day of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    month: Month,
    /// From 1.
    day: u8,
}

/// Not a month like `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAMonth;

impl fmt::Display for NotAMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a month like 2026-11")
    }
}

impl std::error::Error for NotAMonth {}

impl Month {
    /// The first month of this calendar, January 1970.
    pub const FIRST: Self = Self { year: 1970, month: 1 };

    /// The month, if there is one: `month` from 1 to 12.
    #[must_use]
    pub fn new(year: u16, month: u8) -> Option<Self> {
        ((1970..=9999).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// From 1 for January.
    #[must_use]
    pub fn number(self) -> u8 {
        self.month
    }

    /// How many days it has.
    #[must_use]
    pub fn days(self) -> u8 {
        match self.month {
            2 if self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400)) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// The month after it; none after the end of the calendar.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        if self.month == 12 { Self::new(self.year + 1, 1) } else { Self::new(self.year, self.month + 1) }
    }

    /// A day of it, counted from 1.
    #[must_use]
    pub fn day(self, day: u8) -> Option<Day> {
        (1..=self.days()).contains(&day).then_some(Day { month: self, day })
    }

    /// Its first day.
    #[must_use]
    pub fn first(self) -> Day {
        Day { month: self, day: 1 }
    }

    /// Its last day.
    #[must_use]
    pub fn last(self) -> Day {
        Day { month: self, day: self.days() }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let (year, month) = text.split_once('-').ok_or(NotAMonth)?;
        let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(NotAMonth);
        }
        let (Ok(year), Ok(month)) = (year.parse(), month.parse()) else { return Err(NotAMonth) };
        Self::new(year, month).ok_or(NotAMonth)
    }
}

impl Day {
    /// The month it belongs to.
    #[must_use]
    pub fn month(self) -> Month {
        self.month
    }

    /// Its place in the month, from 1.
    #[must_use]
    pub fn number(self) -> u8 {
        self.day
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.month, self.day)
    }
}
