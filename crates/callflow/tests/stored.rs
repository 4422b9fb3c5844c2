//! Records are stored for months: what an older version wrote must be read, and is written the same way today.
#![allow(missing_docs, clippy::unwrap_used)]

use callflow::{CallRecord, Flow};

#[track_caller]
fn reads_and_writes<T: serde::Serialize + serde::de::DeserializeOwned>(text: &str) {
    let stored: serde_json::Value = serde_json::from_str(text).unwrap();
    let value: T = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(serde_json::to_value(&value).unwrap(), stored);
}

#[test]
fn a_record_of_version_1() {
    reads_and_writes::<CallRecord>(include_str!("stored/record_1.json"));
}

#[test]
fn a_rejected_emergency_record_of_version_1() {
    reads_and_writes::<CallRecord>(include_str!("stored/record_1_outside.json"));
}

#[test]
fn a_flow_of_version_1() {
    reads_and_writes::<Flow>(include_str!("stored/flow_1.json"));
}
