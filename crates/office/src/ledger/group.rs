//! What one transaction of the ledger writes: the entries that waited, reduced to their effect.

use std::collections::BTreeMap;
use std::sync::Arc;

use callflow::CallRecord;
use types::ids::CallId;
use types::sip_id::SipId;

use super::entry::{LedgerEntry, OpenCall, RegistrationChange};

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
            LedgerEntry::CallEnded(record) => {
                self.opened.remove(&record.id);
                self.changed.remove(&record.id);
                self.ended.entry(record.id).or_insert(record);
            }
        }
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.registrations.is_empty() && self.opened.is_empty() && self.changed.is_empty() && self.ended.is_empty()
    }
}
