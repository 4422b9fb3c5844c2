//! Random accounts and calls, described plainly.

use std::collections::{BTreeMap, BTreeSet};

use callflow::{
    Call, Caller, Device, DeviceKind, Extension, Group, Location, Number, Owner, RingPlan, RingStep, User, World,
};
use proptest::prelude::*;
use types::clock::Timestamp;
use types::dialled::DialPlan;
use types::ids::{AccountId, DeviceId, ExtensionId, GroupId, LocationId, NumberId, UserId};
use types::sip_id::{SipId, SipIdKind};

pub const MAX_DEVICES: u128 = 10;
const MAX_USERS: usize = 4;
const EXTENSIONS: [&str; 8] = ["10", "11", "7", "007", "0", "5554", "555444", "47"];
/// A number that is never one of the account.
const OUTSIDE: &str = "+491713920011";
/// Numbers in Düsseldorf, and how long their local part is.
const NUMBERS: [&str; 4] = ["+4921110", "+492115554", "+49211555444", "+493023125000"];

#[derive(Clone, Debug)]
pub struct Account {
    pub suspended: bool,
    pub users: Vec<Person>,
    /// Members and seconds.
    pub groups: Vec<(Vec<usize>, u16)>,
    pub extensions: BTreeMap<&'static str, usize>,
    /// To an owner, or unassigned.
    pub numbers: BTreeMap<&'static str, Option<usize>>,
    /// Devices that are called by a number, perhaps one of the account.
    pub called_by: BTreeMap<u128, &'static str>,
}

#[derive(Clone, Debug)]
pub struct Person {
    pub blocked: bool,
    pub located: bool,
    pub busy_on_busy: bool,
    pub devices: BTreeSet<u128>,
    pub steps: Vec<(Vec<u128>, u16)>,
}

pub fn device_id(number: u128) -> DeviceId {
    DeviceId::from_u128(number)
}

pub fn user_id(index: usize) -> UserId {
    UserId::from_u128(1000 + u128::try_from(index).unwrap())
}

fn group_id(index: usize) -> GroupId {
    GroupId::from_u128(1000 + u128::try_from(index).unwrap())
}

impl Account {
    pub fn two_users() -> Self {
        let person = |device| Person {
            blocked: false,
            located: false,
            busy_on_busy: false,
            devices: BTreeSet::from([device]),
            steps: Vec::new(),
        };
        Self {
            suspended: false,
            users: vec![person(1), person(2)],
            groups: Vec::new(),
            extensions: BTreeMap::from([("10", 0), ("11", 1)]),
            numbers: BTreeMap::new(),
            called_by: BTreeMap::new(),
        }
    }

    /// Users first, then groups.
    pub fn owner(&self, index: usize) -> Owner {
        match index.checked_sub(self.users.len()) {
            None => Owner::User(user_id(index)),
            Some(group) => Owner::Group(group_id(group)),
        }
    }

    pub fn owners(&self) -> Vec<Owner> {
        (0..self.users.len() + self.groups.len()).map(|index| self.owner(index)).collect()
    }

    pub fn user_of(&self, device: u128) -> Option<usize> {
        self.users.iter().position(|person| person.devices.contains(&device))
    }

    pub fn world(&self) -> World {
        let mut world = World::new(AccountId::from_u128(1), "Account", DialPlan::germany());
        world.set_suspended(self.suspended);
        let location = LocationId::from_u128(1);
        world.upsert_location(Location {
            id: location,
            name: "Office".into(),
            address_complete: true,
            area_code: Some("0211".into()),
        });
        for (index, person) in self.users.iter().enumerate() {
            let steps = person.steps.iter().map(|(devices, seconds)| RingStep {
                devices: devices.iter().copied().map(device_id).collect(),
                seconds: *seconds,
            });
            world.upsert_user(User {
                id: user_id(index),
                name: format!("User {index}").into(),
                blocked: person.blocked,
                location: person.located.then_some(location),
                caller_number: None,
                busy_on_busy: person.busy_on_busy,
                steps: RingPlan::new(steps.collect()).unwrap(),
            });
            for device in &person.devices {
                let sip_id = SipId::new(1_234_567, SipIdKind::Voip, u32::try_from(*device).unwrap()).unwrap();
                let kind = match self.called_by.get(device).map(|number| number.parse().unwrap()) {
                    Some(number) if device % 2 == 0 => DeviceKind::Mobile { number },
                    Some(number) => DeviceKind::External { number },
                    None => DeviceKind::Voip { sip_id, ever_registered: device % 2 == 0 },
                };
                let (id, user) = (device_id(*device), user_id(index));
                world.upsert_device(Device { id, user, label: format!("Phone {device}").into(), kind });
            }
        }
        for (index, (members, seconds)) in self.groups.iter().enumerate() {
            let members = members.iter().copied().map(user_id).collect();
            let name = format!("Group {index}").into();
            world.upsert_group(Group { id: group_id(index), name, members, seconds: *seconds });
        }
        for (number, (digits, owner)) in (1..).zip(&self.extensions) {
            let (id, owner) = (ExtensionId::from_u128(number), self.owner(*owner));
            world.upsert_extension(Extension { id, number: digits.parse().unwrap(), owner });
        }
        for (id, (digits, owner)) in (1..).zip(&self.numbers) {
            let (id, owner) = (NumberId::from_u128(id), owner.map(|owner| self.owner(owner)));
            world.upsert_number(Number { id, e164: digits.parse().unwrap(), owner });
        }
        world
    }
}

pub fn account() -> impl Strategy<Value = Account> {
    let owner_of_device = prop::collection::vec(prop::option::weighted(0.8, 0..MAX_USERS), MAX_DEVICES as usize);
    let flags = prop::collection::vec(
        (
            prop::bool::weighted(0.1),
            any::<bool>(),
            any::<bool>(),
            prop::collection::vec((any::<u16>(), 5..=120u16), 0..4),
        ),
        1..=MAX_USERS,
    );
    let groups = prop::collection::vec((prop::collection::vec(0..MAX_USERS, 0..5), 5..=120u16), 0..3);
    let extensions = prop::collection::vec(prop::option::of(0..6usize), EXTENSIONS.len());
    let numbers = prop::collection::vec(prop::option::of(prop::option::of(0..6usize)), NUMBERS.len());
    let called_by = prop::collection::vec(prop::option::weighted(0.4, 0..=NUMBERS.len()), MAX_DEVICES as usize);
    (prop::bool::weighted(0.05), owner_of_device, flags, groups, extensions, numbers, called_by).prop_map(
        |(suspended, owner_of_device, flags, groups, extensions, numbers, called_by)| {
            let users: Vec<Person> = flags
                .into_iter()
                .enumerate()
                .map(|(index, (blocked, located, busy_on_busy, steps))| {
                    let devices: BTreeSet<u128> = (1..)
                        .zip(&owner_of_device)
                        .filter(|(_, owner)| **owner == Some(index))
                        .map(|(d, _)| d)
                        .collect();
                    let steps = steps
                        .into_iter()
                        .map(|(mask, seconds)| {
                            // Also phones of others, or of nobody: they must not ring.
                            let picked = (1..=MAX_DEVICES).filter(|device| mask >> device & 1 == 1);
                            (picked.filter(|device| devices.contains(device) || mask & 1 == 1).collect(), seconds)
                        })
                        .filter(|(devices, _): &(Vec<u128>, u16)| !devices.is_empty())
                        .collect();
                    Person { blocked, located, busy_on_busy, devices, steps }
                })
                .collect();
            let owners = users.len() + groups.len();
            let groups = groups
                .into_iter()
                .map(|(members, seconds)| {
                    (members.into_iter().filter(|member| *member < users.len()).collect(), seconds)
                })
                .collect();
            Account {
                suspended,
                extensions: EXTENSIONS
                    .into_iter()
                    .zip(extensions)
                    .filter_map(|(digits, owner)| Some((digits, owner.filter(|owner| *owner < owners)?)))
                    .collect(),
                numbers: NUMBERS
                    .into_iter()
                    .zip(numbers)
                    .filter_map(|(digits, owner)| Some((digits, owner?.filter(|owner| *owner < owners))))
                    .collect(),
                users,
                groups,
                called_by: (1..)
                    .zip(called_by)
                    .filter_map(|(device, number)| Some((device, *NUMBERS.get(number?).unwrap_or(&OUTSIDE))))
                    .collect(),
            }
        },
    )
}

/// What somebody means to dial, and how it is typed.
#[derive(Clone, Debug)]
pub enum Meant {
    /// An extension, given or not.
    Extension(&'static str, &'static str),
    /// A number in full.
    Number(&'static str, String),
    /// A number within the area: its digits.
    Local(&'static str, String),
    Emergency(&'static str),
    Nonsense(&'static str),
}

/// A call in plain words. The caller is a phone by number, or outside.
#[derive(Clone, Debug)]
pub struct PlainCall {
    pub from: Option<u128>,
    pub meant: Meant,
}

impl PlainCall {
    pub fn dialled(&self) -> &str {
        match &self.meant {
            Meant::Extension(_, typed) | Meant::Emergency(typed) | Meant::Nonsense(typed) => typed,
            Meant::Number(_, typed) | Meant::Local(_, typed) => typed,
        }
    }

    pub fn call(&self) -> Call<'_> {
        let caller = match self.from {
            Some(device) => Caller::Device { device: device_id(device) },
            None => Caller::Outside { number: Some("+4940669690".parse().unwrap()) },
        };
        Call { caller, dialled: self.dialled(), at: Timestamp(0) }
    }

    pub fn is_emergency_from_phone(&self) -> bool {
        self.from.is_some() && matches!(self.meant, Meant::Emergency(_))
    }
}

pub fn calls() -> impl Strategy<Value = PlainCall> {
    const TYPED: [&str; 16] = [
        "10",
        "10*",
        "11",
        "sip:11@ringwerk.example",
        "7",
        "７",
        "007",
        "007*",
        "0",
        "0",
        "5554",
        "55 54",
        "555444",
        "tel:555444;phone-context=ringwerk.example",
        "47",
        "%34%37*",
    ];
    let extension = (0..TYPED.len()).prop_map(|index| Meant::Extension(EXTENSIONS[index / 2], TYPED[index]));
    let number = (0..NUMBERS.len(), 0..4u8).prop_map(|(index, form)| {
        let number = NUMBERS[index];
        let digits = number.trim_start_matches("+49");
        let typed = match form {
            0 => number.to_owned(),
            1 => format!("0049 {digits}"),
            2 => format!("tel:0{digits};phone-context=+49"),
            _ => format!("sip:%2B49{digits}@ringwerk.example"),
        };
        Meant::Number(number, typed)
    });
    let local = (0..3usize).prop_map(|index| {
        let number = NUMBERS[index];
        Meant::Local(number, number.trim_start_matches("+49211").to_owned())
    });
    let other = prop_oneof![
        prop::sample::select(vec!["110", "112", "tel:112"]).prop_map(Meant::Emergency),
        prop::sample::select(vec![
            "1101",
            "0110",
            "+49110",
            "110*",
            "alice",
            "",
            "00",
            "99",
            "1112",
            "911",
            "+43158858"
        ])
        .prop_map(Meant::Nonsense),
    ];
    let meant = prop_oneof![5 => extension, 4 => number, 2 => local, 2 => other];
    (prop::option::weighted(0.75, 1..=MAX_DEVICES + 1), meant).prop_map(|(from, meant)| PlainCall { from, meant })
}
