//! What the exchange needs of the world around it. The server implements these; tests do it in memory.

use std::net::{IpAddr, SocketAddr};

use callflow::{CallRecord, Owner, World};
use types::clock::{Tick, Timestamp};
use types::e164::E164;
use types::ids::{AccountId, CallId, DeviceId, UserId};
use types::sip_id::SipId;

use crate::media::{Exhausted, MediaPool, Peer, Relay, RelayId, Side};
use crate::registration::Registered;

/// Who a phone is.
#[derive(Clone, Copy, Debug)]
pub struct DeviceAccess {
    /// The account the phone belongs to.
    pub account: AccountId,
    /// The phone.
    pub device: DeviceId,
    /// Whose phone it is.
    pub user: UserId,
    /// Set while the phone, its user or its account may not register and call. Emergency calls go all the same.
    pub blocked: bool,
}

/// Whose hash credentials are to be checked against.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// Whether there is such a phone. If not, `ha1` is whatever was read for the sake of equal work, and opens nothing.
    pub there: bool,
    /// The hash of a password.
    pub ha1: sip::digest::Ha1,
}

/// Reads of what the office knows. Every answer comes from memory, without waiting.
pub trait Directory: Send + Sync {
    /// What to check credentials with that name this SIP id: same work whether there is such a phone or not.
    fn candidate(&self, sip_id: SipId) -> Candidate;
    /// The phone with this SIP id.
    fn device(&self, sip_id: SipId) -> Option<DeviceAccess>;
    /// Hands the account's world to `read`, once; not at all if there is no such account.
    fn with_world(&self, account: AccountId, read: &mut dyn FnMut(&World));
    /// The account a number of this installation belongs to.
    fn account_of_number(&self, number: E164) -> Option<AccountId>;
}

/// Names one submitted [`Entry`] until it is durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Something that must be durable before it is acknowledged.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A phone's registrations changed; replaces what was stored for the phone.
    Registration(RegistrationChange),
    /// A call was answered. Idempotent by call id.
    CallOpen(OpenCall),
    /// An answered call changed (a re-INVITE); replaces what was stored for it.
    CallChanged(OpenCall),
    /// The exchange is alive, and so is every call that is open. The last one counts.
    Alive(Heartbeat),
    /// A call ended. Removes the open call and writes the record in one transaction; idempotent by call id.
    CallEnded {
        /// The record, whole.
        record: Box<CallRecord>,
    },
}

/// All registrations of one phone, after a change.
#[derive(Clone, Debug)]
pub struct RegistrationChange {
    /// The account the phone belongs to.
    pub account: AccountId,
    /// The phone.
    pub device: DeviceId,
    /// Its SIP id.
    pub sip_id: SipId,
    /// JSON that [`crate::start`] reads back after a restart; empty when `removed`.
    pub bindings: Vec<u8>,
    /// When the last of them ends.
    pub expires: Timestamp,
    /// What the phone calls itself, at most 128 bytes; written by the phone, so never to be trusted.
    pub user_agent: String,
    /// The address and port the last REGISTER came from.
    pub address: String,
    /// Set when nothing is left: the phone went or its registrations ran out.
    pub removed: bool,
}

/// An answered call, as far as it must survive a restart.
#[derive(Clone, Debug)]
pub struct OpenCall {
    /// The call.
    pub call: CallId,
    /// The account it is recorded in.
    pub account: AccountId,
    /// When the caller's INVITE came.
    pub started: Timestamp,
    /// JSON that [`crate::start`] reads back after a restart.
    pub state: String,
}

/// Until when a run of the exchange was known to be alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Heartbeat {
    /// Which run: when it started by the wall clock, in milliseconds.
    pub run: i64,
    /// Milliseconds since then, by the monotonic clock.
    pub milliseconds: i64,
}

/// The ledger takes nothing more for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// Makes entries durable. Never waits: completion is told through [`crate::EngineHandle::committed`] and
/// [`crate::EngineHandle::commit_failed`]. Entries of one call or one phone become durable in the order of submission.
pub trait Ledger: Send + Sync {
    /// Takes an entry.
    ///
    /// # Errors
    /// [`Full`] when too much is waiting already or the store cannot be written; nothing was taken then.
    fn submit(&self, ticket: Ticket, entry: Entry) -> Result<(), Full>;
}

/// What was durable when the process ended last time.
#[derive(Debug, Default)]
pub struct Restored {
    /// Phones, already read: there are many, and what they were stored as is not to be kept beside them.
    pub(crate) phones: Vec<Registered>,
    /// Calls that were up.
    pub open_calls: Vec<OpenCall>,
    /// The last sign of life.
    pub heartbeat: Option<Heartbeat>,
}

impl Restored {
    /// Adds the registrations of a phone; those that ran out meanwhile are ignored later.
    pub fn registration(&mut self, stored: &RegistrationChange) {
        match Registered::read(stored) {
            Some(registered) => self.phones.push(registered),
            None => tracing::warn!(phone = %stored.sip_id, "a stored registration cannot be read and is left out"),
        }
    }

    /// How many phones are among it.
    #[must_use]
    pub fn phones(&self) -> usize {
        self.phones.len()
    }
}

/// Is told what changes while the exchange works, for people who look at it. Runs on the exchange's thread: it must not
/// wait and must not come back to the exchange.
pub trait Watch: Send + Sync {
    /// Something changed.
    fn changed(&self, change: Change);
    /// A thread failed that the exchange cannot do without, and this process cannot mend that: it has to end, so that the
    /// next one takes up its calls. May be called from any thread of the exchange.
    fn failed(&self, part: &'static str);
}

/// Nobody looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn changed(&self, _: Change) {}

    fn failed(&self, _: &'static str) {}
}

/// Something that changed. Each says all about its phone or call, so that a lost one is made good by the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A phone can be reached from now on, or not any more.
    Phone {
        /// The account the phone belongs to.
        account: AccountId,
        /// The phone.
        device: DeviceId,
        /// Whether it can be reached.
        reachable: bool,
    },
    /// Other phones ring or talk than before.
    Call(CallChange),
}

/// Who rings and talks in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallChange {
    /// The account it is recorded in.
    pub account: AccountId,
    /// The call.
    pub call: CallId,
    /// Whose number or extension was dialled, where it is one of the account.
    pub owner: Option<Owner>,
    /// Who calls, where it is a phone of the account.
    pub caller: Option<(UserId, DeviceId)>,
    /// The called phones that ring, or the one that talks.
    pub called: Vec<(UserId, DeviceId)>,
    /// Somebody answered.
    pub answered: bool,
    /// It is over; the rest is empty.
    pub over: bool,
}

/// Where the packets of a call go. [`MediaPool`] is the one that moves them; tests keep the books only.
pub trait Media: Send {
    /// Reserves ports for `streams` media lines on two local addresses, one for each leg.
    ///
    /// # Errors
    /// [`Exhausted`] when no port is free; nothing is reserved then.
    fn allocate(&mut self, a: IpAddr, b: IpAddr, streams: usize, now: Tick) -> Result<Relay, Exhausted>;
    /// Reserves ports for one more media line of a relay; returns the RTP addresses of leg A and leg B.
    ///
    /// # Errors
    /// [`Exhausted`] when no port is free or the relay has as many streams as one may have.
    fn add_stream(&mut self, relay: RelayId, now: Tick) -> Result<(SocketAddr, SocketAddr), Exhausted>;
    /// Reserves the ports a relay had before a restart.
    ///
    /// # Errors
    /// [`Exhausted`] when one of them is taken meanwhile.
    fn restore(&mut self, saved: &Relay, now: Tick) -> Result<Relay, Exhausted>;
    /// Says who may send to a stream of a leg, and where its media goes.
    fn expect(&mut self, relay: RelayId, side: Side, stream: usize, peer: Peer);
    /// Since when no packet came from either phone; `None` when the relay is not there.
    fn idle_since(&self, relay: RelayId) -> Option<Tick>;
    /// Ends a relay.
    fn release(&mut self, relay: RelayId, now: Tick);
}

impl Media for MediaPool {
    fn allocate(&mut self, a: IpAddr, b: IpAddr, streams: usize, now: Tick) -> Result<Relay, Exhausted> {
        Self::allocate(self, a, b, streams, now)
    }

    fn add_stream(&mut self, relay: RelayId, now: Tick) -> Result<(SocketAddr, SocketAddr), Exhausted> {
        Self::add_stream(self, relay, now)
    }

    fn restore(&mut self, saved: &Relay, now: Tick) -> Result<Relay, Exhausted> {
        Self::restore(self, saved, now)
    }

    fn expect(&mut self, relay: RelayId, side: Side, stream: usize, peer: Peer) {
        Self::expect(self, relay, side, stream, peer);
    }

    fn idle_since(&self, relay: RelayId) -> Option<Tick> {
        Self::idle_since(self, relay)
    }

    fn release(&mut self, relay: RelayId, now: Tick) {
        let stats = Self::release(self, relay, now);
        metrics::counter!("ringwerk_media_packets_total").increment(stats.a.packets + stats.b.packets);
        metrics::counter!("ringwerk_media_foreign_packets_total").increment(stats.a.foreign + stats.b.foreign);
    }
}
