//! What stands after the header lines of a message that is sent.

use bytes::Bytes;

use crate::message::{Head, RequestBuilder, ResponseBuilder};

/// A body.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// None.
    Empty,
    /// These bytes, of this media type.
    Typed(&'a str, &'a [u8]),
    /// That of a received message, with the headers that describe it.
    Of(&'a Head),
}

impl Body<'_> {
    pub(super) fn finish_request(self, builder: RequestBuilder) -> Bytes {
        match self {
            Self::Empty => builder.finish(),
            Self::Typed(media_type, body) => builder.finish_with(media_type, body),
            Self::Of(message) => builder.finish_with_body_of(message),
        }
    }

    pub(super) fn finish_response(self, builder: ResponseBuilder) -> Bytes {
        match self {
            Self::Empty => builder.finish(),
            Self::Typed(media_type, body) => builder.finish_with(media_type, body),
            Self::Of(message) => builder.finish_with_body_of(message),
        }
    }
}
