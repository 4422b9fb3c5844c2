//! An Authorization value.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::digest::Authorization;

fuzz_target!(|value: &str| {
    let _ = Authorization::parse(value);
    let _ = Authorization::find(value.split('\n'), "ringwerk.example");
});
