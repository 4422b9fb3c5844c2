//! The caller's leg, and what the caller is told while phones ring.

use std::time::Duration;

use bytes::Bytes;
use sip::agent::{Body, Path, ServerKey};
use sip::dialog::Dialog;
use sip::message::header::{requires, supports};
use sip::message::{Name, Request, ResponseBuilder};
use sip::reliable::{Due, OPTION, Sender};
use sip::transaction::Timers;
use types::clock::Tick;
use types::ids::DeviceId;

use super::leg::{Leg, SDP, session_of};
use super::reliable::Progress;
use super::{LegId, liveness};
use crate::engine::core::{ALLOW, Core};
use crate::engine::table::Key;

/// A provisional response is repeated this often, so that proxies on the way do not give up (RFC 3261 section
/// 13.3.1.1).
const REMINDER: Duration = Duration::from_secs(60);

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
    pending: Option<(ServerKey, Request)>,
    /// The INVITE that was answered 2xx, until its ACK.
    accepted: Option<ServerKey>,
    /// A BYE that must wait for that ACK (RFC 3261 section 15).
    bye: bool,
    /// The last provisional status sent, and the early session description with it.
    told: u16,
    shown: Option<(usize, Bytes)>,
    reminder: Option<Tick>,
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
    fn become_dialog_of(&mut self, core: &mut Core, call: Key, fork: usize) {
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

    fn send_progress(&mut self, core: &mut Core, status: u16) {
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

    /// The phone answered and that is durable: tells the caller.
    pub fn accept(&mut self, core: &mut Core, call: Key) {
        self.accept_due = true;
        self.accept_if_due(core, call);
    }

    /// Sends the 200 that is due, unless an early answer must arrive first.
    pub fn accept_if_due(&mut self, core: &mut Core, call: Key) {
        let early = self.shown.is_some() && self.reliably.as_ref().is_some_and(Sender::is_pending);
        if !self.accept_due || early {
            return;
        }
        self.accept_due = false;
        if let Some(fork) = self.answering() {
            self.become_dialog_of(core, call, fork);
        }
        let (Some((server, request)), Some((_, answer))) = (self.pending.take(), self.answer.take()) else { return };
        self.reminder = None;
        if let Some(sender) = &mut self.reliably {
            sender.finish();
        }
        self.leg.dialog.confirm();
        let mut response = self.response(&request, 200);
        self.leg.timer.accept(&request, &mut response, core.now);
        core.agent.respond(server, response, Body::Typed(SDP, &answer), core.now);
        self.leg.sent = Some(answer);
        self.accepted = Some(server);
    }

    fn response(&self, request: &Request, status: u16) -> ResponseBuilder {
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

/// Why an INVITE cannot be taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unacceptable {
    pub status: u16,
    /// The Min-SE of a 422.
    pub shortest: Option<u32>,
}

impl From<u16> for Unacceptable {
    fn from(status: u16) -> Self {
        Self { status, shortest: None }
    }
}

impl Unacceptable {
    /// Refuses the request.
    pub fn refuse(self, core: &mut Core, server: ServerKey, request: &Request) {
        let mut response = core.answer(request, self.status);
        if let Some(shortest) = self.shortest {
            response.header(Name::MinSe, shortest);
        }
        core.respond(server, response);
    }
}
