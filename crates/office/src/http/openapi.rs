//! The OpenAPI 3.1 document, put together from what the handlers say about themselves.

use utoipa::OpenApi;
use utoipa::openapi::RefOr;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::access::Operations;
use super::problem::{FieldError, ProblemBody};
use crate::{accounts, audit, identity, mails, users};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ringwerk",
        description = "People, phones, numbers, extensions and calls of an organisation. Lists come by pages \
                       (`limit`, `cursor`, `nextCursor`). Refusals are problems (RFC 9457), all listed in docs/errors.md. \
                       A POST with an `Idempotency-Key` is carried out once. A PATCH with `If-Match` loses nobody's update.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(ProblemBody, FieldError))
)]
struct Frame;

/// Every operation of every slice.
pub(super) fn operations() -> Operations {
    Operations::new()
        .and(accounts::http::operations())
        .and(mails::http::operations())
        .and(identity::http::operations())
        .and(users::http::operations())
        .and(audit::http::operations())
        .and(crate::telephony_operations())
}

/// The document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let mut frame = Frame::openapi();
    let mut components = frame.components.take().unwrap_or_default();
    components.security_schemes.insert(
        "bearer".to_owned(),
        RefOr::T(SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some("A personal access token or a session's token."))
                .build(),
        )),
    );
    components.security_schemes.insert(
        "cookie".to_owned(),
        RefOr::T(SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(super::caller::SECURE_COOKIE)))),
    );
    components.security_schemes.insert(
        "operatorCookie".to_owned(),
        RefOr::T(SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(super::caller::SECURE_OPERATOR_COOKIE)))),
    );
    frame.components = Some(components);
    let (_, described) = operations().into_inner().split_for_parts();
    frame.merge(described);
    frame
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::*;
    use crate::http::blessed::compare;

    #[test]
    fn the_document_is_the_committed_one() {
        let mut text = serde_json::to_string_pretty(&document()).unwrap();
        text.push('\n');
        compare("openapi.json", &text);
    }

    #[test]
    fn every_operation_has_a_name_a_text_and_an_access() {
        let mut names = BTreeSet::new();
        for (path, item) in &mut document().paths.paths {
            for operation in crate::http::access::operations_of(item) {
                let name = operation.operation_id.clone().unwrap();
                assert!(operation.summary.is_some(), "{path} {name} has no text");
                assert!(operation.tags.as_ref().is_some_and(|tags| tags.len() == 1), "{path} {name}");
                assert!(
                    operation.extensions.as_ref().is_some_and(|more| more.contains_key("x-access")),
                    "{path} {name}"
                );
                assert!(names.insert(name.clone()), "{name} is there twice");
            }
        }
    }
}
