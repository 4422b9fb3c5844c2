//! Text messages: who may send them, what waits to be handed over, what became of each part, and what they cost.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary_null, boolean, integer, string, string_null, text_null,
};

pub(super) struct Messages;

impl MigrationName for Messages {
    fn name(&self) -> &'static str {
        "m0010_messages"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Messages {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let messages = Table::create()
            .table("messages")
            .col(string("id").primary_key())
            .col(string("account"))
            .col(string("user"))
            .col(string("author"))
            // Empty once it is not kept any more.
            .col(string_null("recipient"))
            .col(string("sender"))
            .col(binary_null("sealed"))
            .col(string("state"))
            .col(integer("parts"))
            // Parts that the SMSC has taken; those are paid.
            .col(integer("handed"))
            .col(string("currency"))
            .col(big_integer("unit"))
            .col(big_integer_null("send_at"))
            .col(integer("attempts"))
            .col(big_integer("next"))
            .col(big_integer_null("claimed_until"))
            .col(string_null("reason"))
            .col(text_null("error"))
            .col(big_integer("created"))
            .col(big_integer_null("sent"))
            .col(big_integer_null("finished"))
            // Under which choice for the call list it was kept.
            .col(string_null("mode"))
            .col(boolean("shortened"))
            .to_owned();
        manager.create_table(messages).await?;
        let parts = Table::create()
            .table("message_parts")
            .col(string("message"))
            .col(integer("number"))
            .col(string("reference"))
            .col(string("state"))
            .col(big_integer("created"))
            .primary_key(Index::create().col("message").col("number"))
            .to_owned();
        manager.create_table(parts).await?;
        // Receipts that came before it was noted whose they are.
        let receipts = Table::create()
            .table("message_receipts")
            .col(string("reference").primary_key())
            .col(string("fate"))
            .col(big_integer("created"))
            .to_owned();
        manager.create_table(receipts).await?;
        for (table, column) in [
            ("users", boolean("web_sms").default(true).to_owned()),
            ("prices", big_integer("sms").default(0).to_owned()),
        ] {
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        for index in [
            index("messages_due", "messages", &["state", "next"]),
            index("messages_by_user", "messages", &["user", "created"]),
            index("messages_by_account", "messages", &["account", "created"]),
            index("messages_sent", "messages", &["account", "sent"]),
            index("message_parts_reference", "message_parts", &["reference"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    columns
        .iter()
        .fold(Index::create().name(name).table(table).to_owned(), |mut index, column| index.col(*column).to_owned())
}
