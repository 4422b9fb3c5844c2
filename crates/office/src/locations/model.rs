//! A location as the API shows it.

use serde::Serialize;
use types::ids::{LocationId, UserId};
use utoipa::ToSchema;

/// A place with an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Location {
    /// Its id.
    #[schema(value_type = String, example = "loc_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: LocationId,
    /// What people call it.
    #[schema(example = "Düsseldorf")]
    pub name: String,
    /// Where it is.
    #[serde(flatten)]
    pub address: Address,
    /// Completes numbers dialled without one; without the trunk prefix. Null when nothing is completed.
    #[schema(required, example = "211")]
    pub area_code: Option<String>,
    /// Parts of the address that are missing for an emergency call; empty when it is complete.
    #[schema(example = json!([]))]
    pub missing_for_emergency: Vec<&'static str>,
    /// How many people are assigned to it.
    pub people: i64,
    /// Moves with each change; the ETag.
    #[serde(skip)]
    pub version: i64,
}

/// An address. Parts may be empty while it is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// Street without the house number.
    #[schema(example = "Gladbacher Straße")]
    pub street: String,
    /// House number.
    #[schema(example = "74")]
    pub number: String,
    /// Postcode.
    #[schema(example = "40219")]
    pub postcode: String,
    /// City.
    #[schema(example = "Düsseldorf")]
    pub city: String,
    /// Country, ISO 3166-1 alpha-2.
    #[schema(example = "DE")]
    pub country: String,
}

impl Address {
    /// The parts without which emergency services would not find the place.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        [("street", &self.street), ("number", &self.number), ("postcode", &self.postcode), ("city", &self.city)]
            .into_iter()
            .filter(|(_, value)| value.is_empty())
            .map(|(name, _)| name)
            .collect()
    }
}

impl Location {
    /// As the exchange sees it.
    #[must_use]
    pub fn to_world(&self) -> callflow::Location {
        callflow::Location {
            id: self.id,
            name: self.name.as_str().into(),
            address_complete: self.missing_for_emergency.is_empty(),
            area_code: self.area_code.as_deref().map(Into::into),
        }
    }
}

/// Somebody who is assigned to a location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct UsedBy {
    pub id: UserId,
    pub name: String,
}
