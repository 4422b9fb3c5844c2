//! Who rings, said again in the simplest way: by looking at whole lists over and over, without any state machine.

use std::collections::{BTreeMap, BTreeSet};

use callflow::{Event, Failure, Outcome, Side};
use types::ids::DeviceId;

use super::account::{Account, Meant, PlainCall, device_id};

/// Phones (with the index of their user) that ring together, and for how many milliseconds.
pub type Stage = (Vec<(DeviceId, usize)>, u64);

/// What rings on this call; `None` if nothing does.
pub fn stages(account: &Account, call: &PlainCall) -> Option<Vec<Stage>> {
    if account.suspended {
        return None;
    }
    let caller = call.from.map(|device| account.user_of(device));
    if let Some(user) = caller
        && user.is_none_or(|user| account.users[user].blocked)
    {
        return None;
    }
    let inside = call.from.is_some();
    let located = caller.flatten().is_some_and(|user| account.users[user].located);
    let owner = match &call.meant {
        Meant::Extension(digits, typed) if inside => {
            let local = format!("+49211{digits}");
            let is_local = located && !typed.contains('*') && !digits.starts_with('0');
            account
                .extensions
                .get(digits)
                .copied()
                .or_else(|| account.numbers.get(&*local).copied().flatten().filter(|_| is_local))
        }
        Meant::Local(number, digits) if inside => {
            let number = account.numbers.get(number).copied().flatten().filter(|_| located);
            account.extensions.get(&**digits).copied().or(number)
        }
        Meant::Number(number, _) => account.numbers.get(number).copied().flatten(),
        _ => None,
    }?;
    let mine = |device: &u128| call.from == Some(*device);
    if owner < account.users.len() {
        let person = &account.users[owner];
        if person.blocked {
            return None;
        }
        let mut stages: Vec<(Vec<u128>, u64)> = Vec::new();
        for (devices, seconds) in &person.steps {
            let own = devices.iter().copied().filter(|device| person.devices.contains(device) && !mine(device));
            stages.push((own.collect(), u64::from(*seconds) * 1000));
        }
        stages.retain(|(devices, _)| !devices.is_empty());
        if stages.is_empty() {
            stages.push((person.devices.iter().copied().filter(|device| !mine(device)).collect(), 60_000));
        }
        stages.retain(|(devices, _)| !devices.is_empty());
        let rung = |(devices, lasts): (Vec<u128>, u64)| {
            let devices = devices.into_iter().map(|device| (device, owner)).collect();
            (what_rings(account, call, owner, devices), lasts)
        };
        (!stages.is_empty()).then(|| stages.into_iter().map(rung).collect())
    } else {
        let devices = devices_of(account, call, owner);
        let lasts = u64::from(account.groups[owner - account.users.len()].1) * 1000;
        (!devices.is_empty()).then(|| vec![(what_rings(account, call, owner, devices), lasts)])
    }
}

/// All devices of the people an owner stands for, without those of blocked people and of the caller.
fn devices_of(account: &Account, call: &PlainCall, owner: usize) -> Vec<(u128, usize)> {
    let members = match owner.checked_sub(account.users.len()) {
        None => BTreeSet::from([owner]),
        Some(group) => account.groups[group].0.iter().copied().collect(),
    };
    let caller = call.from.and_then(|device| account.user_of(device));
    let people = members.into_iter().filter(|member| caller != Some(*member) && !account.users[*member].blocked);
    people.flat_map(|user| account.users[user].devices.iter().map(move |device| (*device, user))).collect()
}

/// Replaces numbers of the account by the devices they lead to, until none is left. Every owner is come to once.
fn what_rings(
    account: &Account,
    call: &PlainCall,
    owner: usize,
    devices: Vec<(u128, usize)>,
) -> Vec<(DeviceId, usize)> {
    let mut seen = BTreeSet::from([owner]);
    let mut rings = Vec::new();
    let mut rest = devices;
    while let Some((device, user)) = rest.pop() {
        match account.called_by.get(&device).and_then(|number| account.numbers.get(number)) {
            Some(Some(next)) if seen.insert(*next) => {
                let led = devices_of(account, call, *next).into_iter();
                rest.extend(led.filter(|(device, _)| call.from != Some(*device)));
            }
            Some(_) => {}
            None if rings.contains(&(device_id(device), user)) => {}
            None => rings.push((device_id(device), user)),
        }
    }
    rings
}

/// Which phones ring from which moment on. Of several changes in the same moment only the last is kept, and what does
/// not change anything is left out.
#[derive(Debug, Default, PartialEq)]
pub struct Timeline(BTreeMap<u64, BTreeSet<DeviceId>>);

impl Timeline {
    pub fn note(&mut self, at: u64, ringing: &BTreeSet<DeviceId>) {
        self.0.insert(at, ringing.clone());
        let before = self.0.range(..at).next_back().map(|(_, set)| set.clone());
        if before.as_ref() == Some(ringing) {
            self.0.remove(&at);
        }
    }
}

#[derive(Debug, PartialEq)]
pub struct Expected {
    pub timeline: Timeline,
    pub outcome: Outcome,
}

/// Who rings when, if this happens. Event times do not go back; an event at the very end of a stage still counts.
pub fn ringing(stages: &[Stage], events: &[(u64, Event)]) -> Expected {
    let mut timeline = Timeline::default();
    let mut results: Vec<u8> = Vec::new();
    let (mut from, mut rest) = (0, events);
    for (devices, lasts) in stages {
        let until = from + lasts;
        let mut here: Vec<(DeviceId, usize)> = devices.clone();
        if here.is_empty() {
            // All its devices lead nowhere.
            results.push(0);
            continue;
        }
        let mut worst = None;
        timeline.note(from, &here.iter().map(|(device, _)| *device).collect());
        let mut left_at = until;
        while let Some(((at, event), later)) = rest.split_first()
            && *at <= until
        {
            rest = later;
            match event {
                Event::Answered { device } if here.iter().any(|(other, _)| other == device) => {
                    timeline.note(*at, &BTreeSet::new());
                    return Expected { timeline, outcome: Outcome::Answered };
                }
                Event::CallerGone | Event::Ended { .. } => {
                    timeline.note(*at, &BTreeSet::new());
                    let by_exchange = matches!(event, Event::Ended { by: Side::Called | Side::Exchange });
                    let outcome = if by_exchange { Outcome::Unreachable } else { Outcome::Cancelled };
                    return Expected { timeline, outcome };
                }
                Event::Failed { device, failure } => {
                    let Some((_, user)) = here.iter().copied().find(|(other, _)| other == device) else { continue };
                    here.retain(|(other, owner)| other != device && !(*failure == Failure::Declined && *owner == user));
                    worst = worst.max(Some(rank(*failure)));
                    timeline.note(*at, &here.iter().map(|(device, _)| *device).collect());
                    if here.is_empty() {
                        left_at = *at;
                        break;
                    }
                }
                _ => {}
            }
        }
        let result = if here.is_empty() { worst.unwrap() } else { rank(Failure::NoAnswer) };
        results.push(result);
        from = left_at;
        if result == rank(Failure::Declined) {
            break;
        }
    }
    timeline.note(from, &BTreeSet::new());
    let declined = results.last() == Some(&rank(Failure::Declined));
    let outcome = match results.iter().max() {
        _ if declined => Outcome::Declined,
        Some(3) => Outcome::NoAnswer,
        Some(1) => Outcome::Busy,
        _ => Outcome::Unreachable,
    };
    Expected { timeline, outcome }
}

fn rank(failure: Failure) -> u8 {
    match failure {
        Failure::Offline | Failure::NoLine | Failure::Loop | Failure::NoPhone | Failure::Error { .. } => 0,
        Failure::Busy => 1,
        Failure::Declined => 2,
        Failure::NoAnswer => 3,
    }
}
