//! Passwords that somebody else chose, and the time zone of an account.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{boolean, string_null};

pub(super) struct OwnSettings;

impl MigrationName for OwnSettings {
    fn name(&self) -> &'static str {
        "m0009_own_settings"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for OwnSettings {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let temporary = boolean("password_temporary").default(false).to_owned();
        manager.alter_table(Table::alter().table("users").add_column(temporary).to_owned()).await?;
        // Without one it is that of the country's capital.
        manager.alter_table(Table::alter().table("accounts").add_column(string_null("time_zone")).to_owned()).await
    }
}
