//! What all calls and registrations share: the transaction layer, the phones, the ports, the clock.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use ahash::{AHashMap, AHashSet};
use sip::agent::{Agent, Body, ClientKey, Path, ServerKey};
use sip::digest::Nonces;
use sip::message::{Name, Request, RequestBuilder, ResponseBuilder, Uri};
use types::clock::{Tick, Timestamp};
use types::entropy::Entropy;
use types::ids::{AccountId, CallId, DeviceId, UserId};

use super::Output;
use super::commits::Commits;
use super::ladders::Ladders;
use super::random::Random;
use super::table::Key;
use crate::call::{Leg, LegId};
use crate::guard::Guard;
use crate::ports::{Change, Directory, Media, Watch};
use crate::registration::{Pending, Phones};
use crate::settings::Settings;

/// Methods that are understood, as Allow lists them. REFER is left out, so it is answered 405 (RFC 3261 section
/// 8.2.1): phones then do not offer what would fail.
pub(crate) const METHODS: &[&str] =
    &["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "PRACK", "UPDATE", "INFO", "SUBSCRIBE"];
/// Extensions that a request may require.
pub(crate) const EXTENSIONS: &[&str] = &["100rel", "timer", "path", "outbound"];
/// What is told in Allow within calls.
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO";

/// What comes back when something is durable.
#[derive(Debug)]
pub(crate) enum Waiting {
    /// A phone's registrations; the REGISTER waits for its 200.
    Registration(Box<Pending>),
    /// Nobody waits: registrations that ran out, heartbeats.
    Nobody,
    /// An answered call; its caller waits for the 200.
    Open(Key),
    /// The record of a call; a BYE may wait for its 200.
    Record(Key),
}

/// A tag of ours: names one leg of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LocalTag(u64);

impl LocalTag {
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() == 16 { u64::from_str_radix(text, 16).ok().map(Self) } else { None }
    }
}

impl fmt::Display for LocalTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// See the module's text. Fields are the parts; methods are what several of them do together.
pub(crate) struct Core {
    pub settings: Settings,
    /// `sip:` and the domain.
    pub home: Uri,
    pub agent: Agent,
    pub nonces: Nonces,
    pub guard: Guard,
    pub phones: Phones,
    pub directory: Arc<dyn Directory>,
    pub watch: Arc<dyn Watch>,
    /// Phones of which was told that they can be reached.
    pub reachable: AHashSet<DeviceId>,
    pub media: Box<dyn Media>,
    pub commits: Commits<Waiting>,
    pub random: Random,
    pub dialogs: AHashMap<LocalTag, (Key, LegId)>,
    pub servers: AHashMap<ServerKey, Key>,
    pub clients: AHashMap<ClientKey, Key>,
    pub occupied: Occupied,
    pub ladders: Ladders,
    /// What is to be done outside.
    pub outputs: VecDeque<Output>,
    /// The moment of the input being handled, by both clocks.
    pub now: Tick,
    pub at: Timestamp,
    /// When the exchange says next that it is alive, while a call is up.
    pub beat: Option<Tick>,
    /// Set while the exchange shuts down: nothing new begins.
    pub closing: bool,
}

impl Core {
    /// An answer with a tag that is the same for every copy of the request.
    pub fn answer(&self, request: &Request, status: u16) -> ResponseBuilder {
        let tag = self.agent.tag(request);
        ResponseBuilder::new(request, status, Some(tag.as_str()))
    }

    /// Answers a request without further ado.
    pub fn respond(&mut self, key: ServerKey, response: ResponseBuilder) {
        self.agent.respond(key, response, Body::Empty, self.now);
    }

    /// Refuses a request with a status and nothing else.
    pub fn refuse(&mut self, key: ServerKey, request: &Request, status: u16) {
        let response = self.answer(request, status);
        self.respond(key, response);
    }

    /// Refuses a request for want of room, or of a place to keep what it asks for.
    pub fn refuse_for_now(&mut self, key: ServerKey, request: &Request) {
        let mut response = self.answer(request, 503);
        response.header(Name::RetryAfter, self.settings.limits.retry_after);
        self.respond(key, response);
    }

    /// Answers somebody who has not proven who he is, and keeps nothing: `full` where a phone is registered, or where so
    /// many bytes may go to an address that was not proven, else `lean` (threat T6).
    pub fn respond_to_stranger(
        &mut self,
        key: ServerKey,
        path: Path,
        request: &Request,
        full: impl FnOnce(&Self) -> ResponseBuilder,
        lean: impl FnOnce(&Self) -> ResponseBuilder,
    ) {
        if self.guard.is_known(path.remote.ip()) {
            return self.agent.respond_once_to_known(key, full(self), Body::Empty);
        }
        let response = if self.agent.is_generous(path, request) { full(self) } else { lean(self) };
        self.agent.respond_once(key, response, Body::Empty);
    }

    /// Sends a request that belongs to a call.
    pub fn send(&mut self, call: Key, path: Path, request: RequestBuilder, body: Body<'_>) -> Option<ClientKey> {
        let client = self.agent.request(path, request, body, self.now).ok()?;
        self.clients.insert(client, call);
        Some(client)
    }

    /// Where a phone reaches us over this path, as Contact says it.
    pub fn contact(&self, path: Path) -> String {
        let mut local = path.local;
        if let Some(advertised) = self.settings.advertised {
            local.set_ip(advertised);
        }
        match path.transport {
            sip::agent::Transport::Udp => format!("<sip:{local}>"),
            other => format!("<sip:{local};transport={}>", other.parameter()),
        }
    }

    /// The way to a leg's phone: the one its last request came by, or, if that was a connection that is gone, the way it
    /// has registered since.
    pub fn way_to(&self, leg: &Leg) -> Path {
        if self.phones.is_open(leg.path) {
            return leg.path;
        }
        let target = self.phones.find(leg.device).and_then(|id| self.phones.targets(id, self.now).into_iter().next());
        target.map_or(leg.path, |target| target.path)
    }

    /// Tells whether a phone can be reached, if that has changed.
    pub fn tell_reachable(&mut self, account: AccountId, device: DeviceId) {
        let reachable = self.phones.presence(device, self.now).is_some();
        let changed = if reachable { self.reachable.insert(device) } else { self.reachable.remove(&device) };
        if changed {
            self.watch.changed(Change::Phone { account, device, reachable });
        }
    }

    pub fn fresh_tag(&mut self) -> LocalTag {
        LocalTag(self.random.u64())
    }

    pub fn fresh_call_id(&mut self) -> CallId {
        CallId::from_parts(self.at, self.random.u128())
    }

    pub fn fresh_nonces(entropy: &dyn Entropy, realm: &str) -> Nonces {
        let mut key = [0; 32];
        entropy.fill(&mut key);
        Nonces::new(key, realm, NONCES)
    }
}

/// Nonces whose use is remembered; half a minute of them at 17,000 a second, in 4 MiB.
const NONCES: usize = 1 << 19;

/// Who is in a call, and how many calls each account has.
#[derive(Debug, Default)]
pub(crate) struct Occupied {
    users: AHashMap<UserId, u32>,
    accounts: AHashMap<AccountId, u32>,
    calls: usize,
}

impl Occupied {
    /// A call that counts against the limits began.
    pub fn begin(&mut self, account: AccountId) {
        *self.accounts.entry(account).or_insert(0) += 1;
        self.calls += 1;
    }

    /// A call that counted ended.
    pub fn end(&mut self, account: AccountId) {
        leave(&mut self.accounts, account);
        self.calls = self.calls.saturating_sub(1);
    }

    /// A user called or answered.
    pub fn enter(&mut self, user: UserId) {
        *self.users.entry(user).or_insert(0) += 1;
    }

    /// A user's call ended.
    pub fn leave(&mut self, user: UserId) {
        leave(&mut self.users, user);
    }

    /// In how many calls a user is, calling or talking.
    pub fn calls_of(&self, user: UserId) -> u32 {
        self.users.get(&user).copied().unwrap_or(0)
    }

    /// How many calls count.
    pub fn calls(&self) -> usize {
        self.calls
    }

    /// Whether one more call of the account is within the limits.
    pub fn has_room(&self, account: AccountId, settings: &Settings) -> bool {
        let limit = u32::try_from(settings.limits.calls_per_account).unwrap_or(u32::MAX);
        self.calls < settings.limits.calls && self.accounts.get(&account).is_none_or(|calls| *calls < limit)
    }
}

fn leave<K: std::hash::Hash + Eq>(counts: &mut AHashMap<K, u32>, key: K) {
    if let Some(count) = counts.get_mut(&key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(&key);
        }
    }
}
