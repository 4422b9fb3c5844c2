//! What the exchange asks while a call is being set up: phones, worlds, numbers. All of it in memory.
//!
//! The tables are the truth; this is read from them at start ([`load`]) and follows them change by change,
//! each applied after its transaction is durable and in the order of the commits. So an answer is never
//! ahead of the tables, and behind them only for the instant between commit and application.

pub mod ha1;
mod keeping;
pub(crate) mod load;
mod phones;

use std::collections::BTreeMap;

use callflow::World;
use parking_lot::RwLock;
use types::clock::Timestamp;
use types::e164::E164;
use types::ids::{AccountId, DeviceId, UserId};
use types::sip_id::SipId;

pub use ha1::Ha1;
pub(crate) use keeping::Keeping;
pub use keeping::Mode;

/// Who a phone is and how it proves that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceAccess {
    /// The account the phone belongs to.
    pub account: AccountId,
    /// The phone.
    pub device: DeviceId,
    /// Whose phone it is.
    pub user: UserId,
    /// Set while the user is blocked or the account suspended. Emergency calls go all the same.
    pub blocked: bool,
    /// The hashes of its password.
    pub ha1: Ha1,
}

/// Whose hash credentials are to be checked against.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// Whether there is such a phone. If not, `ha1` is another phone's, read for the sake of equal work only.
    pub there: bool,
    /// The hashes of a password.
    pub ha1: Ha1,
}

/// The directory. Reads are O(1) or O(log n) and wait at most for one change being applied.
#[derive(Debug, Default)]
pub struct Directory {
    state: RwLock<State>,
}

impl Directory {
    /// What to check credentials with that name this SIP id: the same work whether there is such a phone or not, so that the
    /// time of an answer does not tell (threat T7). Whoever proved to be the phone is looked up with [`Self::device`].
    #[must_use]
    pub fn candidate(&self, sip_id: SipId) -> Candidate {
        self.state.read().phones.candidate(sip_id)
    }

    /// The phone with this SIP id.
    #[must_use]
    pub fn device(&self, sip_id: SipId) -> Option<DeviceAccess> {
        let state = self.state.read();
        let phone = state.phones.get(sip_id)?;
        let world = state.worlds.get(&phone.account)?;
        let blocked = world.suspended() || world.user(phone.user).is_none_or(|user| user.blocked);
        Some(DeviceAccess { account: phone.account, device: phone.device, user: phone.user, blocked, ha1: phone.ha1 })
    }

    /// What `read` makes of the account's world; `None` if there is no such account.
    ///
    /// `read` must not come back to the directory: a change that waits would lock both out.
    pub fn with_world<T>(&self, account: AccountId, read: impl FnOnce(&World) -> T) -> Option<T> {
        self.state.read().worlds.get(&account).map(read)
    }

    /// The account a number of this installation belongs to.
    #[must_use]
    pub fn account_of_number(&self, number: E164) -> Option<AccountId> {
        self.state.read().numbers.get(&number).copied()
    }

    /// What an account keeps of a call that ends at a moment; nothing was chosen where it is `None`.
    pub(crate) fn keeps(&self, account: AccountId, at: Timestamp) -> Option<Mode> {
        self.state.read().keeping.get(&account).and_then(|keeping| keeping.at(at))
    }

    /// The accounts there are.
    #[must_use]
    pub fn accounts(&self) -> Vec<AccountId> {
        self.state.read().worlds.keys().copied().collect()
    }

    /// How many phones there are.
    #[must_use]
    pub fn phones(&self) -> usize {
        self.state.read().phones.len()
    }

    /// Replaces everything: at start, before anybody asks.
    pub(crate) fn fill(&self, state: State) {
        *self.state.write() = state;
    }

    /// Carries out what a transaction changed. Only for after its commit.
    pub(crate) fn apply(&self, changes: Vec<crate::db::Change>) {
        let mut state = self.state.write();
        for change in changes {
            change(&mut state);
        }
    }

    /// Of these phones, those that never registered before.
    pub(crate) fn never_registered(&self, phones: impl Iterator<Item = SipId>) -> Vec<SipId> {
        let state = self.state.read();
        phones.filter(|sip_id| state.phones.get(*sip_id).is_some_and(|phone| !phone.registered)).collect()
    }
}

/// A phone, as far as it is needed to let it in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phone {
    pub account: AccountId,
    pub device: DeviceId,
    pub user: UserId,
    /// Whether it has ever registered.
    pub registered: bool,
    pub ha1: Ha1,
}

/// What is behind the lock.
#[derive(Debug, Default)]
pub(crate) struct State {
    phones: phones::Phones,
    numbers: ahash::AHashMap<E164, AccountId>,
    worlds: BTreeMap<AccountId, World>,
    keeping: BTreeMap<AccountId, Keeping>,
}

impl State {
    /// A new account.
    pub fn open_account(&mut self, account: AccountId, world: World) {
        self.worlds.insert(account, world);
    }

    /// The account's world.
    pub fn world_mut(&mut self, account: AccountId) -> Option<&mut World> {
        self.worlds.get_mut(&account)
    }

    /// What the account keeps of its calls from now on.
    pub fn set_keeping(&mut self, account: AccountId, keeping: Keeping) {
        self.keeping.insert(account, keeping);
    }

    /// Lets a phone in. The world has to be told separately.
    pub fn admit(&mut self, sip_id: SipId, phone: Phone) {
        self.phones.insert(sip_id, phone);
    }

    /// Replaces a phone's password.
    pub fn change_password(&mut self, sip_id: SipId, ha1: Ha1) {
        if let Some(phone) = self.phones.get_mut(sip_id) {
            phone.ha1 = ha1;
        }
    }

    /// Lets a phone in no more.
    pub fn dismiss(&mut self, sip_id: SipId) {
        self.phones.remove(sip_id);
    }

    /// Notes that a phone has registered once, and tells its world.
    pub fn note_registered(&mut self, sip_id: SipId) {
        let Some(phone) = self.phones.get_mut(sip_id) else {
            return;
        };
        phone.registered = true;
        if let Some(world) = self.worlds.get_mut(&phone.account) {
            world.set_ever_registered(phone.device);
        }
    }

    /// The number belongs to the account. The world has to be told separately.
    pub fn claim_number(&mut self, number: E164, account: AccountId) {
        self.numbers.insert(number, account);
    }

    /// The number belongs to nobody here.
    pub fn release_number(&mut self, number: E164) {
        self.numbers.remove(&number);
    }

    /// Makes room, so that loading does not grow tables step by step.
    pub fn reserve(&mut self, numbers: usize) {
        self.numbers.reserve(numbers);
    }
}
