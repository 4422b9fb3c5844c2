//! The history of who rings.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string, string_null, text, text_null};

pub(super) struct Records;

impl MigrationName for Records {
    fn name(&self) -> &'static str {
        "m0004_records"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Records {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut key = Index::create().primary().to_owned();
        for column in ["account", "owner", "version"] {
            key.col(column);
        }
        let versions = Table::create()
            .table("routing_versions")
            .col(string("account"))
            .col(string("owner"))
            .col(big_integer("version"))
            .col(big_integer("at"))
            .col(string_null("author"))
            .col(text_null("author_name"))
            .col(text("arrangement"))
            .col(text("changes"))
            .primary_key(&mut key)
            .to_owned();
        manager.create_table(versions).await
    }
}
