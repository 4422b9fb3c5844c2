//! Phones are called, and told to stop. What they say to it: [`super::ringing`].
//!
//! A phone may have registered several contacts: each is called by an INVITE of its own, a [`Fork`]. To the Walk they
//! are one phone: it rings when one of them rings, and has failed when all of them have.

use callflow::{Event, Failure, Reach, RingDevice};
use sip::agent::{Body, ClientKey, Path};
use sip::dialog;
use sip::message::{Header, Name, NameAddr, RequestBuilder, Response};
use sip::reliable::Receiver;
use sip::session_timer::Policy;
use types::ids::{DeviceId, UserId};

use super::leg::{Leg, SDP};
use super::media::RelayIndex;
use super::{Call, LegId, Task, identity};
use crate::engine::core::{ALLOW, Core, LocalTag};
use crate::registration::Target;

/// The Reason of a CANCEL to phones that did not answer first (RFC 3326): they show no missed call.
pub(super) const ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

/// How far a fork has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
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
    pub uac: Option<dialog::Caller>,
    pub state: State,
    pub interval: Policy,
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
    pub fn dialog(&self, response: &Response) -> Option<dialog::Dialog> {
        self.uac.as_ref()?.answered(response).ok()
    }

    /// The INVITE's sequence number, and that of its ACK.
    pub fn sequence(&self) -> u32 {
        self.uac.as_ref().map_or(0, dialog::Caller::sequence)
    }
}

impl Call {
    /// Calls all contacts of a phone.
    pub(super) fn ring(&mut self, core: &mut Core, device: &RingDevice) {
        let elsewhere = core.occupied.calls_of(device.user) > u32::from(self.busy.contains(&device.user));
        let failure = match device.reach {
            _ if device.unless_in_call && elsewhere => Failure::Busy,
            Reach::SipId(sip_id) => {
                let targets = core.phones.targets(sip_id, core.now);
                match targets.iter().filter(|target| self.call_contact(core, device, target)).count() {
                    0 if targets.is_empty() => Failure::Offline,
                    0 => Failure::Error { status: 503 },
                    _ => return,
                }
            }
            // No line leads outside yet.
            Reach::Mobile(_) | Reach::External(_) => Failure::NoLine,
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
    pub(super) fn complete(&self, invite: &mut RequestBuilder, from: &NameAddr, interval: Policy) {
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

/// What the caller's INVITE may say to the called phone beside the call itself. A list of what is known to be harmless:
/// headers that make a phone answer by itself or believe somebody else is calling come in ever new spellings.
fn is_harmless(header: &Header<'_>) -> bool {
    matches!(header.name, Name::Subject | Name::Priority | Name::AcceptLanguage | Name::UserToUser)
}
