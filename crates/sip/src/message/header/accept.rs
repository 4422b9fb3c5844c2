//! Accept (RFC 3261 section 20.1).

use crate::message::grammar::trim;
use crate::message::head::Head;
use crate::message::name::Name;

/// Whether the sender of this message understands bodies of `media_type`, such as `application/sdp`.
///
/// Without an Accept header that is `application/sdp` alone; an empty one accepts nothing (RFC 3261 section
/// 20.1). Media types with `q=0` are refused.
#[must_use]
pub fn accepts(head: &Head, media_type: &str) -> bool {
    if !head.has(Name::Accept) {
        return media_type.eq_ignore_ascii_case("application/sdp");
    }
    let wanted = media_type.split_once('/').unwrap_or((media_type, ""));
    head.items(Name::Accept).any(|range| {
        let (range, params) = range.split_at_checked(range.find(';').unwrap_or(range.len())).unwrap_or_default();
        let (kind, subtype) = range.split_once('/').unwrap_or((range, ""));
        let (kind, subtype) = (trim(kind), trim(subtype));
        let refused = crate::message::params::Params::new(params)
            .value("q")
            .is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0));
        !refused
            && (kind == "*" || kind.eq_ignore_ascii_case(wanted.0))
            && (subtype == "*" || subtype.eq_ignore_ascii_case(wanted.1))
    })
}
