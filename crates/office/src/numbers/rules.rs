//! Which numbers can come into the inventory.

use serde::{Deserialize, Serialize};
use types::dialled::DialPlan;
use types::e164::E164;
use types::ids::LocationId;
use utoipa::ToSchema;

use crate::http::Problem;
use crate::owners::OwnerRef;
use crate::written_number::read;

/// Numbers in one block.
pub(crate) const LARGEST_BLOCK: u64 = 10_000;

/// Numbers of a new block that the answer shows.
pub(crate) const SHOWN: usize = 100;

/// New numbers as they come in: one, or a block.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"from": "+493023125000", "to": "+493023125099"}))]
pub(crate) struct NewNumbers {
    /// One number: E.164, or as written in the account's country.
    #[schema(example = "+493023125017")]
    pub number: Option<String>,
    /// The first number of a block.
    #[schema(example = "+493023125000")]
    pub from: Option<String>,
    /// The last number of a block, as long as the first; at most 10,000 numbers in all.
    #[schema(example = "+493023125099")]
    pub to: Option<String>,
    /// The location they belong to.
    #[schema(value_type = Option<String>)]
    pub location: Option<LocationId>,
}

/// Whom a number shall ring.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"owner": {"type": "user", "id": "usr_06e5m0s3xk7v9bqz2r8h4t1n0c"}}))]
pub(crate) struct Assignment {
    /// Whom it shall ring.
    pub owner: OwnerRef,
    /// Whom it rings now, where it rings somebody else.
    #[serde(default)]
    pub moved_from: Option<OwnerRef>,
}

/// Consecutive numbers of equal length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Block {
    from: E164,
    to: E164,
}

impl Block {
    /// The first number.
    pub fn first(self) -> E164 {
        self.from
    }

    /// The last number.
    pub fn last(self) -> E164 {
        self.to
    }

    /// All of them, in order.
    pub fn numbers(self) -> impl Iterator<Item = E164> {
        (self.from.as_u64()..=self.to.as_u64()).filter_map(E164::from_u64)
    }
}

impl NewNumbers {
    /// Checks what comes in; national notation is read by the account's country.
    pub fn check(&self, plan: &DialPlan) -> Result<Block, Problem> {
        match (&self.number, &self.from, &self.to) {
            (Some(number), None, None) => {
                let number = parse(number, plan, "/number")?;
                Ok(Block { from: number, to: number })
            }
            (None, Some(from), Some(to)) => block(parse(from, plan, "/from")?, parse(to, plan, "/to")?),
            (None, Some(_), None) => Err(Problem::field("/to", "number.blockEnd", "Where does the block end?")),
            (None, None, Some(_)) => Err(Problem::field("/from", "number.blockStart", "Where does the block start?")),
            _ => Err(Problem::field("", "number.which", "Send either `number`, or `from` and `to`.")),
        }
    }
}

fn block(from: E164, to: E164) -> Result<Block, Problem> {
    let refuse = |code, message: String| Err(Problem::field("/to", code, message));
    if from.digits().len() != to.digits().len() {
        return refuse("number.blockLength", "The last number must have as many digits as the first.".to_owned());
    }
    if to < from {
        return refuse("number.blockOrder", "The last number must not lie before the first.".to_owned());
    }
    if to.as_u64() - from.as_u64() >= LARGEST_BLOCK {
        return refuse("number.blockSize", format!("At most {LARGEST_BLOCK} numbers at once."));
    }
    Ok(Block { from, to })
}

fn parse(text: &str, plan: &DialPlan, pointer: &str) -> Result<E164, Problem> {
    read(text, plan).ok_or_else(|| Problem::field(pointer, "number.invalid", "This is not a phone number."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_block_has_a_start_an_end_and_bounds() {
        let check = |from: &str, to: &str| {
            let new = NewNumbers { from: Some(from.to_owned()), to: Some(to.to_owned()), ..NewNumbers::default() };
            new.check(&DialPlan::germany())
        };
        let block = check("+493023125000", "+493023125099").unwrap();
        assert_eq!(block.numbers().count(), 100);
        assert_eq!(block.numbers().last(), Some(block.last()));
        assert!(check("+493023125099", "+493023125000").is_err());
        assert!(check("+493023125000", "+4930231250990").is_err());
        assert!(check("+493023120000", "+493023130000").is_err());
        assert!(check("+493023120000", "+493023129999").is_ok());
        assert!(NewNumbers::default().check(&DialPlan::germany()).is_err());
    }
}
