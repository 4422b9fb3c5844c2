//! Moments as the API writes them (RFC 3339, UTC, milliseconds).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use types::clock::Timestamp;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A moment, written like `2026-11-24T20:35:36.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl Moment {
    /// From milliseconds as stored.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(Timestamp(millis))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let moment = jiff::Timestamp::from_millisecond(self.0.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        serializer.collect_str(&format_args!("{moment:.3}"))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let moment: jiff::Timestamp = text.parse().map_err(de::Error::custom)?;
        Ok(Self(Timestamp(moment.as_millisecond())))
    }
}

impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples(["2026-11-24T20:35:36.000Z"])
            .into()
    }
}

impl ToSchema for Moment {
    fn name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_moment_is_rfc_3339_with_milliseconds() {
        let text = serde_json::to_string(&Moment::from_millis(1_790_000_000_007)).unwrap();
        assert_eq!(text, "\"2026-09-21T14:13:20.007Z\"");
        assert_eq!(serde_json::from_str::<Moment>(&text).unwrap(), Moment::from_millis(1_790_000_000_007));
    }
}
