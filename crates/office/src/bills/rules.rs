//! From periods to a bill.

use std::collections::BTreeMap;

use rating::{Day, Kind, Month, Run, Stay, Tariff, charged, present, share};
use types::money::{Currency, Money, MoneyError};

use super::model::{Bill, BillItem, BillKind, BillUser};
use crate::accounts::Calendar;
use crate::messages::Charge;
use crate::periods::Period;
use crate::prices::Amount;

/// One thing with all its periods.
struct Thing<'a> {
    last: &'a Period,
    stays: Vec<Stay>,
}

/// What everything of a kind costs. The periods are in the order of age, those of a thing together.
pub(super) fn items(
    kind: Kind,
    month: Month,
    tariff: &Tariff,
    calendar: &Calendar,
    periods: &[Period],
) -> Result<Vec<BillItem>, MoneyError> {
    let things = things(calendar, periods);
    let runs = match kind {
        Kind::User | Kind::Number => things.iter().map(|thing| present(month, &thing.stays)).collect(),
        Kind::Device => device_runs(month, tariff, &things),
    };
    let mut items = Vec::new();
    for (thing, runs) in things.iter().zip(runs) {
        for run in runs {
            items.push(item(kind, month, tariff, thing.last, run)?);
        }
    }
    Ok(items)
}

fn things<'a>(calendar: &Calendar, periods: &'a [Period]) -> Vec<Thing<'a>> {
    let mut things: Vec<Thing<'a>> = Vec::new();
    for period in periods {
        let stay = Stay { from: calendar.day(period.started), until: period.ended.map(|ended| calendar.day(ended)) };
        match things.last_mut() {
            Some(thing) if thing.last.object == period.object => {
                thing.stays.push(stay);
                thing.last = period;
            }
            _ => things.push(Thing { last: period, stays: vec![stay] }),
        }
    }
    things
}

/// The days to be paid for each device, in the order of `things`.
fn device_runs(month: Month, tariff: &Tariff, things: &[Thing<'_>]) -> Vec<Vec<Run>> {
    let mut of_user: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, thing) in things.iter().enumerate() {
        of_user.entry(thing.last.user.as_deref().unwrap_or_default()).or_default().push(place);
    }
    let mut runs = vec![Vec::new(); things.len()];
    for places in of_user.into_values() {
        let stays: Vec<Vec<Stay>> =
            places.iter().filter_map(|place| things.get(*place)).map(|thing| thing.stays.clone()).collect();
        for (place, paid) in places.into_iter().zip(charged(month, &stays, tariff.included_devices())) {
            if let Some(slot) = runs.get_mut(place) {
                *slot = paid;
            }
        }
    }
    runs
}

fn item(kind: Kind, month: Month, tariff: &Tariff, what: &Period, run: Run) -> Result<BillItem, MoneyError> {
    let monthly = tariff.monthly(kind);
    let user = what.user.clone().zip(what.user_name.clone()).map(|(id, name)| BillUser { id, name });
    Ok(BillItem {
        kind: match kind {
            Kind::Device => BillKind::Device,
            Kind::User => BillKind::User,
            Kind::Number => BillKind::Number,
        },
        label: what.label.clone(),
        user: user.filter(|_| kind == Kind::Device),
        from: run.from.to_string(),
        to: run.to.to_string(),
        days: run.days(),
        of_days: month.days(),
        monthly: Amount(monthly),
        count: None,
        amount: Amount(share(monthly, run.days(), month.days())?),
    })
}

/// What text messages of a month cost: one item for each price, usually one. They go up to `last`.
pub(super) fn sms(
    month: Month,
    last: Day,
    currency: Currency,
    charges: &[Charge],
) -> Result<Vec<BillItem>, MoneyError> {
    let item = |charge: &Charge| {
        let unit = Money::from_minor(charge.unit, currency);
        Ok(BillItem {
            kind: BillKind::Sms,
            label: String::new(),
            user: None,
            from: month.first().to_string(),
            to: last.to_string(),
            days: last.number(),
            of_days: month.days(),
            monthly: Amount(unit),
            count: Some(charge.parts),
            amount: Amount(unit.checked_mul(charge.parts)?),
        })
    };
    charges.iter().map(item).collect()
}

/// The bill of these items.
pub(super) fn bill(month: Month, currency: Currency, items: Vec<BillItem>, over: bool) -> Result<Bill, MoneyError> {
    let total = Money::checked_sum(items.iter().map(|item| item.amount.0), currency)?;
    Ok(Bill { month: month.to_string(), currency: currency.code(), items, total: Amount(total), r#final: over })
}
