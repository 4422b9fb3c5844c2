//! Allow (RFC 3261 section 20.5).

use crate::message::head::Head;
use crate::message::method::Method;
use crate::message::name::Name;

/// Whether the sender of this message lists `method` in Allow. Without an Allow header nobody knows, and the
/// answer is no; such a user agent can still be expected to know the methods of RFC 3261.
#[must_use]
pub fn allows(head: &Head, method: &Method) -> bool {
    head.items(Name::Allow).any(|allowed| allowed == method.as_str())
}
