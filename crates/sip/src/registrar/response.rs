//! What the 200 to a REGISTER says.

use std::fmt;

use types::clock::Timestamp;

use super::{Binding, Bindings, Gruus};
use crate::message::header::supports;
use crate::message::{Name, Request, ResponseBuilder, Uri};

/// Everything the headers of the 200 are made from.
#[derive(Clone, Copy, Debug)]
pub struct Registration<'a> {
    /// The request that was granted.
    pub request: &'a Request,
    /// All registrations of the phone after it.
    pub bindings: &'a Bindings,
    /// The address of record: host and user of the public GRUU.
    pub address: &'a Uri,
    /// Where GRUUs come from and the number of the phone they lead to; `None` gives none.
    pub gruus: Option<(&'a Gruus, u64)>,
    /// The present.
    pub now: Timestamp,
}

impl Registration<'_> {
    /// Adds Contact, Path, Supported and Require.
    pub fn write(&self, response: &mut ResponseBuilder) {
        let gruus = self.gruus.filter(|_| supports(self.request, "gruu"));
        for binding in self.bindings.active(self.now) {
            let contact = Listed { binding, now: self.now };
            match (gruus, binding.instance()) {
                (Some((gruus, phone)), Some(instance)) => {
                    let public = gruus.public(self.address, instance);
                    let temporary = gruus.temporary(self.address, phone, binding);
                    let value = format_args!("{contact};pub-gruu=\"{public}\";temp-gruu=\"{temporary}\"");
                    response.header(Name::Contact, value);
                }
                _ => {
                    response.header(Name::Contact, contact);
                }
            }
        }
        response.copy(self.request, Name::Path);
        let mine = |binding: &Binding| {
            binding.reg_id().is_some()
                && *binding.call_id == *self.request.call_id()
                && binding.sequence == self.request.cseq().number
        };
        if self.bindings.active(self.now).any(mine) {
            response.header(Name::Require, "outbound");
        }
    }
}

/// A binding as a Contact value.
struct Listed<'a> {
    binding: &'a Binding,
    now: Timestamp,
}

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Rounded up: a lifetime just granted reads as it was granted.
        let left = self.binding.expires().saturating_since(self.now).as_millis().div_ceil(1000);
        write!(f, "<{}>{};expires={left}", self.binding.uri, self.binding.params)
    }
}
