//! What a REGISTER does to the bindings. All of it, or nothing.

use std::time::Duration;

use types::clock::Timestamp;

use super::{Binding, Bindings};
use crate::agent::Path;
use crate::dialog::RouteSet;
use crate::message::header::{Contact, ContactParams, supports};
use crate::message::{Name, NameAddr, Request, Scheme};

/// From here on an interval is never too brief (RFC 3261 section 10.3 step 7).
const NEVER_BRIEF: u32 = 3600;

/// What a registrar grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The shortest lifetime granted, in seconds; who asks for less gets a 423.
    pub shortest: u32,
    /// The longest, in seconds; who asks for more gets this.
    pub longest: u32,
    /// The lifetime of who does not ask, in seconds.
    pub default: u32,
    /// Most bindings of one phone. Beyond, the one that would run out first makes room.
    pub bindings: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self { shortest: 60, longest: 7200, default: 3600, bindings: 10 }
    }
}

impl Policy {
    fn grant(&self, asked: Option<u32>) -> Result<u32, Refused> {
        let asked = asked.unwrap_or(self.default);
        if asked > 0 && asked < self.shortest && asked < NEVER_BRIEF {
            return Err(Refused::TooBrief { shortest: self.shortest });
        }
        Ok(asked.min(self.longest))
    }
}

/// What came of a REGISTER that was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing: it only asked for the list.
    None,
    /// Bindings were made, refreshed or removed.
    Changed {
        /// Set when the phone has no binding left.
        gone: bool,
    },
}

/// Why a REGISTER was refused. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A Contact, Path or `*` that cannot be used: 400.
    Malformed(&'static str),
    /// The lifetime asked for is too short: 423 with Min-Expires.
    TooBrief {
        /// Value of Min-Expires in seconds.
        shortest: u32,
    },
    /// It is not newer than what was received before: 500.
    OutOfOrder,
    /// It wants outbound over a proxy that does not know it: 439.
    FirstHopLacksOutbound,
}

impl Refused {
    /// The status to answer with.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Malformed(_) => 400,
            Self::TooBrief { .. } => 423,
            Self::OutOfOrder => 500,
            Self::FirstHopLacksOutbound => 439,
        }
    }
}

impl Bindings {
    /// Does what an authenticated REGISTER that came over `path` asks for.
    ///
    /// # Errors
    /// See [`Refused`].
    pub fn register(
        &mut self,
        request: &Request,
        path: Path,
        now: Timestamp,
        policy: &Policy,
    ) -> Result<Change, Refused> {
        let asked = Asked::read(request, policy)?;
        let outbound = asked.outbound(request)?;
        match asked.contacts.as_slice() {
            [] if !asked.all => return Ok(Change::None),
            _ => {}
        }
        let is_late = |old: &Binding| {
            *old.call_id == *request.call_id() && request.cseq().number <= old.sequence && old.expires() > now
        };
        if asked.all {
            if self.0.iter().any(is_late) {
                return Err(Refused::OutOfOrder);
            }
            self.0.clear();
            return Ok(Change::Changed { gone: true });
        }
        let routes = RouteSet::new(request.items(Name::Path).map(NameAddr::parse))
            .map_err(|invalid| Refused::Malformed(invalid.0))?;
        let new: Vec<(Binding, u32)> = asked
            .contacts
            .iter()
            .map(|(contact, lifetime)| {
                let expires = now.after(Duration::from_secs(u64::from(*lifetime)));
                (Binding::new(request, contact, path, routes.clone(), outbound, now, expires), *lifetime)
            })
            .collect();
        let touched = |old: &Binding| new.iter().any(|(new, _)| old.is_replaced_by(new));
        if self.0.iter().any(|old| is_late(old) && touched(old)) {
            return Err(Refused::OutOfOrder);
        }
        self.expire(now);
        for (mut new, lifetime) in new {
            if let Some(old) = self.0.iter().find(|old| old.is_replaced_by(&new) && old.call_id == new.call_id) {
                new.since = old.since;
            }
            self.0.retain(|old| !old.is_replaced_by(&new));
            if lifetime > 0 {
                self.make_room(policy);
                self.0.reserve_exact(1);
                self.0.push(new);
            }
        }
        Ok(Change::Changed { gone: self.0.is_empty() })
    }

    fn make_room(&mut self, policy: &Policy) {
        while self.0.len() >= policy.bindings.max(1) {
            let first = self.0.iter().enumerate().min_by_key(|(_, binding)| binding.expires()).map(|(index, _)| index);
            match first {
                Some(index) => drop(self.0.remove(index)),
                None => break,
            }
        }
    }
}

/// The contacts of a REGISTER and the lifetime of each; or `*`.
struct Asked {
    contacts: Vec<(NameAddr, u32)>,
    all: bool,
}

impl Asked {
    fn read(request: &Request, policy: &Policy) -> Result<Self, Refused> {
        let header = request.header(Name::Expires).and_then(|value| {
            // More than fits means for ever; anything but digits means nothing.
            let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| value.parse().unwrap_or(u32::MAX))
        });
        let mut asked = Self { contacts: Vec::new(), all: false };
        for contact in request.list::<Contact>() {
            match contact.map_err(|invalid| Refused::Malformed(invalid.0))? {
                Contact::Star => asked.all = true,
                Contact::Address(address) => {
                    if !matches!(address.uri().scheme(), Scheme::Sip | Scheme::Sips) {
                        return Err(Refused::Malformed("the Contact is not a SIP address"));
                    }
                    if asked.contacts.len() == policy.bindings {
                        return Err(Refused::Malformed("there are too many Contacts"));
                    }
                    let expires = ContactParams::of(&address).expires();
                    let lifetime = policy.grant(expires.or(header))?;
                    asked.contacts.push((address, lifetime));
                }
            }
        }
        if asked.all && (!asked.contacts.is_empty() || header != Some(0)) {
            return Err(Refused::Malformed("a Contact of * must stand alone, with Expires: 0"));
        }
        Ok(asked)
    }

    /// Whether outbound is in use (RFC 5626 section 6).
    fn outbound(&self, request: &Request) -> Result<bool, Refused> {
        let params = ContactParams::of;
        let flows = self.contacts.iter().filter(|(contact, lifetime)| {
            let params = params(contact);
            *lifetime > 0 && params.reg_id().is_some() && params.instance().is_some()
        });
        let flows = flows.count();
        let removals = self.contacts.iter().any(|(contact, _)| params(contact).reg_id().is_some());
        if (flows == 0 && !removals) || !supports(request, "outbound") {
            return Ok(false);
        }
        if flows > 1 {
            return Err(Refused::Malformed("a registration may have one flow"));
        }
        let direct = request.vias().nth(1).is_none();
        let edge_knows = || {
            let first = request.items(Name::Path).last().map(NameAddr::parse);
            matches!(first, Some(Ok(first)) if first.uri().params().has("ob"))
        };
        if direct || edge_knows() { Ok(true) } else { Err(Refused::FirstHopLacksOutbound) }
    }
}
