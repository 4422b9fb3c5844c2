//! The caller's leg: its INVITE, the 200 or the refusal, the ACK. What the caller is told while phones ring:
//! [`super::progress`].

use bytes::Bytes;
use sip::agent::{Body, Path, ServerKey};
use sip::dialog::Dialog;
use sip::message::header::supports;
use sip::message::{Name, Request, ResponseBuilder};
use sip::reliable::{Due, OPTION, Sender};
use types::clock::Tick;
use types::ids::DeviceId;

use super::LegId;
use super::leg::{Leg, SDP, session_of};
use super::liveness::{self, Unacceptable};
use super::progress::Progress;
use crate::engine::core::{ALLOW, Core};
use crate::engine::table::Key;

/// See the module's text.
pub(super) struct Caller {
    pub leg: Leg,
    /// The INVITE made an offer.
    pub offered: bool,
    /// The fork whose early media the caller hears.
    pub early: Option<usize>,
    /// The fork that answered and what it answered, in the relay's terms.
    pub answer: Option<(usize, Bytes)>,
    /// The INVITE, until its final answer.
    pub pending: Option<(ServerKey, Request)>,
    /// The INVITE that was answered 2xx, until its ACK.
    accepted: Option<ServerKey>,
    /// A BYE that must wait for that ACK (RFC 3261 section 15).
    bye: bool,
    /// The last provisional status sent, and the early session description with it.
    pub told: u16,
    pub shown: Option<(usize, Bytes)>,
    pub reminder: Option<Tick>,
    /// Provisional responses that must arrive.
    pub reliably: Option<Sender<Progress>>,
    /// The 200 waits until the early answer has arrived (RFC 3262 section 3).
    accept_due: bool,
}

impl Caller {
    /// The caller of an INVITE that was let in.
    ///
    /// # Errors
    /// The status to refuse it with.
    pub fn new(
        core: &mut Core,
        device: DeviceId,
        server: ServerKey,
        path: Path,
        request: Request,
    ) -> Result<Self, Unacceptable> {
        liveness::check_interval(&request)?;
        let tag = core.fresh_tag();
        let contact = core.contact(path);
        let dialog = Dialog::called(&request, &tag.to_string(), &contact, 0).map_err(|_| Unacceptable::from(400))?;
        let mut leg = Leg::new(dialog, device, path);
        leg.learn(&request);
        leg.heard = session_of(&request).cloned();
        if let Some(session) = &leg.heard {
            sip::offer_answer::Session::parse(session).map_err(|_| Unacceptable::from(488))?;
        }
        let offered = leg.heard.is_some();
        let first = u32::try_from(core.random.u64() >> 40).unwrap_or(1);
        let reliably = supports(&request, OPTION).then(|| Sender::new(request.cseq(), first));
        Ok(Self {
            leg,
            offered,
            early: None,
            answer: None,
            pending: Some((server, request)),
            accepted: None,
            bye: false,
            told: 100,
            shown: None,
            reminder: None,
            reliably,
            accept_due: false,
        })
    }

    /// The caller of a call that was taken up after a restart.
    pub fn restored(leg: Leg) -> Self {
        Self {
            leg,
            offered: true,
            early: None,
            answer: None,
            pending: None,
            accepted: None,
            bye: false,
            told: 200,
            shown: None,
            reminder: None,
            reliably: None,
            accept_due: false,
        }
    }

    /// The INVITE, until its final answer.
    pub fn request(&self) -> Option<&Request> {
        self.pending.as_ref().map(|(_, request)| request)
    }

    /// The offer in the INVITE.
    pub fn offer(&self) -> Option<&Bytes> {
        self.leg.heard.as_ref().filter(|_| self.offered)
    }

    /// Whether something of the caller's is still to come that needs an answer.
    pub fn is_waiting(&self) -> bool {
        self.pending.is_some() || (self.accepted.is_some() && self.bye)
    }

    /// Whether the caller's INVITE is the one with this key, answered or not.
    pub fn is_invited_by(&self, server: ServerKey) -> bool {
        self.invited() == Some(server)
    }

    /// The INVITE that still leads to the call.
    pub fn invited(&self) -> Option<ServerKey> {
        self.accepted.or(self.pending.as_ref().map(|(key, _)| *key))
    }

    /// Tells the caller at once that somebody is working on it.
    pub fn begin(&mut self, core: &mut Core, call: Key) {
        let Some((server, request)) = &self.pending else { return };
        core.servers.insert(*server, call);
        if let Some(tag) = self.leg.tag() {
            core.dialogs.insert(tag, (call, LegId::Caller));
        }
        core.respond(*server, ResponseBuilder::new(request, 100, None));
    }

    /// The fork that answered.
    pub fn answering(&self) -> Option<usize> {
        self.answer.as_ref().map(|(fork, _)| *fork)
    }

    /// A phone answered: what the 200 will say is settled, so that it can be stored before it is sent.
    pub fn prepare(&mut self, core: &mut Core, call: Key) {
        if let Some(fork) = self.answering() {
            self.become_dialog_of(core, call, fork);
        }
        let (Some((_, request)), Some((_, answer))) = (&self.pending, &self.answer) else { return };
        self.leg.dialog.confirm();
        self.leg.timer.settle(request, core.now);
        self.leg.sent = Some(answer.clone());
    }

    /// The answered call is durable: tells the caller.
    pub fn accept(&mut self, core: &mut Core) {
        self.accept_due = true;
        self.accept_if_due(core);
    }

    /// Sends the 200 that is due, unless an early answer must arrive first.
    pub fn accept_if_due(&mut self, core: &mut Core) {
        let early = self.shown.is_some() && self.reliably.as_ref().is_some_and(Sender::is_pending);
        if !self.accept_due || early {
            return;
        }
        self.accept_due = false;
        let (Some((server, request)), Some((_, answer))) = (self.pending.take(), self.answer.take()) else { return };
        self.reminder = None;
        if let Some(sender) = &mut self.reliably {
            sender.finish();
        }
        let mut response = self.response(&request, 200);
        self.leg.timer.accept(&request, &mut response, core.now);
        core.agent.respond(server, response, Body::Typed(SDP, &answer), core.now);
        self.accepted = Some(server);
    }

    pub fn response(&self, request: &Request, status: u16) -> ResponseBuilder {
        let mut response = ResponseBuilder::new(request, status, Some(self.leg.dialog.id().local_tag()));
        response.header(Name::Contact, self.leg.dialog.contact()).header(Name::Allow, ALLOW);
        if status == 200 {
            response.header(Name::Supported, "timer");
        }
        response
    }

    /// Refuses the INVITE, if it has no final answer yet.
    pub fn refuse(&mut self, core: &mut Core, status: u16, phrase: Option<&str>, cause: Option<&str>) {
        let Some((server, request)) = self.pending.take() else { return };
        self.reminder = None;
        self.reliably = None;
        self.leg.gone = true;
        core.servers.remove(&server);
        let tag = self.leg.dialog.id().local_tag();
        let mut response = ResponseBuilder::with_reason(&request, status, phrase, Some(tag));
        if let Some(cause) = cause {
            response.header(Name::Reason, cause);
        }
        if status == 503 {
            response.header(Name::RetryAfter, core.settings.limits.retry_after);
        }
        core.respond(server, response);
    }

    /// The ACK came, or will not come any more.
    pub fn acknowledged(&mut self, core: &mut Core) {
        if let Some(server) = self.accepted.take() {
            core.servers.remove(&server);
        }
        if std::mem::take(&mut self.bye) {
            self.leg.hang_up(core, None);
        }
    }

    /// Ends the caller's side of an answered call, now or as soon as the ACK is there.
    pub fn hang_up(&mut self, core: &mut Core, reason: Option<&str>) {
        if self.accepted.is_some() && !self.leg.gone {
            self.bye = true;
        } else if self.pending.is_none() {
            self.leg.hang_up(core, reason);
        }
    }

    /// The INVITE's transaction is gone: nobody is there to be answered.
    pub fn vanished(&mut self) {
        if self.pending.take().is_some() {
            self.leg.gone = true;
        }
    }

    /// The caller hung up before the ACK came: nothing is left to be said.
    pub fn gone(&mut self) {
        self.leg.gone = true;
        self.bye = false;
    }

    pub fn deadline(&self) -> Option<Tick> {
        let reliably = self.reliably.as_ref().and_then(Sender::deadline);
        self.reminder.into_iter().chain(reliably).min()
    }

    /// Time has passed. Whether the call must end because a response that must arrive did not.
    #[must_use]
    pub fn handle_timeout(&mut self, core: &mut Core) -> bool {
        if self.reminder.is_some_and(|reminder| reminder <= core.now) {
            self.send_progress(core, self.told.max(180));
        }
        while let Some(due) = self.reliably.as_mut().and_then(|sender| sender.handle_timeout(core.now)) {
            match due {
                Due::Retransmit(progress) => self.send_numbered(core, progress),
                Due::Unacknowledged => {
                    self.refuse(core, 500, None, None);
                    return true;
                }
            }
        }
        false
    }
}
