//! The exchange as one value, without sockets, threads and clocks.
//!
//! Tell it what happened ([`Engine::handle`]), then take out what is to be done ([`Engine::poll`]) until there is nothing,
//! then wait until something happens or [`Engine::next_deadline`]. Nothing runs beside it: phones, calls, nonces, timers
//! all live here and change only while an input is handled.

pub(crate) mod alarms;
pub(crate) mod authenticate;
mod commits;
pub(crate) mod heartbeat;
pub(crate) mod core;
mod dispatch;
mod input;
mod ladders;
mod random;
mod requests;
mod stun;
pub(crate) mod table;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use sip::agent::{Agent, AgentConfig, AgentLimits};
use sip::message::Uri;
use types::clock::{Tick, Timestamp};
use types::entropy::Entropy;
use types::ids::{AccountId, CallId, DeviceId, UserId};

use self::alarms::Alarms;
use self::core::{Core, EXTENSIONS, METHODS, Waiting};
pub use self::input::{Input, Output};
use self::table::{Key, Table};
use crate::call::Call;
use crate::guard::{Admission, Guard};
use crate::live::{LiveCall, Presence};
use crate::ports::{Change, Directory, Entry, Heartbeat, Ledger, Media, Restored, Ticket, Watch};
use crate::registration;
use crate::settings::Settings;

/// What the engine needs of the world.
pub struct Ports {
    /// Who is who.
    pub directory: Arc<dyn Directory>,
    /// What makes things durable.
    pub ledger: Arc<dyn Ledger>,
    /// Who looks.
    pub watch: Arc<dyn Watch>,
    /// Where packets go.
    pub media: Box<dyn Media>,
    /// Where secrets come from.
    pub entropy: Arc<dyn Entropy>,
}

/// See the module's text.
pub struct Engine {
    core: Core,
    calls: Table<Box<Call>>,
    alarms: Alarms<Key>,
}

/// A datagram shorter than any SIP message: a keep-alive.
const KEEP_ALIVE: usize = 8;

impl Engine {
    /// An exchange that goes on where the last one ended. `now` and `at` are the present by both clocks.
    ///
    /// # Errors
    /// When the domain in the settings is none.
    pub fn new(
        settings: Settings,
        ports: Ports,
        restored: Restored,
        now: Tick,
        at: Timestamp,
    ) -> Result<Self, sip::message::Invalid> {
        let Ports { directory, ledger, watch, media, entropy } = ports;
        let limits = &settings.limits;
        let home = Uri::parse(format!("sip:{}", settings.domain))?;
        let config = AgentConfig {
            advertised: settings.advertised,
            home: Some(home.clone()),
            methods: METHODS,
            extensions: EXTENSIONS,
            limits: AgentLimits { retry_after: limits.retry_after, ..AgentLimits::default() },
            ..AgentConfig::default()
        };
        let core = Core {
            home,
            agent: Agent::new(config, Arc::new(random::Pool::new(Arc::clone(&entropy)))),
            nonces: Core::fresh_nonces(&*entropy, &settings.realm),
            guard: Guard::new(limits.failures, limits.failure_window, limits.strangers_per_second, now),
            phones: registration::Phones::new(now, at),
            directory,
            watch,
            reachable: Default::default(),
            media,
            commits: commits::Commits::new(ledger, limits.waiting_commits),
            random: random::Random::new(entropy),
            dialogs: Default::default(),
            servers: Default::default(),
            clients: Default::default(),
            occupied: Default::default(),
            ladders: ladders::Ladders::new(limits.ladder_bytes),
            outputs: VecDeque::new(),
            now,
            at,
            closing: false,
            beat: None,
            settings,
        };
        let mut engine = Self { core, calls: Table::default(), alarms: Alarms::default() };
        engine.restore(restored);
        engine.drain();
        Ok(engine)
    }

    /// Whether a datagram from this address is to be looked at at all. Costs next to nothing.
    pub fn admits(&mut self, source: IpAddr, now: Tick) -> bool {
        let admission = self.core.guard.admit(source, now);
        match admission {
            Admission::Known | Admission::Stranger => {}
            Admission::Banned => metrics::counter!("ringwerk_sip_dropped_total", "why" => "banned").increment(1),
            Admission::Crowded => metrics::counter!("ringwerk_sip_dropped_total", "why" => "crowded").increment(1),
        }
        admission.is_in()
    }

    /// Whether nothing is to be heard from this address over connections, as too many wrong passwords came from it.
    #[must_use]
    pub fn bans(&self, source: IpAddr, now: Tick) -> bool {
        self.core.guard.bans(source, now)
    }

    /// Something happened.
    pub fn handle(&mut self, input: Input<'_>, now: Tick, at: Timestamp) {
        self.core.now = now;
        self.core.at = at;
        match input {
            Input::Datagram { bytes, .. } if bytes.len() < KEEP_ALIVE => {}
            Input::Datagram { path, bytes } if stun::is_stun(bytes) => self.core.answer_stun(path, bytes),
            Input::Datagram { path, bytes } => self.core.agent.handle_message(path, Bytes::copy_from_slice(bytes), now),
            Input::Message { path, bytes } => self.core.agent.handle_message(path, bytes, now),
            Input::Opened { path } => self.core.phones.opened(path.connection),
            Input::Malformed { path, malformed } => self.core.answer_malformed(path, malformed),
            Input::Closed { connection } => {
                registration::closed(&mut self.core, connection);
                self.core.agent.handle_path_closed(connection);
            }
            Input::Committed { tickets } => tickets.iter().for_each(|ticket| self.committed(*ticket)),
            Input::CommitFailed { tickets } => tickets.iter().for_each(|ticket| self.commit_failed(*ticket)),
            Input::Timeout => self.timeout(),
            Input::Drop { device } => registration::forget(&mut self.core, device),
            Input::ShutDown => self.shut_down(),
        }
        self.drain();
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.core.outputs.pop_front()
    }

    /// When to hand in [`Input::Timeout`]. May be earlier than anything happens, never later.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Tick> {
        let core = &self.core;
        let deadlines = [
            core.agent.next_deadline(),
            self.alarms.next_deadline(),
            core.phones.next_deadline(),
            core.commits.next_deadline(),
            core.beat,
        ];
        deadlines.into_iter().flatten().min()
    }

    /// Whether everything is durable that has to be, and nothing rings.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.core.commits.is_empty() && self.calls.iter().all(|(_, call)| call.is_settled())
    }

    /// A phone, if it is registered.
    #[must_use]
    pub fn presence(&self, device: DeviceId) -> Option<Presence> {
        self.core.phones.presence(device, self.core.now)
    }

    /// Whether a user is in a call, calling or talking.
    #[must_use]
    pub fn is_in_call(&self, user: UserId) -> bool {
        self.core.occupied.calls_of(user) > 0
    }

    /// The calls of an account, or of all, in no particular order.
    #[must_use]
    pub fn calls(&self, account: Option<AccountId>) -> Vec<LiveCall> {
        let wanted = |call: &Call| account.is_none_or(|account| call.account() == account);
        self.calls.iter().filter(|(_, call)| wanted(call)).filter_map(|(_, call)| call.snapshot()).collect()
    }

    /// The messages of a recent call, masked.
    #[must_use]
    pub fn ladder(&self, call: CallId) -> Option<String> {
        self.core.ladders.ladder(call).map(|ladder| ladder.transcript())
    }

    /// How many calls there are.
    #[must_use]
    pub fn calls_active(&self) -> usize {
        self.calls.len()
    }

    /// How many phones are registered.
    #[must_use]
    pub fn phones(&self) -> usize {
        self.core.phones.len()
    }

    fn restore(&mut self, restored: Restored) {
        registration::restore(&mut self.core, restored.phones);
        for open in &restored.open_calls {
            let core = &mut self.core;
            match self.calls.try_insert_with(|key| Call::restore(core, key, open, restored.heartbeat).map(Box::new)) {
                Some(key) => self.settle(key),
                None => self.close_unreadable(open, restored.heartbeat),
            }
        }
    }

    fn close_unreadable(&mut self, open: &crate::ports::OpenCall, last: Option<Heartbeat>) {
        tracing::warn!(call = %open.call, "a stored call cannot be taken up and is closed");
        match crate::call::recovered(open, last) {
            Some(record) => {
                self.core.commits.insist(Entry::CallEnded { record }, Waiting::Nobody, self.core.now);
            }
            None => tracing::error!(call = %open.call, "a stored call cannot be read; it has no record"),
        }
    }

    fn timeout(&mut self) {
        let now = self.core.now;
        self.core.agent.handle_timeout(now);
        self.core.commits.handle_timeout(now);
        registration::expire(&mut self.core);
        registration::keep_alive(&mut self.core);
        self.beat();
        self.drain();
        while let Some((due, key)) = self.alarms.next_due(now) {
            if let Some(call) = self.calls.find_mut(key)
                && Alarms::<Key>::rang(&mut call.armed, due)
            {
                if call.deadline().is_some_and(|deadline| deadline <= now) {
                    call.handle_timeout(&mut self.core);
                }
                self.settle(key);
                self.drain();
            }
        }
    }

    fn committed(&mut self, ticket: Ticket) {
        match self.core.commits.finish(ticket) {
            Some(Waiting::Registration(pending)) => registration::committed(&mut self.core, *pending),
            Some(Waiting::Open(key)) => self.with_call(key, |call, core| call.opened(core)),
            Some(Waiting::Record(key)) => self.with_call(key, |call, core| call.recorded(core)),
            Some(Waiting::Nobody) | None => {}
        }
    }

    fn commit_failed(&mut self, ticket: Ticket) {
        metrics::counter!("ringwerk_commits_failed_total").increment(1);
        match self.core.commits.finish(ticket) {
            Some(Waiting::Registration(pending)) => registration::failed(&mut self.core, *pending),
            Some(Waiting::Open(key)) => self.with_call(key, |call, core| call.not_opened(core)),
            Some(Waiting::Record(key)) => self.with_call(key, |call, core| call.not_recorded(core)),
            Some(Waiting::Nobody) | None => {}
        }
    }

    fn shut_down(&mut self) {
        self.core.closing = true;
        let keys: Vec<Key> = self.calls.iter().map(|(key, _)| key).collect();
        for key in keys {
            self.with_call(key, |call, core| call.shut_down(core));
        }
    }

    /// Lets something happen to a call, and sees to what follows from it.
    fn with_call(&mut self, key: Key, act: impl FnOnce(&mut Call, &mut Core)) {
        if let Some(call) = self.calls.find_mut(key) {
            act(call, &mut self.core);
            self.settle(key);
        }
    }

    /// Forgets a call that is over, and sees to the deadline of one that is not.
    fn settle(&mut self, key: Key) {
        let Some(call) = self.calls.find_mut(key) else { return };
        if let Some(change) = call.take_change() {
            self.core.watch.changed(Change::Call(change));
        }
        if call.is_done() {
            call.forget(&mut self.core);
            self.calls.remove(key);
        } else {
            let deadline = call.deadline();
            self.alarms.arm(&mut call.armed, key, deadline);
        }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("phones", &self.phones())
            .field("calls", &self.calls.len())
            .field("dialogs", &self.core.dialogs.len())
            .field("servers", &self.core.servers.len())
            .field("clients", &self.core.clients.len())
            .field("occupied", &self.core.occupied)
            .field("commits", &self.core.commits)
            .finish_non_exhaustive()
    }
}
