//! Sessions, tokens and links as the API shows them.

use serde::{Deserialize, Serialize};
use types::ids::{AccountId, SessionId, TokenId, UserId};
use types::secret::Secret;
use utoipa::ToSchema;

use crate::http::Moment;
use crate::mails::Kind;
use crate::scope::Role;

/// A browser or program that is signed in.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The session.
    #[schema(value_type = String, example = "ses_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: SessionId,
    /// When it was signed in.
    pub created_at: Moment,
    /// When it ends by itself.
    pub expires_at: Moment,
    /// When it was used last, give or take five minutes.
    pub last_seen_at: Moment,
    /// What it calls itself. Written by the browser: never trust it.
    pub user_agent: String,
    /// The address it was signed in from.
    pub address: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// A personal access token, without its secret.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// The token.
    #[schema(value_type = String, example = "tok_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: TokenId,
    /// What its owner calls it.
    pub label: String,
    /// What it may do: names of scopes, or `all`.
    #[schema(example = json!(["users:read", "calls:read"]))]
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Moment,
    /// When it was used last, give or take a minute; null if never.
    #[schema(required)]
    pub last_used_at: Option<Moment>,
    /// When it ends by itself; null if never.
    #[schema(required)]
    pub expires_at: Option<Moment>,
}

/// Whoever signed in, as far as every user may see it of himself.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The user.
    #[schema(value_type = String, example = "usr_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: UserId,
    /// First and last name.
    pub name: String,
    /// What the user may do.
    pub role: Role,
}

/// Somebody who might sign in, as stored.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) account: AccountId,
    pub(crate) user: UserId,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) role: Role,
    pub(crate) blocked: bool,
    pub(crate) password_hash: Option<Secret<String>>,
    /// Whether somebody else chose the password: it has to be changed first.
    pub(crate) temporary: bool,
    /// Whether the operator has stopped the account.
    pub(crate) suspended: bool,
    /// `de` or `en`.
    pub(crate) language: String,
    /// IANA name.
    pub(crate) time_zone: String,
}

impl Credentials {
    pub(crate) fn person(&self) -> Person {
        Person { id: self.user, name: self.name.clone(), role: self.role }
    }
}

/// What a one-time link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum LinkPurpose {
    /// Make the first account of this installation.
    Setup,
    /// A new user sets the first password.
    Invitation,
    /// A user who forgot the password sets a new one.
    Recovery,
}

impl LinkPurpose {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Invitation => "invitation",
            Self::Recovery => "recovery",
        }
    }

    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        [Self::Setup, Self::Invitation, Self::Recovery].into_iter().find(|purpose| purpose.as_str() == text)
    }

    /// The mail that brings it.
    pub(crate) fn mail(self) -> Option<Kind> {
        match self {
            Self::Setup => None,
            Self::Invitation => Some(Kind::Invitation),
            Self::Recovery => Some(Kind::PasswordReset),
        }
    }

    /// How long it is valid, in milliseconds.
    pub(crate) fn lifetime(self) -> i64 {
        const MINUTE: i64 = 60 * 1000;
        match self {
            Self::Setup | Self::Invitation => 7 * 24 * 60 * MINUTE,
            Self::Recovery => 30 * MINUTE,
        }
    }
}

/// What the holder of a one-time link gets to see before using it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Whose password it sets; null for the first account.
    #[schema(required)]
    pub name: Option<String>,
    /// The address to sign in with; null for the first account.
    #[schema(required)]
    pub email: Option<String>,
    /// Until when it can be used.
    pub expires_at: Moment,
}

/// A link that was just made. Shown once.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewLink {
    /// The secret in it, for `POST /v1/links/{token}`.
    #[schema(value_type = String, example = "rwl_…")]
    #[serde(serialize_with = "exposed")]
    pub token: Secret<String>,
    /// The page to open, where this installation knows its own address; null otherwise.
    #[schema(required, value_type = Option<String>)]
    #[serde(serialize_with = "exposed_if_any")]
    pub url: Option<Secret<String>>,
    /// Until when it can be used.
    pub expires_at: Moment,
}

/// Writes a secret into an answer: the only way out, and only to whoever has just made it.
pub(crate) fn exposed<S: serde::Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

fn exposed_if_any<S: serde::Serializer>(secret: &Option<Secret<String>>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(Secret::expose).serialize(serializer)
}
