//! Registrations of one phone: RFC 3261 section 10.3, RFC 3327 (Path), RFC 5626 (outbound), RFC 5627 (GRUU).
//!
//! Who may register what is decided before: [`Bindings`] belong to one address of record, and the request has been
//! authenticated for it.

mod binding;
mod gruu;
mod register;
mod response;

use serde::{Deserialize, Deserializer, Serialize};
use types::clock::Timestamp;

pub use binding::Binding;
pub use gruu::{Gruus, TemporaryGruu};
pub use register::{Change, Policy, Refused};
pub use response::Registration;

/// The registrations of one phone. Stored as they are (serde).
///
/// Nearly every phone has one, and there are very many phones: the vector never has room to spare.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Bindings(Vec<Binding>);

impl<'de> Deserialize<'de> for Bindings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut bindings = Vec::deserialize(deserializer)?;
        bindings.shrink_to_fit();
        Ok(Self(bindings))
    }
}

impl Bindings {
    /// Those that have not run out.
    pub fn active(&self, now: Timestamp) -> impl Iterator<Item = &Binding> + '_ {
        self.0.iter().filter(move |binding| binding.expires() > now)
    }

    /// Those to send a request to, the most preferred first. Several flows of one instance are several ways to one
    /// phone (RFC 5626 section 7): only the one registered last is among them.
    #[must_use]
    pub fn targets(&self, now: Timestamp) -> Vec<&Binding> {
        let mut targets: Vec<&Binding> = Vec::with_capacity(self.0.len());
        for binding in self.active(now) {
            match targets.iter_mut().find(|target| target.is_other_flow_of(binding)) {
                Some(target) if target.registered() > binding.registered() => {}
                Some(target) => *target = binding,
                None => targets.push(binding),
            }
        }
        targets.sort_by_key(|binding| std::cmp::Reverse(binding.q()));
        targets
    }

    /// Other flows of the same instance, to try when one fails (RFC 5626 section 7), the one registered last first.
    #[must_use]
    pub fn alternatives(&self, failed: &Binding, now: Timestamp) -> Vec<&Binding> {
        let mut flows: Vec<&Binding> = self.active(now).filter(|flow| flow.is_other_flow_of(failed)).collect();
        flows.sort_by_key(|flow| std::cmp::Reverse(flow.registered()));
        flows
    }

    /// When the next of them runs out.
    #[must_use]
    pub fn next_expiry(&self) -> Option<Timestamp> {
        self.0.iter().map(Binding::expires).min()
    }

    /// When the last of them runs out.
    #[must_use]
    pub fn last_expiry(&self) -> Option<Timestamp> {
        self.0.iter().map(Binding::expires).max()
    }

    /// Forgets those that have run out. Answers whether there were any.
    pub fn expire(&mut self, now: Timestamp) -> bool {
        self.forget(|binding| binding.expires() <= now)
    }

    /// Forgets those made over a connection that is gone. Answers whether there were any.
    pub fn forget_connection(&mut self, connection: u64) -> bool {
        connection != 0 && self.forget(|binding| binding.path().connection == connection)
    }

    /// Forgets all. Answers whether there were any.
    pub fn clear(&mut self) -> bool {
        self.forget(|_| true)
    }

    /// Whether there is none, not even one that has run out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are, with those that have run out.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    fn forget(&mut self, which: impl Fn(&Binding) -> bool) -> bool {
        let before = self.0.len();
        self.0.retain(|binding| !which(binding));
        self.0.len() < before
    }
}

#[cfg(test)]
mod tests;
