//! Is anybody still there: session timers (RFC 4028), silence, the longest call.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sip::agent::{Body, ClientKey, ServerKey};
use sip::message::{Method, Name, Request, RequestBuilder, Response, ResponseBuilder};
use sip::session_timer::{self, Agreement, Due, Policy};
use types::clock::Tick;

use super::leg::SDP;
use super::{Call, LegId, Stage, Task};
use crate::engine::core::{ALLOW, Core, Waiting};
use crate::ports::Entry;

/// With no media packet for this long, both phones are asked whether they are there.
const SILENCE: Duration = Duration::from_secs(60);
/// A call taken up after a restart asks its phones this soon.
const AFTER_RESTART: Duration = Duration::from_secs(2);

/// The session timer of one leg. What was agreed survives a restart, the clock starts again.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct LegTimer {
    agreement: Option<Agreement>,
    #[serde(skip)]
    running: Option<session_timer::SessionTimer>,
}

impl LegTimer {
    /// The phone's 2xx to an INVITE or UPDATE of ours settles it.
    pub fn answered(&mut self, response: &Response, now: Tick) {
        self.set(Agreement::of_response(response), now);
    }

    /// Our 2xx to the phone's INVITE or UPDATE settles it.
    pub fn accept(&mut self, request: &Request, response: &mut ResponseBuilder, now: Tick) {
        if let Ok(answer) = Policy::default().answer(request) {
            answer.write(response);
            self.set(answer.agreement, now);
        }
    }

    /// What [`Self::accept`] will settle, before the 2xx is there.
    pub fn settle(&mut self, request: &Request, now: Tick) {
        if let Ok(answer) = Policy::default().answer(request) {
            self.set(answer.agreement, now);
        }
    }

    /// Adds what is wanted to an INVITE or UPDATE of ours within the session.
    pub fn offer(&self, request: &mut RequestBuilder) {
        Policy::default().offer(request, self.agreement);
    }

    /// Starts the clock again after a restart.
    pub fn resume(&mut self, now: Tick) {
        self.set(self.agreement, now);
    }

    fn set(&mut self, agreement: Option<Agreement>, now: Tick) {
        self.agreement = agreement;
        self.running = agreement.map(|agreement| session_timer::SessionTimer::start(agreement, now));
    }

    fn deadline(&self) -> Option<Tick> {
        self.running.as_ref().and_then(session_timer::SessionTimer::deadline)
    }

    fn handle_timeout(&mut self, now: Tick) -> Option<Due> {
        self.running.as_mut().and_then(|running| running.handle_timeout(now))
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

/// Refuses an INVITE or UPDATE with too short a session interval.
pub(super) fn check_interval(request: &Request) -> Result<(), Unacceptable> {
    let answer = Policy::default().answer(request);
    answer.map(drop).map_err(|small| Unacceptable { status: 422, shortest: Some(small.shortest) })
}

impl Call {
    /// The call is up: from now on it is watched.
    pub(super) fn begin_watch(&mut self, core: &mut Core) {
        core.begin_heartbeat();
        self.longest = Some(core.now + core.settings.limits.call_duration);
        self.silence = Some(core.now + SILENCE);
    }

    /// The call was taken up after a restart: its phones are asked soon.
    pub(super) fn resume_watch(&mut self, core: &mut Core) {
        self.begin_watch(core);
        self.adopted = true;
        // Not all at once.
        let turn = u64::try_from(core.occupied.calls()).unwrap_or_default();
        self.silence = Some(core.now + AFTER_RESTART + Duration::from_millis(turn));
        let talked = core.at.saturating_since(self.answered.unwrap_or(core.at));
        self.longest = Some(core.now + core.settings.limits.call_duration.saturating_sub(talked));
        self.each_leg(|leg| leg.timer.resume(core.now));
    }

    /// When [`Self::handle_timeout`] is due.
    pub(crate) fn deadline(&self) -> Option<Tick> {
        if self.stage == Stage::Over {
            return self.caller.deadline();
        }
        let legs = [Some(LegId::Caller), self.winner().map(LegId::Fork)];
        let timers = legs.into_iter().flatten().filter_map(|leg| self.leg(leg)?.timer.deadline());
        let others = [self.script.deadline(), self.caller.deadline(), self.longest, self.silence];
        others.into_iter().flatten().chain(timers).min()
    }

    /// Time has passed.
    pub(crate) fn handle_timeout(&mut self, core: &mut Core) {
        if self.caller.handle_timeout(core) {
            self.caller_gone(core);
        }
        if self.stage == Stage::Over {
            return;
        }
        self.script.handle_timeout(core.now, core.at);
        self.drive(core);
        let Some(fork) = self.winner() else { return };
        if self.longest.is_some_and(|longest| longest <= core.now) {
            return self.cut(core);
        }
        for id in [LegId::Caller, LegId::Fork(fork)] {
            match self.leg_mut(id).and_then(|leg| leg.timer.handle_timeout(core.now)) {
                Some(Due::Expired) => return self.cut(core),
                Some(Due::Refresh) => self.send_refresh(core, id),
                None => {}
            }
        }
        if self.silence.is_some_and(|silence| silence <= core.now) {
            self.look_into_silence(core, fork);
        }
    }

    /// Stores the call's present state. If that fails, the state stored before is what a restart finds.
    pub(super) fn save(&self, core: &mut Core) {
        if matches!(self.stage, Stage::Up(_))
            && let Some(open) = self.saved_state(core)
        {
            let _ = core.commits.submit(Entry::CallChanged(open), Waiting::Nobody);
        }
    }

    /// The exchange is about to say that it is alive: returns whether that is said of this call, too.
    pub(crate) fn is_alive(&mut self, core: &mut Core) -> bool {
        if std::mem::take(&mut self.adopted) {
            self.save(core);
        }
        matches!(self.stage, Stage::Up(_))
    }

    /// Refreshes a session: by UPDATE, or with the last session description where the phone knows no UPDATE.
    fn send_refresh(&mut self, core: &mut Core, id: LegId) {
        if self.is_negotiating(id) {
            // What is on its way refreshes the session as well.
            return;
        }
        let key = self.key;
        let Some(leg) = self.leg_mut(id) else { return };
        let path = core.way_to(leg);
        let method = if leg.updates { Method::Update } else { Method::Invite };
        let mut request = leg.dialog.request(method.clone());
        request.header(Name::Allow, ALLOW);
        leg.timer.offer(&mut request);
        let body = match (&leg.sent, method) {
            (Some(sent), Method::Invite) => Body::Typed(SDP, sent),
            _ => Body::Empty,
        };
        if let Some(client) = core.send(key, path, request, body) {
            self.add_task(client, Task::Refresh(id));
        }
    }

    /// No media for a while. That may be hold, or a phone that lost its power: both phones are asked (an OPTIONS within
    /// the dialog must be answered, with 481 if the phone does not know the call any more).
    fn look_into_silence(&mut self, core: &mut Core, fork: usize) {
        self.silence = Some(core.now + SILENCE);
        let relay = self.forks.get(fork).and_then(|fork| self.relays.relay(fork.relay?));
        let quiet_since = relay.and_then(|relay| core.media.idle_since(relay.id));
        let talking = quiet_since.is_some_and(|since| core.now.saturating_since(since) < SILENCE);
        if talking && !self.script.is_unconfirmed() {
            return;
        }
        for id in [LegId::Caller, LegId::Fork(fork)] {
            if self.is_negotiating(id) || self.tasks.iter().any(|(_, task)| *task == Task::Probe(id)) {
                continue;
            }
            let key = self.key;
            let Some(leg) = self.leg_mut(id) else { continue };
            let path = core.way_to(leg);
            let request = leg.dialog.request(Method::Options);
            if let Some(client) = core.send(key, path, request, Body::Empty) {
                self.add_task(client, Task::Probe(id));
            }
        }
    }

    /// The answer to a refresh or a probe. `None`: none came.
    pub(super) fn watched(&mut self, core: &mut Core, client: ClientKey, id: LegId, response: Option<&Response>) {
        let status = response.map_or(408, Response::status);
        if status < 200 {
            return;
        }
        let refreshed = matches!(self.task(client), Some(Task::Refresh(_)));
        self.finish_task(core, client);
        if self.stage == Stage::Over {
            return;
        }
        if matches!(status, 408 | 481) {
            if let Some(leg) = self.leg_mut(id) {
                leg.gone = status == 481;
            }
            return self.cut(core);
        }
        self.script.confirm();
        let Some(leg) = self.leg_mut(id) else { return };
        if let Some(response) = response.filter(|response| refreshed && response.is_success()) {
            leg.dialog.receive_response(response);
            leg.timer.answered(response, core.now);
            if response.cseq().method == Method::Invite {
                core.agent.ack(client, leg.path, response, leg.dialog.ack(response.cseq().number), Body::Empty);
            }
        }
    }

    fn each_leg(&mut self, mut act: impl FnMut(&mut super::Leg)) {
        act(&mut self.caller.leg);
        self.forks.iter_mut().filter_map(|fork| fork.leg.as_mut()).for_each(act);
    }
}
