//! Who can be reached, who rings, who talks: kept up to date by what the exchange notes. Pure.

use std::collections::{BTreeMap, BTreeSet};

use callflow::Owner;
use types::ids::{AccountId, CallId, DeviceId, UserId};

use super::model::{PathDevice, PathEvent, PathOwner, PathState, PresenceEvent, Signal};
use crate::ports::CallLegs;
use crate::users::Presence;

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Board {
    /// Phones that can be reached.
    phones: BTreeMap<DeviceId, UserId>,
    /// How many of a user's phones can be reached.
    reachable: BTreeMap<UserId, usize>,
    calls: BTreeMap<CallId, (AccountId, CallLegs)>,
    /// The calls of `calls` that somebody takes part in, or that a group was called with: what is told of one call must
    /// not cost more the more calls there are.
    with: BTreeMap<Owner, BTreeSet<CallId>>,
}

impl Board {
    /// Whose phone it is, as far as it can be reached.
    pub(super) fn user_of(&self, device: DeviceId) -> Option<UserId> {
        self.phones.get(&device).copied()
    }

    /// A phone can be reached from now on, or not any more; what is to be told of it.
    pub(super) fn phone(&mut self, user: UserId, device: DeviceId, reachable: bool) -> Vec<Signal> {
        let before = self.presence(user);
        if reachable {
            if self.phones.insert(device, user).is_none() {
                *self.reachable.entry(user).or_default() += 1;
            }
        } else if self.phones.remove(&device).is_some()
            && let Some(count) = self.reachable.get_mut(&user)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.reachable.remove(&user);
            }
        }
        self.presence_changes([(user, before)])
    }

    /// Other phones ring or talk in a call than before, or it is over; what is to be told of it.
    pub(super) fn call(&mut self, account: AccountId, call: CallId, legs: Option<CallLegs>) -> Vec<Signal> {
        let before = self.calls.get(&call).map(|(_, legs)| concerned(legs)).unwrap_or_default();
        let after = legs.as_ref().map(concerned).unwrap_or_default();
        let owners: BTreeSet<Owner> = before.union(&after).copied().collect();
        let presences: Vec<(UserId, Presence)> =
            owners.iter().filter_map(user).map(|user| (user, self.presence(user))).collect();
        let paths: Vec<(Owner, Vec<PathDevice>)> = owners.iter().map(|owner| (*owner, self.path(*owner))).collect();
        for owner in before.difference(&after) {
            self.part(*owner, call);
        }
        for owner in after {
            self.with.entry(owner).or_default().insert(call);
        }
        match legs {
            Some(legs) => drop(self.calls.insert(call, (account, legs))),
            None => drop(self.calls.remove(&call)),
        }
        let mut signals = self.presence_changes(presences);
        for (owner, before) in paths {
            let after = self.path(owner);
            if after != before {
                signals.push(path_of(owner, after));
            }
        }
        signals
    }

    /// Every path of the account that is not quiet, for somebody who begins to look.
    pub(super) fn paths(&self, account: AccountId) -> Vec<Signal> {
        let calls = self.calls.values().filter(|(of, _)| *of == account);
        let owners: BTreeSet<Owner> = calls.flat_map(|(_, legs)| concerned(legs)).collect();
        let paths = owners.into_iter().map(|owner| (owner, self.path(owner)));
        paths.filter(|(_, devices)| !devices.is_empty()).map(|(owner, devices)| path_of(owner, devices)).collect()
    }

    /// An owner has nothing to do with a call any more.
    fn part(&mut self, owner: Owner, call: CallId) {
        if let Some(calls) = self.with.get_mut(&owner) {
            calls.remove(&call);
            if calls.is_empty() {
                self.with.remove(&owner);
            }
        }
    }

    fn calls_with(&self, owner: Owner) -> impl Iterator<Item = &CallLegs> {
        let calls = self.with.get(&owner).into_iter().flatten();
        calls.filter_map(|call| self.calls.get(call)).map(|(_, legs)| legs)
    }

    fn presence_changes(&self, before: impl IntoIterator<Item = (UserId, Presence)>) -> Vec<Signal> {
        let after = before.into_iter().map(|(user, before)| (user, before, self.presence(user)));
        let changed = after.filter(|(_, before, after)| before != after);
        changed.map(|(user, _, presence)| Signal::Presence(PresenceEvent { user, presence })).collect()
    }

    /// What colleagues are told of a user.
    fn presence(&self, user: UserId) -> Presence {
        let talks = |legs: &CallLegs| {
            let called = legs.called.iter().any(|(called, _)| *called == user);
            legs.caller.is_some_and(|(caller, _)| caller == user) || (legs.answered && called)
        };
        if self.calls_with(Owner::User(user)).any(talks) {
            Presence::InCall
        } else if self.reachable.contains_key(&user) {
            Presence::Online
        } else {
            Presence::Unreachable
        }
    }

    /// Which phones of an owner ring or talk; one that does both talks.
    fn path(&self, owner: Owner) -> Vec<PathDevice> {
        let mut devices: BTreeMap<DeviceId, PathState> = BTreeMap::new();
        for legs in self.calls_with(owner) {
            let state = if legs.answered { PathState::Talking } else { PathState::Ringing };
            let caller = legs.caller.filter(|_| legs.answered);
            for (user, device) in legs.called.iter().chain(&caller) {
                let meant = match owner {
                    Owner::User(meant) => *user == meant,
                    Owner::Group(_) => legs.owner == Some(owner) && Some((*user, *device)) != legs.caller,
                };
                if meant && devices.get(device) != Some(&PathState::Talking) {
                    devices.insert(*device, state);
                }
            }
        }
        devices.into_iter().map(|(id, state)| PathDevice { id, state }).collect()
    }
}

/// Those whose presence or path a call is part of.
fn concerned(legs: &CallLegs) -> BTreeSet<Owner> {
    let users = legs.caller.iter().chain(&legs.called).map(|(user, _)| Owner::User(*user));
    users.chain(legs.owner.filter(|owner| matches!(owner, Owner::Group(_)))).collect()
}

fn user(owner: &Owner) -> Option<UserId> {
    match owner {
        Owner::User(user) => Some(*user),
        Owner::Group(_) => None,
    }
}

fn path_of(owner: Owner, devices: Vec<PathDevice>) -> Signal {
    Signal::Path(PathEvent { owner: PathOwner::of(owner), devices, of: owner })
}

#[cfg(test)]
mod tests {
    use types::ids::GroupId;

    use super::*;

    const ANNA: u128 = 1;
    const BERND: u128 = 2;
    const CLARA: u128 = 3;

    fn account() -> AccountId {
        AccountId::from_u128(1)
    }

    /// A user and his phone.
    fn leg(user: u128) -> (UserId, DeviceId) {
        (UserId::from_u128(user), DeviceId::from_u128(user))
    }

    fn words(signals: &[Signal]) -> Vec<String> {
        let word = |signal: &Signal| match signal {
            Signal::Presence(presence) => format!("{} {:?}", presence.user.as_u128(), presence.presence),
            Signal::Path(path) => {
                let devices = path.devices.iter().map(|device| format!("{}{:?}", device.id.as_u128(), device.state));
                let (kind, id) = match path.of {
                    Owner::User(user) => ("user", user.as_u128()),
                    Owner::Group(group) => ("group", group.as_u128()),
                };
                format!("{kind} {id}: {}", devices.collect::<Vec<_>>().join(" "))
            }
            Signal::Changed(changed) => changed.what.clone(),
        };
        signals.iter().map(word).collect()
    }

    #[test]
    fn the_last_phone_decides_whether_somebody_can_be_reached() {
        let mut board = Board::default();
        let user = UserId::from_u128(ANNA);
        let mut phone = |device, reachable| words(&board.phone(user, DeviceId::from_u128(device), reachable));
        assert_eq!(phone(1, true), ["1 Online"]);
        assert!(phone(2, true).is_empty() && phone(2, true).is_empty() && phone(1, false).is_empty());
        assert_eq!(phone(2, false), ["1 Unreachable"]);
        assert!(phone(2, false).is_empty());
    }

    #[test]
    fn a_call_to_a_group_lights_the_paths_of_the_group_and_of_those_who_ring() {
        let mut board = Board::default();
        let (call, group) = (CallId::from_u128(9), Owner::Group(GroupId::from_u128(5)));
        let legs = |called: &[u128], answered| {
            let called = called.iter().copied().map(leg).collect();
            Some(CallLegs { owner: Some(group), caller: Some(leg(ANNA)), called, answered })
        };
        let rings = words(&board.call(account(), call, legs(&[BERND, CLARA], false)));
        let expected = ["1 InCall", "user 2: 2Ringing", "user 3: 3Ringing", "group 5: 2Ringing 3Ringing"];
        assert_eq!(rings, expected);
        assert!(board.call(account(), call, legs(&[BERND, CLARA], false)).is_empty());
        let talks = words(&board.call(account(), call, legs(&[CLARA], true)));
        assert_eq!(talks, ["3 InCall", "user 1: 1Talking", "user 2: ", "user 3: 3Talking", "group 5: 3Talking"]);
        assert_eq!(words(&board.paths(account())), ["user 1: 1Talking", "user 3: 3Talking", "group 5: 3Talking"]);
        assert!(board.paths(AccountId::from_u128(2)).is_empty());
        let over = words(&board.call(account(), call, None));
        assert_eq!(over, ["1 Unreachable", "3 Unreachable", "user 1: ", "user 3: ", "group 5: "]);
        assert!(board.calls.is_empty() && board.with.is_empty());
    }
}
