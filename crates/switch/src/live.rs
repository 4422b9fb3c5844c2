//! What is going on right now, for people who look: snapshots, never references into the engine.

use std::net::SocketAddr;

use types::clock::Timestamp;
use types::e164::E164;
use types::extension_number::ExtensionNumber;
use types::ids::{AccountId, CallId, DeviceId, UserId};

/// A phone that is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// What it calls itself; written by the phone, so never to be trusted.
    pub user_agent: String,
    /// Where its last REGISTER came from.
    pub address: SocketAddr,
    /// The transport it registered over: `UDP`, `TCP`, `TLS`, `WS` or `WSS`.
    pub transport: &'static str,
    /// Since when it has been registered without a gap, as far as this process knows.
    pub since: Timestamp,
    /// When its registration ends unless refreshed.
    pub expires: Timestamp,
    /// How many contacts it has registered.
    pub contacts: usize,
}

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Phones are being rung.
    Ringing,
    /// Somebody answered.
    Talking,
}

/// A call that rings or talks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveCall {
    /// The call.
    pub id: CallId,
    /// The account it belongs to.
    pub account: AccountId,
    /// How far it has come.
    pub stage: Stage,
    /// When the caller's INVITE came.
    pub started: Timestamp,
    /// When it was answered.
    pub answered: Option<Timestamp>,
    /// The calling user, where it is one of ours.
    pub caller: Option<UserId>,
    /// The caller's name as shown to the called side.
    pub caller_name: String,
    /// The calling extension.
    pub caller_extension: Option<ExtensionNumber>,
    /// The calling number.
    pub caller_number: Option<E164>,
    /// What was dialled.
    pub dialled: String,
    /// Who is being talked to, or is being rung.
    pub called: Vec<(UserId, DeviceId)>,
}
