//! What the cells of one row ask for, without regard to the other rows.

use types::email::Email;
use types::ids::{GroupId, LocationId};

use super::{Draft, Snapshot};
use crate::http::Fields;
use crate::imports::cells::split;
use crate::imports::model::Column;
use crate::{devices, extensions, users, written_number};

/// Words for yes and no, in English and German.
const YES: [&str; 11] = ["yes", "y", "true", "1", "x", "ja", "j", "wahr", "administrator", "admin", "on"];
const NO: [&str; 10] = ["no", "n", "false", "0", "-", "nein", "falsch", "user", "benutzer", "off"];

pub(super) fn read(draft: &mut Draft<'_>, snapshot: &Snapshot) {
    names(draft);
    email(draft, snapshot);
    administrator(draft);
    location(draft, snapshot);
    extension(draft, snapshot);
    phone_numbers(draft, snapshot);
    groups(draft, snapshot);
    phones(draft);
}

fn names(draft: &mut Draft<'_>) {
    let first = name(draft, Column::FirstName);
    draft.effect.first_name = first.filter(|name| draft.person.is_none_or(|person| person.first_name != *name));
    let last = name(draft, Column::LastName);
    draft.effect.last_name = last.filter(|name| draft.person.is_none_or(|person| person.last_name != *name));
    if draft.person.is_none() && draft.cell(Column::FirstName).is_none() && draft.problems.is_empty() {
        draft.refuse(Column::FirstName, "text.empty", None, "Please fill this in.".to_owned());
    }
}

fn name(draft: &mut Draft<'_>, column: Column) -> Option<String> {
    let cell = draft.cell(column)?.to_owned();
    let mut fields = Fields::default();
    let name = fields.text("", &cell, users::NAME_LENGTH);
    match fields.finish() {
        Ok(()) => Some(name),
        Err(problem) => {
            for error in problem.into_fields() {
                draft.refuse(column, error.code, None, error.message);
            }
            None
        }
    }
}

fn email(draft: &mut Draft<'_>, snapshot: &Snapshot) {
    let Some(cell) = draft.cell(Column::Email) else { return };
    let Ok(email) = cell.parse::<Email>() else {
        draft.refuse(Column::Email, "email.invalid", None, "This is not an e-mail address.".to_owned());
        return;
    };
    if let Some(person) = draft.person {
        let same = |now: &String| now.eq_ignore_ascii_case(email.as_str());
        if person.email.as_ref().is_some_and(same) {
            return;
        }
        if person.email.is_some() && person.has_password {
            let message = "The address of somebody who can sign in is changed in the user's settings, where it is \
                           confirmed by mail.";
            draft.refuse(Column::Email, "email.confirm", None, message.to_owned());
            return;
        }
    }
    let key = email.key();
    let owner = snapshot.emails.get(&key).and_then(|index| snapshot.people.get(*index));
    let owner = owner.filter(|owner| Some(owner.id) != draft.effect.user);
    if let Some(owner) = owner {
        let name = owner.name();
        draft.refuse(Column::Email, "email.taken", Some(name.clone()), format!("{name} has this address."));
    } else if snapshot.elsewhere.contains(&key) {
        let message = "This address belongs to somebody else, maybe of another account.".to_owned();
        draft.refuse(Column::Email, "email.taken", None, message);
    } else {
        draft.effect.email = Some(email);
    }
}

fn administrator(draft: &mut Draft<'_>) {
    let Some(cell) = draft.cell(Column::Administrator) else { return };
    let word = cell.to_lowercase();
    let wanted = if YES.contains(&word.as_str()) {
        true
    } else if NO.contains(&word.as_str()) {
        false
    } else {
        let message = format!("Yes or no? “{}” is neither.", shortened(cell));
        draft.refuse(Column::Administrator, "administrator.unclear", None, message);
        return;
    };
    let now = draft.person.is_some_and(|person| person.administrator);
    draft.effect.administrator = (wanted != now).then_some(wanted);
}

fn location(draft: &mut Draft<'_>, snapshot: &Snapshot) {
    let Some(cell) = draft.cell(Column::Location) else { return };
    let named: Vec<LocationId> =
        snapshot.locations.iter().filter(|(_, name)| name == cell).map(|(id, _)| *id).collect();
    let now = draft.person.and_then(|person| person.location);
    match named.as_slice() {
        same if now.is_some_and(|now| same.contains(&now)) => {}
        [only] => draft.effect.location = Some(*only),
        [] => {
            let name = shortened(cell);
            let message = format!("There is no location “{name}”.");
            draft.refuse(Column::Location, "location.unknown", Some(name), message);
        }
        _ => {
            let name = shortened(cell);
            let message = format!("Several locations are called “{name}”.");
            draft.refuse(Column::Location, "location.ambiguous", Some(name), message);
        }
    }
}

fn extension(draft: &mut Draft<'_>, snapshot: &Snapshot) {
    let Some(cell) = draft.cell(Column::Extension) else { return };
    let now = draft.person.and_then(|person| person.extension);
    if ["next", "auto", "nächste", "naechste", "nächste freie"].contains(&cell.to_lowercase().as_str()) {
        draft.next = now.is_none();
        return;
    }
    match extensions::check_digits(cell, &snapshot.plan) {
        Ok(number) if Some(number) == now => {}
        Ok(number) => {
            draft.effect.extension = Some(number);
            draft.effect.freed = now;
        }
        Err(refusal) => {
            let code = refusal.field_code();
            let text = refusal.to_string();
            let mut letters = text.chars();
            let message = letters.next().map(|first| first.to_uppercase().chain(letters).chain(['.']).collect());
            draft.refuse(Column::Extension, code, None, message.unwrap_or_default());
        }
    }
}

fn phone_numbers(draft: &mut Draft<'_>, snapshot: &Snapshot) {
    let Some(cell) = draft.cell(Column::Number) else { return };
    let mut wanted = Vec::new();
    for text in split(cell) {
        let Some(number) = written_number::read(&text, &snapshot.plan) else {
            let message = format!("“{}” is not a phone number.", shortened(&text));
            draft.refuse(Column::Number, "number.invalid", Some(shortened(&text)), message);
            return;
        };
        let Some((id, _)) = snapshot.numbers.get(&number) else {
            let message = format!("{number} is none of the account's numbers.");
            draft.refuse(Column::Number, "number.unknown", Some(number.to_string()), message);
            return;
        };
        wanted.push((number, *id));
    }
    if let Some(person) = draft.person {
        let keeps = |number: &types::e164::E164| wanted.iter().any(|(wanted, _)| wanted == number);
        draft.effect.gives_up =
            person.numbers.iter().filter(|(number, _)| !keeps(number)).map(|(number, id)| (*number, *id)).collect();
        wanted.retain(|(number, _)| !person.numbers.contains_key(number));
    }
    draft.effect.takes = wanted.into_iter().collect();
}

fn groups(draft: &mut Draft<'_>, snapshot: &Snapshot) {
    let Some(cell) = draft.cell(Column::Groups) else { return };
    let now = draft.person.map(|person| person.groups.clone()).unwrap_or_default();
    let mut wanted = std::collections::BTreeSet::new();
    for name in split(cell) {
        let named: Vec<GroupId> =
            snapshot.groups.iter().filter(|(_, known, _)| *known == name).map(|(id, ..)| *id).collect();
        let present: Vec<GroupId> = named.iter().copied().filter(|id| now.contains(id)).collect();
        match (present.is_empty(), named.as_slice()) {
            (false, _) => wanted.extend(present),
            (true, [only]) => drop(wanted.insert(*only)),
            (true, []) => {
                let message = format!("There is no group “{}”.", shortened(&name));
                draft.refuse(Column::Groups, "group.unknown", Some(shortened(&name)), message);
            }
            (true, _) => {
                let message = format!("Several groups are called “{}”.", shortened(&name));
                draft.refuse(Column::Groups, "group.ambiguous", Some(shortened(&name)), message);
            }
        }
    }
    draft.effect.joins = wanted.difference(&now).copied().collect();
    draft.effect.leaves = now.difference(&wanted).copied().collect();
}

fn phones(draft: &mut Draft<'_>) {
    let Some(cell) = draft.cell(Column::Phones) else { return };
    let others = draft.person.map_or(0, |person| u64::from(person.other_devices));
    let most = devices::MAX_PER_USER.saturating_sub(others);
    let Some(wanted) = cell.parse::<u32>().ok().filter(|wanted| u64::from(*wanted) <= most) else {
        draft.refuse(Column::Phones, "phones.invalid", None, format!("A number from 0 to {most}."));
        return;
    };
    let now = draft.person.map_or(0, |person| person.phones);
    if wanted < now {
        let message = format!("There are {now} phones already, and an import removes none.");
        draft.refuse(Column::Phones, "phones.fewer", Some(now.to_string()), message);
        return;
    }
    draft.effect.phones = wanted - now;
}

/// A part of a cell as a message can show it.
fn shortened(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(60).collect()
}
