//! Who sent a request: digest authentication of the exchange's own phones.

use sip::agent::{Path, ServerKey};
use sip::digest::{Algorithm, Authorization, Challenge, DigestError};
use sip::message::{Name, Request, ResponseBuilder};
use types::sip_id::SipId;

use super::core::Core;
use crate::ports::{Candidate, DeviceAccess};

/// A phone that proved who it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proven {
    pub sip_id: SipId,
    pub access: DeviceAccess,
}

/// No or no good credentials; to be answered with a challenge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unproven {
    stale: bool,
}

impl Core {
    /// Checks the credentials of a request in either of the two headers they may stand in.
    ///
    /// A user who does not exist is looked up and checked with the same work as one who does, against a hash that nobody's
    /// password has (threat T7; `bench/enumeration.py` compares the times). Everything else about a phone is looked up
    /// after it has proved itself, and for a request without credentials nothing is.
    pub fn authenticate(&mut self, request: &Request, path: Path) -> Result<Proven, Unproven> {
        let values = request.headers(Name::Authorization).chain(request.headers(Name::ProxyAuthorization));
        let Some(credentials) = Authorization::find(values, &self.settings.realm) else {
            return Err(Unproven { stale: false });
        };
        let decoy = *self.nonces.decoy();
        // A name that is no SIP id is nobody's anywhere; that it is answered sooner tells nothing.
        let claimed = credentials.username.parse::<SipId>().ok();
        let Candidate { there, ha1 } =
            claimed.map_or(Candidate { there: false, ha1: decoy }, |sip_id| self.directory.candidate(sip_id));
        let ha1 = [decoy, ha1].get(usize::from(there)).copied().unwrap_or(decoy);
        let source = path.remote.ip();
        match self.nonces.verify(&credentials, request.method().as_str(), &ha1, source, self.now) {
            Ok(_) => {
                let sip_id = claimed.filter(|_| there).ok_or(Unproven { stale: false })?;
                // It may have gone between the two look-ups.
                let access = self.directory.device(sip_id).ok_or(Unproven { stale: false })?;
                Ok(Proven { sip_id, access })
            }
            Err(error) => {
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
