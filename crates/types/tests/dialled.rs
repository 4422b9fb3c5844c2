//! One verdict for all ways to write a number.
#![allow(clippy::unwrap_used, missing_docs)]

use proptest::prelude::*;
use types::dialled::{DialPlan, Dialled, MAX_LENGTH, NotDialable};
use types::e164::E164;

fn plan(country: &str) -> DialPlan {
    DialPlan::for_country(country).unwrap()
}

fn germany(raw: &str) -> Result<Dialled, NotDialable> {
    Dialled::normalise(raw, &plan("DE"), None)
}

fn verdict(result: Result<Dialled, NotDialable>) -> String {
    match result {
        Ok(Dialled::Emergency(emergency)) => format!("emergency {emergency}"),
        Ok(Dialled::Number(number)) => number.to_string(),
        Ok(Dialled::Short(code)) => format!("short {}{}", code.digits(), if code.star() { "*" } else { "" }),
        Err(error) => format!("{error:?}"),
    }
}

#[test]
fn what_people_and_phones_in_germany_dial() {
    let table = [
        // Full numbers.
        ("+492119000917", "+492119000917"),
        ("00492119000917", "+492119000917"),
        ("02119000917", "+492119000917"),
        ("0211 90009-17", "+492119000917"),
        ("(0211) 9000917", "+492119000917"),
        ("+49 (0)211/9000917", "+492119000917"),
        ("0049 (0) 211 9000917", "+492119000917"),
        ("tel:+49-211-9000917", "+492119000917"),
        ("TEL:0211-9000917;phone-context=+49", "+492119000917"),
        ("tel:9000917;phone-context=+49211", "+492119000917"),
        ("tel:9000917;Phone-Context=%2B49-211;isub=12", "+492119000917"),
        ("9000917;phone-context=+49211", "+492119000917"),
        ("sip:+492119000917@example.org;user=phone", "+492119000917"),
        ("sips:%2B492119000917:secret@[2001:db8::1]:5061", "+492119000917"),
        ("sip:0211-9000917;phone-context=+49@example.org;user=phone", "+492119000917"),
        ("%30%32%31%31%39%30%30%30%39%31%37", "+492119000917"),
        ("＋４９２１１９０００９１７", "+492119000917"),
        ("\u{202a}+49\u{a0}211\u{2009}9000\u{2013}917\u{202c}", "+492119000917"),
        ("0043 1 58858", "+43158858"),
        ("+43 (0)1 58858", "+43158858"),
        ("tel:58858;phone-context=+431", "+43158858"),
        ("tel:0158858;phone-context=+43", "+43158858"),
        ("0039 06 69812345", "+390669812345"),
        ("011 2125550123", "+49112125550123"),
        // Emergency calls and what only looks like one.
        ("110", "emergency 110"),
        ("112", "emergency 112"),
        ("1 1 2", "emergency 112"),
        ("%31%31%32", "emergency 112"),
        ("１１０", "emergency 110"),
        ("tel:112", "emergency 112"),
        ("tel:112;phone-context=+49", "emergency 112"),
        ("tel:112;phone-context=+49-211", "emergency 112"),
        ("tel:112;phone-context=example.org", "emergency 112"),
        ("sip:112@example.org", "emergency 112"),
        ("sip:112@112.example.org;user=phone", "emergency 112"),
        ("1101", "short 1101"),
        ("0110", "+49110"),
        ("+49110", "+49110"),
        ("0049110", "+49110"),
        ("+112", "+112"),
        ("112*", "short 112*"),
        ("tel:112;phone-context=+1", "+1112"),
        ("911", "short 911"),
        ("11", "short 11"),
        ("1112", "short 1112"),
        // Short ones.
        ("44", "short 44"),
        ("44*", "short 44*"),
        ("44%2a", "short 44*"),
        ("４４＊", "short 44*"),
        ("44;phone-context=example.org", "short 44"),
        ("44;phone-context=+49", "short 44"),
        ("sip:44@example.org", "short 44"),
        ("9000917", "short 9000917"),
        ("12345678", "short 12345678"),
        // Nothing that could be dialled.
        ("", "Empty"),
        ("   ", "Empty"),
        ("tel:", "Empty"),
        ("-", "Empty"),
        ("sip:@example.org", "Empty"),
        ("0", "Incomplete"),
        ("00", "Incomplete"),
        ("+", "Incomplete"),
        ("+49 0", "Incomplete"),
        ("123456789", "AreaCodeMissing"),
        ("123456789*", "Malformed"),
        ("alice", "Malformed"),
        ("1800FLOWERS", "Malformed"),
        ("sip:example.org", "Malformed"),
        ("https://example.org/110", "Malformed"),
        ("mailto:110@example.org", "Malformed"),
        ("tel:110;phone-context=+49;phone-context=+1", "Malformed"),
        ("*44", "Malformed"),
        ("4*4", "Malformed"),
        ("44**", "Malformed"),
        ("44#", "Malformed"),
        ("++49211", "Malformed"),
        ("49+211", "Malformed"),
        ("+49*", "Malformed"),
        ("%", "Malformed"),
        ("%4", "Malformed"),
        ("%+1", "Malformed"),
        ("%zz", "Malformed"),
        ("%ff", "Malformed"),
        ("11%00", "Malformed"),
        ("110\u{0}", "Malformed"),
        ("%2531%2531%2530", "Malformed"),
        ("+1234567890123456", "TooLong"),
        ("0001234567", "Malformed"),
        ("12345678901234567890123456", "TooLong"),
    ];
    for (raw, expect) in table {
        assert_eq!(verdict(germany(raw)), expect, "{raw:?}");
    }
}

#[test]
fn other_countries_dial_otherwise() {
    let table = [
        ("US", "2125550123", "+12125550123"),
        ("US", "12125550123", "+12125550123"),
        ("US", "011492119000917", "+492119000917"),
        ("US", "911", "emergency 911"),
        ("US", "110", "short 110"),
        ("US", "1", "short 1"),
        ("US", "5550123", "short 5550123"),
        ("GB", "020 7946 0000", "+442079460000"),
        ("GB", "+44 (0)20 7946 0000", "+442079460000"),
        ("GB", "999", "emergency 999"),
        ("GB", "110", "short 110"),
        ("IT", "06 6981 2345", "+390669812345"),
        ("IT", "+39 06 6981 2345", "+390669812345"),
        ("DK", "32123456", "+4532123456"),
        ("DK", "3212345", "short 3212345"),
        ("HU", "06 1 234 5678", "+3612345678"),
        ("FR", "15", "emergency 15"),
        ("CH", "044 668 18 00", "+41446681800"),
        ("CH", "117", "emergency 117"),
    ];
    for (country, raw, expect) in table {
        assert_eq!(verdict(Dialled::normalise(raw, &plan(country), None)), expect, "{country} {raw:?}");
    }
}

#[test]
fn the_area_code_completes_what_is_too_long_to_be_short() {
    for area_code in ["211", "0211"] {
        let verdict = |raw| verdict(Dialled::normalise(raw, &plan("DE"), Some(area_code)));
        assert_eq!(verdict("900091755"), "+49211900091755");
        assert_eq!(verdict("9000917"), "short 9000917");
        assert_eq!(verdict("110"), "emergency 110");
        let Ok(Dialled::Short(code)) = germany("9000917") else { panic!("short") };
        assert_eq!(code.in_area(&plan("DE"), area_code).map(|n| n.to_string()).as_deref(), Some("+492119000917"));
        let Ok(Dialled::Short(starred)) = germany("9000917*") else { panic!("short") };
        assert_eq!(starred.in_area(&plan("DE"), area_code), None);
    }
    assert_eq!(verdict(Dialled::normalise("900091755", &plan("DE"), Some("0"))), "AreaCodeMissing");
}

/// Area code and subscriber number, as a whole national number without trunk prefix.
fn german_number() -> impl Strategy<Value = (String, String)> {
    (prop::sample::select(vec!["30", "211", "2191", "171", "8999"]), "[1-9][0-9]{3,7}")
        .prop_map(|(area, line)| (area.to_owned(), line))
}

/// A way to write it.
fn written() -> impl Strategy<Value = (E164, String)> {
    (german_number(), 0..10u8).prop_map(|((area, line), form)| {
        let number = format!("+49{area}{line}").parse().unwrap();
        let text = match form {
            0 => format!("+49{area}{line}"),
            1 => format!("0049{area}{line}"),
            2 => format!("0{area}{line}"),
            3 => format!("tel:+49{area}{line}"),
            4 => format!("tel:{line};phone-context=+49{area}"),
            5 => format!("tel:0{area}{line};phone-context=+49"),
            6 => format!("+49(0){area}{line}"),
            7 => format!("sip:+49{area}{line}@example.org;user=phone"),
            8 => format!("sip:0{area}{line};phone-context=+49@example.org"),
            _ => format!("sips:0049{area}{line}@[::1]:5061"),
        };
        (number, text)
    })
}

/// What may be done to a text without changing what it means.
#[derive(Clone, Copy, Debug)]
enum Disguise {
    Separator(char),
    Percent,
    FullWidth,
    Plain,
}

fn disguise() -> impl Strategy<Value = Disguise> {
    prop_oneof![
        prop::sample::select(vec!['-', '.', '(', ')', ' ', '\u{a0}', '/', '\u{2011}', '\u{200e}', '－'])
            .prop_map(Disguise::Separator),
        Just(Disguise::Percent),
        Just(Disguise::FullWidth),
        Just(Disguise::Plain),
    ]
}

fn disguised(text: &str, disguises: &[Disguise]) -> String {
    // Only the number itself is disguised: scheme, parameter names and host are not the caller's to write.
    let start = text.find(':').map_or(0, |colon| colon + 1);
    let end = text.find([';', '@']).unwrap_or(text.len());
    let (head, number, tail) = (&text[..start], &text[start..end], &text[end..]);
    let mut out = head.to_owned();
    for (character, disguise) in number.chars().zip(disguises.iter().chain(std::iter::repeat(&Disguise::Plain))) {
        match (disguise, character) {
            (Disguise::Separator(separator), _) => out.extend([character, *separator]),
            (Disguise::Percent, _) => out.push_str(&format!("%{:02x}", u32::from(character))),
            (Disguise::FullWidth, '0'..='9' | '+' | '(' | ')') => {
                out.extend(char::from_u32(u32::from(character) + 0xfee0));
            }
            (Disguise::FullWidth | Disguise::Plain, _) => out.push(character),
        }
    }
    out + tail
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_way_to_write_a_number_has_one_verdict(
        (number, text) in written(),
        disguises in prop::collection::vec(disguise(), 0..16),
    ) {
        let text = disguised(&text, &disguises);
        prop_assert_eq!(germany(&text), Ok(Dialled::Number(number)), "{}", text);
    }

    #[test]
    fn every_way_to_write_an_emergency_number_reaches_it(
        digits in prop::sample::select(vec!["110", "112"]),
        form in prop::sample::select(vec!["{}", "tel:{}", "sip:{}@example.org", "tel:{};phone-context=+49", "tel:{};isub=1"]),
        disguises in prop::collection::vec(disguise(), 0..4),
    ) {
        let text = disguised(&form.replace("{}", digits), &disguises);
        prop_assert_eq!(verdict(germany(&text)), format!("emergency {digits}"), "{}", text);
    }

    #[test]
    fn more_or_fewer_digits_are_no_emergency_call(before in "[0-9+]{0,3}", after in "[0-9]{0,3}", middle in "11[02]") {
        prop_assume!(!(before.is_empty() && after.is_empty()));
        let text = format!("{before}{middle}{after}");
        prop_assume!(text != "110" && text != "112");
        prop_assert!(!matches!(germany(&text), Ok(Dialled::Emergency(_))), "{}", text);
    }

    #[test]
    fn any_text_gets_a_verdict_and_a_number_is_its_own(text in "\\PC{0,40}|[0-9+*;:@%= a-fA-F-]{0,40}", country in 0..34usize) {
        let countries: Vec<_> = DialPlan::countries().collect();
        let plan = plan(countries[country]);
        if let Ok(Dialled::Number(number)) = Dialled::normalise(&text, &plan, Some("30")) {
            prop_assert_eq!(Dialled::normalise(&number.to_string(), &plan, None), Ok(Dialled::Number(number)));
        }
    }

    #[test]
    fn what_is_written_nationally_is_read_back(number in 1u64..1_000_000_000_000_000, country in 0..34usize) {
        let countries: Vec<_> = DialPlan::countries().collect();
        let plan = plan(countries[country]);
        let Ok(Dialled::Number(number)) = Dialled::normalise(&format!("+{number}"), &plan, None) else { return Ok(()) };
        let written = number.national(&plan);
        // Numbers of a closed plan that have another length than the plan's cannot be told from short ones.
        if written.starts_with('+') || (plan.international_prefix() == "00" && !plan.trunk_prefix().is_empty()) {
            prop_assert_eq!(Dialled::normalise(&written, &plan, None), Ok(Dialled::Number(number)), "{}", written);
        }
    }

    #[test]
    fn long_input_is_refused_before_it_is_read(text in "[0-9 -]{257,2000}") {
        prop_assert!(text.len() > MAX_LENGTH);
        prop_assert_eq!(germany(&text), Err(NotDialable::TooLong));
    }
}
