//! Mails: what they are about, and what administrators see of those that wait.

use serde::{Deserialize, Serialize};
use types::clock::Timestamp;
use types::email::Email;
use types::ids::{AccountId, MailId, UserId};
use utoipa::ToSchema;

use crate::http::Moment;

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MailKind)]
pub enum Kind {
    /// A new user sets the first password.
    Invitation,
    /// A link to set another password.
    PasswordReset,
    /// The password was changed.
    PasswordChanged,
    /// Whoever reads this address confirms that it is his.
    EmailConfirmation,
    /// The address to sign in with is about to change; to the one until now.
    EmailChange,
    /// Whoever reads this address really wants the newsletter.
    NewsletterConfirmation,
    /// The newsletter.
    Newsletter,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Invitation,
        Self::PasswordReset,
        Self::PasswordChanged,
        Self::EmailConfirmation,
        Self::EmailChange,
        Self::NewsletterConfirmation,
        Self::Newsletter,
    ];

    /// As stored; also the name of its templates.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password_reset",
            Self::PasswordChanged => "password_changed",
            Self::EmailConfirmation => "email_confirmation",
            Self::EmailChange => "email_change",
            Self::NewsletterConfirmation => "newsletter_confirmation",
            Self::Newsletter => "newsletter",
        }
    }

    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// To whom a mail goes, and how that person reads.
#[derive(Clone, Debug)]
pub(crate) struct Recipient {
    pub(crate) account: AccountId,
    pub(crate) user: UserId,
    pub(crate) email: Email,
    /// May be empty.
    pub(crate) name: String,
    /// `de` or `en`.
    pub(crate) language: String,
    /// IANA name.
    pub(crate) time_zone: String,
}

/// What is told in a mail, with the facts its templates want.
#[derive(Clone, Debug)]
pub(crate) enum Letter {
    /// `by` is who invites; nobody when it was done at the console.
    Invitation {
        by: Option<String>,
        link: String,
        until: Timestamp,
    },
    /// `by` is the administrator who had it sent; nobody when it was asked for on the sign-in page.
    PasswordReset {
        by: Option<String>,
        link: String,
        until: Timestamp,
    },
    /// `by` is the administrator who changed it; nobody when it was the user.
    PasswordChanged {
        by: Option<String>,
    },
    /// `by` as above.
    EmailConfirmation {
        by: Option<String>,
        link: String,
        until: Timestamp,
    },
    /// `new` is the address that shall be the one to sign in with; `link` keeps the old one.
    EmailChange {
        by: Option<String>,
        new: Email,
        link: String,
        until: Timestamp,
    },
    NewsletterConfirmation {
        link: String,
        until: Timestamp,
    },
    /// `link` is the page that ends the subscription, `one_click` the operation that does.
    Newsletter {
        subject: String,
        text: String,
        link: String,
        one_click: String,
        issue: String,
    },
}

impl Letter {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Invitation { .. } => Kind::Invitation,
            Self::PasswordReset { .. } => Kind::PasswordReset,
            Self::PasswordChanged { .. } => Kind::PasswordChanged,
            Self::EmailConfirmation { .. } => Kind::EmailConfirmation,
            Self::EmailChange { .. } => Kind::EmailChange,
            Self::NewsletterConfirmation { .. } => Kind::NewsletterConfirmation,
            Self::Newsletter { .. } => Kind::Newsletter,
        }
    }

    /// When it would only disappoint, because its link has ended.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Invitation { until, .. }
            | Self::PasswordReset { until, .. }
            | Self::EmailConfirmation { until, .. }
            | Self::EmailChange { until, .. }
            | Self::NewsletterConfirmation { until, .. } => Some(*until),
            Self::PasswordChanged { .. } | Self::Newsletter { .. } => None,
        }
    }
}

/// A mail as written, sealed in the table until it is delivered.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Written {
    pub(crate) name: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) unsubscribe: Option<String>,
}

/// How mail leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MailDelivery)]
pub enum Delivery {
    /// Through a mail server.
    Smtp,
    /// Into a folder, since no mail server is configured.
    Folder,
}

/// A mail that did not arrive, or not yet although it was tried.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MailTrouble)]
pub struct Trouble {
    /// The mail.
    #[schema(value_type = String, example = "mai_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: MailId,
    /// What it is about.
    pub kind: Kind,
    /// To whom.
    #[schema(example = "anna@example.com")]
    pub to: String,
    /// When it was written.
    pub since: Moment,
    /// Set when it is not tried any more.
    pub failed: bool,
    /// Why: what the mail server said, or why none was reached.
    pub error: String,
}

/// How the account's mail is doing.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MailState)]
pub struct State {
    /// How mail leaves.
    pub delivery: Delivery,
    /// The folder in which mails wait for somebody to pick them up; null with a mail server.
    #[schema(required)]
    pub folder: Option<String>,
    /// How many wait to be delivered.
    pub waiting: u64,
    /// How many could not be delivered in the last seven days.
    pub failed: u64,
    /// Since when the oldest one waits.
    #[schema(required)]
    pub oldest_waiting: Option<Moment>,
    /// Why the last one that did not get through did not.
    #[schema(required)]
    pub last_error: Option<String>,
    /// Those that did not get through, newest first; at most 20.
    pub troubles: Vec<Trouble>,
}
