//! What the ledger takes.

use std::sync::Arc;

use callflow::CallRecord;
use types::clock::Timestamp;
use types::ids::{AccountId, CallId, DeviceId};
use types::sip_id::SipId;

/// Something that must be durable before it is acknowledged.
#[derive(Clone, Debug)]
pub enum LedgerEntry {
    /// A phone's registrations changed; replaces what was stored for the phone.
    Registration(RegistrationChange),
    /// A call was answered. Idempotent by call id; ignored when the call has a record already.
    CallOpen(OpenCall),
    /// An answered call changed; replaces what was stored for it. Ignored when the call is not open.
    CallChanged(OpenCall),
    /// The exchange is alive, and so is every call it has open. The last one wins.
    Alive(Heartbeat),
    /// A call ended, answered or not: removes the open call and writes the record. Idempotent by call id.
    CallEnded(Arc<CallRecord>),
}

/// All registrations of one phone, after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationChange {
    /// The account the phone belongs to.
    pub account: AccountId,
    /// The phone.
    pub device: DeviceId,
    /// Its SIP id.
    pub sip_id: SipId,
    /// JSON the exchange reads back after a restart; the office does not look inside. Empty when `removed`.
    pub bindings: Vec<u8>,
    /// When the last of them ends.
    pub expires: Timestamp,
    /// What the phone calls itself.
    pub user_agent: String,
    /// The address and port the last REGISTER came from.
    pub address: String,
    /// Set when nothing is left.
    pub removed: bool,
}

/// An answered call, as far as it must survive a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenCall {
    /// The call.
    pub call: CallId,
    /// The account it is recorded in.
    pub account: AccountId,
    /// When the caller's INVITE came.
    pub started: Timestamp,
    /// JSON the exchange reads back after a restart; the office does not look inside.
    pub state: String,
}

/// Until when a run of the exchange was known to be alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Which run of the process.
    pub run: i64,
    /// Milliseconds since it started, monotonic.
    pub milliseconds: i64,
}

/// What was durable when the process ended last time.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// Calls that were up.
    pub open_calls: Vec<OpenCall>,
    /// The last sign of life.
    pub heartbeat: Option<Heartbeat>,
}
