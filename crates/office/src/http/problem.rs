//! Problems: every refusal the API can answer, in one table (RFC 9457).
//!
//! A slice has its own error type that knows nothing of HTTP and says which [`Code`] it is by
//! `impl From<slice::Error> for Problem`. `docs/errors.md` is this table; a test keeps it so.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::DbError;

macro_rules! codes {
    ($($name:ident = $slug:literal, $status:ident, $title:literal, $help:literal;)*) => {
        /// Why a request was refused. Part of the API: a code never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $title] $name,)* }

        impl Code {
            /// Every code, in the order of the table.
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name,)*];

            /// What follows `urn:ringwerk:problem:` in `type`.
            #[must_use]
            pub fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            /// The status that goes with it.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// One line for people.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What to do about it.
            #[cfg(test)]
            fn help(self) -> &'static str {
                match self { $(Self::$name => $help,)* }
            }
        }
    };
}

codes! {
    // The request itself
    MalformedBody = "malformed-body", BAD_REQUEST, "The body is not JSON.", "Send one JSON value and `content-type: application/json`.";
    InvalidCursor = "invalid-cursor", BAD_REQUEST, "This cursor does not belong to this list.", "Take `nextCursor` of the page before, with the same sort and filters; or start without a cursor.";
    InvalidQuery = "invalid-query", BAD_REQUEST, "A query parameter is not understood.", "`detail` names it.";
    Invalid = "invalid", UNPROCESSABLE_ENTITY, "Some of the values cannot be accepted.", "`errors` names each value by JSON pointer, with a code and a sentence.";
    BodyTooLarge = "body-too-large", PAYLOAD_TOO_LARGE, "The body is too large.", "Send at most 1 MiB; a CSV file at most 5 MiB.";
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body is not of the type expected here.", "Send `content-type: application/json`, or `text/csv` where a file is expected.";
    CsvUnreadable = "csv-unreadable", UNPROCESSABLE_ENTITY, "This file is no list of users.", "`reason` says why: `empty`, `headings` (none that says who somebody is; `found` names those there are), `columnTwice` (`column`), `tooManyRows` (10,000 at most).";
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "This method does not exist here.", "The `allow` header lists those that do.";
    NotFound = "not-found", NOT_FOUND, "There is nothing here for you to see.", "It does not exist, was deleted, or belongs to somebody else: which one is not said.";
    // Who asks
    SignInRequired = "sign-in-required", UNAUTHORIZED, "Please sign in.", "Send `authorization: Bearer` with a session or personal access token that is valid.";
    WrongCredentials = "wrong-credentials", UNAUTHORIZED, "E-mail address or password is wrong.", "The same answer is given for an address nobody has.";
    TooManyAttempts = "too-many-attempts", TOO_MANY_REQUESTS, "Too many attempts. Please wait.", "`retry-after` says how many seconds.";
    TooManyStreams = "too-many-streams", TOO_MANY_REQUESTS, "Too many open pages listen for events.", "Close some of them. `retry-after` says when to try again.";
    CrossSite = "cross-site", FORBIDDEN, "This request came from another site.", "A request that changes something with a cookie needs `sec-fetch-site: same-origin` or an `origin` of this server. Scripts use a bearer token.";
    AdministratorRequired = "administrator-required", FORBIDDEN, "Only administrators can do this.", "Ask an administrator of the account.";
    MissingScope = "missing-scope", FORBIDDEN, "The token may not do this.", "`detail` names the scope that the token lacks. Make a token with it.";
    OperatorRequired = "operator-required", FORBIDDEN, "Only the operator of this installation can do this.", "Users of an account cannot, whatever they may do there.";
    AccountRequired = "account-required", FORBIDDEN, "This is inside an account.", "Operators have no access to it. Sign in as a user of the account.";
    AccountSuspended = "account-suspended", FORBIDDEN, "The operator has stopped this account.", "Nothing of it is lost. Emergency calls go. Ask the operator.";
    PasswordChangeRequired = "password-change-required", FORBIDDEN, "Choose a password of your own first.", "The password was set by an administrator. `user` is you: send a new one to `PUT /v1/users/{user}/password`; until then only that and signing out is possible.";
    LinkInvalid = "link-invalid", NOT_FOUND, "This link is not valid any more.", "It was used, has expired, or was replaced by a newer one. Ask for a new one.";
    SetupDone = "setup-done", CONFLICT, "The first account exists already.", "Sign in, or have `ringwerk recover-admin` print a link.";
    // What it collides with
    Changed = "changed", PRECONDITION_FAILED, "Somebody else changed this in the meantime.", "Read it again, look at what changed, and send the change with the new ETag.";
    IdempotencyKeyReused = "idempotency-key-reused", UNPROCESSABLE_ENTITY, "This idempotency key belongs to another request.", "Use a new key for each thing you want done.";
    IdempotencyPending = "idempotency-pending", CONFLICT, "This request was received before and its answer is not at hand.", "It is being carried out, or was carried out just before a restart. Look whether its effect is there; it is never carried out twice.";
    LastAdministrator = "last-administrator", CONFLICT, "The account needs at least one administrator who can sign in.", "Make somebody else an administrator first.";
    EmailTaken = "email-taken", CONFLICT, "This e-mail address belongs to another user.", "An address is used to sign in, so it can belong to one user only.";
    EmailNeedsConfirmation = "email-needs-confirmation", CONFLICT, "The address of somebody who signs in changes when the new one is confirmed.", "Send the new address to `POST /v1/users/{user}/email-change`; both addresses are written to.";
    UserHasNoEmail = "user-has-no-email", CONFLICT, "This user has no e-mail address yet.", "Enter one first: it is the name to sign in with.";
    UserBlocked = "user-blocked", CONFLICT, "This user is blocked.", "Unblock the user first.";
    NotDeleted = "not-deleted", CONFLICT, "This user is not deleted.", "Only a deleted user can be restored.";
    LocationInUse = "location-in-use", CONFLICT, "People are assigned to this location.", "`usedBy` names them. Give them another location first.";
    DeviceLimit = "device-limit", CONFLICT, "This user has as many phones as possible.", "Remove one first.";
    DeviceWithoutCredentials = "device-without-credentials", CONFLICT, "This device has no password.", "Only a VoIP phone registers with one. A mobile or external phone is called by its number.";
    ExtensionTaken = "extension-taken", CONFLICT, "This extension belongs to somebody already.", "`owner` says who has it, `proposal` names a free one.";
    OwnerHasExtension = "owner-has-extension", CONFLICT, "There is an extension here already.", "A user or group has one extension. `extension` is the present one; delete it first.";
    NumberTaken = "number-taken", CONFLICT, "This number rings somebody else.", "`owner` says whom. To move it, send the owner as `movedFrom`.";
    NumberExists = "number-exists", CONFLICT, "This number is already in the inventory.", "`number` names it. A number exists once in an installation.";
    NumberOrdered = "number-ordered", CONFLICT, "An account has this number.", "It can be taken out of the pool once the account has released it.";
    NumberAssigned = "number-assigned", CONFLICT, "This number is in use.", "`owner` says by whom. Take it away from there before releasing it.";
    ImportNotApplicable = "import-not-applicable", CONFLICT, "This import cannot be carried out.", "A row is refused (the preview says why), or it was undone. Mend the file and hand it in again.";
    ImportOutdated = "import-outdated", CONFLICT, "The account has changed since this preview.", "`rows` shows what would happen now to the rows that differ, 100 at most; `count` says how many they are. Nothing was changed. Hand the file in again.";
    ImportContradicted = "import-contradicted", CONFLICT, "Some of this import has changed since and cannot be undone.", "`kept` names each. Nothing was undone. Send `partly: true` to undo the rest.";
    ImportNotUndoable = "import-not-undoable", CONFLICT, "There is nothing to undo.", "It was not carried out, or more than 30 days ago.";
    GroupFull = "group-full", CONFLICT, "This group has as many members as possible.", "Remove somebody, or make a second group.";
    RoutingTaken = "routing-taken", CONFLICT, "Some of this belongs to somebody else.", "`taken` names each number and extension with its owner and the pointer in the body. To move it, send the owner as `movedFrom` (`extensionMovedFrom`).";
    CallListOff = "call-list-off", CONFLICT, "The account keeps no call list.", "An administrator chooses `complete` or `shortened` at /v1/call-list/settings first.";
    WebSmsOff = "web-sms-off", FORBIDDEN, "You may not send text messages.", "An administrator of the account can allow it in the user's settings.";
    NoSmsLine = "no-sms-line", CONFLICT, "This installation sends no text messages.", "Whoever runs it connects it to an SMSC: docs/operations/sms.md.";
    TooManyMessages = "too-many-messages", TOO_MANY_REQUESTS, "That is more text messages than a user may send in this time.", "`retry-after` says in how many seconds; `parts` how many are left until then.";
    MessageSent = "message-sent", CONFLICT, "This message is on its way.", "Only one that waits for its time can be withdrawn.";
    // The server
    Busy = "busy", SERVICE_UNAVAILABLE, "The server has too much to do right now.", "Try again after `retry-after` seconds.";
    StorageFull = "storage-full", SERVICE_UNAVAILABLE, "The server's disk is full.", "Nothing can be changed until the operator has made room. Calls go on, and nothing is lost.";
    TimedOut = "timed-out", SERVICE_UNAVAILABLE, "This took too long.", "Try again.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong on the server.", "The log holds the reason. If it happens again, tell the operator when.";
}

/// One value that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where it is in the body (RFC 6901).
    #[schema(example = "/email")]
    pub pointer: String,
    /// Why, for programs.
    #[schema(example = "email.invalid")]
    pub code: &'static str,
    /// Why, for people.
    #[schema(example = "This is not an e-mail address.")]
    pub message: String,
}

/// A refusal (RFC 9457).
#[derive(Clone, Debug)]
pub struct Problem {
    code: Code,
    detail: Option<String>,
    errors: Vec<FieldError>,
    facts: serde_json::Map<String, serde_json::Value>,
    retry_after: Option<u64>,
}

/// How a [`Problem`] is written.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// `urn:ringwerk:problem:` and the code; see docs/errors.md.
    #[schema(example = "urn:ringwerk:problem:invalid")]
    r#type: String,
    /// One line for people, always the same for a type.
    #[schema(example = "Some of the values cannot be accepted.")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// What is special about this case.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Which values were refused, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// What the code's help mentions: `owner`, `proposal` and the like (RFC 9457 section 3.2).
    #[serde(flatten)]
    #[schema(ignore)]
    facts: serde_json::Map<String, serde_json::Value>,
}

impl Problem {
    /// A problem that its code says all about.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self { code, detail: None, errors: Vec::new(), facts: serde_json::Map::new(), retry_after: None }
    }

    /// With a sentence about this very case.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// With a fact about this very case, for programs (RFC 9457 section 3.2: an extension member).
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Serialize) -> Self {
        if let Ok(value) = serde_json::to_value(value) {
            self.facts.insert(name.to_owned(), value);
        }
        self
    }

    /// The client may come back after this many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Refused values (422).
    #[must_use]
    pub fn fields(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(Code::Invalid) }
    }

    /// One refused value (422).
    #[must_use]
    pub fn field(pointer: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::fields(vec![FieldError { pointer: pointer.into(), code, message: message.into() }])
    }

    /// This, and a value of the body that it is about.
    #[must_use]
    pub fn and_field(mut self, pointer: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        self.errors.push(FieldError { pointer: pointer.into(), code, message: message.into() });
        self
    }

    /// The refused values it names.
    pub(crate) fn into_fields(self) -> Vec<FieldError> {
        self.errors
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

/// When to come back to a database that is in use or away.
pub(crate) const BUSY_SECONDS: u64 = 5;

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        match error {
            DbError::KeyTaken => Self::new(Code::IdempotencyPending),
            DbError::Full => Self::new(Code::StorageFull).retry_after(60),
            passing if passing.is_passing() => {
                tracing::warn!(error = %passing, "the database does not take this now");
                metrics::counter!("ringwerk_database_busy_total").increment(1);
                Self::new(Code::Busy).retry_after(BUSY_SECONDS)
            }
            error => {
                tracing::error!(%error, "the database refused a statement");
                Self::new(Code::Internal)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let body = ProblemBody {
            r#type: format!("urn:ringwerk:problem:{}", self.code.slug()),
            title: self.code.title(),
            status: status.as_u16(),
            detail: self.detail,
            errors: self.errors,
            facts: self.facts,
        };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"ringwerk\""));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use std::collections::BTreeSet;
    use std::fmt::Write as _;

    use super::*;
    use crate::http::blessed::compare;

    #[test]
    fn the_table_is_the_committed_one() {
        let mut text = String::from(
            "# Problems\n\n\
             Every refusal of the API is a problem (RFC 9457): `type`, `title`, `status`, and where it helps `detail` and\n\
             `errors` (each with a JSON `pointer`, a `code` and a `message`). `type` is `urn:ringwerk:problem:` and one of\n\
             the codes below. A code never changes its meaning.\n\n\
             This page is made from `crates/office/src/http/problem.rs`.\n\n\
             | code | status | what it says | what to do |\n|---|---|---|---|\n",
        );
        let mut slugs = BTreeSet::new();
        for code in Code::ALL {
            assert!(slugs.insert(code.slug()), "{} is there twice", code.slug());
            let (slug, status) = (code.slug(), code.status().as_u16());
            writeln!(text, "| `{slug}` | {status} | {} | {} |", code.title(), code.help()).expect("a String takes it");
        }
        compare("../../docs/errors.md", &text);
    }
}
