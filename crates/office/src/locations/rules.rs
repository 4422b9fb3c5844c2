//! What may be written into a location.

use serde::Deserialize;
use types::dial_plan::DialPlan;
use utoipa::ToSchema;

use super::model::{Address, Location};
use crate::http::{Fields, Patch, Problem};

/// A location to be added, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    pub name: String,
    pub address: Address,
    pub area_code: Option<String>,
}

/// A new location as it comes in.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Düsseldorf", "street": "Gladbacher Straße", "number": "74", "postcode": "40219", "city": "Düsseldorf", "country": "DE", "areaCode": "0211"}))]
pub(crate) struct NewLocation {
    /// What people call it, at most 80 characters.
    #[schema(example = "Düsseldorf")]
    pub name: String,
    /// Street without the house number.
    #[serde(default)]
    #[schema(example = "Gladbacher Straße")]
    pub street: String,
    /// House number.
    #[serde(default)]
    #[schema(example = "74")]
    pub number: String,
    /// Postcode.
    #[serde(default)]
    #[schema(example = "40219")]
    pub postcode: String,
    /// City.
    #[serde(default)]
    #[schema(example = "Düsseldorf")]
    pub city: String,
    /// Country, ISO 3166-1 alpha-2.
    #[schema(example = "DE")]
    pub country: String,
    /// Completes numbers dialled without an area code, with or without the trunk prefix.
    #[serde(default)]
    #[schema(example = "0211")]
    pub area_code: Option<String>,
}

impl NewLocation {
    /// Checks every value; `at` is the JSON pointer of the object they are in.
    pub fn check(&self, at: &str) -> Result<Draft, Problem> {
        let mut fields = Fields::default();
        let name = fields.text(&format!("{at}/name"), &self.name, 80);
        let address = Address {
            street: fields.text_or_empty(&format!("{at}/street"), &self.street, 80),
            number: fields.text_or_empty(&format!("{at}/number"), &self.number, 20),
            postcode: self.postcode.trim().to_owned(),
            city: fields.text_or_empty(&format!("{at}/city"), &self.city, 80),
            country: self.country.trim().to_ascii_uppercase(),
        };
        let plan = DialPlan::for_country(&address.country);
        if plan.is_none() {
            fields.refuse(
                format!("{at}/country"),
                "country.unknown",
                "This country is not known here. Write two letters, like DE.",
            );
        }
        if !is_postcode(&address.country, &address.postcode) {
            fields.refuse(format!("{at}/postcode"), "postcode.invalid", "This is not a postcode of that country.");
        }
        let area_code = match self.area_code.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => {
                let code = area_code(text, plan.as_ref());
                if code.is_none() {
                    fields.refuse(format!("{at}/areaCode"), "areaCode.invalid", "An area code has one to six digits.");
                }
                code
            }
        };
        fields.finish()?;
        Ok(Draft { name, address, area_code })
    }
}

/// Changes of a location as they come in. What is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Head office"}))]
pub(crate) struct LocationPatch {
    /// What people call it.
    pub name: Option<String>,
    /// Street without the house number.
    pub street: Option<String>,
    /// House number.
    pub number: Option<String>,
    /// Postcode.
    pub postcode: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Completes numbers dialled without an area code; null switches that off.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub area_code: Patch<String>,
}

impl LocationPatch {
    /// The location as it shall be, not yet checked.
    pub fn merge(self, location: &Location) -> NewLocation {
        let Address { street, number, postcode, city, country } = location.address.clone();
        NewLocation {
            name: self.name.unwrap_or_else(|| location.name.clone()),
            street: self.street.unwrap_or(street),
            number: self.number.unwrap_or(number),
            postcode: self.postcode.unwrap_or(postcode),
            city: self.city.unwrap_or(city),
            country: self.country.unwrap_or(country),
            area_code: match self.area_code {
                Patch::Keep => location.area_code.clone(),
                Patch::Clear => None,
                Patch::Set(code) => Some(code),
            },
        }
    }
}

/// Whether a postcode can be one of the country. Empty is allowed: the address is then not complete.
fn is_postcode(country: &str, postcode: &str) -> bool {
    let digits = postcode.bytes().all(|byte| byte.is_ascii_digit());
    match (country, postcode.len()) {
        (_, 0) => true,
        ("DE", length) => length == 5 && digits,
        ("AT" | "CH", length) => length == 4 && digits,
        (_, length) => {
            length <= 10 && postcode.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ' || byte == b'-')
        }
    }
}

/// An area code without its trunk prefix.
fn area_code(text: &str, plan: Option<&DialPlan>) -> Option<String> {
    let trunk = plan.map_or("", DialPlan::trunk_prefix);
    let code = text.strip_prefix(trunk).filter(|_| !trunk.is_empty()).unwrap_or(text);
    let fits = (1..=6).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn new(country: &str, postcode: &str, area_code: Option<&str>) -> NewLocation {
        NewLocation {
            name: " Büro ".to_owned(),
            country: country.to_owned(),
            postcode: postcode.to_owned(),
            area_code: area_code.map(str::to_owned),
            ..NewLocation::default()
        }
    }

    #[test]
    fn an_area_code_is_kept_without_its_trunk_prefix() {
        let code = |text| new("de", "", Some(text)).check("").unwrap().area_code;
        assert_eq!(code("0211").as_deref(), Some("211"));
        assert_eq!(code("211").as_deref(), Some("211"));
        assert_eq!(code(" "), None);
        for bad in ["0", "02111111", "2a", "+49"] {
            assert!(new("DE", "", Some(bad)).check("").is_err(), "{bad}");
        }
    }

    #[test]
    fn postcodes_are_checked_by_country() {
        for (country, postcode, good) in [
            ("DE", "40219", true),
            ("DE", "4021", false),
            ("DE", "D-40219", false),
            ("AT", "1010", true),
            ("GB", "SW1A 1AA", true),
            ("GB", "SW1A_1AA", false),
            ("XX", "1", false),
        ] {
            assert_eq!(new(country, postcode, None).check("").is_ok(), good, "{country} {postcode}");
        }
    }

    #[test]
    fn an_address_names_what_is_missing() {
        let draft = new("DE", "40219", None).check("").unwrap();
        assert_eq!(draft.name, "Büro");
        assert_eq!(draft.address.missing(), ["street", "number", "city"]);
    }
}
