//! Every table of the first release.
//!
//! Ids are text as they appear in the API, times are milliseconds since the epoch, lists and records are
//! JSON text. `account` is the tenant; only `accounts` itself, one-time links for the first account and
//! numbers in the operator's pool have none. Rules that two requests at once could break are unique
//! indexes here, not checks in code.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, boolean, integer, string, string_null, text, text_null,
};

pub(super) struct Foundation;

impl MigrationName for Foundation {
    fn name(&self) -> &'static str {
        "m0001_foundation"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Foundation {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        // By length and value, as people read extensions.
        let in_order = "CREATE INDEX extensions_in_order ON extensions (account, length(number), number)";
        manager.get_connection().execute_unprepared(in_order).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            // Sort keys compare by bytes on both engines, whatever the cluster's locale says, so that a
            // list has the same order and a cursor the same meaning.
            manager
                .get_connection()
                .execute_unprepared(
                    r#"ALTER TABLE users ALTER COLUMN name_key TYPE text COLLATE "C";
                       ALTER TABLE users ALTER COLUMN email_key TYPE text COLLATE "C";
                       ALTER TABLE locations ALTER COLUMN name TYPE text COLLATE "C";
                       ALTER TABLE groups ALTER COLUMN name TYPE text COLLATE "C";
                       ALTER TABLE numbers ALTER COLUMN e164 TYPE text COLLATE "C";
                       ALTER TABLE extensions ALTER COLUMN number TYPE text COLLATE "C"
                    "#,
                )
                .await?;
        }
        Ok(())
    }
}

fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).to_owned()
}

fn key(columns: &[&'static str]) -> IndexCreateStatement {
    columns.iter().fold(Index::create().primary().to_owned(), |mut index, column| index.col(*column).to_owned())
}

fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    columns
        .iter()
        .fold(Index::create().name(name).table(table).to_owned(), |mut index, column| index.col(*column).to_owned())
}

fn unique(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    index(name, table, columns).unique().to_owned()
}

fn tables() -> Vec<TableCreateStatement> {
    let mut tables = people();
    tables.extend(telephony());
    tables.extend(calls());
    tables
}

fn people() -> Vec<TableCreateStatement> {
    vec![
        table("accounts")
            .col(string("id").primary_key())
            .col(string("name"))
            .col(string("country"))
            .col(string("language"))
            .col(big_integer("master_id"))
            .col(big_integer("next_device"))
            .col(boolean("suspended"))
            .col(big_integer("revision"))
            .col(big_integer("created"))
            .to_owned(),
        table("users")
            .col(string("id").primary_key())
            .col(string("account"))
            .col(string("first_name"))
            .col(string("last_name"))
            .col(text("name_key"))
            .col(string_null("email"))
            .col(text_null("email_key"))
            .col(string("role"))
            .col(boolean("blocked"))
            .col(string_null("password_hash"))
            .col(string_null("location"))
            .col(string("language"))
            .col(string("time_zone"))
            .col(boolean("busy_on_busy"))
            .col(string_null("caller_number"))
            .col(big_integer("version"))
            .col(big_integer("created"))
            .col(big_integer("updated"))
            .col(big_integer_null("deleted"))
            .col(text_null("departure"))
            .to_owned(),
        table("sessions")
            .col(string("token_hash").primary_key())
            .col(string("id"))
            .col(string("account"))
            .col(string("user"))
            .col(big_integer("created"))
            .col(big_integer("expires"))
            .col(big_integer("last_seen"))
            .col(string("user_agent"))
            .col(string("address"))
            .to_owned(),
        table("tokens")
            .col(string("id").primary_key())
            .col(string("account"))
            .col(string("user"))
            .col(string("label"))
            .col(string("secret_hash"))
            .col(text("scopes"))
            .col(big_integer("created"))
            .col(big_integer_null("last_used"))
            .col(big_integer_null("expires"))
            .col(boolean("revoked"))
            .to_owned(),
        table("one_time_links")
            .col(string("token_hash").primary_key())
            .col(string_null("account"))
            .col(string_null("user"))
            .col(string("purpose"))
            .col(big_integer("created"))
            .col(big_integer("expires"))
            .col(big_integer_null("used"))
            .to_owned(),
        table("idempotency")
            .col(string("account"))
            .col(string("user"))
            .col(string("key"))
            .col(string("operation"))
            .col(string("request_hash"))
            .col(integer("status"))
            .col(binary("answer_sealed"))
            .col(big_integer("created"))
            .primary_key(&mut key(&["user", "key"]))
            .to_owned(),
        table("audit")
            .col(string("id").primary_key())
            .col(string("account"))
            .col(big_integer("at"))
            .col(string("actor"))
            .col(string("source"))
            .col(string("action"))
            .col(string("object"))
            .col(text_null("before"))
            .col(text_null("after"))
            .to_owned(),
    ]
}

fn telephony() -> Vec<TableCreateStatement> {
    vec![
        table("locations")
            .col(string("id").primary_key())
            .col(string("account"))
            .col(string("name"))
            .col(string("street"))
            .col(string("number"))
            .col(string("postcode"))
            .col(string("city"))
            .col(string("country"))
            .col(string_null("area_code"))
            .col(big_integer("version"))
            .col(big_integer("created"))
            .col(big_integer("updated"))
            .to_owned(),
        table("devices")
            .col(string("id").primary_key())
            .col(string("account"))
            .col(string("user"))
            .col(string("kind"))
            .col(string("label"))
            .col(big_integer("sip_index"))
            .col(big_integer("sip_id"))
            .col(binary("ha1_sealed"))
            .col(big_integer_null("first_registered"))
            .col(big_integer("version"))
            .col(big_integer("created"))
            .to_owned(),
        table("extensions")
            .col(string("id").primary_key())
            .col(string("account"))
            .col(string("number"))
            .col(string_null("owner_user"))
            .col(string_null("owner_group"))
            .col(big_integer("created"))
            .to_owned(),
        table("groups")
            .col(string("id").primary_key())
            .col(string("account"))
            .col(string("name"))
            .col(integer("ring_seconds"))
            .col(big_integer("version"))
            .col(big_integer("created"))
            .to_owned(),
        table("group_members")
            .col(string("account"))
            .col(string("group"))
            .col(string("user"))
            .col(integer("position"))
            .primary_key(&mut key(&["group", "user"]))
            .to_owned(),
        table("numbers")
            .col(string("id").primary_key())
            .col(string_null("account"))
            .col(string("e164"))
            .col(string("state"))
            .col(string_null("owner_user"))
            .col(string_null("owner_group"))
            .col(string_null("location"))
            .col(big_integer("version"))
            .col(big_integer("created"))
            .col(big_integer_null("assigned_at"))
            .to_owned(),
        table("ring_steps")
            .col(string("account"))
            .col(string("user"))
            .col(integer("position"))
            .col(integer("seconds"))
            .col(text("devices"))
            .primary_key(&mut key(&["user", "position"]))
            .to_owned(),
    ]
}

fn calls() -> Vec<TableCreateStatement> {
    vec![
        table("calls")
            .col(string("id").primary_key())
            .col(string("account"))
            .col(big_integer("started"))
            .col(big_integer_null("answered"))
            .col(big_integer("duration_ms"))
            .col(string("kind"))
            .col(string("outcome"))
            .col(text("caller_name"))
            .col(string_null("caller_number"))
            .col(string_null("caller_extension"))
            .col(text_null("called_name"))
            .col(string_null("called_number"))
            .col(string_null("called_extension"))
            .col(text("dialled"))
            .col(text("search"))
            .col(text("record"))
            .to_owned(),
        table("call_participants")
            .col(string("account"))
            .col(string("user"))
            .col(big_integer("started"))
            .col(string("call"))
            .col(string("direction"))
            .col(boolean("answered"))
            .primary_key(&mut key(&["user", "started", "call"]))
            .to_owned(),
        table("open_calls")
            .col(string("id").primary_key())
            .col(string("account"))
            .col(big_integer("started"))
            .col(text("state"))
            .to_owned(),
        table("registrations")
            .col(big_integer("sip_id").primary_key())
            .col(string("account"))
            .col(string("device"))
            .col(binary("bindings"))
            .col(big_integer("expires"))
            .col(text("user_agent"))
            .col(text("address"))
            .to_owned(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        unique("accounts_master_id", "accounts", &["master_id"]),
        unique("users_email_key", "users", &["email_key"]),
        index("users_by_name", "users", &["account", "name_key", "id"]),
        index("users_by_created", "users", &["account", "created", "id"]),
        index("users_by_email", "users", &["account", "email_key", "id"]),
        index("users_by_role", "users", &["account", "role", "name_key", "id"]),
        index("users_by_location", "users", &["account", "location"]),
        unique("sessions_id", "sessions", &["id"]),
        index("sessions_by_user", "sessions", &["user"]),
        index("sessions_by_expiry", "sessions", &["expires"]),
        unique("tokens_secret", "tokens", &["secret_hash"]),
        index("tokens_by_user", "tokens", &["user"]),
        index("one_time_links_by_user", "one_time_links", &["user"]),
        index("idempotency_by_age", "idempotency", &["created"]),
        index("audit_by_account", "audit", &["account", "id"]),
        index("audit_by_object", "audit", &["account", "object", "id"]),
        index("locations_by_account", "locations", &["account", "name", "id"]),
        unique("devices_sip_id", "devices", &["sip_id"]),
        index("devices_by_user", "devices", &["account", "user"]),
        unique("extensions_number", "extensions", &["account", "number"]),
        index("extensions_by_user", "extensions", &["owner_user"]),
        index("extensions_by_group", "extensions", &["owner_group"]),
        index("groups_by_account", "groups", &["account", "name", "id"]),
        index("group_members_by_user", "group_members", &["user"]),
        unique("numbers_e164", "numbers", &["e164"]),
        index("numbers_by_account", "numbers", &["account", "e164"]),
        index("numbers_by_user", "numbers", &["owner_user"]),
        index("numbers_by_group", "numbers", &["owner_group"]),
        index("calls_by_account", "calls", &["account", "started", "id"]),
        index("open_calls_by_account", "open_calls", &["account"]),
    ]
}
