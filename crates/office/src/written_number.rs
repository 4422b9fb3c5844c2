//! Telephone numbers as people write them.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};
use types::dialled::DialPlan;
use types::e164::E164;

/// A number that the numbering plan of its country knows.
pub(crate) fn read(text: &str, plan: &DialPlan) -> Option<E164> {
    let region: Option<Region> = plan.country().parse().ok();
    let parsed = PHONE_NUMBER_UTIL.parse(text, region).ok()?;
    let is_valid = PHONE_NUMBER_UTIL.is_valid_number(&parsed);
    // An extension or a letter would be lost silently in E.164.
    if !is_valid || !parsed.extension().is_empty() || text.chars().any(char::is_alphabetic) {
        return None;
    }
    let formatted = PHONE_NUMBER_UTIL.format(&parsed, PhoneNumberFormat::E164);
    formatted.parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_number_may_be_written_as_people_do() {
        let germany = DialPlan::germany();
        for (text, number) in [
            ("+493023125017", Some("+493023125017")),
            ("030 23125-017", Some("+493023125017")),
            ("0049 (30) 23125017", Some("+493023125017")),
            ("+44 20 7946 0018", Some("+442079460018")),
            ("110", None),
            ("+49", None),
            ("+4930", None),
            ("+999123456", None),
            ("030 23125017 ext. 5", None),
            ("+49 30 CALLNOW", None),
            ("", None),
            (" ", None),
        ] {
            assert_eq!(read(text, &germany).map(|number| number.to_string()).as_deref(), number, "{text}");
        }
    }

    #[test]
    fn the_numbers_for_fiction_are_numbers() {
        for number in ["+493023125000", "+494066969999", "+492214710500", "+496990009123", "+498999998000"] {
            assert_eq!(read(number, &DialPlan::germany()).unwrap().to_string(), number);
        }
    }
}
