//! What identifies a dialog.

use serde::{Deserialize, Serialize};

use crate::message::{Request, Response};

/// Call-ID and both tags, as one side sees them (RFC 3261 section 12).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DialogId {
    call_id: Box<str>,
    local_tag: Box<str>,
    remote_tag: Box<str>,
}

impl DialogId {
    /// The dialog with this Call-ID, our tag and theirs; a peer of RFC 2543 may have none.
    #[must_use]
    pub fn new(call_id: &str, local_tag: &str, remote_tag: &str) -> Self {
        Self { call_id: call_id.into(), local_tag: local_tag.into(), remote_tag: remote_tag.into() }
    }

    /// The dialog that a request which came in claims to belong to; `None` if its To has no tag.
    #[must_use]
    pub fn of_request(request: &Request) -> Option<Self> {
        let tag = request.to().tag()?;
        Some(Self::new(request.call_id(), tag, request.from().tag().unwrap_or_default()))
    }

    /// The Call-ID.
    #[must_use]
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// Our tag.
    #[must_use]
    pub fn local_tag(&self) -> &str {
        &self.local_tag
    }

    /// Their tag.
    #[must_use]
    pub fn remote_tag(&self) -> &str {
        &self.remote_tag
    }

    pub(super) fn is_of_request(&self, request: &Request) -> bool {
        *self.call_id == *request.call_id()
            && request.to().tag() == Some(&self.local_tag)
            && request.from().tag().unwrap_or_default() == &*self.remote_tag
    }

    pub(super) fn is_of_response(&self, response: &Response) -> bool {
        *self.call_id == *response.call_id()
            && response.from().tag() == Some(&self.local_tag)
            && response.to().tag().unwrap_or_default() == &*self.remote_tag
    }
}
