//! The table `prices`.

use rating::{Kind, Tariff};
use sea_orm::{ConnectionTrait, QueryResult};
use types::clock::Timestamp;
use types::money::{Currency, Money};

use crate::db::{DbError, Tx, statement};

pub(super) async fn all(db: &impl ConnectionTrait) -> Result<Vec<(Timestamp, Tariff)>, DbError> {
    let sql =
        "SELECT since, currency, included_devices, further_device, \"user\", number, sms FROM prices ORDER BY since";
    db.query_all_raw(statement(db, sql, vec![])).await?.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<(Timestamp, Tariff), DbError> {
    let damaged = || DbError::Damaged("prices");
    let currency: Currency = row.try_get_by_index::<String>(1)?.parse().map_err(|_| damaged())?;
    let price = |index| Ok::<_, DbError>(Money::from_minor(row.try_get_by_index::<i64>(index)?, currency));
    let included = u16::try_from(row.try_get_by_index::<i32>(2)?).map_err(|_| damaged())?;
    let tariff = Tariff::new(included, price(3)?, price(4)?, price(5)?).map_err(|_| damaged())?;
    let tariff = tariff.with_sms(price(6)?).map_err(|_| damaged())?;
    Ok((Timestamp(row.try_get_by_index(0)?), tariff))
}

pub(super) async fn insert(tx: &Tx, since: Timestamp, tariff: &Tariff) -> Result<(), DbError> {
    let price = |kind| tariff.monthly(kind).minor().into();
    tx.run(
        "INSERT INTO prices (since, currency, included_devices, further_device, \"user\", number, sms) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        vec![
            since.0.into(),
            tariff.currency().code().into(),
            i32::from(tariff.included_devices()).into(),
            price(Kind::Device),
            price(Kind::User),
            price(Kind::Number),
            tariff.sms().minor().into(),
        ],
    )
    .await?;
    Ok(())
}
