//! Routing scenarios: text in (`scenarios/*.call`), text out (`scenarios/*.snap`).
#![allow(missing_docs)]

mod language;

use std::collections::BTreeSet;
use std::path::Path;

macro_rules! scenarios {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                check(stringify!($name), include_str!(concat!("scenarios/", stringify!($name), ".call")));
            }
        )*

        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

scenarios! {
    account_suspended
    caller_number
    extension_to_user
    busy
    caller_hangs_up
    declined
    diverted
    emergency
    findings
    groups
    inbound
    mobiles
    no_answer
    not_reachable
    outbound
    own_number
    several_phones
    steps
    unknown_numbers
    user_blocked
}

fn check(name: &str, text: &str) {
    let seen = language::perform(&language::read(text));
    insta::with_settings!({
        snapshot_path => "scenarios",
        prepend_module_to_snapshot => false,
        omit_expression => true,
        description => text.lines().next().unwrap_or_default().trim_start_matches("# "),
    }, {
        insta::assert_snapshot!(name, seen);
    });
}

/// No scenario that is never run, no snapshot that is never compared.
#[test]
fn every_file_belongs_to_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let found: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the folder of the scenarios")
        .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
        .collect();
    let expected: BTreeSet<String> =
        NAMES.iter().flat_map(|name| [format!("{name}.call"), format!("{name}.snap")]).collect();
    assert_eq!(found, expected);
}
