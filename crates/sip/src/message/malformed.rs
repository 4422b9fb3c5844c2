//! Messages that cannot be processed, and what may be answered to them.

use std::fmt;
use std::net::SocketAddr;

use super::build::ResponseBuilder;
use super::head::Head;
use super::header::{NameAddr, Via};
use super::method::Method;
use super::name::Name;

/// What is wrong with a message, with the status that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub status: u16,
    pub reason: &'static str,
}

/// A message that is not processed. If it is a request that can be answered, this has what it takes.
#[derive(Clone, Debug)]
pub struct Malformed {
    reason: &'static str,
    answer: Option<Box<Skeleton>>,
}

/// What could be read of a malformed request.
#[derive(Clone, Debug)]
struct Skeleton {
    status: u16,
    method: Option<Method>,
    head: Head,
    via: Via,
}

impl Malformed {
    /// To be dropped: it is no SIP, a response, an ACK, or nobody knows where an answer would go.
    pub(crate) const fn silent(reason: &'static str) -> Self {
        Self { reason, answer: None }
    }

    /// A request to be refused, if its topmost Via can be read at all.
    pub(crate) fn request(problem: Problem, method: Option<Method>, head: Head) -> Self {
        let via = head.item_texts(Name::Via).next().and_then(Via::parse_leniently);
        let answer = match (via, &method) {
            (_, Some(Method::Ack)) | (None, _) => None,
            (Some(via), _) => Some(Box::new(Skeleton { status: problem.status, method, head, via })),
        };
        Self { reason: problem.reason, answer }
    }

    /// What is wrong, in words without any of the sender's bytes.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    /// The status to answer with; `None` if the message must be dropped silently.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(|skeleton| skeleton.status)
    }

    /// The topmost Via of an answerable request, perhaps without its parameters.
    #[must_use]
    pub fn via(&self) -> Option<&Via> {
        self.answer.as_ref().map(|skeleton| &skeleton.via)
    }

    /// The method of an answerable request, if it could be read.
    #[must_use]
    pub fn method(&self) -> Option<&Method> {
        self.answer.as_ref().and_then(|skeleton| skeleton.method.as_ref())
    }

    /// The answer: the headers of RFC 3261 section 8.2.6.2 as far as they came. `tag` goes into a To
    /// that has none, `source` is where the request came from.
    #[must_use]
    pub fn response(&self, tag: &str, source: SocketAddr) -> Option<ResponseBuilder> {
        let skeleton = self.answer.as_ref()?;
        let head = &skeleton.head;
        // A To that cannot be read may or may not have a tag; a second one would make it worse.
        let to = head.slot(Name::To).map(|slot| NameAddr::parse(head.text(slot)));
        let tag = matches!(to, Some(Ok(to)) if !to.params().has("tag")).then_some(tag);
        Some(ResponseBuilder::start(head, &skeleton.via, skeleton.status, None, tag, Some(source)))
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl std::error::Error for Malformed {}
