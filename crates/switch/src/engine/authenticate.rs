//! Who sent a request: digest authentication of the exchange's own phones.

use sip::agent::{Path, ServerKey};
use sip::digest::{Algorithm, Authorization, Challenge, DigestError};
use sip::message::{Name, Request, ResponseBuilder};
use types::sip_id::SipId;

use super::core::Core;
use crate::ports::DeviceAccess;

/// A phone that proved who it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proven {
    pub sip_id: SipId,
    pub access: DeviceAccess,
}

/// Phones that proved themselves lately, to be looked up in the place of such that do not exist.
#[derive(Debug, Default)]
pub(crate) struct StandIns {
    recent: [Option<SipId>; 32],
    noted: usize,
    taken: usize,
}

impl StandIns {
    fn note(&mut self, sip_id: SipId) {
        let place = self.noted % self.recent.len();
        self.noted = self.noted.wrapping_add(1);
        if let Some(slot) = self.recent.get_mut(place) {
            *slot = Some(sip_id);
        }
    }

    fn next(&mut self) -> Option<SipId> {
        let there = self.noted.min(self.recent.len());
        self.taken = self.taken.wrapping_add(1);
        self.recent.get(self.taken.checked_rem(there)?).copied().flatten()
    }
}

/// No or no good credentials; to be answered with a challenge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unproven {
    stale: bool,
}

impl Core {
    /// Checks the credentials of a request in either of the two headers they may stand in.
    ///
    /// A user who does not exist is looked up as somebody who does, and checked against a hash that nobody's password has:
    /// same work, same answer (threat T7; `bench/enumeration.py` compares the times).
    pub fn authenticate(&mut self, request: &Request, path: Path) -> Result<Proven, Unproven> {
        let values = request.headers(Name::Authorization).chain(request.headers(Name::ProxyAuthorization));
        let Some(credentials) = Authorization::find(values, &self.settings.realm) else {
            return Err(Unproven { stale: false });
        };
        let known = credentials.username.parse().ok().and_then(|sip_id| {
            let access = self.directory.device(sip_id)?;
            Some(Proven { sip_id, access })
        });
        if known.is_none() {
            std::hint::black_box(self.stand_ins.next().and_then(|sip_id| self.directory.device(sip_id)));
        }
        let decoy = *self.nonces.decoy();
        let ha1 = known.map_or(decoy, |known| known.access.ha1);
        let source = path.remote.ip();
        match (self.nonces.verify(&credentials, request.method().as_str(), &ha1, source, self.now), known) {
            (Ok(_), Some(proven)) => {
                self.stand_ins.note(proven.sip_id);
                Ok(proven)
            }
            (Ok(_), None) => Err(Unproven { stale: false }),
            (Err(error), _) => {
                if let DigestError::Wrong { proven: true } = error {
                    metrics::counter!("ringwerk_sip_wrong_passwords_total").increment(1);
                    if self.guard.failed(source, self.now) {
                        let minutes = self.settings.limits.failure_window.as_secs() / 60;
                        tracing::warn!(%source, minutes, "too many wrong passwords; phones at this address are not heard for these minutes");
                        metrics::counter!("ringwerk_sip_bans_total").increment(1);
                    }
                }
                Err(Unproven { stale: error.is_stale() })
            }
        }
    }

    /// Asks for credentials: 401 as a registrar, 407 on the way to somebody else.
    pub fn challenge(&mut self, key: ServerKey, path: Path, request: &Request, status: u16, unproven: Unproven) {
        let name = if status == 407 { Name::ProxyAuthenticate } else { Name::WwwAuthenticate };
        let nonce = self.nonces.issue(path.remote.ip(), self.now);
        let offer = |core: &Self, algorithms: &[Algorithm]| -> ResponseBuilder {
            let mut response = core.answer(request, status);
            for algorithm in algorithms {
                let (realm, stale) = (&*core.settings.realm, unproven.stale);
                response.header(name, Challenge { realm, nonce: &nonce, algorithm: *algorithm, stale });
            }
            response
        };
        let full = |core: &Self| offer(core, sip::digest::offered_to(request.header(Name::UserAgent)));
        // What every phone understands, in few bytes.
        self.respond_to_stranger(key, path, request, full, |core| offer(core, &[Algorithm::Md5]));
    }
}
