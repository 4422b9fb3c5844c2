//! Message flows as text: for snapshot tests and for whoever debugs a call.
//!
//! Messages are masked before they are kept, so a ladder never holds a secret: no digest responses, passwords,
//! media keys or message texts.

mod draw;
mod mask;
mod recorder;
#[cfg(test)]
mod tests;

use std::fmt;

use types::clock::Tick;

pub use self::mask::masked;
pub use self::recorder::Recorder;

/// A message on its way between two participants.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rung {
    at: Tick,
    from: Box<str>,
    to: Box<str>,
    /// The masked message.
    text: Box<str>,
}

impl Rung {
    fn new(at: Tick, from: &str, to: &str, message: &[u8]) -> Self {
        Self { at, from: from.into(), to: to.into(), text: masked(message).into() }
    }

    /// About how much memory it takes, in bytes.
    fn weight(&self) -> usize {
        size_of::<Self>() + self.from.len() + self.to.len() + self.text.len()
    }
}

/// A flow of messages, oldest first. Prints as arrows between columns; [`Ladder::transcript`] has it all.
#[derive(Clone, Debug, Default)]
pub struct Ladder {
    rungs: Vec<Rung>,
    /// How many messages were left out, and after which.
    gap: Option<(usize, usize)>,
}

impl Ladder {
    /// A ladder without messages.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a message that `from` sent to `to` at a time. It is masked here.
    pub fn push(&mut self, at: Tick, from: &str, to: &str, message: &[u8]) {
        self.rungs.push(Rung::new(at, from, to, message));
    }

    /// How many messages it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rungs.len()
    }

    /// Whether it has no messages.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rungs.is_empty()
    }

    /// The arrows, and under them every message in full, masked.
    #[must_use]
    pub fn transcript(&self) -> String {
        draw::transcript(self)
    }
}

impl fmt::Display for Ladder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&draw::arrows(self))
    }
}
