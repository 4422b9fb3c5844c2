//! Until when an exchange was known to be alive: one row for all its calls.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::big_integer;

pub(super) struct Heartbeats;

impl MigrationName for Heartbeats {
    fn name(&self) -> &'static str {
        "m0007_heartbeats"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Heartbeats {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let heartbeats = Table::create()
            .table("heartbeats")
            .col(big_integer("exchange").primary_key())
            .col(big_integer("run"))
            .col(big_integer("milliseconds"))
            .to_owned();
        manager.create_table(heartbeats).await
    }
}
