//! Keeps address translations open: a phone behind one is asked something before its translation is forgotten.
//!
//! Translations of UDP may be forgotten after half a minute of silence, and some live on by what the phone sends only, so
//! the phone is sent an OPTIONS, which makes it answer. Nobody waits for the answer: this is no test whether the phone is
//! there, and costs no transaction.

use sip::message::{Method, Name, NameAddr, RequestBuilder};

use super::phones::Target;
use crate::engine::Output;
use crate::engine::core::Core;

/// Asks the phones whose turn it is.
pub(crate) fn keep_alive(core: &mut Core) {
    for target in core.phones.take_translated(core.now) {
        let options = options(core, &target);
        core.outputs.push_back(Output::Transmit { path: target.path, bytes: options.finish() });
    }
}

fn options(core: &mut Core, target: &Target) -> RequestBuilder {
    let Target { path, uri, routes } = target;
    let random = core.random.u64();
    let mut options = routes.request(Method::Options, uri);
    options
        .header(Name::From, format_args!("<{}>;tag={random:016x}", core.home))
        .header(Name::To, NameAddr::new(None, uri))
        .header(Name::CallId, format_args!("{random:016x}"))
        .cseq(1);
    let mut local = path.local;
    if let Some(advertised) = core.settings.advertised {
        local.set_ip(advertised);
    }
    options.via(path.transport.as_str(), local, &format!("z9hG4bK-{random:016x}"));
    options
}
