//! Who a called phone is told is calling, and who it is told was called.
//!
//! Everything here comes from the account's own data. What a phone writes into From, P-Asserted-Identity and their
//! relatives is not looked at: a phone is who its password says it is (threat T20).

use callflow::{CallerIdentity, Flow};
use sip::message::{Host, NameAddr, Uri};

/// The caller's address: name and extension, else number, else nothing that tells (RFC 3323 section 4.1).
pub(crate) fn caller_address(flow: &Flow, home: &Uri) -> NameAddr {
    let CallerIdentity { display_name, number, extension, user, .. } = &flow.caller;
    match (extension, number) {
        (Some(extension), _) => address(display_name, &extension.to_string(), home),
        (None, Some(number)) => address(display_name, &number.to_string(), home),
        (None, None) if user.is_some() => NameAddr::new(shown(display_name), home),
        (None, None) => {
            let nobody = Uri::sip(Some("anonymous"), Host::Name("anonymous.invalid"), None);
            NameAddr::new(Some("Anonymous"), nobody.as_ref().unwrap_or(home))
        }
    }
}

/// The called party's address: the extension or number that was meant, else what was dialled.
pub(crate) fn called_address(flow: &Flow, home: &Uri) -> NameAddr {
    let called = &flow.called;
    let user = match (called.extension, called.number) {
        (Some(extension), _) => extension.to_string(),
        (None, Some(number)) => number.to_string(),
        (None, None) => called.dialled.to_string(),
    };
    address(called.owner_name.as_deref().unwrap_or_default(), &user, home)
}

fn address(display: &str, user: &str, home: &Uri) -> NameAddr {
    let uri = home.host().and_then(|host| Uri::sip(Some(user), host, home.port()).ok());
    NameAddr::new(shown(display), uri.as_ref().unwrap_or(home))
}

fn shown(display: &str) -> Option<&str> {
    Some(display).filter(|display| !display.is_empty())
}
