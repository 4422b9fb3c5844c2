//! Who asks, and how far that reaches.
//!
//! A [`Scope`] is the right to touch one account. Store functions take it, so there is no query without a
//! tenant. Only `http::caller` mints one from a session or a token, and the few use-cases that run
//! before anybody can sign in (first account, one-time links, recovery) mint one for the account they act on.

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use types::ids::{AccountId, OperatorId, SessionId, TokenId, UserId};
use utoipa::ToSchema;

use crate::http::idempotency::Claim;

/// What a user may do in the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Calls, and manages what is his own.
    User,
    /// Manages the account, its people, phones, numbers and bills; may not look into other people's calls.
    Administrator,
}

impl Role {
    /// As stored and as written in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Administrator => "administrator",
        }
    }

    /// Reads [`Self::as_str`] back; anything unknown has the fewest rights.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        if text == "administrator" { Self::Administrator } else { Self::User }
    }
}

macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// What a personal access token can be limited to. A session has them all.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Right { $($(#[$doc])* $name,)* }

        impl Right {
            /// Every right there is, in the order of the list above.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// As written in a token's `scopes`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

rights! {
    /// See the account.
    AccountRead = "account:read";
    /// Change the account.
    AccountWrite = "account:write";
    /// See the audit log.
    AuditRead = "audit:read";
    /// See what things cost.
    BillsRead = "bills:read";
    /// See calls, and what rings whom.
    CallsRead = "calls:read";
    /// See phones.
    DevicesRead = "devices:read";
    /// Add, change and remove phones and their passwords.
    DevicesWrite = "devices:write";
    /// See extensions.
    ExtensionsRead = "extensions:read";
    /// Give and take extensions.
    ExtensionsWrite = "extensions:write";
    /// See groups.
    GroupsRead = "groups:read";
    /// Change groups and their members.
    GroupsWrite = "groups:write";
    /// See locations.
    LocationsRead = "locations:read";
    /// Change locations.
    LocationsWrite = "locations:write";
    /// See one's own text messages.
    MessagesRead = "messages:read";
    /// Send text messages.
    MessagesWrite = "messages:write";
    /// See phone numbers.
    NumbersRead = "numbers:read";
    /// Add, assign and release phone numbers.
    NumbersWrite = "numbers:write";
    /// See who rings, and try it out.
    RoutingRead = "routing:read";
    /// Change who rings.
    RoutingWrite = "routing:write";
    /// See one's own sessions and tokens.
    SessionsRead = "sessions:read";
    /// End sessions, make and revoke tokens.
    SessionsWrite = "sessions:write";
    /// See users.
    UsersRead = "users:read";
    /// Add, change, block and delete users.
    UsersWrite = "users:write";
}

impl Right {
    /// The right with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|right| right.as_str() == name)
    }

    const fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

/// A set of rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights(u32);

impl Rights {
    /// None at all.
    pub const NONE: Self = Self(0);
    /// Every one, also those that come later: what `all` in a token means.
    pub const ALL: Self = Self(u32::MAX);

    /// These and `right`.
    #[must_use]
    pub const fn with(self, right: Right) -> Self {
        Self(self.0 | right.bit())
    }

    /// Whether `right` is among them.
    #[must_use]
    pub const fn contain(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }
}

/// On whose behalf something happens; goes into the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A user in a browser session.
    Session(UserId, SessionId),
    /// A script with a user's token.
    Token(UserId, TokenId),
    /// A user who proved himself by a one-time link.
    Link(UserId),
    /// Somebody with a shell on the machine.
    Console,
    /// Somebody who runs the installation, from outside the account.
    Operator(OperatorId),
}

impl Actor {
    /// The user behind it; nobody behind the console or the operator.
    #[must_use]
    pub fn user(self) -> Option<UserId> {
        match self {
            Self::Session(user, _) | Self::Token(user, _) | Self::Link(user) => Some(user),
            Self::Console | Self::Operator(_) => None,
        }
    }
}

/// Somebody who runs the installation, signed in. No right to anything inside an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Who.
    pub id: OperatorId,
    /// The session that asks.
    pub session: SessionId,
    /// Where the request came from.
    pub source: Option<IpAddr>,
}

/// The right to act in one account. See the module's text.
#[derive(Clone, Debug)]
pub struct Scope {
    account: AccountId,
    actor: Actor,
    role: Role,
    rights: Rights,
    source: Option<IpAddr>,
    claim: Option<Arc<Claim>>,
    suspended: bool,
    temporary_password: bool,
}

impl Scope {
    pub(crate) fn new(account: AccountId, actor: Actor, role: Role, rights: Rights, source: Option<IpAddr>) -> Self {
        Self { account, actor, role, rights, source, claim: None, suspended: false, temporary_password: false }
    }

    /// For somebody with a shell on the machine, who may do what an administrator may.
    pub(crate) fn console(account: AccountId) -> Self {
        Self::new(account, Actor::Console, Role::Administrator, Rights::ALL, None)
    }

    /// For what an operator does to an account from outside: it is written down there, and nothing can be read.
    pub(crate) fn operator(account: AccountId, who: &Operator) -> Self {
        Self::new(account, Actor::Operator(who.id), Role::User, Rights::NONE, who.source)
    }

    /// Of an account that the operator has stopped.
    pub(crate) fn of_suspended(mut self, suspended: bool) -> Self {
        self.suspended = suspended;
        self
    }

    /// Whether the operator has stopped the account; nothing may be done then.
    pub(crate) fn suspended(&self) -> bool {
        self.suspended
    }

    /// Of somebody who signed in with a password that somebody else chose.
    pub(crate) fn with_temporary_password(mut self, temporary: bool) -> Self {
        self.temporary_password = temporary;
        self
    }

    /// Whether the user has to choose a password of his own before anything else.
    pub(crate) fn has_temporary_password(&self) -> bool {
        self.temporary_password
    }

    pub(crate) fn with_claim(mut self, claim: Arc<Claim>) -> Self {
        self.claim = Some(claim);
        self
    }

    pub(crate) fn claim(&self) -> Option<&Claim> {
        self.claim.as_deref()
    }

    /// The account. Nothing outside it exists for the caller.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Who acts.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// The user who acts, unless it is somebody with a shell.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        self.actor.user()
    }

    /// Where the request came from.
    #[must_use]
    pub fn source(&self) -> Option<IpAddr> {
        self.source
    }

    /// Whether the caller administers the account.
    #[must_use]
    pub fn is_administrator(&self) -> bool {
        self.role == Role::Administrator
    }

    /// Whether the caller may see and change what belongs to `user`: his own, or as an administrator.
    #[must_use]
    pub fn reaches(&self, user: UserId) -> bool {
        self.is_administrator() || self.user() == Some(user)
    }

    /// Whether the credentials carry every right.
    #[must_use]
    pub fn has_all(&self) -> bool {
        self.rights == Rights::ALL
    }

    /// Whether the credentials carry `right`.
    #[must_use]
    pub fn has(&self, right: Right) -> bool {
        self.rights.contain(right)
    }
}
