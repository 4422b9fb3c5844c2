//! Replaces (RFC 3891).

use super::Typed;
use crate::message::grammar::trim;
use crate::message::invalid::Invalid;
use crate::message::name::Name;
use crate::message::params::Params;
use crate::message::text::Text;

/// The dialog that a new call takes the place of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaces {
    /// Its Call-ID.
    pub call_id: Text,
    /// Its To tag, seen from whom the request goes to: the local tag there.
    pub to_tag: Text,
    /// Its From tag: the remote tag there.
    pub from_tag: Text,
    /// Only if the dialog is still early.
    pub early_only: bool,
}

impl Typed for Replaces {
    const NAME: Name = Name::Replaces;

    fn parse(value: Text) -> Result<Self, Invalid> {
        let all = value.as_str();
        let (call_id, params) = all.split_at_checked(all.find(';').unwrap_or(all.len())).unwrap_or_default();
        let params = Params::new(params).check()?;
        let (Some(to_tag), Some(from_tag)) = (params.value("to-tag"), params.value("from-tag")) else {
            return Err(Invalid("the Replaces lacks a tag"));
        };
        if trim(call_id).is_empty() {
            return Err(Invalid("the Replaces lacks a Call-ID"));
        }
        Ok(Self {
            call_id: trim(call_id).into(),
            to_tag: to_tag.into(),
            from_tag: from_tag.into(),
            early_only: params.has("early-only"),
        })
    }
}
