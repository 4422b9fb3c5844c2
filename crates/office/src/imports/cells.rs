//! Cells of a CSV file: made harmless on the way out, and back exactly on the way in.

/// Characters that make a spreadsheet read a cell as a formula when it begins with them: `=`, `+`, `-`, `@`, white space
/// that is skipped before these, and their full-width forms.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// What separates several values in one cell.
const SEPARATORS: [char; 2] = ['|', ';'];

fn would_be_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(FORMULA)
}

/// The cell as text for spreadsheets: what would be read as a formula gets an apostrophe in front.
pub(super) fn escape(cell: &str) -> String {
    if would_be_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// Takes exactly the apostrophe away that [`escape`] put there.
pub(super) fn unescape(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if would_be_formula(rest) => rest,
        _ => cell,
    }
}

/// Several values in one cell. A separator inside a value stands behind a backslash.
pub(super) fn join<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let mut cell = String::new();
    for (index, value) in values.enumerate() {
        if index > 0 {
            cell.push('|');
        }
        for character in value.chars() {
            if character == '\\' || SEPARATORS.contains(&character) {
                cell.push('\\');
            }
            cell.push(character);
        }
    }
    cell
}

/// The values of a cell, without empty ones.
pub(super) fn split(cell: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut characters = cell.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = characters.next_if(|next| character == '\\' && (*next == '\\' || SEPARATORS.contains(next)));
        if escaped.is_none() && SEPARATORS.contains(&character) {
            values.push(String::new());
        } else if let Some(value) = values.last_mut() {
            value.push(escaped.unwrap_or(character));
        }
    }
    let trimmed = values.iter().map(|value| value.trim().to_owned());
    trimmed.filter(|value| !value.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_escaped_cell_comes_back_and_begins_harmlessly(cell in "['=+@A\\-\t＝]{0,4}\\PC{0,6}") {
            let escaped = escape(&cell);
            prop_assert!(!escaped.starts_with(FORMULA));
            prop_assert_eq!(unescape(&escaped), cell);
        }

        #[test]
        fn several_values_come_back(values in prop::collection::vec("[a\\\\|;=]{1,6}", 0..5)) {
            prop_assert_eq!(split(&join(values.iter().map(String::as_str))), values);
        }
    }

    #[test]
    fn an_apostrophe_that_protects_nothing_stays() {
        assert_eq!(unescape("'s-Hertogenbosch"), "'s-Hertogenbosch");
        assert_eq!(unescape("'+49211"), "+49211");
        assert_eq!(unescape("''=1"), "'=1");
        assert_eq!(escape("O'Neill"), "O'Neill");
    }

    #[test]
    fn values_may_be_separated_either_way() {
        assert_eq!(split(" Sales; Support |Night\\;shift"), ["Sales", "Support", "Night;shift"]);
    }
}
