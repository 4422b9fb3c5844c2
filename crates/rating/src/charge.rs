//! Which days of a month are to be paid.

use crate::calendar::{Day, Month};

/// Days of one month: day 1 is the lowest bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Days(u32);

impl Days {
    fn contains(self, day: u8) -> bool {
        self.0 >> (day - 1) & 1 == 1
    }

    fn insert(&mut self, day: u8) {
        self.0 |= 1 << (day - 1);
    }
}

/// When something was there: from the day it came to the day it went, both included. Whatever exists at some moment of a
/// day exists on that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// The day it came.
    pub from: Day,
    /// The day it went; none while it is there.
    pub until: Option<Day>,
}

impl Stay {
    fn covers(&self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    /// Whether it is still there when the day ends.
    fn outlasts(&self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}

/// Days in a row that are to be paid, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The first.
    pub from: Day,
    /// The last.
    pub to: Day,
}

impl Run {
    /// How many days.
    #[must_use]
    pub fn days(&self) -> u8 {
        self.to.number() - self.from.number() + 1
    }
}

/// The days of `month` on which something with these stays is there.
#[must_use]
pub fn present(month: Month, stays: &[Stay]) -> Vec<Run> {
    runs(month, days_where(month, |day| stays.iter().any(|stay| stay.covers(day))))
}

/// For each of a user's devices, oldest first, the days of `month` on which it is to be paid.
///
/// The `included` oldest cost nothing. On each day a device that is there is measured against the older ones that are still
/// there when the day ends: so the next one moves up from the very day on which an older one goes, and exchanging a
/// device for a new one within a day costs nothing more.
#[must_use]
pub fn charged(month: Month, devices: &[Vec<Stay>], included: u16) -> Vec<Vec<Run>> {
    let included = usize::from(included);
    let mut older: Vec<Days> = Vec::new();
    let mut all = Vec::with_capacity(devices.len());
    for stays in devices {
        let paid = days_where(month, |day| {
            let ahead = older.iter().filter(|days| days.contains(day.number())).count();
            ahead >= included && stays.iter().any(|stay| stay.covers(day))
        });
        all.push(runs(month, paid));
        older.push(days_where(month, |day| stays.iter().any(|stay| stay.outlasts(day))));
    }
    all
}

fn days_where(month: Month, is: impl Fn(Day) -> bool) -> Days {
    let mut days = Days::default();
    for number in 1..=month.days() {
        if month.day(number).is_some_and(&is) {
            days.insert(number);
        }
    }
    days
}

fn runs(month: Month, days: Days) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for day in (1..=month.days()).filter(|day| days.contains(*day)).filter_map(|day| month.day(day)) {
        match runs.last_mut() {
            Some(run) if run.to.number() + 1 == day.number() => run.to = day,
            _ => runs.push(Run { from: day, to: day }),
        }
    }
    runs
}
