//! URIs: read, written, compared.

#![allow(clippy::unwrap_used)]

use super::*;

fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap()
}

/// The examples of RFC 3261 section 19.1.4 and of RFC 3966 section 4.
#[test]
fn uris_are_equivalent_by_the_book() {
    let equivalent = [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0::1]"),
        ("tel:+1-201-555-0123", "tel:+1.201.555.0123"),
        ("tel:7042;phone-context=example.com", "TEL:7042;PHONE-CONTEXT=example.com"),
    ];
    for (one, other) in equivalent {
        assert!(uri(one).is_equivalent(&uri(other)) && uri(other).is_equivalent(&uri(one)), "{one} {other}");
    }
    let different = [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com;transport=udp", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:bob@biloxi.com", "sips:bob@biloxi.com"),
        ("sip:bob@biloxi.com", "sip:biloxi.com"),
        ("sip:bob:@biloxi.com", "sip:bob@biloxi.com"),
        ("sip:bob@biloxi.com;maddr=192.0.2.1", "sip:bob@biloxi.com"),
        ("tel:7042;phone-context=example.com", "tel:7042"),
        ("tel:+12015550123", "tel:+12015550124"),
        ("isbn:1", "isbn:2"),
    ];
    for (one, other) in different {
        assert!(!uri(one).is_equivalent(&uri(other)) && !uri(other).is_equivalent(&uri(one)), "{one} {other}");
    }
}

#[test]
fn a_uri_is_taken_apart() {
    let it = uri("SIPS:al%20ice;x=1:pa%3A55@Example.COM:5061;lr;maddr=[::1]?Subject=a&Route=b");
    assert_eq!(
        (it.scheme(), it.user().as_deref(), it.user_as_written()),
        (Scheme::Sips, Some("al ice;x=1"), Some("al%20ice;x=1"))
    );
    assert_eq!(
        (it.password_as_written(), it.port(), it.host()),
        (Some("pa%3A55"), Some(5061), Some(Host::Name("example.com")))
    );
    assert!(it.is_loose_router());
    assert_eq!(
        (it.param("MADDR"), it.param("lr"), it.param("x"), it.headers()),
        (Some("[::1]"), Some(""), None, "Subject=a&Route=b")
    );
    assert_eq!(it.without_headers(), "SIPS:al%20ice;x=1:pa%3A55@Example.COM:5061;lr;maddr=[::1]");
    assert!(!format!("{it:?}").contains("pa%"), "no password in debug output");
    let tel = uri("tel:+49-211-9000917;ext=5");
    assert_eq!((tel.user().as_deref(), tel.host(), tel.param("ext")), (Some("+49-211-9000917"), None, Some("5")));
    assert!(!uri("http://example.com/").is_supported());
}

#[test]
fn an_improper_uri_is_refused() {
    let many = format!("sip:a@b{}", ";x".repeat(crate::message::limits::PARAMETERS + 1));
    let cases = [
        "",
        "sip",
        "sip:",
        "sip:@b",
        "sip:a@",
        "sip:a@b@c",
        "sip:a b@c",
        "sip:a@b:",
        "sip:a@b:0",
        "sip:a@b:65536",
        "sip:a@b:x",
        "sip:a@[::1",
        "sip:a@[::g]",
        "sip:a@2001:db8::1",
        "sip:a@b;",
        "sip:a@b;=x",
        "sip:a@b?",
        "<sip:a@b>",
        "sip:a@b\r\n",
        "sip:\u{fc}@b",
        "sip:a@b c",
        "1sip:a@b",
        "tel:",
        "tel:abcx",
        "tel:-",
        "sip:a@b/c",
        "sip:a@b;x=\"y",
        "sip:a@b;lr;x;LR",
        &many,
    ];
    for case in cases {
        assert!(Uri::parse(case).is_err(), "{case}");
    }
}

#[test]
fn escapes_are_taken_off_once_and_only_if_proper() {
    for (escaped, plain) in [
        ("%2541", "%41"),
        ("%", "%"),
        ("%4", "%4"),
        ("%zz", "%zz"),
        ("a%00b", "a\0b"),
        ("%c3%bc", "\u{fc}"),
        ("%fc", "%fc"),
    ] {
        assert_eq!(unescape(escaped), plain, "{escaped}");
    }
}

#[test]
fn a_built_uri_cannot_be_broken_out_of() {
    let evil = "a@evil.example>\r\nVia: x, <sip:b?Route=c;lr %41";
    let it = Uri::sip(Some(evil), Host::Name("example.com"), Some(5070)).unwrap();
    assert_eq!((it.user().as_deref(), it.host(), it.port()), (Some(evil), Some(Host::Name("example.com")), Some(5070)));
    let it = it.with_param("x y", Some(evil));
    assert_eq!((it.host(), it.params().count(), it.headers()), (Some(Host::Name("example.com")), 1, ""));
    for host in ["exa mple", "a;b", "a@b", "a:5", "[::1]", "", "a?b", "a>"] {
        assert!(Uri::sip(None, Host::Name(host), None).is_err(), "{host}");
    }
    assert_eq!(uri("sip:a@b?c=d").with_param("lr", None).as_str(), "sip:a@b;lr?c=d");
}

#[test]
fn uris_are_stored_as_text() {
    let it = uri("sip:a@b;lr");
    let stored = serde_json::to_string(&it).unwrap();
    assert_eq!(stored, "\"sip:a@b;lr\"");
    assert_eq!(serde_json::from_str::<Uri>(&stored).unwrap(), it);
    assert!(serde_json::from_str::<Uri>("\"sip:\"").is_err());
}
