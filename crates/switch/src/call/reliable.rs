//! Provisional responses that must arrive: RFC 3262 on both legs, each on its own.

use bytes::Bytes;
use sip::agent::{Body, ServerKey};
use sip::message::header::RSeq;
use sip::message::{Method, Name, Request, Response};
use sip::reliable::{Acknowledged, Received};
use sip::transaction::Timers;

use super::leg::session_of;
use super::{Call, LegId, Task};
use crate::engine::core::Core;

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
                self.caller.accept_if_due(core, self.key);
            }
        }
    }
}
