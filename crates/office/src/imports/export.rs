//! The users of an account as a file that can be handed in again.

use super::cells;
use super::model::Column;
use super::rules::{Person, Snapshot};

/// UTF-8 with a byte order mark, as spreadsheets want it; separated as they do in the language. Whatever would be read
/// as a formula is escaped.
pub(super) fn write(snapshot: &Snapshot, language: &str) -> Vec<u8> {
    let separator = if language == "de" { b';' } else { b',' };
    let mut writer = csv::WriterBuilder::new()
        .delimiter(separator)
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    // Writing to memory does not fail, and every row has as many cells as there are columns.
    let mut written = writer.write_record(Column::ALL.map(|column| column.heading(language)));
    for person in &snapshot.people {
        let row = Column::ALL.map(|column| cells::escape(&cell(person, snapshot, column, language)));
        written = written.and_then(|()| writer.write_record(row));
    }
    debug_assert!(written.is_ok());
    writer.into_inner().unwrap_or_default()
}

fn cell(person: &Person, snapshot: &Snapshot, column: Column, language: &str) -> String {
    match column {
        Column::FirstName => person.first_name.clone(),
        Column::LastName => person.last_name.clone(),
        Column::Email => person.email.clone().unwrap_or_default(),
        Column::Administrator => match (person.administrator, language) {
            (true, "de") => "ja",
            (false, "de") => "nein",
            (true, _) => "yes",
            (false, _) => "no",
        }
        .to_owned(),
        Column::Location => {
            let known = snapshot.locations.iter().find(|(id, _)| Some(*id) == person.location);
            known.map(|(_, name)| name.clone()).unwrap_or_default()
        }
        Column::Extension => person.extension.map(|number| number.to_string()).unwrap_or_default(),
        Column::Number => {
            let numbers: Vec<String> = person.numbers.keys().map(ToString::to_string).collect();
            cells::join(numbers.iter().map(String::as_str))
        }
        Column::Groups => {
            let theirs = snapshot.groups.iter().filter(|(id, ..)| person.groups.contains(id));
            cells::join(theirs.map(|(_, name, _)| name.as_str()))
        }
        Column::Phones => person.phones.to_string(),
        Column::Id => person.id.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::{BTreeMap, BTreeSet};

    use callflow::Owner;
    use proptest::prelude::*;
    use types::dialled::DialPlan;
    use types::ids::{GroupId, LocationId, NumberId, UserId};

    use super::*;
    use crate::imports::model::{Action, Mode};
    use crate::imports::{rules, text};

    /// What people may be called, with everything in it that means something to a file or a spreadsheet.
    fn name() -> impl Strategy<Value = String> {
        "[=+@'\"a-cÄß＝;,|\\\\ \\-]{0,8}".prop_map(|text| text.trim().to_owned())
    }

    fn filled() -> impl Strategy<Value = String> {
        name().prop_filter("a name", |name| !name.is_empty())
    }

    type Drawn = (String, String, bool, bool, Option<prop::sample::Index>, Vec<prop::sample::Index>, u32);

    fn drawn() -> impl Strategy<Value = Drawn> {
        let place = prop::option::of(any::<prop::sample::Index>());
        let groups = prop::collection::vec(any::<prop::sample::Index>(), 0..3);
        (name(), name(), any::<bool>(), any::<bool>(), place, groups, 0..4u32)
    }

    fn snapshot(people: Vec<Drawn>, locations: Vec<String>, groups: Vec<String>) -> Snapshot {
        let id = |index: usize| u128::try_from(index).unwrap() + 1;
        let mut snapshot = Snapshot {
            plan: DialPlan::germany(),
            people: Vec::new(),
            emails: BTreeMap::new(),
            elsewhere: BTreeSet::new(),
            locations: locations
                .into_iter()
                .enumerate()
                .map(|(index, name)| (LocationId::from_u128(id(index)), name))
                .collect(),
            groups: groups
                .into_iter()
                .enumerate()
                .map(|(index, name)| (GroupId::from_u128(id(index)), name, 1))
                .collect(),
            extensions: BTreeMap::new(),
            numbers: BTreeMap::new(),
        };
        for (index, (first, last, administrator, has_email, place, groups, phones)) in people.into_iter().enumerate() {
            let user = UserId::from_u128(id(index));
            let extension = (index % 2 == 0).then(|| (20 + index).to_string().parse().unwrap());
            let numbers: BTreeMap<_, _> = (0..index % 3)
                .map(|more| {
                    let number = format!("+4930231250{}{more}", 10 + index).parse().unwrap();
                    (number, NumberId::from_u128(id(index * 10 + more)))
                })
                .collect();
            let owner = || (Owner::User(user), String::new());
            snapshot.extensions.extend(extension.map(|extension| (extension, owner())));
            snapshot.numbers.extend(numbers.iter().map(|(number, id)| (*number, (*id, Some(owner())))));
            let email = has_email.then(|| format!("+{index}@example.com"));
            snapshot.emails.extend(email.clone().map(|email| (email, index)));
            let located = place.filter(|_| !snapshot.locations.is_empty());
            let joined = groups.iter().filter(|_| !snapshot.groups.is_empty());
            snapshot.people.push(Person {
                id: user,
                first_name: first,
                last_name: last,
                email,
                administrator,
                blocked: false,
                has_password: true,
                location: located.map(|place| place.get(&snapshot.locations).0),
                extension,
                numbers,
                groups: joined.map(|group| group.get(&snapshot.groups).0).collect(),
                phones,
                other_devices: 0,
            });
        }
        snapshot
    }

    proptest! {
        #[test]
        fn what_was_exported_changes_nothing_when_it_comes_back(
            people in prop::collection::vec(drawn(), 1..8),
            locations in prop::collection::vec(filled(), 0..4),
            groups in prop::collection::vec(filled(), 0..4),
            language in prop_oneof![Just("de"), Just("en")],
        ) {
            let snapshot = snapshot(people, locations, groups);
            let file = write(&snapshot, language);
            let table = text::read(&file).unwrap();
            prop_assert_eq!(table.rows.len(), snapshot.people.len());
            for planned in rules::plan(&table.rows, &snapshot, Mode::Update) {
                prop_assert_eq!(planned.row.action, Action::Skip, "{:?}\n{}", planned.row, String::from_utf8_lossy(&file));
            }
        }
    }
}
