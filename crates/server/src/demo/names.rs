//! People who do not exist.

const FIRST: [&str; 40] = [
    "Anna", "Bernd", "Clara", "Deniz", "Emine", "Felix", "Greta", "Hannes", "Ines", "Jonas", "Katrin", "Leon", "Mira",
    "Nils", "Olga", "Paul", "Ronja", "Stefan", "Tanja", "Uwe", "Vera", "Willi", "Yasmin", "Zoran", "Amelie", "Björn",
    "Carla", "David", "Elif", "Frank", "Gesa", "Henrik", "Ida", "Jana", "Kemal", "Lena", "Malte", "Nora", "Oskar",
    "Pia",
];

const LAST: [&str; 53] = [
    "Weber",
    "Schulte",
    "Yılmaz",
    "Brandt",
    "Köhler",
    "Petersen",
    "Lindner",
    "Nowak",
    "Haas",
    "Vogt",
    "Öztürk",
    "Seidel",
    "Groß",
    "Kramer",
    "Jansen",
    "Böhm",
    "Arslan",
    "Winkler",
    "Thiel",
    "Maurer",
    "Kuhn",
    "Lorenz",
    "Pohl",
    "Ritter",
    "Engel",
    "Horn",
    "Busch",
    "Sauer",
    "Ernst",
    "Pfeiffer",
    "Dietrich",
    "Hübner",
    "Graf",
    "Wolff",
    "Schreiber",
    "Keller",
    "Franke",
    "Albrecht",
    "Berger",
    "Ziegler",
    "Kaiser",
    "Fuchs",
    "Lang",
    "Peters",
    "Scholz",
    "Möller",
    "Weiß",
    "Jung",
    "Hahn",
    "Schubert",
    "Stein",
    "Roth",
    "Beck",
];

/// First name, last name and mail name of the `index`-th person. The mail name is unique.
///
/// The two lists have no common factor in their lengths, so the first 2,120 people have different names.
pub fn person(index: usize) -> (&'static str, &'static str, String) {
    let first = FIRST.get(index % FIRST.len()).copied().unwrap_or_default();
    let last = LAST.get(index % LAST.len()).copied().unwrap_or_default();
    let round = index / (FIRST.len() * LAST.len());
    let number = if round == 0 { String::new() } else { (round + 1).to_string() };
    (first, last, format!("{}.{}{number}", ascii(first), ascii(last)))
}

fn ascii(name: &str) -> String {
    let mut plain = String::with_capacity(name.len() + 2);
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'ä' => plain.push_str("ae"),
            'ö' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            'ı' => plain.push('i'),
            other if other.is_ascii_alphanumeric() => plain.push(other),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn mail_names_are_unique_and_plain() {
        let names: BTreeSet<String> = (0..100_000).map(|index| person(index).2).collect();
        assert_eq!(names.len(), 100_000);
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')));
    }
}
