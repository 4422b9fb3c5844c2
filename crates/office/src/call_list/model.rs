//! The itemized call list as the API shows it.

use serde::{Deserialize, Serialize};
use types::clock::Timestamp;
use types::ids::{CallId, UserId};
use utoipa::ToSchema;

use crate::calls::CallParty;
use crate::directory::{Keeping, Mode};
use crate::http::Moment;

/// What the account keeps of its calls, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CallListSettings)]
pub struct Settings {
    /// What is kept; null as long as nobody has chosen: everybody keeps the own list, and administrators see none.
    #[schema(required)]
    pub mode: Option<Mode>,
    /// Since when.
    #[schema(required)]
    pub since: Option<Moment>,
    /// What will be kept, and from when on.
    #[schema(required)]
    pub pending: Option<Pending>,
    /// What was declared for the choice.
    #[schema(required)]
    pub declaration: Option<Declaration>,
    /// Records from before the choice that hold more than it wants.
    #[schema(example = 120)]
    pub older_records: i64,
    /// For the ETag.
    #[serde(skip)]
    pub version: i64,
}

/// A choice that does not hold yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CallListPending)]
pub struct Pending {
    /// What will be kept.
    pub mode: Mode,
    /// Of calls that end from this moment on: the first of a month.
    pub from: Moment,
}

/// What German law wants declared before a business sees whom its people called (TDDDG section 11 subsection 3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CallListDeclaration)]
pub struct Declaration {
    /// Counted from 1 for the account.
    pub version: i64,
    /// Who declared it; null for the console.
    #[schema(required, value_type = Option<String>, example = "usr_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub by: Option<UserId>,
    /// The name of that time.
    #[schema(example = "Anna Weber")]
    pub name: String,
    /// When.
    pub at: Moment,
    /// Everybody who works here is informed, and everybody who comes will be at once.
    pub employees_informed: bool,
    /// What is true of the works or staff council.
    pub works_council: WorksCouncil,
}

/// What is true of the works or staff council.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum WorksCouncil {
    /// It took part as the law wants.
    Involved,
    /// The law does not want it to take part, or there is none.
    NotRequired,
}

/// What is to be done with records that hold more than the choice wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Existing {
    /// They stay as they are until they are six months old.
    Keep,
    /// They lose the last three digits of outside numbers.
    Shorten,
    /// They are erased, also from everybody's own list.
    Erase,
}

impl Existing {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Shorten => "shorten",
            Self::Erase => "erase",
        }
    }

    pub(crate) fn from_stored(text: &str) -> Option<Self> {
        [Self::Keep, Self::Shorten, Self::Erase].into_iter().find(|existing| existing.as_str() == text)
    }
}

/// The settings as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stored {
    pub mode: Option<Mode>,
    pub since: Option<Moment>,
    pub then: Option<Then>,
    pub declaration: Option<Declaration>,
    pub sweep: Option<Sweep>,
    #[serde(skip)]
    pub version: i64,
}

/// What is kept later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Then {
    pub mode: Mode,
    pub from: Moment,
}

/// What is still to be done with older records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Sweep {
    pub existing: Existing,
    /// Calls that ended before this.
    pub before: Moment,
}

impl Stored {
    /// As it is at a moment: what was to come and has come is what is.
    pub(crate) fn at(mut self, now: Timestamp) -> Self {
        if let Some(then) = self.then.filter(|then| then.from.0 <= now) {
            (self.mode, self.since, self.then) = (Some(then.mode), Some(then.from), None);
        }
        self
    }

    pub(crate) fn keeping(&self) -> Keeping {
        Keeping { mode: self.mode, then: self.then.map(|then| (then.mode, then.from.0)) }
    }

    pub(crate) fn shown(self, older_records: i64) -> Settings {
        Settings {
            mode: self.mode,
            since: self.since,
            pending: self.then.map(|then| Pending { mode: then.mode, from: then.from }),
            declaration: self.declaration,
            older_records,
            version: self.version,
        }
    }
}

/// Which way a call went for the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CallListDirection)]
pub enum Direction {
    /// From outside.
    Incoming,
    /// To the outside.
    Outgoing,
    /// From one to another in the account.
    Internal,
}

/// A call of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CallListItem)]
pub struct Item {
    /// Its id.
    #[schema(value_type = String, example = "cal_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: CallId,
    /// Which way it went for the account.
    pub direction: Direction,
    /// When the caller asked for it.
    pub started: Moment,
    /// When somebody answered.
    #[schema(required)]
    pub answered: Option<Moment>,
    /// From answer to end, in milliseconds; 0 when nobody answered.
    pub duration_ms: i64,
    /// `answered`, `noAnswer`, `busy`, `declined`, `unreachable`, `cancelled`, `rejected` or `recovered`.
    #[schema(example = "answered")]
    pub outcome: String,
    /// Who called.
    pub caller: CallParty,
    /// Who was called.
    pub called: CallParty,
    /// What was dialled.
    #[schema(example = "44")]
    pub dialled: String,
}
