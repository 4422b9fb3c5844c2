//! Files of users that were handed in: what they would do, what they did, and how to undo it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, string, string_null, text, text_null};

pub(super) struct Imports;

impl MigrationName for Imports {
    fn name(&self) -> &'static str {
        "m0005_imports"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Imports {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("imports")
            .col(string("id").primary_key())
            .col(string("account"))
            .col(string_null("user"))
            .col(string("mode"))
            .col(string("state"))
            .col(big_integer("created"))
            .col(big_integer_null("applied"))
            .col(big_integer_null("undone"))
            // Columns of the file, its rows as they were handed in, and the preview.
            .col(text("head"))
            .col(text("source"))
            .col(text("rows"))
            // What has to be undone, and what could not be.
            .col(text_null("journal"))
            .col(text_null("kept"))
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::create().name("imports_by_account").table("imports").col("account").col("id").to_owned();
        manager.create_index(index).await
    }
}
