//! The phones that may come in, found by SIP id in a way that does not tell who is there.
//!
//! A table that finds the known and misses the unknown does less for the unknown, and a clock can tell. So the phones stand
//! in the order of a keyed hash of their ids: whoever is asked for, the walk ends at some phone, as far away and as likely
//! to be in the processor's cache for an id that exists as for one that does not.

use std::collections::BTreeMap;

use types::sip_id::SipId;

use super::{Candidate, Ha1, Phone};

/// Nobody's: what is read where an id would stand after the last phone.
const NOBODY: Ha1 = Ha1 { md5: [0; 16], sha256: [0; 32] };

/// Phones by SIP id.
#[derive(Debug, Default)]
pub(super) struct Phones {
    order: ahash::RandomState,
    phones: BTreeMap<(u64, SipId), Phone>,
}

impl Phones {
    /// The hash of the phone with this id, or of somebody else if there is none, found with the same work.
    pub fn candidate(&self, sip_id: SipId) -> Candidate {
        let next = self.phones.range(self.key(sip_id)..).next();
        let (there, ha1) = next.map_or((false, NOBODY), |((_, found), phone)| (*found == sip_id, phone.ha1));
        Candidate { there, ha1 }
    }

    pub fn get(&self, sip_id: SipId) -> Option<&Phone> {
        self.phones.get(&self.key(sip_id))
    }

    pub fn get_mut(&mut self, sip_id: SipId) -> Option<&mut Phone> {
        self.phones.get_mut(&self.key(sip_id))
    }

    pub fn insert(&mut self, sip_id: SipId, phone: Phone) {
        self.phones.insert(self.key(sip_id), phone);
    }

    pub fn remove(&mut self, sip_id: SipId) {
        self.phones.remove(&self.key(sip_id));
    }

    pub fn len(&self) -> usize {
        self.phones.len()
    }

    fn key(&self, sip_id: SipId) -> (u64, SipId) {
        (self.order.hash_one(sip_id), sip_id)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use types::ids::{AccountId, DeviceId, UserId};

    use super::*;

    fn sip_id(index: u32) -> SipId {
        SipId::new(1_234_567, types::sip_id::SipIdKind::Voip, index).unwrap()
    }

    fn phone(index: u8) -> Phone {
        let (account, device, user) = (AccountId::from_u128(1), DeviceId::from_u128(1), UserId::from_u128(1));
        Phone { account, device, user, registered: false, ha1: Ha1 { md5: [index; 16], sha256: [index; 32] } }
    }

    #[test]
    fn those_who_are_there_are_found_and_for_others_somebody_elses_hash_is_read() {
        let mut phones = Phones::default();
        assert!(!phones.candidate(sip_id(0)).there);
        for index in 0..100 {
            phones.insert(sip_id(u32::from(index)), phone(index));
        }
        assert_eq!(phones.len(), 100);
        for index in 0..100 {
            let Candidate { there, ha1 } = phones.candidate(sip_id(u32::from(index)));
            assert!(there && ha1 == phone(index).ha1);
        }
        // Spread over all who are there: nobody's line in memory is the strangers' own.
        let read: std::collections::BTreeSet<[u8; 16]> = (1000..3000)
            .map(|index| phones.candidate(sip_id(index)))
            .inspect(|candidate| assert!(!candidate.there))
            .map(|candidate| candidate.ha1.md5)
            .collect();
        assert!(read.len() > 50, "{}", read.len());
        phones.remove(sip_id(7));
        assert!(!phones.candidate(sip_id(7)).there && phones.get(sip_id(7)).is_none());
    }
}
