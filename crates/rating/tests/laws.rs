//! The laws of shares and charges, tried at random and beside a naive reckoning by days.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;
use rating::{Day, Month, Run, Stay, charged, present, share};
use types::money::{Currency, Money};

fn config() -> ProptestConfig {
    ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() }
}

fn euros(minor: i64) -> Money {
    Money::from_minor(minor, Currency::EUR)
}

fn month() -> impl Strategy<Value = Month> {
    (2020..2032u16, 1..=12u8).prop_map(|(year, month)| Month::new(year, month).unwrap())
}

/// A month's days and those around them, counted from 0 for the last day of the month before.
fn day(month: Month, place: u8) -> Day {
    let before = match month.number() {
        1 => Month::new(month.year() - 1, 12).unwrap(),
        number => Month::new(month.year(), number - 1).unwrap(),
    };
    match month.day(place) {
        Some(day) => day,
        None if place == 0 => before.last(),
        None => month.next().unwrap().first(),
    }
}

/// Devices, oldest first: each came on a day and perhaps went on one, then perhaps came again.
fn devices() -> impl Strategy<Value = Vec<Vec<(u8, Option<u8>)>>> {
    let stay = (0..=32u8, prop::option::of(0..=32u8));
    prop::collection::vec(prop::collection::vec(stay, 1..3), 0..7)
}

fn stays(month: Month, plain: &[(u8, Option<u8>)]) -> Vec<Stay> {
    let ordered = plain.iter().map(|(from, until)| (*from, until.map(|until| until.max(*from))));
    ordered.map(|(from, until)| Stay { from: day(month, from), until: until.map(|until| day(month, until)) }).collect()
}

fn covers(runs: &[Run], day: Day) -> bool {
    runs.iter().any(|run| run.from <= day && day <= run.to)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_share_is_within_half_a_cent_and_the_whole_is_exact(minor in 0..10_000_000i64, month in month(), days in 0..=31u8) {
        let (of, days) = (month.days(), days.min(month.days()));
        let part = share(euros(minor), days, of).unwrap().minor();
        let exact = i128::from(minor) * i128::from(days);
        // Twice the error, in units of 1/of: half up means above -1 and at most 1.
        let error = 2 * (i128::from(part) * i128::from(of) - exact);
        prop_assert!(-i128::from(of) < error && error <= i128::from(of), "{part} of {minor}");
        prop_assert_eq!(share(euros(minor), of, of).unwrap().minor(), minor);
        prop_assert_eq!(share(euros(minor), 0, of).unwrap().minor(), 0);
    }

    #[test]
    fn parts_of_a_month_add_up_but_for_the_rounding_of_each(minor in 0..1_000_000i64, month in month(), cuts in prop::collection::btree_set(1..28u8, 0..6)) {
        let of = month.days();
        let ends: Vec<u8> = cuts.into_iter().chain([of]).collect();
        let mut from = 0;
        let mut total = 0;
        for end in &ends {
            total += share(euros(minor), end - from, of).unwrap().minor();
            from = *end;
        }
        let parts = i64::try_from(ends.len()).unwrap();
        // Each part is at most half a cent above and less than half a cent below its exact share.
        prop_assert!(2 * (total - minor) <= parts && 2 * (minor - total) < parts.max(1), "{total} for {minor} in {parts}");
    }

    #[test]
    fn more_days_never_cost_less(minor in 0..1_000_000i64, month in month(), days in 1..=31u8) {
        let (of, days) = (month.days(), days.min(month.days()));
        let (less, more) = (share(euros(minor), days - 1, of).unwrap(), share(euros(minor), days, of).unwrap());
        prop_assert!(less.minor() <= more.minor());
    }

    #[test]
    fn what_is_paid_is_what_a_look_at_each_day_says(month in month(), plain in devices(), included in 0..4u16) {
        let all: Vec<Vec<Stay>> = plain.iter().map(|device| stays(month, device)).collect();
        let paid = charged(month, &all, included);
        prop_assert_eq!(paid.len(), all.len());
        for number in 1..=month.days() {
            let today = month.day(number).unwrap();
            let there = |stay: &Stay| stay.from <= today && stay.until.is_none_or(|until| until >= today);
            let left_by_night = |stay: &Stay| there(stay) && stay.until != Some(today);
            let mut older_by_night = 0;
            for (device, paid) in all.iter().zip(&paid) {
                let pays = device.iter().any(there) && older_by_night >= usize::from(included);
                prop_assert_eq!(covers(paid, today), pays, "{} {:?}", today, device);
                older_by_night += usize::from(device.iter().any(left_by_night));
            }
            let present = all.iter().filter(|device| device.iter().any(there)).count();
            let pays = paid.iter().filter(|runs| covers(runs, today)).count();
            prop_assert!(pays <= present.saturating_sub(usize::from(included)), "no more than those beyond the included");
        }
    }

    #[test]
    fn runs_are_whole_and_apart(month in month(), plain in devices(), included in 0..4u16) {
        let all: Vec<Vec<Stay>> = plain.iter().map(|device| stays(month, device)).collect();
        let some = all.iter().map(|device| present(month, device)).chain(charged(month, &all, included));
        for runs in some {
            for run in &runs {
                prop_assert!(run.from <= run.to && run.from.month() == month && run.to.month() == month);
                prop_assert!((1..=month.days()).contains(&run.days()));
            }
            for pair in runs.windows(2) {
                prop_assert!(pair[0].to.number() + 1 < pair[1].from.number(), "{:?}", runs);
            }
        }
    }

    #[test]
    fn one_device_more_changes_nothing_for_the_older_ones(month in month(), plain in devices(), included in 0..4u16) {
        let all: Vec<Vec<Stay>> = plain.iter().map(|device| stays(month, device)).collect();
        let fewer = all.len().saturating_sub(1);
        prop_assert_eq!(&charged(month, &all, included)[..fewer], &charged(month, &all[..fewer], included)[..]);
    }

    #[test]
    fn a_month_reads_back_as_written(month in month()) {
        prop_assert_eq!(month.to_string().parse(), Ok(month));
        let next = month.next().unwrap();
        prop_assert!(month < next && month.last() < next.first());
    }
}

#[test]
fn months_have_their_days() {
    let days = |text: &str| text.parse::<Month>().unwrap().days();
    assert_eq!(["2023-02", "2024-02", "2000-02", "2100-02"].map(days), [28, 29, 29, 28]);
    assert_eq!((1..=12).map(|month| Month::new(2026, month).unwrap().days()).map(u32::from).sum::<u32>(), 365);
    for text in ["2026-13", "2026-00", "2026-1", "26-11", "2026-11-01", "1969-12", "+026-11", "2026_11", "current", ""]
    {
        assert!(text.parse::<Month>().is_err(), "{text}");
    }
    assert_eq!(Month::new(9999, 12).unwrap().next(), None);
}

#[test]
fn shares_are_rounded_half_up() {
    let share = |minor, days, of| share(euros(minor), days, of).unwrap().minor();
    // 4.95 for 7 of 30 days are 1.155.
    assert_eq!(share(495, 7, 30), 116);
    assert_eq!(share(495, 1, 30), 17);
    assert_eq!(share(495, 1, 31), 16);
    assert_eq!((share(1, 1, 2), share(1, 14, 28), share(1, 13, 28)), (1, 1, 0));
    assert_eq!((share(-1, 1, 2), share(-3, 1, 2)), (0, -1));
    assert_eq!(share(i64::MAX, 31, 31), i64::MAX);
    assert!(rating::share(euros(1), 32, 31).is_err() && rating::share(euros(1), 0, 0).is_err());
}

#[test]
fn the_next_one_moves_up_from_the_day_an_older_one_goes() {
    let month: Month = "2026-11".parse().unwrap();
    let day = |number| month.day(number).unwrap();
    let stay = |from, until: Option<u8>| vec![Stay { from: day(from), until: until.map(day) }];
    let days = |devices: &[Vec<Stay>]| {
        let runs = charged(month, devices, 2);
        runs.iter()
            .map(|runs| runs.iter().map(|run| (run.from.number(), run.to.number())).collect())
            .collect::<Vec<Vec<_>>>()
    };
    // The oldest goes on the 10th: the third pays from the 1st to the 9th.
    assert_eq!(days(&[stay(1, Some(10)), stay(1, None), stay(1, None)]), [vec![], vec![], vec![(1, 9)]]);
    // It goes and comes again: the third pays meanwhile not.
    let again = vec![stay(1, Some(10))[0], stay(20, None)[0]];
    assert_eq!(days(&[again, stay(1, None), stay(1, None)]), [vec![], vec![], vec![(1, 9), (20, 30)]]);
    // Exchanged for a new one within a day, in either order.
    assert_eq!(days(&[stay(1, Some(10)), stay(1, None), stay(10, None)]), [vec![], vec![], vec![]]);
    // There for an hour.
    assert_eq!(days(&[stay(1, None), stay(1, None), stay(7, Some(7))]), [vec![], vec![], vec![(7, 7)]]);
}
