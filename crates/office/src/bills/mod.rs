//! Bills: what devices, users, numbers and text messages cost in a month, to the cent.

mod error;
pub(crate) mod http;
mod model;
mod rules;

use rating::{Kind, Month};

use crate::Office;
use crate::accounts::{self, Calendar};
use crate::messages;
use crate::periods;
use crate::scope::Scope;

pub(crate) use error::Error;
use model::Bill;

/// Which month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// The one that runs.
    Current,
    /// This one; it must have begun.
    Month(Month),
}

/// The bill of a month. That of the running month reckons as if everything stayed as it is to its end.
pub(crate) async fn find(office: &Office, scope: &Scope, which: Which) -> Result<Bill, Error> {
    let account = accounts::find(office, scope).await.map_err(|error| match error {
        accounts::Error::Db(error) => Error::Db(error),
        accounts::Error::NotFound => Error::NotFound,
    })?;
    let calendar = Calendar::of_zone(&account.time_zone);
    let today = calendar.day(office.clock().now());
    let present = today.month();
    let month = match which {
        Which::Current => present,
        Which::Month(month) if month <= present => month,
        Which::Month(_) => return Err(Error::NotFound),
    };
    let span = calendar.span(month);
    let tariff = office.prices().at(span.0);
    let mut items = Vec::new();
    for kind in Kind::ALL {
        if !tariff.monthly(kind).is_zero() {
            let included = tariff.included_devices();
            let periods = periods::of_month(office.db().reads(), scope, kind, span, included).await?;
            items.extend(rules::items(kind, month, &tariff, &calendar, &periods)?);
        }
    }
    let charges = messages::charges(office, scope, tariff.currency(), span).await?;
    let last = if month < present { month.last() } else { today };
    items.extend(rules::sms(month, last, tariff.currency(), &charges)?);
    Ok(rules::bill(month, tariff.currency(), items, month < present)?)
}
