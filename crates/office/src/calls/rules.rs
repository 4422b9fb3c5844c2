//! Which calls of the own list.

use std::borrow::Cow;

use callflow::CallRecord;
use types::clock::Timestamp;

use super::model::Direction;
use crate::directory::Mode;
use crate::http::{Code, Problem};

/// What a list is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Started at this moment or later.
    pub from: Option<Timestamp>,
    /// Started before this moment.
    pub to: Option<Timestamp>,
    pub direction: Option<Direction>,
    /// These outcomes only; empty for all.
    pub outcomes: Vec<&'static str>,
    /// Part of a name, number or extension, as [`needle`] makes it.
    pub search: Option<String>,
}

/// A moment in a query parameter (RFC 3339).
pub(crate) fn moment(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    text.map(|text| {
        text.parse::<jiff::Timestamp>().map(|moment| Timestamp(moment.as_millisecond())).map_err(|_| {
            Problem::new(Code::InvalidQuery).detail(format!("`{name}` must be a moment like 2026-11-24T08:00:00Z"))
        })
    })
    .transpose()
}

/// Every outcome, as stored and as written in the API.
pub(crate) const OUTCOMES: [&str; 8] =
    ["answered", "noAnswer", "busy", "declined", "unreachable", "cancelled", "rejected", "recovered"];

/// The outcomes of a call that nobody took, as the people it was meant for see it.
pub(crate) const MISSED: [&str; 5] = ["noAnswer", "busy", "declined", "unreachable", "cancelled"];

/// What is kept of a record under a choice; nothing under one to keep nothing.
///
/// Callers of a number whose holder pays for the call are shortened whatever was chosen.
pub(crate) fn kept(record: &CallRecord, mode: Option<Mode>) -> Option<Cow<'_, CallRecord>> {
    match mode {
        Some(Mode::DoNotSave) => None,
        Some(Mode::Shortened) => Some(Cow::Owned(record.shorten())),
        Some(Mode::Complete) | None if record.is_paid_by_holder() => Some(Cow::Owned(record.shorten())),
        Some(Mode::Complete) | None => Some(Cow::Borrowed(record)),
    }
}

/// What a search is compared with: names in lower case, numbers and extensions as digits.
pub(crate) fn haystack(record: &CallRecord) -> String {
    let (caller, called) = (&record.caller, &record.called);
    let mut parts = vec![caller.display_name.to_lowercase(), called.dialled.to_lowercase()];
    parts.extend(called.owner_name.as_deref().map(str::to_lowercase));
    parts.extend([caller.number, called.number].into_iter().flatten().map(|number| number.to_string()));
    parts.extend([caller.extension, called.extension].into_iter().flatten().map(|extension| extension.to_string()));
    parts.join(" ")
}

/// What to look for in a [`haystack`]. A number may be written in any way: `0211 900-09` finds `+4921190009…`.
pub(crate) fn needle(search: &str) -> Option<String> {
    let search = search.trim().to_lowercase();
    let digits: String = search.chars().filter(char::is_ascii_digit).collect();
    let is_number = search.chars().all(|c| c.is_ascii_digit() || " +-/().".contains(c));
    let needle = if is_number && !digits.is_empty() { digits.trim_start_matches('0').to_owned() } else { search };
    // Nothing but zeros is looked for as typed.
    let needle = if needle.is_empty() { digits } else { needle };
    (!needle.is_empty()).then_some(needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_written() {
        for (search, found) in [
            ("0211 900-09", Some("21190009")),
            ("+49 (211) 90009", Some("4921190009")),
            ("0049211", Some("49211")),
            ("44", Some("44")),
            ("Köhler", Some("köhler")),
            ("  ", None),
            ("00", Some("00")),
            ("a-1", Some("a-1")),
        ] {
            assert_eq!(needle(search).as_deref(), found, "{search}");
        }
    }
}
