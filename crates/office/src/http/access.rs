//! Who may call an operation: declared once, where the operation is mounted, and enforced here.
//!
//! [`Operations::on`] is the only way to mount a handler, so an operation without a declaration cannot
//! exist. The declaration also goes into the OpenAPI document (`x-access`), from which a test walks every
//! operation as somebody who may not call it.

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, Ref, ResponseBuilder};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::problem::{Code, Problem};
use super::{caller, idempotency};
use crate::Office;
use crate::scope::{Right, Role};

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without signing in. The operation itself asks for a password or a one-time link.
    Open,
    /// Every user of an account. The use-case decides whose objects he may see and change.
    Anyone(Right),
    /// Administrators of an account.
    Administrator(Right),
    /// Those who run the installation. No user of an account, whatever he may do there.
    Operator,
}

impl Access {
    fn role(self) -> &'static str {
        match self {
            Self::Open => "none",
            Self::Anyone(_) => Role::User.as_str(),
            Self::Administrator(_) => Role::Administrator.as_str(),
            Self::Operator => "operator",
        }
    }

    fn right(self) -> Option<Right> {
        match self {
            Self::Open | Self::Operator => None,
            Self::Anyone(right) | Self::Administrator(right) => Some(right),
        }
    }
}

/// Operations with their access: what a slice's `http.rs` hands over.
#[derive(Clone, Default)]
pub struct Operations(OpenApiRouter<Office>);

impl Operations {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Mounts handlers: `.on(Access::Administrator(Right::UsersRead), routes!(list))`.
    #[must_use]
    pub fn on(self, access: Access, (schemas, mut paths, handlers): UtoipaMethodRouter<Office>) -> Self {
        for item in paths.paths.values_mut() {
            for operation in operations_of(item) {
                describe(operation, access);
            }
        }
        let handlers = handlers
            .route_layer(middleware::from_fn(move |request: Request, next: Next| enforce(access, request, next)));
        Self(self.0.routes((schemas, paths, handlers)))
    }

    /// These and those of another slice.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0.merge(other.0))
    }

    pub(super) fn into_inner(self) -> OpenApiRouter<Office> {
        self.0
    }
}

/// The operations under one path.
pub(crate) fn operations_of(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch].into_iter().flatten()
}

fn describe(operation: &mut Operation, access: Access) {
    let scope = access.right().map(Right::as_str);
    operation.extensions =
        Some(ExtensionsBuilder::new().add("x-access", json!({ "role": access.role(), "scope": scope })).build());
    let by = |cookie: &str| {
        vec![
            SecurityRequirement::new("bearer", Vec::<String>::new()),
            SecurityRequirement::new(cookie, Vec::<String>::new()),
        ]
    };
    operation.security = Some(match access {
        Access::Open => vec![],
        Access::Anyone(_) | Access::Administrator(_) => by("cookie"),
        Access::Operator => by("operatorCookie"),
    });
    let problem = ResponseBuilder::new()
        .description("A problem; docs/errors.md lists them all.")
        .content(
            "application/problem+json",
            ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build(),
        )
        .build();
    operation.responses.responses.insert("default".to_owned(), problem.into());
}

/// What somebody may do before choosing a password of his own: exactly that, and go away.
fn goes_with_temporary_password(request: &Request) -> bool {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    matches!(
        (request.method(), path),
        (&Method::PUT, Some("/v1/users/{user}/password")) | (&Method::DELETE, Some("/v1/sessions/current"))
    )
}

async fn enforce(access: Access, mut request: Request, next: Next) -> Response {
    if access == Access::Open {
        return next.run(request).await;
    }
    let Some(office) = request.extensions().get::<Office>().cloned() else {
        return Problem::new(Code::Internal).into_response();
    };
    let (method, headers) = (request.method().clone(), request.headers().clone());
    let Some(right) = access.right() else {
        if headers.contains_key(idempotency::HEADER) {
            let detail = "idempotency keys are not kept for operators; every operation here is safe to be repeated";
            return Problem::new(Code::InvalidQuery).detail(detail).into_response();
        }
        let source = caller::source_of(request.extensions());
        return match caller::authenticate_operator(&office, &method, &headers, source).await {
            Ok(operator) => {
                request.extensions_mut().insert(operator);
                next.run(request).await
            }
            Err(problem) => problem.into_response(),
        };
    };
    let scope = match caller::authenticate(&office, &method, &headers, caller::source_of(request.extensions())).await {
        Ok(scope) => scope,
        Err(problem) => return problem.into_response(),
    };
    if scope.has_temporary_password() && !goes_with_temporary_password(&request) {
        return Problem::new(Code::PasswordChangeRequired).with("user", scope.user()).into_response();
    }
    if !scope.has(right) {
        return Problem::new(Code::MissingScope)
            .detail(format!("The token lacks the scope `{}`.", right.as_str()))
            .into_response();
    }
    if matches!(access, Access::Administrator(_)) && !scope.is_administrator() {
        return Problem::new(Code::AdministratorRequired).into_response();
    }
    if method == Method::POST && headers.contains_key(idempotency::HEADER) {
        return idempotency::run(&office, scope, request, next).await;
    }
    request.extensions_mut().insert(scope);
    next.run(request).await
}
