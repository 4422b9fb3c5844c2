//! A text message as stored, and as the API shows it.

use serde::Serialize;
use types::clock::Timestamp;
use types::e164::E164;
use types::ids::{MessageId, UserId};
use utoipa::ToSchema;

use crate::http::Moment;
use crate::prices::Amount;

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MessageState)]
pub enum State {
    /// It waits for its time.
    Scheduled,
    /// It is to be handed over as soon as that works.
    Waiting,
    /// The mobile network has it.
    Sent,
    /// The phone has it.
    Delivered,
    /// It did not arrive, and will not.
    Failed,
}

impl State {
    /// As stored: what is scheduled waits, and its time says the rest.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled | Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        [Self::Waiting, Self::Sent, Self::Delivered, Self::Failed].into_iter().find(|state| state.as_str() == text)
    }
}

/// Why a message did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = MessageFailure)]
pub enum Reason {
    /// The SMSC refuses it for good.
    Refused,
    /// It could not be handed over for a whole day.
    GaveUp,
    /// The mobile network could not deliver it: the number does not exist, or the phone was off too long.
    Undelivered,
    /// Its sender may not send text messages any more, is blocked, or is gone.
    NotAllowed,
    /// The operator stopped the account before it was its time.
    Suspended,
}

impl Reason {
    const ALL: [Self; 5] = [Self::Refused, Self::GaveUp, Self::Undelivered, Self::NotAllowed, Self::Suspended];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::GaveUp => "gaveUp",
            Self::Undelivered => "undelivered",
            Self::NotAllowed => "notAllowed",
            Self::Suspended => "suspended",
        }
    }

    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// A text message, for whoever sent it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The message.
    #[schema(value_type = String, example = "msg_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: MessageId,
    /// To whom; shortened or null where the account keeps no more.
    #[schema(required, example = "+491701234567")]
    pub to: Option<String>,
    /// Who is named as the sender.
    #[schema(example = "Ringwerk")]
    pub sender: String,
    /// What it says; null once it is not kept any more.
    #[schema(required)]
    pub text: Option<String>,
    /// How far it is.
    pub state: State,
    /// When it is to be sent; null for at once.
    #[schema(required)]
    pub send_at: Option<Moment>,
    /// How many parts it takes.
    #[schema(example = 2)]
    pub parts: i32,
    /// What it costs when all of it is sent.
    pub price: Amount,
    /// When it was written.
    pub created_at: Moment,
    /// When the mobile network took it.
    #[schema(required)]
    pub sent_at: Option<Moment>,
    /// When it arrived, or was given up.
    #[schema(required)]
    pub finished_at: Option<Moment>,
    /// Why it did not arrive.
    #[schema(required)]
    pub reason: Option<Reason>,
    /// The last thing the SMSC said, or why none was reached.
    #[schema(required)]
    pub error: Option<String>,
}

/// What holds for text messages of whoever asks.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageTerms {
    /// Whether this installation can send text messages at all.
    pub available: bool,
    /// Whether the user may.
    pub allowed: bool,
    /// Who is named as the sender unless another one is chosen.
    #[schema(example = "Ringwerk")]
    pub default_sender: String,
    /// The user's own numbers, which can be named instead.
    #[schema(value_type = Vec<String>, example = json!(["+4921190009017"]))]
    pub numbers: Vec<E164>,
    /// What each part costs.
    pub price: Amount,
    /// Most parts of a message.
    #[schema(example = 10)]
    pub most_parts: usize,
    /// How many days ahead a message can be scheduled.
    #[schema(example = 30)]
    pub most_days_ahead: i64,
}

/// A text message as administrators see it in the itemized call list: never what it says.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CallListMessage)]
pub struct Item {
    /// The message.
    #[schema(value_type = String, example = "msg_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: MessageId,
    /// When the mobile network took it.
    pub sent: Moment,
    /// Who sent it.
    #[schema(required, value_type = Option<String>, example = "usr_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub user: Option<UserId>,
    /// The name of that time.
    #[schema(example = "Anna Ahrens")]
    pub name: String,
    /// To whom, as far as it is kept.
    #[schema(required, example = "+491701234567")]
    pub to: Option<String>,
    /// How many parts were sent.
    #[schema(example = 2)]
    pub parts: i32,
    /// What they cost.
    pub price: Amount,
    /// How far it is.
    pub state: State,
}

/// Which messages of the account.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter {
    /// Sent at this moment or later.
    pub(crate) from: Option<Timestamp>,
    /// Sent before this moment.
    pub(crate) to: Option<Timestamp>,
    pub(crate) user: Option<UserId>,
}

/// What text messages of a month cost, those of one price together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Charge {
    pub(crate) parts: i64,
    /// In minor units of the currency.
    pub(crate) unit: i64,
}
