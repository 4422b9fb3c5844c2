//! Texts of all kinds, cut into parts: nothing is lost, nothing is torn, and no part is wasted.

use proptest::prelude::*;
use types::sms::{Alphabet, MAX_PARTS, TextError, cut};

fn texts() -> impl Strategy<Value = String> {
    let characters = prop_oneof![
        6 => proptest::char::range('a', 'z'),
        2 => proptest::sample::select(vec!['ä', 'ß', '\n', '@', 'Δ', ' ']),
        2 => proptest::sample::select(vec!['€', '[', '{', '\\']),
        1 => proptest::sample::select(vec!['😀', 'ł', '中', '\u{301}']),
    ];
    let gsm = prop_oneof![
        5 => proptest::char::range('a', 'z'),
        2 => proptest::sample::select(vec!['€', '[', 'ä', 'ß']),
    ];
    prop_oneof![
        proptest::collection::vec(characters, 1..1700).prop_map(|some| some.into_iter().collect()),
        proptest::collection::vec(gsm, 1..1700).prop_map(|some| some.into_iter().collect()),
    ]
}

proptest! {
    #[test]
    fn a_text_is_its_parts(text in texts()) {
        let size = |alphabet: Alphabet, text: &str| alphabet.encode(text).len() / if alphabet == Alphabet::Ucs2 { 2 } else { 1 };
        match cut(&text) {
            Ok(cut) => {
                prop_assert_eq!(cut.parts.concat(), text.clone());
                prop_assert!(cut.parts.len() <= MAX_PARTS);
                let alone = size(cut.alphabet, &text) <= cut.alphabet.alone();
                prop_assert_eq!(alone, cut.parts.len() == 1);
                if !alone {
                    for pair in cut.parts.windows(2) {
                        let [part, next] = pair else { continue };
                        let first = next.chars().next().map(String::from).unwrap_or_default();
                        prop_assert!(size(cut.alphabet, part) <= cut.alphabet.together());
                        prop_assert!(size(cut.alphabet, part) + size(cut.alphabet, &first) > cut.alphabet.together());
                    }
                }
            }
            Err(TextError::TooLong) => {
                let alphabet = Alphabet::of(&text);
                // Each part but the last may leave a unit that the next character did not fit into.
                prop_assert!(size(alphabet, &text) > MAX_PARTS * (alphabet.together() - 1));
            }
            Err(other) => prop_assert!(text.trim().is_empty(), "{:?}", other),
        }
    }

    #[test]
    fn any_text_at_all_has_a_verdict(text in any::<String>()) {
        if let Ok(cut) = cut(&text) {
            prop_assert_eq!(cut.parts.concat(), text);
        }
    }
}
