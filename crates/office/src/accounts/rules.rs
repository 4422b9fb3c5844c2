//! What an account may be called and where it may be.

use types::dialled::DialPlan;

use crate::http::Fields;

/// Countries whose dialling rules are known, for the message.
const COUNTRIES: &str = "AT, BE, BG, CH, CY, CZ, DE, DK, EE, ES, FI, FR, GB, GR, HR, HU, IE, IT, LT, LU, LV, MT, \
                                    NL, PL, PT, RO, SE, SI, SK, US";

/// Languages there are texts in.
pub(crate) const LANGUAGES: [&str; 2] = ["de", "en"];

/// Most characters of a name.
const NAME: usize = 100;

pub(crate) fn name(fields: &mut Fields, pointer: &str, value: &str) -> String {
    fields.text(pointer, value, NAME)
}

pub(crate) fn country(fields: &mut Fields, pointer: &str, value: &str) -> String {
    let country = value.trim().to_ascii_uppercase();
    if DialPlan::for_country(&country).is_none() {
        fields.refuse(pointer, "country.unknown", format!("A country by its two letters, one of {COUNTRIES}."));
    }
    country
}

/// An IANA name of a time zone that is known here.
pub(crate) fn time_zone(fields: &mut Fields, pointer: &str, value: &str) -> String {
    if jiff::tz::TimeZone::get(value).is_err() {
        fields.refuse(pointer, "timeZone.unknown", "A time zone by its name, such as Europe/Berlin.");
    }
    value.to_owned()
}

pub(crate) fn language(fields: &mut Fields, pointer: &str, value: &str) -> String {
    if !LANGUAGES.contains(&value) {
        fields.refuse(pointer, "language.unknown", format!("One of {}.", LANGUAGES.join(", ")));
    }
    value.to_owned()
}
