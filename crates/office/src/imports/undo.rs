//! Undoing an import: what has changed since is found first, then the rest goes back, all in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use callflow::Owner;
use types::e164::E164;
use types::extension_number::ExtensionNumber;
use types::ids::{NumberId, UserId};

use super::error::Error;
use super::journal::{Changed, Created, Journal, Part};
use super::model::{Column, Kept, Problem};
use super::rules::{GROUP_SIZE, Person, Snapshot};
use super::running::Progress;
use crate::Office;
use crate::db::Tx;
use crate::owners::NamedOwner;
use crate::scope::{Role, Scope};
use crate::{devices, extensions, groups, numbers, users, versions};

/// What contradicts undoing, row by row. A row that is kept keeps what others would have got back, so the question is
/// asked again until no row comes to it.
pub(super) fn contradictions(journal: &Journal, snapshot: &Snapshot, used: &BTreeSet<UserId>) -> Vec<Kept> {
    let mut kept: Vec<Kept> = Vec::new();
    loop {
        let lines = kept.iter().map(|kept| kept.line).collect();
        let found = contradicting(journal, snapshot, used, &lines);
        if found.len() == kept.len() {
            return found;
        }
        kept = found;
    }
}

fn contradicting(journal: &Journal, snapshot: &Snapshot, used: &BTreeSet<UserId>, lines: &BTreeSet<u64>) -> Vec<Kept> {
    let people: BTreeMap<UserId, &Person> = snapshot.people.iter().map(|person| (person.id, person)).collect();
    let mut kept = Vec::new();
    for created in &journal.created {
        // Whoever was deleted meanwhile is gone already.
        if people.contains_key(&created.user) && used.contains(&created.user) {
            kept.push(Kept {
                line: created.line,
                name: created.name.clone(),
                problem: problem(None, "user.used", None, "has signed in or was changed since"),
            });
        }
    }
    let freed = returning(journal, snapshot, lines);
    for changed in &journal.changed {
        let problem = match people.get(&changed.user) {
            None => Some(problem(None, "user.gone", None, "was deleted since")),
            Some(person) => contradiction(changed, person, snapshot, &freed),
        };
        kept.extend(problem.map(|problem| Kept { line: changed.line, name: changed.name.clone(), problem }));
    }
    last_administrator(journal, snapshot, &mut kept);
    kept
}

fn problem(column: Option<Column>, code: &str, subject: Option<String>, message: &str) -> Problem {
    Problem { column, code: code.to_owned(), subject, message: message.to_owned() }
}

/// What becomes free by undoing: extensions and numbers that people got by the import.
struct Returning {
    extensions: BTreeSet<ExtensionNumber>,
    numbers: BTreeSet<NumberId>,
}

fn returning(journal: &Journal, snapshot: &Snapshot, kept: &BTreeSet<u64>) -> Returning {
    let created: BTreeSet<UserId> =
        journal.created.iter().filter(|one| !kept.contains(&one.line)).map(|one| one.user).collect();
    let theirs = |owner: &Owner| matches!(owner, Owner::User(user) if created.contains(user));
    let extensions = snapshot.extensions.iter().filter(|(_, (owner, _))| theirs(owner)).map(|(number, _)| *number);
    let numbers = snapshot.numbers.values().filter(|(_, owner)| owner.as_ref().is_some_and(|(owner, _)| theirs(owner)));
    let changed = || journal.changed.iter().filter(|one| !kept.contains(&one.line));
    Returning {
        extensions: extensions.chain(changed().filter_map(|one| Some(one.extension?.1))).collect(),
        numbers: numbers.map(|(id, _)| *id).chain(changed().flat_map(|one| one.took.clone())).collect(),
    }
}

fn contradiction(changed: &Changed, person: &Person, snapshot: &Snapshot, freed: &Returning) -> Option<Problem> {
    if let Some((before, after)) = &changed.profile {
        let now = Part {
            first_name: person.first_name.clone(),
            last_name: person.last_name.clone(),
            email: person.email.clone(),
            role: if person.administrator { Role::Administrator } else { Role::User },
            location: person.location,
        };
        if let Some(column) = differing(before, after, &now) {
            return Some(problem(Some(column), "changed", None, "was changed since"));
        }
        let gone = before.location.filter(|old| !snapshot.locations.iter().any(|(known, _)| known == old));
        if gone.is_some() && before.location != after.location {
            return Some(problem(Some(Column::Location), "location.gone", None, "the location was deleted since"));
        }
    }
    if let Some((before, after)) = changed.extension {
        if person.extension != Some(after) {
            return Some(problem(Some(Column::Extension), "changed", None, "was changed since"));
        }
        let taken = before.filter(|before| !freed.extensions.contains(before));
        if let Some((_, owner)) = taken.and_then(|before| snapshot.extensions.get(&before)) {
            let message = "belongs to somebody else by now";
            return Some(problem(Some(Column::Extension), "extension.taken", Some(owner.clone()), message));
        }
    }
    let by_id = |wanted: &NumberId| {
        snapshot.numbers.iter().find(|(_, (id, _))| id == wanted).map(|(number, (_, owner))| (*number, owner.clone()))
    };
    for id in &changed.took {
        let ours =
            by_id(id).is_some_and(|(_, owner)| owner.is_some_and(|(owner, _)| owner == Owner::User(changed.user)));
        if !ours {
            return Some(problem(Some(Column::Number), "changed", None, "was changed since"));
        }
    }
    for id in changed.gave_up.iter().filter(|id| !freed.numbers.contains(id)) {
        match by_id(id) {
            Some((_, None)) => {}
            Some((number, Some((_, owner)))) => return Some(taken(number, owner)),
            None => return Some(problem(Some(Column::Number), "number.gone", None, "the number was released since")),
        }
    }
    for group in &changed.left {
        let known = snapshot.groups.iter().find(|(id, ..)| id == group);
        match known {
            Some((_, _, members)) if *members < GROUP_SIZE || person.groups.contains(group) => {}
            Some((_, name, _)) => {
                let message = "has as many members as possible by now";
                return Some(problem(Some(Column::Groups), "group.full", Some(name.clone()), message));
            }
            None => return Some(problem(Some(Column::Groups), "group.gone", None, "the group was deleted since")),
        }
    }
    None
}

fn taken(number: E164, owner: String) -> Problem {
    problem(Some(Column::Number), "number.taken", Some(owner), &format!("{number} rings somebody else by now"))
}

/// The first part that the import changed and that has changed again since.
fn differing(before: &Part, after: &Part, now: &Part) -> Option<Column> {
    let moved = |changed: bool, same: bool, column| (changed && !same).then_some(column);
    moved(before.first_name != after.first_name, now.first_name == after.first_name, Column::FirstName)
        .or_else(|| moved(before.last_name != after.last_name, now.last_name == after.last_name, Column::LastName))
        .or_else(|| moved(before.email != after.email, now.email == after.email, Column::Email))
        .or_else(|| moved(before.role != after.role, now.role == after.role, Column::Administrator))
        .or_else(|| moved(before.location != after.location, now.location == after.location, Column::Location))
}

/// Nobody loses the right to administer if nobody else had it then.
fn last_administrator(journal: &Journal, snapshot: &Snapshot, kept: &mut Vec<Kept>) {
    let held: BTreeSet<u64> = kept.iter().map(|kept| kept.line).collect();
    let demoted = |changed: &&Changed| {
        let part = changed.profile.as_ref();
        part.is_some_and(|(before, after)| before.role == Role::User && after.role == Role::Administrator)
    };
    let losing: BTreeMap<UserId, (u64, &String)> = journal
        .changed
        .iter()
        .filter(demoted)
        .map(|changed| (changed.user, (changed.line, &changed.name)))
        .chain(journal.created.iter().map(|created| (created.user, (created.line, &created.name))))
        .filter(|(_, (line, _))| !held.contains(line))
        .collect();
    let mut counting = snapshot.people.iter().filter(|person| person.counts());
    if counting.clone().count() == 0 || counting.any(|person| !losing.contains_key(&person.id)) {
        return;
    }
    for person in snapshot.people.iter().filter(|person| person.counts()) {
        if let Some((line, name)) = losing.get(&person.id) {
            let message = "nobody else could administer the account then";
            let problem = problem(Some(Column::Administrator), "administrator.last", None, message);
            kept.push(Kept { line: *line, name: (*name).clone(), problem });
        }
    }
}

/// How many steps it takes.
pub(super) fn steps(journal: &Journal, kept: &BTreeSet<u64>) -> usize {
    journal.created.iter().filter(|one| !kept.contains(&one.line)).count()
        + journal.changed.iter().filter(|one| !kept.contains(&one.line)).count()
}

/// Undoes everything but the rows in `kept`. Answers the phones to be signed out.
pub(super) async fn back(
    office: &Office,
    tx: &mut Tx,
    scope: &Scope,
    journal: &Journal,
    kept: &BTreeSet<u64>,
    snapshot: &Snapshot,
    progress: &Progress,
) -> Result<(), Error> {
    let created: Vec<&Created> = journal.created.iter().filter(|one| !kept.contains(&one.line)).collect();
    let changed: Vec<&Changed> = journal.changed.iter().filter(|one| !kept.contains(&one.line)).collect();
    let there: BTreeSet<UserId> = snapshot.people.iter().map(|person| person.id).collect();
    // Administrators come back before others cease to be one.
    let mut roles: Vec<&&Changed> = changed.iter().filter(|one| one.profile.is_some()).collect();
    roles.sort_by_key(|one| one.profile.as_ref().is_some_and(|(before, _)| before.role == Role::User));
    for one in roles {
        profile_back(tx, scope, one).await?;
    }
    let gone: Vec<UserId> = created.iter().map(|one| one.user).filter(|user| there.contains(user)).collect();
    for chunk in gone.chunks(256) {
        users::remove(tx, scope, chunk).await?;
        progress.step(chunk.len());
    }
    for one in &changed {
        if one.extension.is_some() {
            extensions::free_of(tx, scope, Owner::User(one.user)).await?;
        }
        for id in &one.took {
            hand_over(tx, scope, *id, None).await?;
        }
        for phone in &one.phones {
            match devices::remove(office, tx, scope, *phone).await {
                // Removed by hand meanwhile.
                Ok(()) | Err(devices::Error::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        for group in one.joined.iter().filter(|group| snapshot.groups.iter().any(|(known, ..)| known == *group)) {
            groups::change_members(tx, scope, *group, &[], &[one.user]).await?;
        }
    }
    for one in &changed {
        if let Some((Some(before), _)) = one.extension {
            let owner = Owner::User(one.user);
            extensions::give(tx, scope, before, owner, NamedOwner::new(owner, one.name.clone())).await?;
        }
        for id in &one.gave_up {
            hand_over(tx, scope, *id, Some(one)).await?;
        }
        for group in &one.left {
            groups::change_members(tx, scope, *group, &[one.user], &[]).await?;
        }
        versions::note(tx, scope, Owner::User(one.user)).await?;
        progress.step(1);
    }
    Ok(())
}

async fn hand_over(tx: &mut Tx, scope: &Scope, id: NumberId, to: Option<&Changed>) -> Result<(), Error> {
    let to = to.map(|to| (Owner::User(to.user), NamedOwner::new(Owner::User(to.user), to.name.clone())));
    for number in numbers::find_all(tx, scope, &[id]).await? {
        numbers::hand_over(tx, scope, &number, to.clone()).await?;
    }
    Ok(())
}

async fn profile_back(tx: &mut Tx, scope: &Scope, changed: &Changed) -> Result<(), Error> {
    let Some((before, after)) = changed.profile.as_ref() else { return Ok(()) };
    users::alter(tx, scope, changed.user, |now| {
        let mut draft = users::draft_of(now);
        if before.first_name != after.first_name {
            draft.first_name.clone_from(&before.first_name);
        }
        if before.last_name != after.last_name {
            draft.last_name.clone_from(&before.last_name);
        }
        if before.email != after.email {
            draft.email = before.email.as_deref().and_then(|email| email.parse().ok());
        }
        if before.role != after.role {
            draft.role = before.role;
        }
        if before.location != after.location {
            draft.location = before.location;
        }
        draft
    })
    .await?;
    Ok(())
}
