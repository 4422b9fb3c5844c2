//! Which row is about whom.

use std::collections::BTreeMap;

use types::email::Email;
use types::ids::UserId;

use super::{Draft, Effect, Person, Snapshot};
use crate::imports::model::{Column, Mode, Problem};
use crate::imports::text::Source;

struct People<'a> {
    by_id: BTreeMap<UserId, &'a Person>,
    by_email: BTreeMap<String, &'a Person>,
    /// People without an address, by first and last name.
    by_name: BTreeMap<(&'a str, &'a str), Vec<&'a Person>>,
}

/// A draft for every row: by the user's id where the file has it, else by the address; by the name where neither the row
/// nor the user has one, so that a file that is handed in twice adds nobody twice.
pub(super) fn drafts<'a>(rows: &'a [Source], snapshot: &'a Snapshot, mode: Mode) -> Vec<Draft<'a>> {
    let mut people = People { by_id: BTreeMap::new(), by_email: BTreeMap::new(), by_name: BTreeMap::new() };
    for person in &snapshot.people {
        people.by_id.insert(person.id, person);
        match &person.email {
            Some(email) => drop(people.by_email.insert(email.to_ascii_lowercase(), person)),
            None => people.by_name.entry((&person.first_name, &person.last_name)).or_default().push(person),
        }
    }
    let mut seen_emails: BTreeMap<String, u64> = BTreeMap::new();
    let mut seen_people: BTreeMap<UserId, u64> = BTreeMap::new();
    let mut drafts = Vec::with_capacity(rows.len());
    for source in rows {
        let mut draft = Draft {
            source,
            person: None,
            skipped: false,
            effect: Effect::default(),
            next: false,
            problems: Vec::new(),
        };
        if source.surplus {
            draft.problems.push(Problem {
                column: None,
                code: "row.columns".to_owned(),
                subject: None,
                message: "There is more in this row than there are headings; is a cell not in quotes?".to_owned(),
            });
        }
        let email = draft.cell(Column::Email).and_then(|text| text.parse::<Email>().ok()).map(|email| email.key());
        draft.person = find(&mut draft, &people, email.as_deref());
        if let Some(email) = email {
            match seen_emails.get(&email) {
                Some(line) => {
                    let message = format!("Line {line} has the same address.");
                    draft.refuse(Column::Email, "email.twice", Some(line.to_string()), message);
                }
                None => drop(seen_emails.insert(email, source.line)),
            }
        }
        if let Some(person) = draft.person {
            match seen_people.get(&person.id) {
                Some(line) if draft.problems.iter().all(|problem| problem.code != "email.twice") => {
                    let message = format!("Line {line} is about the same user.");
                    draft.refuse(Column::Id, "user.twice", Some(line.to_string()), message);
                }
                Some(_) => {}
                None => drop(seen_people.insert(person.id, source.line)),
            }
            draft.skipped = mode == Mode::Skip;
            draft.effect.user = Some(person.id);
        }
        drafts.push(draft);
    }
    drafts
}

fn find<'a>(draft: &mut Draft<'a>, people: &People<'a>, email: Option<&str>) -> Option<&'a Person> {
    if let Some(id) = draft.cell(Column::Id) {
        let found = id.parse().ok().and_then(|id: UserId| people.by_id.get(&id).copied());
        if found.is_none() {
            let message = "The account has no user with this id. Leave the cell empty to add one.".to_owned();
            draft.refuse(Column::Id, "user.unknown", None, message);
        }
        return found;
    }
    if draft.cell(Column::Email).is_some() {
        return people.by_email.get(email?).copied();
    }
    let name = (draft.cell(Column::FirstName)?, draft.cell(Column::LastName).unwrap_or_default());
    people.by_name.get(&name).and_then(|people| people.first()).copied()
}
