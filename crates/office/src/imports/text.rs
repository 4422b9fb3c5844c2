//! From the bytes of a file to rows: whichever program wrote it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::cells;
use super::model::Column;

/// Most rows of one file.
pub(super) const MOST_ROWS: usize = 10_000;

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// Which columns there are.
    pub columns: Vec<Column>,
    /// Headings that mean nothing here.
    pub ignored: Vec<String>,
    pub rows: Vec<Source>,
}

/// A row as it was handed in. Stored until the import is forgotten, so that it can be looked at anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Source {
    /// The line of the file it begins in; the headings are in line 1.
    pub line: u64,
    /// What is filled in.
    pub cells: BTreeMap<Column, String>,
    /// Whether there is more in the row than the headings have columns for.
    pub surplus: bool,
}

/// Why a file is no list of users at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// There is nothing in it, or nothing below the headings.
    Empty,
    /// No column is known that could say who somebody is.
    Headings { found: Vec<String> },
    /// Two columns mean the same.
    ColumnTwice(Column),
    /// More than 10,000 rows.
    TooManyRows,
}

/// Reads a file: UTF-8, UTF-16 with a byte order mark, or else Windows-1252; separated by semicolon, comma or tab.
pub(super) fn read(bytes: &[u8]) -> Result<Table, Unreadable> {
    let text = decode(bytes);
    let (text, told) = separator_line(&text);
    let separator = told.unwrap_or_else(|| separator(text));
    let skipped = u64::from(told.is_some());
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text.as_bytes());
    let mut records = reader.records().filter_map(Result::ok).filter(|record| !is_blank(record));
    let headings = records.next().ok_or(Unreadable::Empty)?;
    let meaning: Vec<Option<Column>> = headings.iter().map(column).collect();
    let mut columns: Vec<Column> = Vec::new();
    for known in meaning.iter().flatten() {
        if columns.contains(known) {
            return Err(Unreadable::ColumnTwice(*known));
        }
        columns.push(*known);
    }
    let named = headings.iter().map(str::trim).filter(|heading| !heading.is_empty());
    if ![Column::FirstName, Column::Email, Column::Id].iter().any(|column| columns.contains(column)) {
        return Err(Unreadable::Headings { found: named.take(30).map(|heading| cut(heading, 60)).collect() });
    }
    let ignored = named.filter(|heading| column(heading).is_none()).take(30).map(|heading| cut(heading, 60)).collect();
    let mut rows = Vec::new();
    for record in records {
        if rows.len() == MOST_ROWS {
            return Err(Unreadable::TooManyRows);
        }
        rows.push(source(text, &record, &meaning, skipped));
    }
    if rows.is_empty() { Err(Unreadable::Empty) } else { Ok(Table { columns, ignored, rows }) }
}

fn is_blank(record: &csv::StringRecord) -> bool {
    record.iter().all(|cell| cell.trim().is_empty())
}

fn source(text: &str, record: &csv::StringRecord, meaning: &[Option<Column>], skipped: u64) -> Source {
    let mut cells = BTreeMap::new();
    for (cell, column) in record.iter().zip(meaning) {
        let cell = cells::unescape(cell.trim()).trim();
        if let (Some(column), false) = (column, cell.is_empty()) {
            cells.insert(*column, cell.to_owned());
        }
    }
    let surplus = record.iter().skip(meaning.len()).any(|cell| !cell.trim().is_empty());
    Source { line: line(text, record.position()) + skipped, cells, surplus }
}

/// The line a record begins in. The reader says where it began to look, which may be empty lines before it.
fn line(text: &str, position: Option<&csv::Position>) -> u64 {
    let Some(position) = position else { return 0 };
    let rest = usize::try_from(position.byte()).ok().and_then(|start| text.as_bytes().get(start..)).unwrap_or_default();
    let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count();
    position.line() + u64::try_from(empty).unwrap_or(0)
}

fn decode(bytes: &[u8]) -> String {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => std::str::from_utf8(bytes)
            .map_or_else(|_| bytes.iter().copied().map(windows_1252).collect(), ToOwned::to_owned),
    };
    // Lines that end with a carriage return alone, as some programs on the Mac write.
    if text.contains('\n') { text } else { text.replace('\r', "\n") }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).filter_map(|pair| Some(unit(pair.try_into().ok()?)));
    char::decode_utf16(units).map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The character of a byte, as browsers read windows-1252.
fn windows_1252(byte: u8) -> char {
    const FROM_80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    byte.checked_sub(0x80).and_then(|index| FROM_80.get(usize::from(index))).copied().unwrap_or(char::from(byte))
}

/// Takes off the line `sep=;` by which a file may tell spreadsheets its separator.
fn separator_line(text: &str) -> (&str, Option<u8>) {
    let told = text.split_once('\n').and_then(|(first, rest)| {
        let separator = first.trim_end_matches('\r').trim_matches('"').strip_prefix("sep=")?;
        [";", ",", "\t"].contains(&separator).then_some((rest, separator.bytes().next()))
    });
    told.unwrap_or((text, None))
}

/// The separator by which most headings are known; the one with most columns among equals.
fn separator(text: &str) -> u8 {
    let known = |separator: &u8| {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(*separator)
            .from_reader(text.as_bytes());
        let headings = reader.records().filter_map(Result::ok).find(|record| !is_blank(record)).unwrap_or_default();
        (headings.iter().filter(|heading| column(heading).is_some()).count(), headings.len())
    };
    [b',', b';', b'\t'].into_iter().max_by_key(known).unwrap_or(b';')
}

/// What a heading means, in English or German, however it is written.
fn column(heading: &str) -> Option<Column> {
    let folded: String = heading
        .nfkd()
        .filter(|letter| !is_combining_mark(*letter))
        .flat_map(char::to_lowercase)
        .filter(|letter| letter.is_alphanumeric())
        .collect();
    Some(match folded.as_str() {
        "firstname" | "first" | "givenname" | "forename" | "vorname" | "rufname" => Column::FirstName,
        "lastname" | "last" | "surname" | "familyname" | "nachname" | "familienname" | "name" => Column::LastName,
        "email" | "emailaddress" | "mail" | "mailaddress" | "emailadresse" | "mailadresse" => Column::Email,
        "administrator" | "admin" | "isadmin" | "administratorrights" | "administratorrechte" | "adminrechte" => {
            Column::Administrator
        }
        "location" | "site" | "office" | "standort" | "niederlassung" => Column::Location,
        "extension" | "ext" | "internalextension" | "durchwahl" | "nebenstelle" | "kurzwahl" => Column::Extension,
        "number" | "numbers" | "phonenumber" | "phonenumbers" | "telephonenumber" | "telephone" | "nummer"
        | "nummern" | "rufnummer" | "rufnummern" | "telefonnummer" | "telefonnummern" | "telefon" => Column::Number,
        "groups" | "group" | "gruppen" | "gruppe" => Column::Groups,
        "phones" | "voipphones" | "devices" | "telefone" | "voiptelefone" | "gerate" | "geraete" | "endgerate" => {
            Column::Phones
        }
        "userid" | "id" | "benutzerid" | "benutzerkennung" => Column::Id,
        _ => return None,
    })
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    const FILE: &str = "Vorname;Nachname;E-Mail-Adresse;Durchwahl\r\nJörg;Müßig;joerg@example.com;44\r\n";

    fn first(bytes: &[u8]) -> Vec<String> {
        let table = read(bytes).unwrap();
        assert_eq!(table.columns, [Column::FirstName, Column::LastName, Column::Email, Column::Extension]);
        table.rows[0].cells.values().cloned().collect()
    }

    #[test]
    fn files_are_read_whichever_program_wrote_them() {
        let read = ["Jörg", "Müßig", "joerg@example.com", "44"];
        assert_eq!(first(FILE.as_bytes()), read);
        assert_eq!(first(&[&[0xef, 0xbb, 0xbf], FILE.as_bytes()].concat()), read);
        let units = || FILE.replace(';', "\t").encode_utf16().collect::<Vec<_>>();
        let le: Vec<u8> = units().iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let be: Vec<u8> = units().iter().flat_map(|unit| unit.to_be_bytes()).collect();
        assert_eq!(first(&[vec![0xff, 0xfe], le].concat()), read);
        assert_eq!(first(&[vec![0xfe, 0xff], be].concat()), read);
        let latin: Vec<u8> = FILE.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
        assert_eq!(first(&latin), read);
        assert_eq!(first(FILE.replace(';', ",").as_bytes()), read);
        assert_eq!(first(FILE.replace("\r\n", "\r").as_bytes()), read);
        assert_eq!(first(format!("sep=;\r\n{FILE}").as_bytes()), read);
    }

    #[test]
    fn the_euro_sign_of_windows_is_one() {
        assert_eq!([0x80, 0x9f, 0xa0, 0xe4, 0x41].map(windows_1252), ['€', 'Ÿ', '\u{a0}', 'ä', 'A']);
    }

    #[test]
    fn a_comma_in_a_name_does_not_make_it_the_separator() {
        let table = read(b"\"Name, Vorname\";First name;E-mail\n\"Weber, Anna\";Anna;a@b.de\n").unwrap();
        assert_eq!(table.ignored, ["Name, Vorname"]);
        assert_eq!(table.rows[0].cells[&Column::Email], "a@b.de");
    }

    #[test]
    fn rows_know_their_line_and_empty_ones_are_left_out() {
        let table = read(b"First name,E-mail\n\n\nAnna,a@b.de\n,\n\"Be\na\",b@b.de\nC,c@b.de,x,\n").unwrap();
        let lines: Vec<(u64, bool)> = table.rows.iter().map(|row| (row.line, row.surplus)).collect();
        assert_eq!(lines, [(4, false), (6, false), (8, true)]);
    }

    #[test]
    fn what_is_no_list_of_users_is_told_so() {
        assert_eq!(read(b""), Err(Unreadable::Empty));
        assert_eq!(read(b"First name;E-mail\r\n;\r\n"), Err(Unreadable::Empty));
        assert_eq!(read(b"a;b\r\n1;2"), Err(Unreadable::Headings { found: vec!["a".to_owned(), "b".to_owned()] }));
        assert_eq!(read(b"mail;E-mail\r\n1;2"), Err(Unreadable::ColumnTwice(Column::Email)));
        let long = format!("mail\n{}", "a@b.de\n".repeat(MOST_ROWS + 1));
        assert_eq!(read(long.as_bytes()), Err(Unreadable::TooManyRows));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_fall_over(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = read(&bytes);
            let _ = read(&[b"mail,first\n".as_slice(), &bytes].concat());
        }
    }
}
