//! The registered phones.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use ahash::AHashMap;
use sip::agent::Path;
use sip::dialog::RouteSet;
use sip::message::Uri;
use sip::registrar::{Binding, Bindings};
use smallvec::SmallVec;
use types::clock::{Tick, Timestamp};
use types::ids::{AccountId, DeviceId};
use types::sip_id::SipId;

use crate::engine::alarms::{Alarms, Armed};
use crate::guard::Guard;
use crate::live::Presence;
use crate::ports::RegistrationChange;

/// Where a phone is called.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub path: Path,
    pub uri: Uri,
    pub routes: RouteSet,
}

impl Target {
    fn of(binding: &Binding) -> Self {
        Self { path: binding.path(), uri: binding.uri().clone(), routes: binding.routes().clone() }
    }
}

/// A phone with at least one registration.
#[derive(Debug)]
struct Phone {
    account: AccountId,
    device: DeviceId,
    bindings: Bindings,
    since: Timestamp,
    armed: Armed,
    /// It stands in [`Phones::translated`].
    queued: bool,
}

/// How often a phone behind an address translation is asked something.
const KEEP_ALIVE: Duration = Duration::from_secs(29);

/// Registrations that are on their way to the ledger.
#[derive(Debug)]
struct Underway {
    bindings: Bindings,
    count: u32,
}

/// All registered phones. Time here is the steady clock: wall time at the start of the process plus what the monotonic
/// clock counted since, so that setting the machine's clock makes nobody unreachable.
#[derive(Debug)]
pub(crate) struct Phones {
    started: Timestamp,
    start: Tick,
    by_id: AHashMap<SipId, Phone>,
    ids: AHashMap<DeviceId, SipId>,
    underway: AHashMap<SipId, Underway>,
    /// The connections that are open, with the phones that registered over them.
    connections: AHashMap<u64, SmallVec<[SipId; 1]>>,
    alarms: Alarms<SipId>,
    /// Phones behind address translations and when it is their turn, the next one first.
    translated: VecDeque<(Tick, SipId)>,
}

/// What is stored of a phone: who it is and where.
#[derive(Clone, Debug)]
pub(crate) struct Registered {
    pub account: AccountId,
    pub device: DeviceId,
    pub sip_id: SipId,
    pub bindings: Bindings,
}

impl Registered {
    /// From what was stored; `None` when it cannot be read.
    pub fn read(stored: &RegistrationChange) -> Option<Self> {
        let RegistrationChange { account, device, sip_id, .. } = *stored;
        let bindings = serde_json::from_slice(&stored.bindings).ok()?;
        Some(Self { account, device, sip_id, bindings })
    }
}

impl Phones {
    pub fn new(now: Tick, at: Timestamp) -> Self {
        Self {
            started: at,
            start: now,
            by_id: AHashMap::new(),
            ids: AHashMap::new(),
            underway: AHashMap::new(),
            connections: AHashMap::new(),
            alarms: Alarms::default(),
            translated: VecDeque::new(),
        }
    }

    /// The steady clock.
    pub fn steady(&self, now: Tick) -> Timestamp {
        self.started.after(now.saturating_since(self.start))
    }

    /// When the steady clock began, which names this run of the process, and what it shows.
    pub fn run(&self, now: Tick) -> (Timestamp, Timestamp) {
        (self.started, self.steady(now))
    }

    fn tick(&self, steady: Timestamp) -> Tick {
        self.start + steady.saturating_since(self.started)
    }

    /// How many phones are registered.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The phone behind a device id.
    pub fn find(&self, device: DeviceId) -> Option<SipId> {
        self.ids.get(&device).copied()
    }

    /// Where a phone can be called, the most preferred contact first. A connection that is gone leads nowhere.
    pub fn targets(&self, sip_id: SipId, now: Tick) -> Vec<Target> {
        let Some(phone) = self.by_id.get(&sip_id) else { return Vec::new() };
        let targets = phone.bindings.targets(self.steady(now)).into_iter();
        targets.filter(|binding| self.is_open(binding.path())).map(Target::of).collect()
    }

    /// What a phone's registrations are, as far as they are on their way or durable.
    pub fn latest(&self, sip_id: SipId) -> Bindings {
        if let Some(underway) = self.underway.get(&sip_id) {
            return underway.bindings.clone();
        }
        self.by_id.get(&sip_id).map(|phone| phone.bindings.clone()).unwrap_or_default()
    }

    /// Notes that bindings are on their way to the ledger.
    pub fn set_underway(&mut self, sip_id: SipId, bindings: &Bindings) {
        let count = self.underway.get(&sip_id).map_or(0, |underway| underway.count);
        self.underway.insert(sip_id, Underway { bindings: bindings.clone(), count: count + 1 });
    }

    /// Notes that the oldest bindings on their way arrived or were lost.
    pub fn arrived(&mut self, sip_id: SipId) {
        if let Some(underway) = self.underway.get_mut(&sip_id) {
            underway.count -= 1;
            if underway.count == 0 {
                self.underway.remove(&sip_id);
            }
        }
    }

    /// Puts durable bindings in force.
    pub fn put(&mut self, registered: Registered, guard: &mut Guard, now: Tick) {
        let Registered { account, device, sip_id, bindings } = registered;
        let before = self.by_id.remove(&sip_id);
        for ip in before.iter().flat_map(|phone| sources(&phone.bindings)) {
            guard.unregistered(ip);
        }
        if bindings.is_empty() {
            self.ids.remove(&device);
            return;
        }
        for ip in sources(&bindings) {
            guard.registered(ip);
        }
        let steady = self.steady(now);
        let (since, armed, mut queued) =
            before.map_or((steady, Armed::default(), false), |before| (before.since, before.armed, before.queued));
        if !queued && bindings.active(steady).any(is_translated) {
            queued = true;
            self.translated.push_back((now + KEEP_ALIVE, sip_id));
        }
        for binding in bindings.active(steady) {
            if let Some(phones) = self.connections.get_mut(&binding.path().connection)
                && !phones.contains(&sip_id)
            {
                phones.push(sip_id);
            }
        }
        let mut phone = Phone { account, device, bindings, since, armed, queued };
        let deadline = phone.bindings.next_expiry().map(|expiry| self.tick(expiry));
        self.alarms.arm(&mut phone.armed, sip_id, deadline);
        self.by_id.insert(sip_id, phone);
        self.ids.insert(device, sip_id);
    }

    /// A connection was opened: requests may be sent over it until it closes.
    pub fn opened(&mut self, connection: u64) {
        self.connections.entry(connection).or_default();
    }

    /// A connection is gone. Phones registered over it are not reachable until they register again; their registrations
    /// stay stored, as the connection says nothing about them. Answers those phones.
    pub fn closed(&mut self, connection: u64) -> Vec<(AccountId, DeviceId)> {
        let phones = self.connections.remove(&connection).unwrap_or_default();
        phones.iter().filter_map(|id| self.by_id.get(id)).map(|phone| (phone.account, phone.device)).collect()
    }

    /// Whether something can be sent this way: always over UDP, else while the connection is there.
    pub fn is_open(&self, path: Path) -> bool {
        !path.transport.is_reliable() || self.connections.contains_key(&path.connection)
    }

    /// Forgets what has run out; returns the phones that changed.
    pub fn expire(&mut self, now: Tick) -> Vec<Registered> {
        let mut changed = Vec::new();
        let steady = self.steady(now);
        while let Some((due, sip_id)) = self.alarms.next_due(now) {
            let Some(phone) = self.by_id.get_mut(&sip_id) else { continue };
            if !Alarms::<SipId>::rang(&mut phone.armed, due) {
                continue;
            }
            let next = phone.bindings.next_expiry();
            if next.is_some_and(|next| next > steady) {
                let deadline = next.map(|next| self.start + next.saturating_since(self.started));
                self.alarms.arm(&mut phone.armed, sip_id, deadline);
                continue;
            }
            let mut bindings = phone.bindings.clone();
            bindings.expire(steady);
            changed.push(Registered { account: phone.account, device: phone.device, sip_id, bindings });
        }
        changed
    }

    /// The contacts behind address translations whose turn it is to be asked something.
    pub fn take_translated(&mut self, now: Tick) -> Vec<Target> {
        let steady = self.steady(now);
        let mut due = Vec::new();
        while let Some((_, sip_id)) = self.translated.pop_front_if(|(turn, _)| *turn <= now) {
            let Some(phone) = self.by_id.get_mut(&sip_id) else { continue };
            let before = due.len();
            due.extend(phone.bindings.active(steady).filter(|binding| is_translated(binding)).map(Target::of));
            phone.queued = due.len() > before;
            if phone.queued {
                self.translated.push_back((now + KEEP_ALIVE, sip_id));
            }
        }
        due
    }

    /// When [`Self::expire`] or [`Self::take_translated`] is due.
    pub fn next_deadline(&self) -> Option<Tick> {
        let turn = self.translated.front().map(|(turn, _)| *turn);
        self.alarms.next_deadline().into_iter().chain(turn).min()
    }

    /// What is shown of a phone.
    pub fn presence(&self, device: DeviceId, now: Tick) -> Option<Presence> {
        let phone = self.by_id.get(self.ids.get(&device)?)?;
        let active = || phone.bindings.active(self.steady(now));
        let last = active().max_by_key(|binding| binding.registered())?;
        if !active().any(|binding| self.is_open(binding.path())) {
            return None;
        }
        Some(Presence {
            user_agent: last.user_agent().to_owned(),
            address: last.source(),
            transport: last.path().transport.as_str(),
            since: phone.since,
            expires: phone.bindings.last_expiry().unwrap_or_default(),
            contacts: active().count(),
        })
    }

    /// What is known of a phone.
    pub fn registered(&self, sip_id: SipId) -> Option<Registered> {
        let phone = self.by_id.get(&sip_id)?;
        Some(Registered { account: phone.account, device: phone.device, sip_id, bindings: phone.bindings.clone() })
    }

    /// The open connections a phone is registered over.
    pub fn connections(&self, sip_id: SipId) -> SmallVec<[u64; 2]> {
        let bindings = self.by_id.get(&sip_id).map(|phone| phone.bindings.active(Timestamp(i64::MIN)));
        let connections = bindings.into_iter().flatten().map(|binding| binding.path().connection);
        connections.filter(|connection| *connection != 0 && self.connections.contains_key(connection)).collect()
    }
}

/// Whether requests go elsewhere than the contact says, because only the source of its REGISTER leads back.
fn is_translated(binding: &Binding) -> bool {
    let path = binding.path();
    let port = binding.uri().port().unwrap_or(path.transport.default_port());
    let contact = binding.uri().host().and_then(|host| host.socket_address(port));
    !path.transport.is_reliable() && binding.routes().is_empty() && contact != Some(path.remote)
}

fn sources(bindings: &Bindings) -> impl Iterator<Item = IpAddr> {
    bindings.active(Timestamp(i64::MIN)).map(|binding| binding.source().ip())
}
