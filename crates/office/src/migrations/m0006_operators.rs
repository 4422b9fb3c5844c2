//! Those who run the installation, what they did, and the pool of numbers that accounts order from.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, string, string_null, text_null};

pub(super) struct Operators;

impl MigrationName for Operators {
    fn name(&self) -> &'static str {
        "m0006_operators"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Operators {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for (name, table, column) in [
            ("operator_sessions_by_operator", "operator_sessions", "operator"),
            ("operator_links_by_operator", "operator_links", "operator"),
        ] {
            manager.create_index(Index::create().name(name).table(table).col(column).to_owned()).await?;
        }
        // Whether a number goes back to the pool when an account releases it.
        let pool = Table::alter().table("numbers").add_column(boolean("from_pool").default(false)).to_owned();
        manager.alter_table(pool).await
    }
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("operators")
            .col(string("id").primary_key())
            .col(string("email"))
            .col(string("email_key").unique_key())
            .col(string_null("password_hash"))
            .col(big_integer("created"))
            .to_owned(),
        Table::create()
            .table("operator_sessions")
            .col(string("token_hash").primary_key())
            .col(string("id"))
            .col(string("operator"))
            .col(big_integer("created"))
            .col(big_integer("expires"))
            .col(string("user_agent"))
            .col(string("address"))
            .to_owned(),
        Table::create()
            .table("operator_links")
            .col(string("token_hash").primary_key())
            .col(string("operator"))
            .col(big_integer("created"))
            .col(big_integer("expires"))
            .col(big_integer_null("used"))
            .to_owned(),
        Table::create()
            .table("operator_audit")
            .col(string("id").primary_key())
            .col(big_integer("at"))
            .col(string_null("operator"))
            .col(string("source"))
            .col(string("action"))
            .col(string("object"))
            .col(text_null("after"))
            .to_owned(),
    ]
}
