//! What rows want from each other and from people who are not in the file: extensions, numbers, places in groups, the
//! right to administer.
//!
//! What counts is how things stand when all rows are carried out: two people may swap their extensions in one file.

use std::collections::{BTreeMap, BTreeSet};

use types::extension_number::ExtensionNumber;
use types::ids::{GroupId, UserId};

use super::{Draft, GROUP_SIZE, Snapshot};
use crate::imports::model::Column;

/// Digits of the shortest and the longest extension that is given unasked.
const DIGITS: std::ops::RangeInclusive<u32> = 2..=6;

pub(super) fn extensions(drafts: &mut [Draft<'_>], snapshot: &Snapshot) {
    let freed: BTreeSet<ExtensionNumber> = drafts.iter().filter_map(|draft| draft.effect.freed).collect();
    let mut claimed: BTreeMap<ExtensionNumber, u64> = BTreeMap::new();
    for draft in drafts.iter_mut() {
        let Some(number) = draft.effect.extension else { continue };
        let taken = snapshot.extensions.get(&number).filter(|_| !freed.contains(&number));
        if let Some((_, owner)) = taken {
            let message = format!("{number} belongs to {owner}.");
            draft.refuse(Column::Extension, "extension.taken", Some(owner.clone()), message);
        } else if let Some(line) = claimed.get(&number) {
            let message = format!("Line {line} has the same extension.");
            draft.refuse(Column::Extension, "extension.twice", Some(line.to_string()), message);
        } else {
            claimed.insert(number, draft.source.line);
        }
    }
    let wanted = drafts.iter().filter(|draft| draft.next).count();
    if wanted == 0 {
        return;
    }
    let free = |number: &ExtensionNumber| {
        let present = snapshot.extensions.contains_key(number) && !freed.contains(number);
        !present && !claimed.contains_key(number) && !number.is_emergency_in(&snapshot.plan)
    };
    let of_digits = |digits: u32| {
        let first = 10u32.pow(digits - 1);
        (first..first * 10).filter_map(|value| value.to_string().parse::<ExtensionNumber>().ok()).filter(free)
    };
    // As short as possible, but all alike.
    let digits = DIGITS.into_iter().find(|digits| of_digits(*digits).take(wanted).count() == wanted);
    let mut numbers = of_digits(digits.unwrap_or(*DIGITS.end()));
    for draft in drafts.iter_mut().filter(|draft| draft.next) {
        match numbers.next() {
            Some(number) => draft.effect.extension = Some(number),
            None => {
                let message = "No extension is free.".to_owned();
                draft.problems.push(crate::imports::model::Problem {
                    column: Some(Column::Extension),
                    code: "extension.none".to_owned(),
                    subject: None,
                    message,
                });
            }
        }
    }
}

pub(super) fn numbers(drafts: &mut [Draft<'_>], snapshot: &Snapshot) {
    let given_up: BTreeSet<_> = drafts.iter().flat_map(|draft| draft.effect.gives_up.keys().copied()).collect();
    let mut claimed = BTreeMap::new();
    for draft in drafts.iter_mut() {
        let wanted: Vec<_> = draft.effect.takes.keys().copied().collect();
        for number in wanted {
            let owner = snapshot.numbers.get(&number).and_then(|(_, owner)| owner.as_ref());
            if let Some((_, owner)) = owner.filter(|_| !given_up.contains(&number)) {
                let message = format!("{number} rings {owner}.");
                draft.refuse(Column::Number, "number.taken", Some(owner.clone()), message);
            } else if let Some(line) = claimed.get(&number) {
                let message = format!("Line {line} has {number} too.");
                draft.refuse(Column::Number, "number.twice", Some(u64::to_string(line)), message);
            } else {
                claimed.insert(number, draft.source.line);
            }
        }
    }
}

pub(super) fn groups(drafts: &mut [Draft<'_>], snapshot: &Snapshot) {
    let mut members: BTreeMap<GroupId, usize> = snapshot.groups.iter().map(|(id, _, count)| (*id, *count)).collect();
    for group in drafts.iter().flat_map(|draft| &draft.effect.leaves) {
        if let Some(count) = members.get_mut(group) {
            *count = count.saturating_sub(1);
        }
    }
    for draft in drafts.iter_mut() {
        for group in draft.effect.joins.clone() {
            let count = members.entry(group).or_default();
            *count += 1;
            if *count > GROUP_SIZE {
                let name = snapshot.groups.iter().find(|(id, ..)| *id == group).map(|(_, name, _)| name.clone());
                let message = format!("“{}” has {GROUP_SIZE} members already.", name.as_deref().unwrap_or_default());
                draft.refuse(Column::Groups, "group.full", name, message);
            }
        }
    }
}

/// Refuses every row that takes the right away if nobody who can sign in had it then.
pub(super) fn administrators(drafts: &mut [Draft<'_>], snapshot: &Snapshot) {
    let loses = |draft: &Draft<'_>| {
        draft.effect.administrator == Some(false) && draft.person.is_some_and(super::Person::counts)
    };
    let losing: BTreeSet<UserId> =
        drafts.iter().filter(|draft| loses(draft)).filter_map(|draft| draft.effect.user).collect();
    let gaining = drafts.iter().any(|draft| {
        draft.effect.administrator == Some(true)
            && draft.person.is_some_and(|person| person.has_password && !person.blocked)
    });
    let stays = snapshot.people.iter().any(|person| person.counts() && !losing.contains(&person.id));
    if losing.is_empty() || gaining || stays {
        return;
    }
    for draft in drafts.iter_mut().filter(|draft| loses(draft)) {
        let message = "Nobody else could administer the account then.".to_owned();
        draft.refuse(Column::Administrator, "administrator.last", None, message);
    }
}
