//! REGISTER: who may, what it changes, and when it is acknowledged.

use sip::agent::{Path, ServerKey};
use sip::message::{Name, Request};
use sip::registrar::{Bindings, Change, Policy, Refused, Registration};
use types::clock::Timestamp;
use types::ids::DeviceId;
use types::sip_id::SipId;

use super::phones::Registered;
use crate::engine::Output;
use crate::engine::authenticate::Proven;
use crate::engine::core::{Core, Waiting};
use crate::ports::{Entry, RegistrationChange};

/// A REGISTER that waits until what it changed is durable.
#[derive(Debug)]
pub(crate) struct Pending {
    server: ServerKey,
    request: Request,
    registered: Registered,
}

/// Decides over a REGISTER.
pub(crate) fn register(core: &mut Core, server: ServerKey, path: Path, request: Request) {
    let proven = match core.authenticate(&request, path) {
        Ok(proven) => proven,
        Err(unproven) => return core.challenge(server, path, &request, 401, unproven),
    };
    if let Err(status) = may_register(&proven, &request) {
        metrics::counter!("ringwerk_registrations_total", "result" => "forbidden").increment(1);
        return core.refuse(server, &request, status);
    }
    if core.closing {
        return core.refuse_for_now(server, &request);
    }
    let sip_id = proven.sip_id;
    let steady = core.phones.steady(core.now);
    let mut bindings = core.phones.latest(sip_id);
    match bindings.register(&request, path, steady, &Policy::default()) {
        Err(refused) => refuse(core, server, &request, refused),
        Ok(Change::None) => grant(core, server, &request, &bindings),
        Ok(Change::Changed { .. }) => {
            let access = proven.access;
            let registered = Registered { account: access.account, device: access.device, sip_id, bindings };
            let entry = entry(&registered, path, steady);
            core.phones.set_underway(sip_id, &registered.bindings);
            let pending = Pending { server, request: request.clone(), registered };
            if core.commits.submit(entry, Waiting::Registration(Box::new(pending))).is_err() {
                core.phones.arrived(sip_id);
                core.refuse_for_now(server, &request);
            }
        }
    }
}

/// A phone registers itself, at its own address, and nothing else (threat T4).
fn may_register(proven: &Proven, request: &Request) -> Result<(), u16> {
    let is_its_own = |address: &sip::message::NameAddr| {
        address.uri().user().and_then(|user| user.parse::<SipId>().ok()) == Some(proven.sip_id)
    };
    if proven.access.blocked || !is_its_own(request.to()) || !is_its_own(request.from()) {
        return Err(403);
    }
    Ok(())
}

fn refuse(core: &mut Core, server: ServerKey, request: &Request, refused: Refused) {
    let mut response = core.answer(request, refused.status());
    if let Refused::TooBrief { shortest } = refused {
        response.header(Name::MinExpires, shortest);
    }
    core.respond(server, response);
}

fn grant(core: &mut Core, server: ServerKey, request: &Request, bindings: &Bindings) {
    let mut response = core.answer(request, 200);
    let steady = core.phones.steady(core.now);
    Registration { request, bindings, address: request.to().uri(), gruus: None, now: steady }.write(&mut response);
    response.header(Name::Supported, "path, outbound");
    core.respond(server, response);
}

/// What a REGISTER changed is durable: it holds, and the phone is told.
pub(crate) fn committed(core: &mut Core, pending: Pending) {
    let Pending { server, request, registered } = pending;
    let bindings = registered.bindings.clone();
    core.phones.arrived(registered.sip_id);
    metrics::counter!("ringwerk_registrations_total", "result" => "granted").increment(1);
    put(core, registered);
    grant(core, server, &request, &bindings);
}

/// What a REGISTER changed was not kept: nothing has changed.
pub(crate) fn failed(core: &mut Core, pending: Pending) {
    core.phones.arrived(pending.registered.sip_id);
    metrics::counter!("ringwerk_registrations_total", "result" => "failed").increment(1);
    core.refuse_for_now(pending.server, &pending.request);
}

/// Forgets a phone's registrations and closes its connections.
pub(crate) fn forget(core: &mut Core, device: DeviceId) {
    let Some(mut registered) = core.phones.find(device).and_then(|sip_id| core.phones.registered(sip_id)) else {
        return;
    };
    let connections = core.phones.connections(registered.sip_id);
    registered.bindings.clear();
    let entry = removal(&registered, core.phones.steady(core.now));
    put(core, registered);
    // It was forgotten because it may not come back, so a restart must not bring it back.
    core.commits.insist(entry, Waiting::Nobody, core.now);
    core.outputs.extend(connections.into_iter().map(|connection| Output::Close { connection }));
}

/// Registrations that ran out.
pub(crate) fn expire(core: &mut Core) {
    for registered in core.phones.expire(core.now) {
        changed(core, registered);
    }
}

/// Takes up what was stored; what has run out meanwhile is left alone.
pub(crate) fn restore(core: &mut Core, phones: Vec<Registered>) {
    let steady = core.phones.steady(core.now);
    for mut registered in phones {
        registered.bindings.expire(steady);
        put(core, registered);
    }
}

/// Registrations that ended by themselves: what is left of them holds at once, and is stored when it can be.
pub(crate) fn changed(core: &mut Core, registered: Registered) {
    let steady = core.phones.steady(core.now);
    let entry = removal(&registered, steady);
    put(core, registered);
    // If this is lost, a restart finds registrations that have run out, and ignores them.
    let _ = core.commits.submit(entry, Waiting::Nobody);
}

/// Puts bindings in force.
fn put(core: &mut Core, registered: Registered) {
    let Registered { account, device, sip_id, .. } = registered;
    let before = core.phones.connections(sip_id);
    core.phones.put(registered, &mut core.guard, core.now);
    let after = core.phones.connections(sip_id);
    let unused = before.iter().filter(|connection| !after.contains(connection)).map(|connection| (*connection, false));
    let used = after.iter().filter(|connection| !before.contains(connection)).map(|connection| (*connection, true));
    core.outputs.extend(used.chain(unused).map(|(connection, kept)| Output::Keep { connection, kept }));
    core.tell_reachable(account, device);
}

/// A connection is gone, and with it the way to the phones that registered over it.
pub(crate) fn closed(core: &mut Core, connection: u64) {
    for (account, device) in core.phones.closed(connection) {
        core.tell_reachable(account, device);
    }
}

fn entry(registered: &Registered, path: Path, steady: Timestamp) -> Entry {
    let latest = registered.bindings.active(steady).max_by_key(|binding| binding.registered());
    let Registered { account, device, sip_id, bindings } = registered;
    let removed = latest.is_none();
    Entry::Registration(RegistrationChange {
        account: *account,
        device: *device,
        sip_id: *sip_id,
        bindings: if removed { Vec::new() } else { serde_json::to_vec(bindings).unwrap_or_default() },
        expires: bindings.last_expiry().unwrap_or(steady),
        user_agent: latest.map(|binding| binding.user_agent().to_owned()).unwrap_or_default(),
        address: path.remote.to_string(),
        removed,
    })
}

fn removal(registered: &Registered, steady: Timestamp) -> Entry {
    let latest = registered.bindings.active(steady).max_by_key(|binding| binding.registered());
    let path = latest.map(|binding| Path { remote: binding.source(), ..binding.path() });
    let nowhere = std::net::SocketAddr::from(([0, 0, 0, 0], 0));
    entry(registered, path.unwrap_or(Path::udp(nowhere, nowhere)), steady)
}
