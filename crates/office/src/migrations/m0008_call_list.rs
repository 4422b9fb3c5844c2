//! What an account keeps of its calls, and under which choice each record was kept.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, string, string_null, text};

pub(super) struct CallList;

impl MigrationName for CallList {
    fn name(&self) -> &'static str {
        "m0008_call_list"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CallList {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let settings = Table::create()
            .table("call_list_settings")
            .col(string("account").primary_key())
            .col(string_null("mode"))
            .col(big_integer_null("since"))
            .col(string_null("then_mode"))
            .col(big_integer_null("then_from"))
            .col(text("declaration"))
            // What is to be done with records that hold more than the choice wants, and with those ended before when.
            .col(string_null("sweep"))
            .col(big_integer_null("sweep_before"))
            .col(big_integer("version"))
            .to_owned();
        manager.create_table(settings).await?;
        for column in [big_integer_null("ended"), string_null("mode"), boolean("shortened").default(false).to_owned()] {
            manager.alter_table(Table::alter().table("calls").add_column(column).to_owned()).await?;
        }
        let ended = "UPDATE calls SET ended = COALESCE(answered, started) + duration_ms";
        manager.get_connection().execute_unprepared(ended).await?;
        Ok(())
    }
}
