//! A phone number as the API shows it.

use serde::Serialize;
use types::clock::Timestamp;
use types::e164::E164;
use types::ids::{LocationId, NumberId};
use utoipa::ToSchema;

use crate::http::Moment;
use crate::owners::NamedOwner;

/// A phone number of the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PhoneNumber)]
pub struct Number {
    /// Its id.
    #[schema(value_type = String, example = "num_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: NumberId,
    /// The number (E.164).
    #[schema(value_type = String, example = "+493023125017")]
    pub number: E164,
    /// Whether it rings somebody.
    pub state: NumberState,
    /// Whom it rings.
    #[schema(required)]
    pub owner: Option<NamedOwner>,
    /// The location it belongs to.
    #[schema(required, value_type = Option<String>)]
    pub location: Option<LocationId>,
    /// Since when it rings whom it rings.
    #[schema(required)]
    pub assigned_at: Option<Moment>,
    /// When it came into the inventory.
    pub created_at: Moment,
    /// Moves with each change; the ETag.
    #[serde(skip)]
    pub version: i64,
}

/// What a number does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum NumberState {
    /// It rings its owner.
    Assigned,
    /// It rings nobody.
    Unassigned,
}

impl NumberState {
    /// As stored and as written in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Unassigned => "unassigned",
        }
    }
}

impl Number {
    /// Lets state and time follow a new owner.
    pub(crate) fn set_owner_state(&mut self, now: Timestamp) {
        self.state = if self.owner.is_some() { NumberState::Assigned } else { NumberState::Unassigned };
        self.assigned_at = self.owner.is_some().then_some(Moment(now));
    }
}

/// What came into the inventory: the number itself, or how many of a block.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = AddedNumbers)]
pub enum Added {
    /// One number.
    One(Number),
    /// A block.
    Block(AddedBlock),
}

/// A block of numbers that came into the inventory.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = AddedNumberBlock)]
pub struct AddedBlock {
    /// How many.
    #[schema(example = 100)]
    pub added: usize,
    /// The first 100 of them.
    pub items: Vec<Number>,
}

/// A number of the operator that an account can have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PoolNumber {
    /// Its id, to order it by.
    #[schema(value_type = String, example = "num_06e5m0s3xk7v9bqz2r8h4t1n0c")]
    pub id: NumberId,
    /// The number (E.164).
    #[schema(value_type = String, example = "+493023125017")]
    pub number: E164,
}
