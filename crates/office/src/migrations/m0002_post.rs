//! Mail: what waits to be delivered, addresses about to change, asked-for passwords, the newsletter.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary_null, boolean, integer, string, string_null, text_null,
};

pub(super) struct Post;

impl MigrationName for Post {
    fn name(&self) -> &'static str {
        "m0002_post"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Post {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("mails")
                    .col(string("id").primary_key())
                    .col(string("account"))
                    .col(string_null("user"))
                    .col(string("kind"))
                    .col(string("recipient"))
                    .col(binary_null("sealed"))
                    .col(string("state"))
                    .col(integer("attempts"))
                    .col(big_integer("next"))
                    .col(big_integer_null("claimed_until"))
                    .col(big_integer_null("expires"))
                    .col(string_null("once"))
                    .col(text_null("error"))
                    .col(big_integer("created"))
                    .col(big_integer_null("finished"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("email_changes")
                    .col(string("id").primary_key())
                    .col(string("account"))
                    .col(string("user"))
                    .col(string("old"))
                    .col(string("new"))
                    .col(string("confirm_hash"))
                    .col(big_integer("confirm_until"))
                    .col(string("undo_hash"))
                    .col(big_integer("undo_until"))
                    .col(boolean("open"))
                    .col(big_integer_null("applied"))
                    .col(big_integer("created"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("password_resets")
                    .col(string("id").primary_key())
                    .col(string("email_key"))
                    .col(string("source"))
                    .col(big_integer("created"))
                    .to_owned(),
            )
            .await?;
        for column in [string_null("pending_email"), string("newsletter").default("none").to_owned()] {
            manager.alter_table(Table::alter().table("users").add_column(column).to_owned()).await?;
        }
        for index in [
            index("mails_due", "mails", &["state", "next"]),
            index("mails_by_account", "mails", &["account", "state", "created"]),
            index("mails_by_user", "mails", &["user"]),
            index("mails_once", "mails", &["once"]).unique().to_owned(),
            index("email_changes_confirm", "email_changes", &["confirm_hash"]).unique().to_owned(),
            index("email_changes_undo", "email_changes", &["undo_hash"]).unique().to_owned(),
            index("email_changes_by_user", "email_changes", &["user"]),
            index("users_by_newsletter", "users", &["newsletter", "id"]),
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
