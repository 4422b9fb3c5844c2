//! No two stories live at the same house number, or they would hear each other's datagrams.

use std::collections::BTreeMap;
use std::path::Path;

#[test]
fn every_story_has_a_house_of_its_own() {
    let mut taken: BTreeMap<u8, String> = BTreeMap::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("stories")).unwrap().flatten() {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        for place in text.match_indices("House(").map(|(place, word)| place + word.len()) {
            let digits: String = text[place..].chars().take_while(char::is_ascii_digit).collect();
            let Ok(number) = digits.parse() else { continue };
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(other) = taken.insert(number, name.clone()) {
                panic!("House({number}) is in {name} and in {other}; give one of them another number");
            }
        }
    }
    assert!(taken.len() > 5, "{taken:?}");
}
