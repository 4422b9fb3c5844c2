//! Writing messages straight into one buffer.
//!
//! Header injection is impossible by construction: every value passes a writer that turns control characters
//! into spaces, names come from [`Name`] or from the program itself, and lines copied from a received message
//! cannot hold line ends, or they would have been other lines there.

mod request;
mod response;
mod writer;

pub use self::request::RequestBuilder;
pub use self::response::ResponseBuilder;

/// The methods that both builders have.
macro_rules! header_methods {
    () => {
        /// Adds a header line. Control characters in the value become spaces.
        pub fn header(&mut self, name: Name, value: impl fmt::Display) -> &mut Self {
            self.writer.header(name.as_str(), value);
            self
        }

        /// Adds a header line whose name [`Name`] does not know.
        pub fn other(&mut self, name: &'static str, value: impl fmt::Display) -> &mut Self {
            self.writer.header(name, value);
            self
        }

        /// Copies all lines of a header from a received message. Headers of the body are not copied; see
        #[doc = "[`Self::finish_with_body_of`]."]
        pub fn copy(&mut self, from: &Head, name: Name) -> &mut Self {
            if name.role() != Role::Body {
                from.slots.iter().filter(|slot| slot.name == name).for_each(|slot| self.writer.copied(from, slot));
            }
            self
        }

        /// Copies the lines that `wanted` chooses from a received message, in their order, except those that
        /// describe the body.
        pub fn copy_where(&mut self, from: &Head, wanted: impl Fn(&Header<'_>) -> bool) -> &mut Self {
            for slot in from.slots.iter().filter(|slot| slot.name.role() != Role::Body && wanted(&from.line(slot))) {
                self.writer.copied(from, slot);
            }
            self
        }

        /// Copies what a relaying user agent may pass on from one leg to the other: unknown headers and those
        /// of [`Role::EndToEnd`]. Claims of identity, credentials and what belongs to a leg stay behind.
        pub fn pass_on(&mut self, from: &Head) -> &mut Self {
            self.copy_where(from, |header| header.name.role() == Role::EndToEnd)
        }

        /// The finished message, without a body.
        #[must_use]
        pub fn finish(mut self) -> bytes::Bytes {
            self.writer.end(&[]);
            self.writer.into_bytes()
        }

        /// The finished message with a body of the given media type.
        #[must_use]
        pub fn finish_with(mut self, content_type: &str, body: &[u8]) -> bytes::Bytes {
            self.writer.header(Name::ContentType.as_str(), content_type);
            self.writer.end(body);
            self.writer.into_bytes()
        }

        /// The finished message with the body of a received one and the headers that describe it.
        #[must_use]
        pub fn finish_with_body_of(mut self, from: &Head) -> bytes::Bytes {
            if !from.body().is_empty() {
                let describing = |slot: &&Slot| slot.name.role() == Role::Body && slot.name != Name::ContentLength;
                from.slots.iter().filter(describing).for_each(|slot| self.writer.copied(from, slot));
            }
            self.writer.end(from.body());
            self.writer.into_bytes()
        }
    };
}
use header_methods;
