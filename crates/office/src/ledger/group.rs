//! What one transaction of the ledger writes: the entries that waited, reduced to their effect.

use std::collections::BTreeMap;
use std::sync::Arc;

use callflow::CallRecord;
use types::ids::CallId;
use types::sip_id::SipId;

use super::entry::{Heartbeat, LedgerEntry, OpenCall, RegistrationChange};

/// The net effect of some entries in the order of their submission.
///
/// Ordered maps, so that rows are written in key order: neighbours share a database page.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// The last change of each phone.
    pub registrations: BTreeMap<SipId, RegistrationChange>,
    /// Calls that were answered in this group and are still up, in their last state.
    pub opened: BTreeMap<CallId, OpenCall>,
    /// Calls that were open before, in their last state.
    pub changed: BTreeMap<CallId, OpenCall>,
    /// The last sign of life.
    pub heartbeat: Option<Heartbeat>,
    /// Calls that ended.
    pub ended: BTreeMap<CallId, Arc<CallRecord>>,
}

impl Group {
    /// Adds an entry that was submitted after all others.
    pub fn add(&mut self, entry: LedgerEntry) {
        match entry {
            LedgerEntry::Registration(change) => {
                self.registrations.insert(change.sip_id, change);
            }
            LedgerEntry::CallOpen(open) => {
                if !self.ended.contains_key(&open.call) {
                    self.changed.remove(&open.call);
                    self.opened.insert(open.call, open);
                }
            }
            LedgerEntry::CallChanged(open) => {
                if self.ended.contains_key(&open.call) {
                    return;
                }
                match self.opened.get_mut(&open.call) {
                    Some(opened) => *opened = open,
                    None => {
                        self.changed.insert(open.call, open);
                    }
                }
            }
            LedgerEntry::Alive(heartbeat) => self.heartbeat = Some(heartbeat),
            LedgerEntry::CallEnded(record) => {
                self.opened.remove(&record.id);
                self.changed.remove(&record.id);
                self.ended.entry(record.id).or_insert(record);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use callflow::{CallKind, Called, CallerIdentity, Outcome, Trail};
    use types::clock::Timestamp;
    use types::ids::{AccountId, DeviceId};
    use types::sip_id::SipIdKind;

    use super::*;

    fn registration(index: u32, removed: bool, text: &str) -> LedgerEntry {
        LedgerEntry::Registration(RegistrationChange {
            account: AccountId::from_u128(1),
            device: DeviceId::from_u128(index.into()),
            sip_id: sip_id(index),
            bindings: text.as_bytes().to_vec(),
            expires: Timestamp(1),
            user_agent: String::new(),
            address: String::new(),
            removed,
        })
    }

    fn sip_id(index: u32) -> SipId {
        SipId::new(1_234_567, SipIdKind::Voip, index).unwrap()
    }

    fn open(call: u128, state: &str) -> OpenCall {
        OpenCall {
            call: CallId::from_u128(call),
            account: AccountId::from_u128(1),
            started: Timestamp(1),
            state: state.to_owned(),
        }
    }

    fn ended(call: u128, outcome: Outcome) -> LedgerEntry {
        LedgerEntry::CallEnded(Arc::new(CallRecord {
            id: CallId::from_u128(call),
            account: AccountId::from_u128(1),
            kind: CallKind::Internal,
            started: Timestamp(1),
            ringing: None,
            answered: None,
            ended: Timestamp(2),
            duration_ms: 0,
            caller: CallerIdentity::default(),
            called: Called::default(),
            answered_by: None,
            outcome,
            ended_by: None,
            participants: Vec::new(),
            trail: Trail::default(),
            shortened: false,
        }))
    }

    fn group(entries: impl IntoIterator<Item = LedgerEntry>) -> Group {
        let mut group = Group::default();
        entries.into_iter().for_each(|entry| group.add(entry));
        group
    }

    #[test]
    fn the_last_registration_of_a_phone_wins() {
        let group = group([registration(1, false, "a"), registration(2, false, "b"), registration(1, true, "")]);
        let removed: Vec<bool> = group.registrations.values().map(|change| change.removed).collect();
        assert_eq!(removed, [true, false]);
    }

    #[test]
    fn a_call_that_opened_and_changed_is_written_once() {
        let group = group([LedgerEntry::CallOpen(open(1, "a")), LedgerEntry::CallChanged(open(1, "b"))]);
        assert!(group.changed.is_empty());
        assert_eq!(group.opened.values().map(|open| open.state.as_str()).collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn of_a_call_that_ended_only_the_record_is_left() {
        let group = group([
            LedgerEntry::CallOpen(open(1, "a")),
            LedgerEntry::CallChanged(open(2, "b")),
            ended(1, Outcome::Answered),
            ended(2, Outcome::Answered),
            ended(1, Outcome::Recovered),
            // A heartbeat that crossed the end must not open the call again.
            LedgerEntry::CallChanged(open(1, "late")),
            LedgerEntry::CallOpen(open(2, "late")),
        ]);
        assert!(group.opened.is_empty() && group.changed.is_empty());
        let outcomes: Vec<Outcome> = group.ended.values().map(|record| record.outcome).collect();
        assert_eq!(outcomes, [Outcome::Answered, Outcome::Answered]);
    }
}
