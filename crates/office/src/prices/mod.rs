//! What things cost: the operator's prices, and what they were before.
//!
//! The prices in the configuration count from the first of the month after they changed, so a bill never changes under
//! its reader, and what a person is told on adding a device is what the bill says.

mod model;
mod store;

use std::sync::Arc;

use rating::Tariff;
use types::clock::Timestamp;

use crate::db::{Db, DbError};

pub(crate) use model::Amount;

/// Prices of all times, in memory: they change only with the configuration, at a start.
#[derive(Clone, Debug)]
pub(crate) struct Prices(Arc<[(Timestamp, Tariff)]>);

impl Prices {
    /// Reads what the prices were, and notes those in force from now on if they are others.
    pub(crate) async fn open(db: &Db, present: Tariff) -> Result<Self, DbError> {
        let mut tariffs = store::all(db.reads()).await?;
        if tariffs.last().is_none_or(|(_, last)| *last != present) {
            let tx = db.begin().await?;
            let since = tariffs.last().map_or(tx.now(), |(last, _)| tx.now().max(Timestamp(last.0 + 1)));
            store::insert(&tx, since, &present).await?;
            tx.commit().await?;
            tariffs.push((since, present));
        }
        Ok(Self(tariffs.into()))
    }

    /// The prices that held at a moment; before the first, those.
    pub(crate) fn at(&self, moment: Timestamp) -> Tariff {
        let earlier = self.0.iter().rev().find(|(since, _)| *since <= moment);
        earlier.or(self.0.first()).map(|(_, tariff)| *tariff).unwrap_or_default()
    }
}
