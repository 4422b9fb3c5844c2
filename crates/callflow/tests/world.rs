//! The World keeps its indices right through any changes, and stays small.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;

use callflow::{Device, DeviceKind, Extension, Group, Number, Owner, RingPlan, RingStep, User, World};
use proptest::prelude::*;
use types::dialled::DialPlan;
use types::e164::E164;
use types::extension_number::ExtensionNumber;
use types::ids::{AccountId, DeviceId, ExtensionId, GroupId, NumberId, UserId};
use types::sip_id::{SipId, SipIdKind};

fn user(id: u128, steps: RingPlan) -> User {
    User {
        id: UserId::from_u128(id),
        name: format!("User {id}").into(),
        blocked: false,
        location: None,
        caller_number: None,
        busy_on_busy: false,
        steps,
    }
}

fn device(id: u128, user: u128) -> Device {
    let sip_id = SipId::new(1_234_567, SipIdKind::Voip, u32::try_from(id).unwrap()).unwrap();
    Device {
        id: DeviceId::from_u128(id),
        user: UserId::from_u128(user),
        label: "Desk phone".into(),
        kind: DeviceKind::Voip { sip_id, ever_registered: false },
    }
}

fn owner(id: u128) -> Owner {
    if id < 5 { Owner::User(UserId::from_u128(id)) } else { Owner::Group(GroupId::from_u128(id)) }
}

#[derive(Clone, Debug)]
enum Change {
    User(u128),
    NoUser(u128),
    Device(u128, u128),
    NoDevice(u128),
    Group(u128, Vec<u128>),
    NoGroup(u128),
    Number(u64, Option<u128>),
    NoNumber(u64),
    Extension(u8, u128),
    NoExtension(u8),
}

fn change() -> impl Strategy<Value = Change> {
    let (user, group, any, device) = (0..5u128, 5..8u128, 0..8u128, 0..8u128);
    prop_oneof![
        user.clone().prop_map(Change::User),
        user.clone().prop_map(Change::NoUser),
        (device.clone(), user.clone()).prop_map(|(device, user)| Change::Device(device, user)),
        device.prop_map(Change::NoDevice),
        (group.clone(), prop::collection::vec(user, 0..4)).prop_map(|(group, members)| Change::Group(group, members)),
        group.prop_map(Change::NoGroup),
        (1..6u64, prop::option::of(any.clone())).prop_map(|(number, owner)| Change::Number(number, owner)),
        (1..6u64).prop_map(Change::NoNumber),
        (20..26u8, any).prop_map(|(number, owner)| Change::Extension(number, owner)),
        (20..26u8).prop_map(Change::NoExtension),
    ]
}

/// The same in plain maps that are searched from end to end.
#[derive(Default)]
struct Plain {
    users: BTreeMap<u128, ()>,
    devices: BTreeMap<u128, u128>,
    groups: BTreeMap<u128, Vec<u128>>,
    numbers: BTreeMap<u64, Option<u128>>,
    extensions: BTreeMap<u8, u128>,
}

impl Plain {
    fn apply(&mut self, change: &Change) {
        match change {
            Change::User(user) => drop(self.users.insert(*user, ())),
            Change::NoUser(user) => {
                self.users.remove(user);
                self.devices.retain(|_, owner| owner != user);
                self.groups.values_mut().for_each(|members| members.retain(|member| member != user));
                self.disown(*user);
            }
            Change::Device(device, user) => drop(self.devices.insert(*device, *user)),
            Change::NoDevice(device) => drop(self.devices.remove(device)),
            Change::Group(group, members) => drop(self.groups.insert(*group, members.clone())),
            Change::NoGroup(group) => {
                self.groups.remove(group);
                self.disown(*group);
            }
            Change::Number(number, owner) => drop(self.numbers.insert(*number, *owner)),
            Change::NoNumber(number) => drop(self.numbers.remove(number)),
            Change::Extension(number, owner) => drop(self.extensions.insert(*number, *owner)),
            Change::NoExtension(number) => drop(self.extensions.remove(number)),
        }
    }

    fn disown(&mut self, gone: u128) {
        self.numbers.values_mut().for_each(|owner| *owner = owner.filter(|owner| *owner != gone));
        self.extensions.retain(|_, owner| *owner != gone);
    }
}

fn apply(world: &mut World, change: &Change) {
    let e164 = |number: u64| E164::from_u64(4_930_231_250 + number).unwrap();
    let extension = |number: u8| number.to_string().parse::<ExtensionNumber>().unwrap();
    match change {
        Change::User(id) => world.upsert_user(user(*id, RingPlan::together())),
        Change::NoUser(id) => world.remove_user(UserId::from_u128(*id)),
        Change::Device(id, user) => world.upsert_device(device(*id, *user)),
        Change::NoDevice(id) => world.remove_device(DeviceId::from_u128(*id)),
        Change::Group(id, members) => world.upsert_group(Group {
            id: GroupId::from_u128(*id),
            name: "Group".into(),
            members: members.iter().copied().map(UserId::from_u128).collect(),
            seconds: 30,
        }),
        Change::NoGroup(id) => world.remove_group(GroupId::from_u128(*id)),
        Change::Number(number, to) => {
            let id = NumberId::from_u128(u128::from(*number));
            world.upsert_number(Number { id, e164: e164(*number), owner: to.map(owner) });
        }
        Change::NoNumber(number) => world.remove_number(e164(*number)),
        Change::Extension(number, to) => {
            let id = ExtensionId::from_u128(u128::from(*number));
            world.upsert_extension(Extension { id, number: extension(*number), owner: owner(*to) });
        }
        Change::NoExtension(number) => world.remove_extension(extension(*number)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_is_what_plain_maps_would_be(changes in prop::collection::vec(change(), 0..60)) {
        let mut world = World::new(AccountId::from_u128(1), "Account", DialPlan::germany());
        let mut plain = Plain::default();
        for change in &changes {
            let revision = world.revision();
            apply(&mut world, change);
            plain.apply(change);
            prop_assert!(world.revision() > revision);
        }
        let mut users: Vec<u128> = world.users().map(|user| user.id.as_u128()).collect();
        users.sort_unstable();
        prop_assert!(users.iter().eq(plain.users.keys()));
        prop_assert!(world.groups().map(|group| group.id.as_u128()).eq(plain.groups.keys().copied()));
        let numbers: Vec<_> = world.numbers().map(|number| (number.e164.as_u64() - 4_930_231_250, number.owner)).collect();
        prop_assert!(numbers.into_iter().eq(plain.numbers.iter().map(|(number, to)| (*number, to.map(owner)))));
        let extensions = world.extensions().map(|extension| (extension.number.to_string(), extension.owner));
        prop_assert!(extensions.eq(plain.extensions.iter().map(|(number, to)| (number.to_string(), owner(*to)))));
        for id in 0..8u128 {
            let devices = world.devices_of(UserId::from_u128(id)).map(|device| device.id.as_u128());
            prop_assert!(devices.eq(plain.devices.iter().filter(|(_, user)| **user == id).map(|(device, _)| *device)));
            let found = world.device(DeviceId::from_u128(id)).map(|device| device.user.as_u128());
            prop_assert_eq!(found, plain.devices.get(&id).copied());
            let numbers = world.numbers_of(owner(id)).map(|number| number.as_u64() - 4_930_231_250);
            prop_assert!(numbers.eq(plain.numbers.iter().filter(|(_, to)| **to == Some(id)).map(|(number, _)| *number)));
            let extensions = world.extensions_of(owner(id)).map(|number| number.to_string());
            prop_assert!(extensions.eq(plain.extensions.iter().filter(|(_, to)| **to == id).map(|(number, _)| number.to_string())));
            let groups = world.groups_of(UserId::from_u128(id)).map(|group| group.id.as_u128());
            prop_assert!(groups.eq(plain.groups.iter().filter(|(_, members)| members.contains(&id)).map(|(group, _)| *group)));
        }
    }
}

#[test]
fn a_phone_that_goes_leaves_the_steps() {
    let mut world = World::new(AccountId::from_u128(1), "Account", DialPlan::germany());
    let (desk, mobile) = (DeviceId::from_u128(1), DeviceId::from_u128(2));
    let steps =
        vec![RingStep { devices: vec![desk], seconds: 15 }, RingStep { devices: vec![desk, mobile], seconds: 20 }];
    world.upsert_user(user(1, RingPlan::new(steps).unwrap()));
    world.upsert_device(device(1, 1));
    world.upsert_device(device(2, 1));
    world.remove_device(desk);
    let left = [RingStep { devices: vec![mobile], seconds: 20 }];
    assert_eq!(world.user(UserId::from_u128(1)).unwrap().steps.steps(), left);
    // A phone that is given to somebody else goes too.
    world.upsert_user(user(2, RingPlan::together()));
    world.upsert_device(device(2, 2));
    assert!(world.user(UserId::from_u128(1)).unwrap().steps.steps().is_empty());
}

#[test]
fn a_plan_has_rules() {
    use callflow::RingPlanError as Error;
    let step = |devices: &[u128], seconds| RingStep {
        devices: devices.iter().copied().map(DeviceId::from_u128).collect(),
        seconds,
    };
    let new = |steps: Vec<RingStep>| RingPlan::new(steps).map(|plan| plan.steps().len());
    assert_eq!(new(vec![]), Ok(0));
    assert_eq!(new(vec![step(&[1], 5), step(&[1, 2], 120)]), Ok(2));
    assert_eq!(new(vec![step(&[1], 5), step(&[], 5)]), Err(Error::NoDevice(1)));
    assert_eq!(new(vec![step(&[1, 2, 1], 5)]), Err(Error::DeviceTwice(0)));
    assert_eq!(new(vec![step(&[1], 4)]), Err(Error::Seconds(0)));
    assert_eq!(new(vec![step(&[1], 5), step(&[1], 121)]), Err(Error::Seconds(1)));
    assert_eq!(new(vec![step(&[1], 5); 11]), Err(Error::TooManySteps));
    let json = serde_json::to_string(&RingPlan::new(vec![step(&[7], 30)]).unwrap()).unwrap();
    assert_eq!(json, r#"[{"devices":["dev_00000000000000000000000007"],"seconds":30}]"#);
    assert_eq!(serde_json::from_str::<RingPlan>(&json).unwrap().steps().len(), 1);
    assert!(serde_json::from_str::<RingPlan>(&json.replace("30", "3")).is_err());
}
