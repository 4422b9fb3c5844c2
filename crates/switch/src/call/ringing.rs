//! What the phones that were called say: they ring, answer, refuse, or nothing at all.

use bytes::Bytes;
use callflow::{Event, Failure};
use sip::agent::Body;
use sip::message::Response;
use sip::reliable::Receiver;

use super::fork::{ELSEWHERE, Fork, State};
use super::leg::{Leg, SDP, session_of};
use super::media::Untranslated;
use super::{Call, Stage, Task, identity};
use crate::engine::core::Core;
use crate::media::Side;

impl Call {
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
    fn early_media(&mut self, core: &mut Core, index: usize, response: &Response) -> Option<Bytes> {
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
}

/// Of several contacts of one phone, the answer that says most about its person.
fn weight(failure: Failure) -> u8 {
    match failure {
        Failure::Offline | Failure::NoLine | Failure::Loop | Failure::NoPhone => 0,
        Failure::Error { .. } => 1,
        Failure::NoAnswer => 2,
        Failure::Busy => 3,
        Failure::Declined => 4,
    }
}
