//! Amounts as the API writes them.

use serde::Serialize;
use types::money::Money;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An amount of money: `{"minor":495,"currency":"EUR"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Amount(pub Money);

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Object))
            .description(Some("An amount of money, in whole minor units (cents)."))
            .property("minor", ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer)).examples([495]))
            .property("currency", ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).examples(["EUR"]))
            .required("minor")
            .required("currency")
            .examples([serde_json::json!({"minor": 495, "currency": "EUR"})])
            .into()
    }
}

impl ToSchema for Amount {
    fn name() -> std::borrow::Cow<'static, str> {
        "Money".into()
    }
}
