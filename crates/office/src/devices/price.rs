//! What devices cost their account, as far as it is shown with them.

use callflow::Owner;
use rating::{Kind, share};
use types::ids::UserId;

use super::model::{Cost, Device, Price};
use super::{Error, store};
use crate::Office;
use crate::accounts;
use crate::db::DbError;
use crate::owners;
use crate::prices::Amount;
use crate::scope::Scope;

/// What the next device of a user costs.
pub(crate) async fn price(office: &Office, scope: &Scope, user: UserId) -> Result<Price, Error> {
    let reads = office.db().reads();
    if !scope.reaches(user) || owners::find(reads, scope, Owner::User(user)).await?.is_none() {
        return Err(Error::NotFound);
    }
    let present = usize::try_from(store::count(reads, scope, user).await?).unwrap_or(usize::MAX);
    let included = office.prices().at(office.clock().now()).included_devices();
    Ok(Price { included, present, next: of_next(office, scope, present).await? })
}

/// What one more device costs whoever has so many: this month by the prices that hold this month, later by those that
/// hold then.
pub(super) async fn of_next(office: &Office, scope: &Scope, present: usize) -> Result<Option<Cost>, Error> {
    let calendar = accounts::calendar(office, scope).await.map_err(|error| match error {
        accounts::Error::NotFound => Error::NotFound,
        accounts::Error::Db(error) => error.into(),
    })?;
    let now = office.clock().now();
    let today = calendar.day(now);
    let (later, at_present) = (office.prices().at(now), office.prices().at(calendar.start(today.month())));
    let price = |tariff: rating::Tariff| {
        let included = present < usize::from(tariff.included_devices());
        if included { types::money::Money::zero(tariff.currency()) } else { tariff.monthly(Kind::Device) }
    };
    let month = today.month();
    let days = month.days() - today.number() + 1;
    let this_month = share(price(at_present), days, month.days()).map_err(|_| DbError::Damaged("prices"))?;
    let cost = Cost { monthly: Amount(price(later)), this_month: Amount(this_month), days };
    Ok(Some(cost).filter(|cost| !(cost.monthly.0.is_zero() && cost.this_month.0.is_zero())))
}

/// Marks which devices are included, and what the others cost.
pub(super) fn mark(office: &Office, scope: &Scope, devices: &mut [Device]) {
    let tariff = office.prices().at(office.clock().now());
    let (included, monthly) = (usize::from(tariff.included_devices()), tariff.monthly(Kind::Device));
    office.directory().with_world(scope.account(), |world| {
        for device in devices {
            let Some(user) = device.user_id() else { continue };
            let older = world.devices_of(user).take_while(|other| other.id < device.id).count();
            device.included = older < included;
            device.fee = (!device.included && !monthly.is_zero()).then_some(Amount(monthly));
        }
    });
}
