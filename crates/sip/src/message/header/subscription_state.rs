//! Subscription-State (RFC 6665 section 8.2.3).

use super::Typed;
use crate::message::grammar::{seconds, trim};
use crate::message::invalid::Invalid;
use crate::message::name::Name;
use crate::message::params::Params;
use crate::message::text::Text;

/// How a subscription is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionState {
    /// `active`, `pending` or `terminated`, or an extension, in lower case.
    pub state: Text,
    /// Seconds until it ends.
    pub expires: Option<u32>,
    /// Why it ended.
    pub reason: Option<Text>,
}

impl SubscriptionState {
    /// Whether no more notifications follow.
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.state == "terminated"
    }
}

impl Typed for SubscriptionState {
    const NAME: Name = Name::SubscriptionState;

    fn parse(value: Text) -> Result<Self, Invalid> {
        let all = value.as_str();
        let (state, params) = all.split_at_checked(all.find(';').unwrap_or(all.len())).unwrap_or_default();
        if trim(state).is_empty() {
            return Err(Invalid("the Subscription-State is empty"));
        }
        let params = Params::new(params).check()?;
        Ok(Self {
            state: trim(state).to_ascii_lowercase().into(),
            expires: params.value("expires").and_then(seconds),
            reason: params.value("reason").map(Text::from),
        })
    }
}
