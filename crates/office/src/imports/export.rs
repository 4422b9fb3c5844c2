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
