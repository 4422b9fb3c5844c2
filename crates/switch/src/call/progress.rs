//! What the caller is told while phones ring, and provisional responses that must arrive: RFC 3262 on both legs, each
//! on its own.

use std::time::Duration;

use bytes::Bytes;
use sip::agent::{Body, ServerKey};
use sip::dialog::Dialog;
use sip::message::header::{RSeq, requires};
use sip::message::{Method, Name, Request, Response};
use sip::reliable::{Acknowledged, OPTION, Received, Sender};
use sip::transaction::Timers;

use super::caller::Caller;
use super::leg::{SDP, session_of};
use super::{Call, LegId, Task};
use crate::engine::core::Core;
use crate::engine::table::Key;

/// A provisional response is repeated this often, so that proxies on the way do not give up (RFC 3261 section
/// 13.3.1.1).
const REMINDER: Duration = Duration::from_secs(60);

/// A provisional response to the caller, as often as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    pub status: u16,
    pub session: Option<Bytes>,
    pub number: Option<RSeq>,
}

impl Call {
    /// A provisional response of a phone: acknowledges it if it wants that. Whether it is to be used.
    pub(super) fn acknowledge_provisional(&mut self, core: &mut Core, index: usize, response: &Response) -> bool {
        let key = self.key;
        let offered = self.caller.offered;
        let Some(fork) = self.forks.get_mut(index) else { return false };
        let Some(leg) = &mut fork.leg else { return true };
        match fork.receiver.receive(response) {
            Received::Unreliable => true,
            Received::Dropped => false,
            // It was not offered 100rel: its offer would have to be answered before anybody could.
            Received::New(_) if !offered => true,
            Received::New(rack) => {
                let mut prack = leg.dialog.request(Method::Prack);
                prack.header(Name::RAck, &rack);
                if let Some(client) = core.send(key, leg.path, prack, Body::Empty) {
                    self.add_task(client, Task::Prack);
                }
                true
            }
        }
    }

    /// The caller acknowledges a provisional response.
    pub(super) fn prack(&mut self, core: &mut Core, from: LegId, server: ServerKey, request: &Request) {
        let timers = Timers::default();
        let acknowledged = match (from, &mut self.caller.reliably) {
            (LegId::Caller, Some(sender)) => sender.handle_prack(request, core.now, &timers),
            _ => Acknowledged::No,
        };
        match acknowledged {
            Acknowledged::No => core.refuse(server, request, 481),
            Acknowledged::Yes(next) => {
                // A new offer while phones ring could not be answered for all of them.
                let status = if session_of(request).is_some() { 488 } else { 200 };
                core.refuse(server, request, status);
                if let Some((number, progress)) = next {
                    self.caller.send_numbered(core, Progress { number: Some(number), ..progress });
                }
                self.caller.accept_if_due(core);
            }
        }
    }
}

impl Caller {
    /// A phone rings, perhaps with something to hear. Says what is new, once.
    pub fn progress(&mut self, core: &mut Core, call: Key, status: u16, fork: usize, session: Option<Bytes>) {
        let fresh = session.is_some() && self.shown.as_ref().map(|(_, shown)| shown) != session.as_ref();
        if let Some(session) = session.filter(|_| fresh) {
            self.become_dialog_of(core, call, fork);
            self.shown = Some((fork, session));
        }
        // From 183 to 180 there is something to tell, back there is not.
        let rings = status == 180 && self.told != 180;
        if fresh || rings || self.told == 100 {
            self.send_progress(core, if self.told == 180 { 180 } else { status.clamp(180, 183) });
        }
    }

    /// An early answer was shown to the caller, and now another phone is to be heard: that is another dialog.
    pub(super) fn become_dialog_of(&mut self, core: &mut Core, call: Key, fork: usize) {
        let Some((_, request)) = &self.pending else { return };
        if self.shown.as_ref().is_none_or(|(shown, _)| *shown == fork) {
            return;
        }
        let tag = core.fresh_tag();
        let Ok(dialog) = Dialog::called(request, &tag.to_string(), self.leg.dialog.contact(), 0) else { return };
        if let Some(old) = self.leg.tag() {
            core.dialogs.remove(&old);
        }
        core.dialogs.insert(tag, (call, LegId::Caller));
        self.leg.dialog = dialog;
        if self.reliably.is_some() {
            let first = u32::try_from(core.random.u64() >> 40).unwrap_or(1);
            self.reliably = Some(Sender::new(request.cseq(), first));
        }
    }

    pub(super) fn send_progress(&mut self, core: &mut Core, status: u16) {
        let Some((_, request)) = &self.pending else { return };
        let must = requires(request, OPTION);
        self.told = status;
        self.reminder = Some(core.now + REMINDER);
        let session = self.shown.as_ref().map(|(_, session)| session.clone());
        let mut progress = Progress { status, session, number: None };
        if let Some(sender) = self.reliably.as_mut().filter(|_| must || progress.session.is_some()) {
            let Some(number) = sender.send(progress.clone(), core.now, &Timers::default()) else { return };
            progress.number = Some(number);
            sender.sent_as(progress.clone());
        }
        self.send_numbered(core, progress);
    }

    /// Sends a provisional response, reliably if it has a number.
    pub fn send_numbered(&mut self, core: &mut Core, progress: Progress) {
        let Some((server, request)) = &self.pending else { return };
        let mut response = self.response(request, progress.status);
        if let Some(number) = &progress.number {
            response.header(Name::Require, OPTION).header(Name::RSeq, number);
        }
        let body = progress.session.as_ref().map_or(Body::Empty, |session| Body::Typed(SDP, session));
        core.agent.respond(*server, response, body, core.now);
    }
}
