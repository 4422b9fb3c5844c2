//! The account as the exchange sees it: who is there, what rings, by which numbers.
//!
//! Held in memory whole, changed in place after each commit. 100,000 users with a phone and an extension each take
//! about 50 MB. Every look-up is a hash look-up or a search in a balanced tree.

mod change;
mod parts;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use types::dialled::DialPlan;
use types::e164::E164;
use types::extension_number::ExtensionNumber;
use types::ids::{AccountId, DeviceId, GroupId, LocationId, UserId};

pub use parts::{
    DEFAULT_RING_SECONDS, Device, DeviceKind, Extension, Group, Location, MAX_STEPS, Number, Owner, RING_SECONDS,
    RingPlan, RingPlanError, RingStep, User,
};
use table::{Keyed, Table};

/// One account.
///
/// Parts may come in any order; what refers to something that is not there (yet) is treated as missing. Removing a
/// user or a group also removes what only exists through it.
#[derive(Clone, Debug)]
pub struct World {
    account: AccountId,
    name: Box<str>,
    plan: DialPlan,
    suspended: bool,
    revision: u64,
    users: Table<User>,
    devices: Table<Device>,
    groups: BTreeMap<GroupId, Group>,
    locations: BTreeMap<LocationId, Location>,
    numbers: BTreeMap<E164, Number>,
    extensions: BTreeMap<ExtensionNumber, Extension>,
    devices_of: BTreeSet<(UserId, DeviceId)>,
    numbers_of: BTreeSet<(Owner, E164)>,
    extensions_of: BTreeSet<(Owner, ExtensionNumber)>,
}

impl Keyed for User {
    fn key(&self) -> u128 {
        self.id.as_u128()
    }
}

impl Keyed for Device {
    fn key(&self) -> u128 {
        self.id.as_u128()
    }
}

impl World {
    /// An account without anybody in it.
    #[must_use]
    pub fn new(account: AccountId, name: &str, plan: DialPlan) -> Self {
        Self {
            account,
            name: name.into(),
            plan,
            suspended: false,
            revision: 0,
            users: Table::default(),
            devices: Table::default(),
            groups: BTreeMap::new(),
            locations: BTreeMap::new(),
            numbers: BTreeMap::new(),
            extensions: BTreeMap::new(),
            devices_of: BTreeSet::new(),
            numbers_of: BTreeSet::new(),
            extensions_of: BTreeSet::new(),
        }
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The account's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the account's country dials.
    #[must_use]
    pub fn plan(&self) -> &DialPlan {
        &self.plan
    }

    /// Whether the account is suspended: nothing but emergency calls goes.
    #[must_use]
    pub fn suspended(&self) -> bool {
        self.suspended
    }

    /// Moves with every change.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// A user.
    #[must_use]
    pub fn user(&self, id: UserId) -> Option<&User> {
        self.users.find(id.as_u128())
    }

    /// All users, in no particular order.
    pub fn users(&self) -> impl ExactSizeIterator<Item = &User> {
        self.users.rows().iter()
    }

    /// A device.
    #[must_use]
    pub fn device(&self, id: DeviceId) -> Option<&Device> {
        self.devices.find(id.as_u128())
    }

    /// A user's devices, oldest first.
    pub fn devices_of(&self, user: UserId) -> impl Iterator<Item = &Device> {
        let range = (user, DeviceId::from_u128(0))..=(user, DeviceId::from_u128(u128::MAX));
        self.devices_of.range(range).filter_map(|(_, device)| self.device(*device))
    }

    /// A group.
    #[must_use]
    pub fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(&id)
    }

    /// All groups, oldest first.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    /// The groups a user is a member of, oldest first.
    pub fn groups_of(&self, user: UserId) -> impl Iterator<Item = &Group> {
        self.groups.values().filter(move |group| group.members.contains(&user))
    }

    /// A location.
    #[must_use]
    pub fn location(&self, id: LocationId) -> Option<&Location> {
        self.locations.get(&id)
    }

    /// All locations, oldest first.
    pub fn locations(&self) -> impl Iterator<Item = &Location> {
        self.locations.values()
    }

    /// One of the account's numbers.
    #[must_use]
    pub fn number(&self, number: E164) -> Option<&Number> {
        self.numbers.get(&number)
    }

    /// The account's numbers, by value.
    pub fn numbers(&self) -> impl Iterator<Item = &Number> {
        self.numbers.values()
    }

    /// The numbers that ring somebody, by value.
    pub fn numbers_of(&self, owner: Owner) -> impl Iterator<Item = E164> {
        self.numbers_of.range((owner, E164::MIN)..=(owner, E164::MAX)).map(|(_, number)| *number)
    }

    /// The numbers whose digits begin with these, shortest first, then by value.
    pub(crate) fn numbers_beginning_with(&self, prefix: u64) -> impl Iterator<Item = &Number> {
        let lengths = (0..15u32).map_while(move |more| {
            let scale = 10u64.checked_pow(more)?;
            let first = E164::from_u64(prefix.checked_mul(scale)?)?;
            Some(first..=E164::from_u64(prefix.checked_mul(scale)?.checked_add(scale - 1)?)?)
        });
        lengths.flat_map(|range| self.numbers.range(range).map(|(_, number)| number))
    }

    /// An extension.
    #[must_use]
    pub fn extension(&self, number: ExtensionNumber) -> Option<&Extension> {
        self.extensions.get(&number)
    }

    /// The account's extensions, by length and value.
    pub fn extensions(&self) -> impl Iterator<Item = &Extension> {
        self.extensions.values()
    }

    /// The extensions that ring somebody, by length and value.
    pub fn extensions_of(&self, owner: Owner) -> impl Iterator<Item = ExtensionNumber> {
        let range = (owner, ExtensionNumber::MIN)..=(owner, ExtensionNumber::MAX);
        self.extensions_of.range(range).map(|(_, number)| *number)
    }

    /// The name of a user or group.
    #[must_use]
    pub fn owner_name(&self, owner: Owner) -> Option<&str> {
        match owner {
            Owner::User(user) => self.user(user).map(|user| &*user.name),
            Owner::Group(group) => self.group(group).map(|group| &*group.name),
        }
    }
}
