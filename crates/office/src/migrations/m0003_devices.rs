//! Mobiles and external phones, when things were there (what bills are reckoned from), prices as they were, setup codes.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, binary, integer, string, string_null, text_null};

pub(super) struct Devices;

impl MigrationName for Devices {
    fn name(&self) -> &'static str {
        "m0003_devices"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Devices {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        // A mobile has a number and nothing to register by.
        match manager.get_database_backend() {
            DbBackend::Postgres => connection.execute_unprepared(NULLABLE_ON_POSTGRESQL).await?,
            _ => connection.execute_unprepared(NULLABLE_ON_SQLITE).await?,
        };
        for table in tables() {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("periods_by_account", "periods", &["account", "kind", "ended"][..]),
            ("periods_by_user", "periods", &["user"][..]),
            ("setup_codes_by_device", "setup_codes", &["device"][..]),
            ("setup_codes_by_expiry", "setup_codes", &["expires"][..]),
        ] {
            let index = Index::create().name(name).table(table).to_owned();
            let index = columns.iter().fold(index, |mut index, column| index.col(*column).to_owned());
            manager.create_index(index).await?;
        }
        for sql in WHAT_IS_THERE {
            connection.execute_unprepared(sql).await?;
        }
        Ok(())
    }
}

const NULLABLE_ON_POSTGRESQL: &str = "
    ALTER TABLE devices ADD COLUMN number varchar;
    ALTER TABLE devices ALTER COLUMN sip_index DROP NOT NULL;
    ALTER TABLE devices ALTER COLUMN sip_id DROP NOT NULL;
    ALTER TABLE devices ALTER COLUMN ha1_sealed DROP NOT NULL";

/// SQLite cannot take NOT NULL from a column: the table is made anew.
const NULLABLE_ON_SQLITE: &str = "
    CREATE TABLE devices_anew (
        id varchar NOT NULL PRIMARY KEY, account varchar NOT NULL, \"user\" varchar NOT NULL, kind varchar NOT NULL,
        label varchar NOT NULL, number varchar, sip_index bigint, sip_id bigint, ha1_sealed blob,
        first_registered bigint, version bigint NOT NULL, created bigint NOT NULL);
    INSERT INTO devices_anew
        SELECT id, account, \"user\", kind, label, NULL, sip_index, sip_id, ha1_sealed, first_registered, version, created
        FROM devices;
    DROP TABLE devices;
    ALTER TABLE devices_anew RENAME TO devices;
    CREATE UNIQUE INDEX devices_sip_id ON devices (sip_id);
    CREATE INDEX devices_by_user ON devices (account, \"user\")";

fn tables() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("periods")
            .col(string("object"))
            .col(integer("position"))
            .col(string("account"))
            .col(string("kind"))
            .col(string_null("user"))
            .col(big_integer("started"))
            .col(big_integer_null("ended"))
            .col(text_null("label"))
            .col(text_null("user_name"))
            .primary_key(Index::create().primary().col("object").col("position"))
            .to_owned(),
        Table::create()
            .table("prices")
            .col(big_integer("since").primary_key())
            .col(string("currency"))
            .col(integer("included_devices"))
            .col(big_integer("further_device"))
            .col(big_integer("user"))
            .col(big_integer("number"))
            .to_owned(),
        Table::create()
            .table("setup_codes")
            .col(string("token_hash").primary_key())
            .col(string("account"))
            .col(string("device"))
            .col(binary("sealed"))
            .col(big_integer("created"))
            .col(big_integer("expires"))
            .to_owned(),
    ]
}

/// Everything that is there begins to be counted from when it was made; of deleted users, until they were deleted.
const WHAT_IS_THERE: [&str; 3] = [
    "INSERT INTO periods (object, position, account, kind, \"user\", started, ended, label, user_name) \
     SELECT devices.id, 1, devices.account, 'device', devices.\"user\", devices.created, users.deleted, devices.label, \
            users.first_name || ' ' || users.last_name \
     FROM devices JOIN users ON users.id = devices.\"user\"",
    "INSERT INTO periods (object, position, account, kind, \"user\", started, ended, label) \
     SELECT id, 1, account, 'user', id, created, deleted, first_name || ' ' || last_name FROM users",
    "INSERT INTO periods (object, position, account, kind, started, label) \
     SELECT id, 1, account, 'number', created, e164 FROM numbers WHERE account IS NOT NULL",
];
