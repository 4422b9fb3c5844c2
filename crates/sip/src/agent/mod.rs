//! The transaction layer as one value, without sockets and clocks.
//!
//! Tell the agent what happened (`handle_message`, `handle_timeout`, `handle_path_closed`, `respond`, `request`, …), then
//! drain [`Agent::poll`] until it is empty, then sleep until [`Agent::next_deadline`] or the next message.
//!
//! What never reaches the user: retransmissions, ACKs of refusals, malformed and unsupported requests, CANCELs as
//! such, responses to nothing, copies of one request that took different ways. What the user need not do: retransmit
//! anything, acknowledge refusals, wait with a CANCEL until it may be sent, acknowledge a repeated 2xx.
//!
//! What a stranger can make grow is bounded ([`AgentLimits`]), and what he can make us send is one answer for each
//! request, to the address it came from, and over UDP fewer bytes than he sends: answer whom you do not know with
//! [`Agent::respond_once`], which keeps nothing and repeats nothing.

mod arena;
mod body;
mod checks;
mod client;
mod config;
mod deadlines;
mod frugal;
mod identify;
mod output;
mod path;
mod server;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use bytes::Bytes;
use types::clock::Tick;
use types::entropy::Entropy;

pub use body::Body;
pub use config::{AgentConfig, AgentLimits};
pub use identify::Tag;
pub use output::{ClientKey, Gone, Output, ServerKey};
pub use path::{Path, Transport};

use crate::message::{Host, Malformed, Message, Name, Request};
use arena::{Arena, Key};
use client::Client;
use deadlines::Deadlines;
use identify::{HalfOfId, Id, Identify};
use server::Server;

/// The transaction layer. See the module's text.
pub struct Agent {
    config: AgentConfig,
    entropy: Arc<dyn Entropy>,
    identify: Identify,
    /// Requests received.
    servers: Arena<Server>,
    by_id: HashMap<Id, Key, BuildHasherDefault<HalfOfId>>,
    /// Answered non-INVITE transactions in the order they were answered; may name some that are gone.
    answered: VecDeque<Key>,
    /// How many of `answered` are still there.
    answered_alive: usize,
    /// Requests sent.
    clients: Arena<Client>,
    deadlines: Deadlines<Owner>,
    /// Transactions over connections.
    connected: BTreeSet<(u64, Owner)>,
    outputs: VecDeque<Output>,
    /// Bytes that may still be sent over UDP to those one does not know; see [`Agent::is_generous`].
    allowance: usize,
}

/// Most bytes that strangers can get ahead of what they send.
const ALLOWANCE: usize = 32 << 10;
/// How much longer than its request a challenge with both algorithms can be.
const CHALLENGE: usize = 320;

/// Whose deadline it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owner {
    Server(Key),
    Client(Key),
}

/// The agent takes no more requests to send for now ([`AgentLimits::sent`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// How much an agent holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Requests received that count against [`AgentLimits::pending`].
    pub pending: usize,
    /// Requests answered whose retransmissions are absorbed.
    pub answered: usize,
    /// Requests sent.
    pub sent: usize,
}

impl Agent {
    /// An agent without transactions. `entropy` gives its keys, now, and a branch for each request sent, later.
    #[must_use]
    pub fn new(config: AgentConfig, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            identify: Identify::new(&*entropy),
            config,
            entropy,
            servers: Arena::new(),
            by_id: HashMap::default(),
            answered: VecDeque::new(),
            answered_alive: 0,
            clients: Arena::new(),
            deadlines: Deadlines::new(),
            connected: BTreeSet::new(),
            outputs: VecDeque::new(),
            allowance: ALLOWANCE,
        }
    }

    /// The next thing to do or to know.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// One message came: a datagram, or what a [`crate::message::Framer`] cut from a stream.
    pub fn handle_message(&mut self, path: Path, bytes: Bytes, now: Tick) {
        // A sixteenth is kept back, so that the answers to any number of forged requests are fewer bytes than those.
        self.allowance = (self.allowance + bytes.len() - bytes.len() / 16).min(ALLOWANCE);
        match Message::parse(bytes.clone()) {
            Ok(Message::Request(mut request)) => {
                request.set_source(path.remote);
                self.handle_request(path, request, now);
            }
            Ok(Message::Response(response)) => self.handle_response(response, now),
            Err(malformed) => self.handle_malformed(path, &bytes, &malformed),
        }
    }

    /// Time has passed. Harmless when nothing is due.
    pub fn handle_timeout(&mut self, now: Tick) {
        while let Some((tick, owner)) = self.deadlines.pop(now) {
            match owner {
                Owner::Server(key) => self.server_timeout(key, tick, now),
                Owner::Client(key) => self.client_timeout(key, tick, now),
            }
        }
    }

    /// When to call [`Self::handle_timeout`] next. May be earlier than anything happens, never later.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Tick> {
        self.deadlines.next()
    }

    /// A connection has ended; nothing more can be sent over it or will come from it.
    pub fn handle_path_closed(&mut self, connection: u64) {
        let first = Owner::Server(Key { index: 0, generation: 0 });
        while let Some((_, owner)) =
            self.connected.range((connection, first)..).next().copied().filter(|(of, _)| *of == connection)
        {
            match owner {
                Owner::Server(key) => {
                    let unfinished = self.remove_server(key).is_some_and(|server| server.is_unanswered());
                    if unfinished {
                        self.outputs.push_back(Output::ServerGone { key: ServerKey(key), why: Gone::PathClosed });
                    }
                }
                Owner::Client(key) => {
                    let unfinished = self.remove_client(key).is_some_and(|client| client.is_unanswered());
                    if unfinished {
                        self.outputs.push_back(Output::TransportFailed { key: ClientKey(key) });
                    }
                }
            }
            self.connected.remove(&(connection, owner));
        }
    }

    /// How much is held.
    #[must_use]
    pub fn load(&self) -> Load {
        Load {
            pending: self.servers.len().saturating_sub(self.answered_alive),
            answered: self.answered_alive,
            sent: self.clients.len(),
        }
    }

    /// Whether an answer to a stranger may be longer than his request. Over UDP anybody can write anybody's address into
    /// a request, so all answers sent without state together stay below what came in; those that would not are
    /// dropped, and come when the request is repeated. Offer one algorithm instead of two when this says no.
    #[must_use]
    pub fn is_generous(&self, path: Path, request: &Request) -> bool {
        path.transport.is_reliable()
            || self.allowance >= request.raw().len() + CHALLENGE && self.most(path, request) == usize::MAX
    }

    /// How many bytes an answer to this request may have that no transaction stands behind. Whoever asks for a domain
    /// that is not ours over UDP, as scanners do, gets no more than he sent; a challenge more if he brought credentials,
    /// since a phone that misspells its domain must learn what is asked of it. All such answers together stay below
    /// what came in.
    fn most(&self, path: Path, request: &Request) -> usize {
        let Some(home) = self.config.home.as_ref().filter(|_| !path.transport.is_reliable()) else { return usize::MAX };
        let ours = [home.host(), Some(path.local.ip().into()), self.config.advertised.map(Host::from)];
        let astray = request.uri().host().is_some_and(|host| !ours.contains(&Some(host)));
        let proves = request.header(Name::Authorization).or_else(|| request.header(Name::ProxyAuthorization)).is_some();
        match (astray, proves) {
            (true, true) => request.raw().len() + CHALLENGE,
            (true, false) => request.raw().len(),
            (false, _) => usize::MAX,
        }
    }

    /// Sends an answer of at most `most` bytes that no transaction stands behind.
    fn answer_stranger(&mut self, path: Path, bytes: Bytes, most: usize) {
        let bytes = if bytes.len() > most { frugal::shortened(&bytes) } else { bytes };
        if bytes.len() > most {
            return;
        }
        if !path.transport.is_reliable() {
            let Some(rest) = self.allowance.checked_sub(bytes.len()) else {
                return;
            };
            self.allowance = rest;
        }
        self.outputs.push_back(Output::Transmit { path, bytes });
    }

    /// A tag for the To of answers to this request: the same for every copy of it. Give it to
    /// [`crate::message::ResponseBuilder::new`].
    #[must_use]
    pub fn tag(&self, request: &Request) -> Tag {
        let source = request.source().map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |source| source.ip());
        self.identify.tag(self.identify.transaction(request, source))
    }

    /// A fresh tag for the From of a dialog that is about to begin.
    #[must_use]
    pub fn fresh_tag(&self) -> Tag {
        Tag::from_bits(self.random())
    }

    fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        self.entropy.fill(&mut bytes);
        u64::from_be_bytes(bytes)
    }

    fn handle_malformed(&mut self, path: Path, bytes: &[u8], malformed: &Malformed) {
        let tag = self.identify.tag_of_bytes(bytes);
        if let (Some(response), Some(via)) = (malformed.response(tag.as_str(), path.remote), malformed.via()) {
            self.answer_stranger(server::answer_path(path, via), response.finish(), usize::MAX);
        }
        self.outputs.push_back(Output::Malformed { path, reason: malformed.reason() });
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent").field("load", &self.load()).finish_non_exhaustive()
    }
}
