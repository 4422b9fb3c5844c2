//! Phones are called, ring, answer, refuse, and are told to stop.
//!
//! A phone may have registered several contacts: each is called by an INVITE of its own, a [`Fork`]. To the Walk they
//! are one phone: it rings when one of them rings, and has failed when all of them have.

use callflow::{Event, Failure, RingDevice};
use sip::agent::{Body, ClientKey, Path};
use sip::dialog;
use sip::message::{Header, Name, NameAddr, RequestBuilder, Response};
use sip::reliable::Receiver;
use sip::session_timer::Policy;
use types::ids::{DeviceId, UserId};

use super::leg::{Leg, SDP, session_of};
use super::media::{RelayIndex, Untranslated};
use super::{Call, LegId, Stage, Task, identity};
use crate::engine::core::{ALLOW, Core, LocalTag};
use crate::media::Side;
use crate::registration::Target;

/// The Reason of a CANCEL to phones that did not answer first (RFC 3326): they show no missed call.
const ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

/// How far a fork has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Its INVITE has no final answer yet.
    Calling,
    /// It was told to stop; the final answer is still to come.
    Stopping,
    /// It answered and has the call.
    Answered,
    /// Nothing is to be expected of it.
    Over(Option<Failure>),
}

/// One contact that was called.
pub(super) struct Fork {
    pub device: DeviceId,
    pub user: UserId,
    pub leg: Option<Leg>,
    pub relay: Option<RelayIndex>,
    pub client: Option<ClientKey>,
    tag: LocalTag,
    pub path: Path,
    /// The INVITE; there is none after a restart.
    uac: Option<dialog::Caller>,
    state: State,
    interval: Policy,
    pub receiver: Receiver,
    /// Its 2xx, while the ACK waits for the caller's answer to the offer in it.
    pub unacknowledged: Option<Response>,
}

impl Fork {
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over(_))
    }

    /// Whether it rings or talks.
    pub fn is_live(&self) -> bool {
        matches!(self.state, State::Calling | State::Answered)
    }

    /// The fork of a call that was taken up after a restart.
    pub fn restored(device: DeviceId, user: UserId, leg: Leg, relay: Option<RelayIndex>, tag: LocalTag) -> Self {
        Self {
            device,
            user,
            path: leg.path,
            leg: Some(leg),
            relay,
            client: None,
            tag,
            uac: None,
            state: State::Answered,
            interval: Policy::default(),
            receiver: Receiver::default(),
            unacknowledged: None,
        }
    }

    /// The dialog that a response makes.
    fn dialog(&self, response: &Response) -> Option<dialog::Dialog> {
        self.uac.as_ref()?.answered(response).ok()
    }

    /// The INVITE's sequence number, and that of its ACK.
    fn sequence(&self) -> u32 {
        self.uac.as_ref().map_or(0, dialog::Caller::sequence)
    }
}

impl Call {
    /// Calls all contacts of a phone.
    pub(super) fn ring(&mut self, core: &mut Core, device: &RingDevice) {
        let elsewhere = core.occupied.calls_of(device.user) > u32::from(self.busy.contains(&device.user));
        let failure = if device.unless_in_call && elsewhere {
            Failure::Busy
        } else {
            let targets = core.phones.targets(device.sip_id, core.now);
            match targets.iter().filter(|target| self.call_contact(core, device, target)).count() {
                0 if targets.is_empty() => Failure::Offline,
                0 => Failure::Error { status: 503 },
                _ => return,
            }
        };
        self.tell(core, Event::Failed { device: device.device, failure });
    }

    /// Sends an INVITE to a contact. Whether it went out.
    fn call_contact(&mut self, core: &mut Core, device: &RingDevice, target: &Target) -> bool {
        let offer = match self.offer_for(core, target.path) {
            Ok(offer) => offer,
            Err(_) => return false,
        };
        let tag = core.fresh_tag();
        let flow = self.script.flow();
        let (from, to) = match flow {
            Some(flow) => (identity::caller_address(flow, &core.home), identity::called_address(flow, &core.home)),
            None => return false,
        };
        let call_id = format!("{:032x}", core.random.u128());
        let contact = core.contact(target.path);
        let mut uac =
            dialog::Caller::new(&call_id, &from, &tag.to_string(), &to, &target.uri, target.routes.clone(), &contact);
        let (relay, body) = match &offer {
            Some((relay, offer)) => (Some(*relay), Body::Typed(SDP, offer)),
            None => (None, Body::Empty),
        };
        let interval = Policy::default();
        let mut invite = uac.invite();
        self.complete(&mut invite, &from, interval);
        let Some(client) = core.send(self.key, target.path, invite, body) else { return false };
        let index = self.forks.len();
        core.dialogs.insert(tag, (self.key, LegId::Fork(index)));
        core.ladders.add_leg(self.id, &call_id);
        self.add_task(client, Task::Invite(index));
        self.forks.push(Fork {
            device: device.device,
            user: device.user,
            leg: None,
            relay,
            client: Some(client),
            tag,
            path: target.path,
            uac: Some(uac),
            state: State::Calling,
            interval,
            receiver: Receiver::default(),
            unacknowledged: None,
        });
        true
    }

    /// What an INVITE to a phone has beside its addresses and its offer.
    fn complete(&self, invite: &mut RequestBuilder, from: &NameAddr, interval: Policy) {
        invite.header(Name::Allow, ALLOW).header(Name::PAssertedIdentity, from);
        if self.caller.offered {
            // Without an offer in the INVITE, a reliable response would hold one that has to be answered in the PRACK,
            // for each phone that rings.
            invite.header(Name::Supported, "100rel");
        }
        interval.offer(invite, None);
        if let Some(request) = self.caller.request() {
            invite.copy_where(request, is_harmless);
        }
    }

    /// The response to the INVITE of a fork.
    pub(super) fn fork_response(&mut self, core: &mut Core, index: usize, response: &Response) {
        match response.status() {
            100 => {}
            101..200 => self.fork_rings(core, index, response),
            200..300 => self.fork_answered(core, index, response),
            422 => self.fork_interval(core, index, response),
            status => {
                if let Some(client) = self.forks.get_mut(index).and_then(|fork| fork.client.take()) {
                    self.finish_task(core, client);
                }
                self.fork_failed(core, index, Failure::of_status(status), status >= 600);
            }
        }
    }

    fn fork_rings(&mut self, core: &mut Core, index: usize, response: &Response) {
        let Some(fork) = self.forks.get_mut(index).filter(|fork| fork.state == State::Calling) else { return };
        if !fork.leg.as_ref().is_some_and(|leg| leg.dialog.matches_response(response))
            && let Some(dialog) = fork.dialog(response)
        {
            fork.leg = Some(Leg::new(dialog, fork.device, fork.path));
            fork.receiver = Receiver::default();
        }
        if let Some(leg) = &mut fork.leg {
            leg.learn(response);
        }
        let device = fork.device;
        if !self.acknowledge_provisional(core, index, response) {
            return;
        }
        let session = self.early_media(core, index, response);
        if matches!(response.status(), 180..=183) {
            self.tell(core, Event::Ringing { device });
        }
        self.caller.progress(core, self.key, response.status(), index, session);
        self.drive(core);
    }

    /// What the caller is to hear while the phone rings. The first phone that sends early media has the caller's ear.
    fn early_media(&mut self, core: &mut Core, index: usize, response: &Response) -> Option<bytes::Bytes> {
        let session = session_of(response)?.clone();
        let fork = self.forks.get_mut(index)?;
        let signalling = fork.path.remote.ip();
        let relay = fork.relay?;
        let leg = fork.leg.as_mut()?;
        if self.caller.early.is_some_and(|other| other != index) {
            return None;
        }
        let translated = self.relays.translate(core, relay, Side::B, signalling, &session).ok()?;
        leg.heard = Some(session);
        self.caller.early = Some(index);
        Some(translated)
    }

    /// A 2xx. The first one has the call; every other one is acknowledged and ended at once.
    fn fork_answered(&mut self, core: &mut Core, index: usize, response: &Response) {
        let first = self.stage == Stage::Ringing;
        let Some(fork) = self.forks.get_mut(index) else { return };
        let same = fork.leg.as_ref().is_some_and(|leg| leg.dialog.matches_response(response));
        match fork.state {
            State::Calling if first => {}
            // The 2xx again, while its ACK waits for the caller.
            State::Answered if same => return,
            _ => return self.turn_away(core, index, response),
        }
        if !same {
            let Some(dialog) = fork.dialog(response) else {
                return self.fork_failed(core, index, Failure::Error { status: 502 }, false);
            };
            fork.leg = Some(Leg::new(dialog, fork.device, fork.path));
        }
        let (path, sequence) = (fork.path, fork.sequence());
        let (Some(leg), Some(client)) = (&mut fork.leg, fork.client) else { return };
        leg.dialog.receive_response(response);
        leg.learn(response);
        leg.timer.answered(response, core.now);
        let session = session_of(response).cloned().or_else(|| leg.heard.clone());
        let answer = match session {
            Some(session) => self.accept_session(core, index, session),
            None => Err(Untranslated::Unreadable),
        };
        let Some(fork) = self.forks.get_mut(index) else { return };
        let Ok(answer) = answer else {
            // It answered, but not in a way that could be passed on.
            self.turn_away(core, index, response);
            return self.fork_failed(core, index, Failure::Error { status: 488 }, false);
        };
        if self.caller.offered {
            let Some(leg) = &fork.leg else { return };
            core.agent.ack(client, path, response, leg.dialog.ack(sequence), Body::Empty);
        } else {
            fork.unacknowledged = Some(response.clone());
        }
        fork.state = State::Answered;
        let device = fork.device;
        for other in 0..self.forks.len() {
            if other != index && self.forks.get(other).is_some_and(|fork| fork.device == device) {
                self.stop_fork(core, other, true);
            }
        }
        self.caller.answer = Some((index, answer));
        self.tell(core, Event::Answered { device });
        self.drive(core);
        if self.winner() != Some(index) && self.stage != Stage::Over {
            // The Walk had given this phone up already.
            self.hang_up_fork(core, index, None);
        }
    }

    /// Acknowledges a 2xx nobody waits for, and ends its dialog.
    fn turn_away(&mut self, core: &mut Core, index: usize, response: &Response) {
        let Some(fork) = self.forks.get_mut(index) else { return };
        let (Some(dialog), Some(client)) = (fork.dialog(response), fork.client) else { return };
        core.agent.ack(client, fork.path, response, dialog.ack(fork.sequence()), Body::Empty);
        Leg::new(dialog, fork.device, fork.path).hang_up(core, Some(ELSEWHERE));
        if fork.state != State::Answered {
            fork.state = State::Over(None);
        }
    }

    /// The phone wants longer session intervals (RFC 4028 section 7.3): it is asked again.
    fn fork_interval(&mut self, core: &mut Core, index: usize, response: &Response) {
        if !self.ask_again(core, index, response) {
            self.fork_failed(core, index, Failure::Error { status: 422 }, false);
        }
    }

    fn ask_again(&mut self, core: &mut Core, index: usize, response: &Response) -> bool {
        let Some(fork) = self.forks.get_mut(index).filter(|fork| fork.state == State::Calling) else { return false };
        let Some(interval) = fork.interval.after_too_small(response) else { return false };
        fork.interval = interval;
        let Some(uac) = &mut fork.uac else { return false };
        let mut invite = uac.invite();
        let (path, relay, old) = (fork.path, fork.relay, fork.client.take());
        let Some(flow) = self.script.flow() else { return false };
        let from = identity::caller_address(flow, &core.home);
        self.complete(&mut invite, &from, interval);
        let offer = relay.and_then(|relay| self.relays.offer(relay));
        let body = offer.as_ref().map_or(Body::Empty, |offer| Body::Typed(SDP, offer));
        let client = core.send(self.key, path, invite, body);
        if let Some(old) = old {
            self.finish_task(core, old);
        }
        let (Some(client), Some(fork)) = (client, self.forks.get_mut(index)) else { return false };
        fork.client = Some(client);
        self.add_task(client, Task::Invite(index));
        true
    }

    /// A fork refused, or does not react. With `everywhere` the refusal speaks for all contacts of the phone (6xx).
    pub(super) fn fork_failed(&mut self, core: &mut Core, index: usize, failure: Failure, everywhere: bool) {
        let Some(fork) = self.forks.get_mut(index) else { return };
        let wanted = fork.state == State::Calling;
        if fork.state == State::Answered {
            return;
        }
        fork.state = State::Over(wanted.then_some(failure));
        if self.caller.early == Some(index) {
            self.caller.early = None;
        }
        let Some(fork) = self.forks.get(index) else { return };
        let device = fork.device;
        if !wanted || self.stage != Stage::Ringing {
            return;
        }
        let of_device = |fork: &&Fork| fork.device == device;
        if everywhere {
            for other in 0..self.forks.len() {
                if self.forks.get(other).as_ref().is_some_and(of_device) {
                    self.stop_fork(core, other, false);
                }
            }
        } else if self.forks.iter().filter(of_device).any(|fork| fork.state == State::Calling) {
            return;
        }
        let all = self.forks.iter().filter(of_device).filter_map(|fork| match fork.state {
            State::Over(failure) => failure,
            _ => None,
        });
        let failure = if everywhere { failure } else { all.max_by_key(|failure| weight(*failure)).unwrap_or(failure) };
        self.tell(core, Event::Failed { device, failure });
        self.drive(core);
    }

    /// Tells phones to stop ringing.
    pub(super) fn stop_ringing(&mut self, core: &mut Core, devices: &[DeviceId], answered_elsewhere: bool) {
        for index in 0..self.forks.len() {
            if self.forks.get(index).is_some_and(|fork| devices.contains(&fork.device)) {
                self.stop_fork(core, index, answered_elsewhere);
            }
        }
    }

    /// Cancels the INVITE of a fork that has not answered.
    pub(super) fn stop_fork(&mut self, core: &mut Core, index: usize, answered_elsewhere: bool) {
        if let Some(fork) = self.forks.get_mut(index)
            && fork.state == State::Calling
            && let Some(client) = fork.client
        {
            fork.state = State::Stopping;
            core.agent.cancel(client, answered_elsewhere.then_some(ELSEWHERE), core.now);
            if self.caller.early == Some(index) {
                self.caller.early = None;
            }
        }
    }

    /// Ends the dialog of a fork that answered.
    pub(super) fn hang_up_fork(&mut self, core: &mut Core, index: usize, reason: Option<&str>) {
        let Some(fork) = self.forks.get_mut(index).filter(|fork| fork.state == State::Answered) else { return };
        fork.state = State::Over(None);
        let sequence = fork.sequence();
        let Some(leg) = &mut fork.leg else { return };
        if let (Some(response), Some(client)) = (fork.unacknowledged.take(), fork.client) {
            // The caller never answered the offer in it. It must be acknowledged all the same.
            core.agent.ack(client, leg.path, &response, leg.dialog.ack(sequence), Body::Empty);
        }
        leg.hang_up(core, reason);
    }

    /// Takes the waiting 2xx of a fork out, to be acknowledged with the caller's answer.
    pub(super) fn acknowledge_fork(&mut self, core: &mut Core, index: usize, answer: Option<&[u8]>) {
        let Some(fork) = self.forks.get_mut(index) else { return };
        let sequence = fork.sequence();
        let (Some(response), Some(client), Some(leg)) = (fork.unacknowledged.take(), fork.client, &mut fork.leg) else {
            return;
        };
        let body = answer.map_or(Body::Empty, |answer| Body::Typed(SDP, answer));
        core.agent.ack(client, leg.path, &response, leg.dialog.ack(sequence), body);
        leg.sent = answer.map(bytes::Bytes::copy_from_slice);
    }

    /// Our tags, to be forgotten with the call.
    pub(super) fn fork_tags(&self) -> impl Iterator<Item = LocalTag> {
        self.forks.iter().map(|fork| fork.tag)
    }
}

/// Of several contacts of one phone, the answer that says most about its person.
fn weight(failure: Failure) -> u8 {
    match failure {
        Failure::Offline => 0,
        Failure::Error { .. } => 1,
        Failure::NoAnswer => 2,
        Failure::Busy => 3,
        Failure::Declined => 4,
    }
}

/// What the caller's INVITE may say to the called phone beside the call itself. A list of what is known to be harmless:
/// headers that make a phone answer by itself or believe somebody else is calling come in ever new spellings.
fn is_harmless(header: &Header<'_>) -> bool {
    matches!(header.name, Name::Subject | Name::Priority | Name::AcceptLanguage | Name::UserToUser)
}
