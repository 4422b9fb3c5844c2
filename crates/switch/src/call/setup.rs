//! An INVITE comes: who sent it, what is to happen, is there room.

use std::sync::Arc;

use callflow::{CallKind, Event, Failure, Flow, Rejection, Step, Walk};
use sip::agent::{Path, ServerKey};
use sip::message::{Request, Scheme};

use super::Call;
use super::caller::Caller;
use super::restore::Script;
use crate::engine::authenticate::Proven;
use crate::engine::core::Core;
use crate::engine::table::Key;

/// A call that may begin.
pub(crate) struct Admitted {
    proven: Proven,
    flow: Arc<Flow>,
    caller: Caller,
    /// It counts against the limits; emergency calls do not.
    counted: bool,
}

/// Decides over an INVITE outside a dialog. What is refused is answered here.
pub(crate) fn admit(core: &mut Core, server: ServerKey, path: Path, request: Request) -> Option<Admitted> {
    let proven = match core.authenticate(&request, path) {
        Ok(proven) => proven,
        Err(unproven) => {
            core.challenge(server, path, &request, 407, unproven);
            return None;
        }
    };
    let account = proven.access.account;
    let dialled = dialled(&request);
    let call = callflow::Call {
        caller: callflow::Caller::Device { device: proven.access.device },
        dialled: &dialled,
        at: core.at,
    };
    let mut flow = None;
    core.directory.clone().with_world(account, &mut |world| flow = Some(callflow::compile(world, &call)));
    let Some(flow) = flow else {
        // The account went between two look-ups.
        core.refuse(server, &request, 403);
        return None;
    };
    let emergency = flow.kind == CallKind::Emergency;
    if proven.access.blocked && !emergency {
        core.refuse(server, &request, 403);
        return None;
    }
    if !emergency && (core.closing || !core.occupied.has_room(account, &core.settings)) {
        metrics::counter!("ringwerk_calls_refused_total", "why" => "limit").increment(1);
        core.refuse_for_now(server, &request);
        return None;
    }
    let caller = match Caller::new(core, proven.access.device, server, path, request.clone()) {
        Ok(caller) => caller,
        Err(unacceptable) => {
            unacceptable.refuse(core, server, &request);
            return None;
        }
    };
    Some(Admitted { proven, flow: Arc::new(flow), caller, counted: !emergency })
}

/// What was dialled. The host is not looked at: whatever a phone calls this exchange by, it means the numbers and
/// extensions here, and an emergency call must not fail for a wrong domain.
fn dialled(request: &Request) -> String {
    let uri = request.uri();
    match uri.scheme() {
        Scheme::Tel => uri.as_str().to_owned(),
        _ => uri.user_as_written().unwrap_or_default().to_owned(),
    }
}

impl Call {
    /// Begins an admitted call: 100 at once, then whatever the Walk says.
    pub(crate) fn start(core: &mut Core, key: Key, admitted: Admitted) -> Self {
        let Admitted { proven, flow, caller, counted } = admitted;
        let id = core.fresh_call_id();
        let account = proven.access.account;
        metrics::counter!("ringwerk_calls_total", "kind" => flow.kind.code()).increment(1);
        let walk = Walk::start(flow, core.now, core.at);
        let mut call = Self::new(key, id, account, Script::Walk(Box::new(walk)), caller);
        call.counted = counted;
        call.started = core.at;
        if counted {
            core.occupied.begin(account);
        }
        call.occupy(core, proven.access.user);
        let leg = &call.caller.leg;
        core.ladders.add_leg(id, leg.dialog.id().call_id());
        if let Some(request) = call.caller.request() {
            core.ladders.incoming(request.call_id(), core.now, leg.path, request.raw());
        }
        call.caller.begin(core, key);
        call.drive(core);
        call
    }

    /// Does what the Walk says until it has nothing more to say.
    pub(super) fn drive(&mut self, core: &mut Core) {
        while let Some(step) = self.script.poll() {
            match step {
                Step::Ring { devices, .. } => devices.iter().for_each(|device| self.ring(core, device)),
                Step::StopRinging { devices, answered_elsewhere } => {
                    self.stop_ringing(core, &devices, answered_elsewhere);
                }
                // No line leads outside yet.
                Step::Outside { .. } => self.tell(core, Event::OutsideFailed { failure: Failure::Offline }),
                Step::StopOutside => {}
                Step::Bridge { .. } => self.open(core),
                Step::Reject { reason } => self.reject(core, reason),
                Step::End => self.end(core),
            }
        }
    }

    /// Tells the Walk what happened; [`Self::drive`] does what follows.
    pub(super) fn tell(&mut self, core: &Core, event: Event) {
        self.script.handle(event, core.now, core.at);
    }

    /// Marks a user as being in a call for as long as this one lasts.
    pub(super) fn occupy(&mut self, core: &mut Core, user: types::ids::UserId) {
        if !self.busy.contains(&user) {
            self.busy.push(user);
            core.occupied.enter(user);
        }
    }

    fn reject(&mut self, core: &mut Core, reason: Rejection) {
        let (status, phrase) = reason.status();
        self.caller.refuse(core, status, Some(phrase), None);
        self.end(core);
    }
}
