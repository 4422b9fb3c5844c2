//! What a user may be called, and how names are sorted and searched.

use types::e164::E164;
use types::email::Email;
use types::ids::LocationId;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::http::Fields;
use crate::scope::Role;

/// Most characters of a first or last name.
pub(crate) const NAME: usize = 80;

/// Where users are unless somebody says otherwise.
pub(crate) const TIME_ZONE: &str = "Europe/Berlin";

/// Everything that can be set of a user.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: Option<Email>,
    pub(crate) role: Role,
    pub(crate) location: Option<LocationId>,
    pub(crate) language: String,
    pub(crate) time_zone: String,
    pub(crate) busy_on_busy: bool,
    pub(crate) caller_number: Option<E164>,
}

/// Text as it is searched and sorted: lower case, without accents; `ß` is `ss` (DIN 5007-1).
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase) {
        match letter {
            'ß' => folded.push_str("ss"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'đ' | 'ð' => folded.push('d'),
            'þ' => folded.push_str("th"),
            'ı' => folded.push('i'),
            letter => folded.push(letter),
        }
    }
    folded
}

/// What users are sorted by: last name, then first name. Users without a name come last.
pub(crate) fn name_key(first: &str, last: &str) -> String {
    let key = fold(&format!("{last} {first}"));
    let key = key.trim();
    if key.is_empty() { "\u{10ffff}".to_owned() } else { key.to_owned() }
}

/// Words of a search, folded; five at most.
pub(crate) fn terms(search: &str) -> Vec<String> {
    fold(search).split_whitespace().take(5).map(|term| term.chars().take(60).collect()).collect()
}

pub(crate) fn email(fields: &mut Fields, pointer: &str, value: &str) -> Option<Email> {
    match value.trim().parse() {
        Ok(email) => Some(email),
        Err(_) => {
            fields.refuse(pointer, "email.invalid", "This is not an e-mail address.");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_as_in_a_german_telephone_book() {
        let mut names =
            [("Änne", "Öhlert"), ("Zoë", "Ohlen"), ("", ""), ("Bo", "Straße"), ("Al", "Strasse"), ("Łukasz", "Øre")];
        names.sort_by_key(|(first, last)| name_key(first, last));
        let order: Vec<&str> = names.iter().map(|(first, _)| *first).collect();
        assert_eq!(order, ["Zoë", "Änne", "Łukasz", "Al", "Bo", ""]);
    }

    #[test]
    fn a_search_finds_with_and_without_accents() {
        assert_eq!(terms("  MÜLLER-Lüdenscheidt   josé "), ["muller-ludenscheidt", "jose"]);
        assert_eq!(terms("a b c d e f g").len(), 5);
    }
}
