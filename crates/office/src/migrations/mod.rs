//! The schema, as a list of steps. A step that was released never changes; a change is a new step, first
//! one that expands, in a later release one that contracts.

use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait};

mod m0001_foundation;
mod m0002_post;
mod m0003_devices;
mod m0004_records;
mod m0005_imports;
mod m0006_operators;
mod m0007_heartbeats;
mod m0008_call_list;
mod m0009_own_settings;
mod m0010_messages;

/// All steps, oldest first.
#[derive(Debug)]
pub(crate) struct Migrations;

#[async_trait::async_trait]
impl MigratorTrait for Migrations {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_foundation::Foundation),
            Box::new(m0002_post::Post),
            Box::new(m0003_devices::Devices),
            Box::new(m0004_records::Records),
            Box::new(m0005_imports::Imports),
            Box::new(m0006_operators::Operators),
            Box::new(m0007_heartbeats::Heartbeats),
            Box::new(m0008_call_list::CallList),
            Box::new(m0009_own_settings::OwnSettings),
            Box::new(m0010_messages::Messages),
        ]
    }
}
