//! Two URIs.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::message::{NameAddr, Uri, escape_user, unescape};

fuzz_target!(|text: &str| {
    assert_eq!(unescape(&escape_user(text)), text);
    let (one, other) = text.split_once('\n').unwrap_or((text, text));
    let (Ok(one), Ok(other)) = (Uri::parse(one), Uri::parse(other)) else { return };
    assert!(one.is_equivalent(&one), "{one}");
    assert_eq!(one.is_equivalent(&other), other.is_equivalent(&one), "{one} {other}");
    let address = NameAddr::new(Some(text), &one).with_param("tag", Some(text));
    assert_eq!(NameAddr::parse(address.as_str()).expect("what was built can be read"), address);
    assert_eq!(address.uri(), &one);
});
