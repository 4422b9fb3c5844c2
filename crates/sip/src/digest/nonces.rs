//! Issues nonces, verifies credentials, and sees to it that no credentials work twice.
//!
//! A nonce is 21 bytes in base64url: the second it was issued, its serial number and a truncated HMAC-SHA-256 over
//! both, the realm and the address it was sent to. Issuing one costs a slot of eight bytes in a ring indexed by the
//! serial number, and nothing else: the ring remembers for the last so many nonces the highest count used with each, so
//! replay detection is exact, and a nonce that has fallen out of the ring is stale. A flood of requests that want
//! challenges shortens the life of nonces; it never grows memory and never lets a count be used again.
//!
//! The key lives as long as the process. After a restart every phone is asked once more (`stale=true`, no dialogue
//! with its user), which is what keeps headers captured before it from working after it.

use std::fmt;
use std::net::IpAddr;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use types::clock::Tick;

use super::hash::Proof;
use super::nonce::{MAC, Nonce, RAW};
use super::{Accepted, Authorization, DigestError, Ha1};

/// Seconds in which a nonce must be used for the first time, and again after each use.
const FRESH: u32 = 60;
/// Seconds after which a nonce ends even if it is used all the time.
const LIFETIME: u32 = 3600;

/// The nonces of one realm. See the module's text.
pub struct Nonces {
    realm: Box<str>,
    mac: Hmac<Sha256>,
    decoy: Ha1,
    /// By serial number modulo its length: the highest count used (upper half) and the second of its use (lower half).
    uses: Vec<u64>,
    next: u64,
}

impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nonces")
            .field("realm", &self.realm)
            .field("remembered", &self.uses.len())
            .finish_non_exhaustive()
    }
}

impl Nonces {
    /// Nonces for `realm`, of which the `remembered` last issued are valid at most (eight bytes each; half a minute of
    /// challenges is enough, for 30,000 challenges a second a million).
    ///
    /// `key` is 32 fresh random bytes, never used before: a key from an earlier run would make nonces valid whose use
    /// was forgotten.
    #[must_use]
    pub fn new(key: [u8; 32], realm: &str, remembered: usize) -> Self {
        let keyed = |purpose: &[u8]| {
            // HMAC pads a short key with zeros to the block of its hash; done here it cannot fail.
            let mut block = [0; 64];
            block.iter_mut().zip(key).for_each(|(to, from)| *to = from);
            let mut mac = <Hmac<Sha256>>::new(&block.into());
            mac.update(purpose);
            mac
        };
        let mut mac = keyed(b"nonce");
        mac.update(realm.as_bytes());
        let sha256: [u8; 32] = keyed(b"decoy").finalize().into_bytes().into();
        let mut md5 = [0; 16];
        md5.iter_mut().zip(keyed(b"decoy md5").finalize().into_bytes()).for_each(|(to, from)| *to = from);
        Self { realm: realm.into(), mac, decoy: Ha1 { md5, sha256 }, uses: vec![0; remembered.max(1)], next: 0 }
    }

    /// The realm.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// The hash of a password nobody has, for users who do not exist.
    #[must_use]
    pub fn decoy(&self) -> &Ha1 {
        &self.decoy
    }

    /// A fresh nonce for whoever is at `source`.
    pub fn issue(&mut self, source: IpAddr, now: Tick) -> Nonce {
        let serial = self.next;
        self.next = self.next.wrapping_add(1);
        if let Some(slot) = self.slot(serial) {
            *slot = 0;
        }
        let mut raw = [0; RAW];
        let (head, mac) = raw.split_at_mut(RAW - MAC);
        let fields = seconds(now).to_be_bytes().into_iter().chain(serial.to_be_bytes().into_iter().skip(3));
        head.iter_mut().zip(fields).for_each(|(to, from)| *to = from);
        mac.copy_from_slice(&self.authenticate(head, source));
        Nonce::encode(&raw)
    }

    /// Checks the credentials of a request with this method that came from `source`, against the hash of its user's
    /// password, or against [`Self::decoy`] for an unknown user.
    ///
    /// Takes the same time whether the password is right or wrong.
    ///
    /// # Errors
    /// See [`DigestError`]. After `Ok` the nonce count is used up.
    pub fn verify(
        &mut self,
        credentials: &Authorization<'_>,
        method: &str,
        ha1: &Ha1,
        source: IpAddr,
        now: Tick,
    ) -> Result<Accepted, DigestError> {
        let (Some(algorithm), Some(count)) = (credentials.algorithm, count(credentials.nc)) else {
            return Err(DigestError::Unsupported);
        };
        let asked_for = credentials.realm == &*self.realm
            && credentials.qop.is_some_and(|qop| qop.eq_ignore_ascii_case("auth"))
            && !credentials.cnonce.is_empty();
        if !asked_for {
            return Err(DigestError::Unsupported);
        }
        let Authorization { uri, nonce, nc, cnonce, .. } = *credentials;
        let expected = Proof { method, uri, nonce, nc, cnonce }.response(algorithm, ha1);
        let right = same_response(credentials.response, expected.as_bytes());
        let standing = self.standing(credentials.nonce, source, now);
        if !right {
            return Err(DigestError::Wrong { proven: matches!(standing, Standing::Valid { .. }) });
        }
        let Standing::Valid { serial, used } = standing else {
            return Err(DigestError::Stale);
        };
        if count <= used {
            return Err(DigestError::Replayed);
        }
        if let Some(slot) = self.slot(serial) {
            *slot = (u64::from(count) << 32) | u64::from(seconds(now));
        }
        Ok(Accepted { count })
    }

    fn standing(&self, text: &str, source: IpAddr, now: Tick) -> Standing {
        let Some(raw) = Nonce::decode(text) else {
            return Standing::Foreign;
        };
        let (head, mac) = raw.split_at(RAW - MAC);
        if !bool::from(self.authenticate(head, source).as_slice().ct_eq(mac)) {
            return Standing::Foreign;
        }
        let number = |bytes: &[u8]| bytes.iter().fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
        let (issued, serial) = head.split_at(4);
        let (issued, serial) = (number(issued), number(serial));
        // Five bytes of serial are ambiguous only after a trillion nonces; the second of issue would not fit by then.
        let age = u64::from(seconds(now)).saturating_sub(issued);
        let behind = self.next.wrapping_sub(serial);
        if behind == 0 || behind > u64::try_from(self.uses.len()).unwrap_or(u64::MAX) || age > u64::from(LIFETIME) {
            return Standing::Old;
        }
        let slot = self.index(serial).and_then(|index| self.uses.get(index)).copied().unwrap_or_default();
        let (used, last) = (slot >> 32, slot & u64::from(u32::MAX));
        let idle = u64::from(seconds(now)).saturating_sub(if used == 0 { issued } else { last });
        if idle > u64::from(FRESH) {
            return Standing::Old;
        }
        Standing::Valid { serial, used: u32::try_from(used).unwrap_or(u32::MAX) }
    }

    fn authenticate(&self, head: &[u8], source: IpAddr) -> [u8; MAC] {
        let mut mac = self.mac.clone();
        mac.update(head);
        match source.to_canonical() {
            IpAddr::V4(v4) => mac.update(&v4.octets()),
            IpAddr::V6(v6) => mac.update(&v6.octets()),
        }
        let mut truncated = [0; MAC];
        truncated.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(to, from)| *to = from);
        truncated
    }

    fn index(&self, serial: u64) -> Option<usize> {
        usize::try_from(serial.checked_rem(u64::try_from(self.uses.len()).ok()?)?).ok()
    }

    fn slot(&mut self, serial: u64) -> Option<&mut u64> {
        let index = self.index(serial)?;
        self.uses.get_mut(index)
    }
}

enum Standing {
    /// Not issued here, or not to this address.
    Foreign,
    /// Issued here, and no longer good.
    Old,
    /// Good for every count above `used`.
    Valid { serial: u64, used: u32 },
}

fn seconds(tick: Tick) -> u32 {
    u32::try_from(tick.0 / 1_000_000).unwrap_or(u32::MAX)
}

/// A nonce count: eight hexadecimal digits, not zero.
fn count(nc: &str) -> Option<u32> {
    let hexadecimal = nc.len() == 8 && nc.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !hexadecimal {
        return None;
    }
    u32::from_str_radix(nc, 16).ok().filter(|count| *count > 0)
}

/// Compares in constant time; some phones write the digits in upper case.
fn same_response(given: &str, expected: &[u8]) -> bool {
    let mut lower = [0; 64];
    let Some(lower) = lower.get_mut(..given.len()) else {
        return false;
    };
    lower.iter_mut().zip(given.bytes()).for_each(|(to, from)| *to = from.to_ascii_lowercase());
    lower.ct_eq(expected).into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::net::Ipv4Addr;

    use super::super::Algorithm;
    use super::*;

    const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

    fn at(seconds: u64) -> Tick {
        Tick(seconds * 1_000_000)
    }

    struct Phone {
        ha1: Ha1,
        nonce: Nonce,
        algorithm: Algorithm,
    }

    impl Phone {
        fn new(nonces: &mut Nonces, now: Tick) -> Self {
            let nonce = nonces.issue(HOME, now);
            Self { ha1: Ha1::new("1234567e0", "example.com", "right"), nonce, algorithm: Algorithm::Sha256 }
        }

        fn try_password(
            &self,
            nonces: &mut Nonces,
            password: &str,
            nc: u32,
            from: IpAddr,
            now: Tick,
        ) -> Result<Accepted, DigestError> {
            let nc = format!("{nc:08x}");
            let nonce = self.nonce.as_str();
            let proof = Proof { method: "REGISTER", uri: "sip:example.com", nonce, nc: &nc, cnonce: "c" };
            let response = proof.response(self.algorithm, &Ha1::new("1234567e0", "example.com", password));
            let credentials = Authorization {
                username: "1234567e0",
                realm: "example.com",
                nonce,
                uri: "sip:example.com",
                response: response.as_str(),
                algorithm: Some(self.algorithm),
                qop: Some("auth"),
                nc: &nc,
                cnonce: "c",
            };
            nonces.verify(&credentials, "REGISTER", &self.ha1, from, now)
        }

        fn answer(&self, nonces: &mut Nonces, nc: u32, now: Tick) -> Result<Accepted, DigestError> {
            self.try_password(nonces, "right", nc, HOME, now)
        }
    }

    fn nonces() -> Nonces {
        Nonces::new([42; 32], "example.com", 64)
    }

    #[test]
    fn both_algorithms_are_accepted() {
        for algorithm in [Algorithm::Sha256, Algorithm::Md5] {
            let mut nonces = nonces();
            let phone = Phone { algorithm, ..Phone::new(&mut nonces, at(0)) };
            assert_eq!(phone.answer(&mut nonces, 1, at(1)), Ok(Accepted { count: 1 }));
        }
    }

    #[test]
    fn a_captured_header_does_not_work_again() {
        let mut nonces = nonces();
        let phone = Phone::new(&mut nonces, at(0));
        assert!(phone.answer(&mut nonces, 1, at(1)).is_ok());
        assert_eq!(phone.answer(&mut nonces, 1, at(1)), Err(DigestError::Replayed));
        assert!(phone.answer(&mut nonces, 3, at(2)).is_ok());
        assert_eq!(phone.answer(&mut nonces, 2, at(2)), Err(DigestError::Replayed));
        assert!(phone.answer(&mut nonces, 4, at(2)).is_ok());
    }

    #[test]
    fn a_nonce_lives_a_minute_from_issue_and_from_each_use_and_an_hour_at_most() {
        let mut nonces = nonces();
        let late = Phone::new(&mut nonces, at(0));
        assert_eq!(late.answer(&mut nonces, 1, at(61)), Err(DigestError::Stale));
        let busy = Phone::new(&mut nonces, at(0));
        let mut now = 0;
        for nc in 1.. {
            now += 60;
            match busy.answer(&mut nonces, nc, at(now)) {
                Ok(_) => assert!(now <= 3600),
                Err(error) => {
                    assert_eq!((error, now), (DigestError::Stale, 3660));
                    break;
                }
            }
        }
    }

    #[test]
    fn a_nonce_sent_to_one_address_does_not_work_from_another() {
        let mut nonces = nonces();
        let phone = Phone::new(&mut nonces, at(0));
        assert_eq!(phone.try_password(&mut nonces, "right", 1, ELSEWHERE, at(1)), Err(DigestError::Stale));
        assert!(phone.answer(&mut nonces, 1, at(1)).is_ok());
    }

    #[test]
    fn a_failure_is_proven_only_by_a_nonce_of_ours_from_its_address() {
        let mut nonces = nonces();
        let phone = Phone::new(&mut nonces, at(0));
        let wrong = |nonces: &mut Nonces, from| phone.try_password(nonces, "wrong", 1, from, at(1));
        assert_eq!(wrong(&mut nonces, HOME), Err(DigestError::Wrong { proven: true }));
        assert_eq!(wrong(&mut nonces, ELSEWHERE), Err(DigestError::Wrong { proven: false }));
        let mut restarted = Nonces::new([43; 32], "example.com", 64);
        assert_eq!(wrong(&mut restarted, HOME), Err(DigestError::Wrong { proven: false }));
        assert_eq!(phone.answer(&mut restarted, 1, at(1)), Err(DigestError::Stale));
    }

    #[test]
    fn a_wrong_password_does_not_use_the_count_up() {
        let mut nonces = nonces();
        let phone = Phone::new(&mut nonces, at(0));
        assert!(phone.try_password(&mut nonces, "wrong", 1, HOME, at(1)).is_err());
        assert!(phone.answer(&mut nonces, 1, at(1)).is_ok());
    }

    #[test]
    fn a_nonce_pushed_out_of_the_ring_is_stale_and_its_slot_starts_anew() {
        let mut nonces = nonces();
        let first = Phone::new(&mut nonces, at(0));
        assert!(first.answer(&mut nonces, 9, at(0)).is_ok());
        let mut last = Phone::new(&mut nonces, at(0));
        for _ in 0..63 {
            last = Phone::new(&mut nonces, at(0));
        }
        assert_eq!(first.answer(&mut nonces, 10, at(0)), Err(DigestError::Stale));
        assert!(last.answer(&mut nonces, 1, at(0)).is_ok());
    }

    #[test]
    fn what_was_not_offered_is_unsupported() {
        let mut nonces = nonces();
        let phone = Phone::new(&mut nonces, at(0));
        let whole = Authorization {
            username: "1234567e0",
            realm: "example.com",
            nonce: phone.nonce.as_str(),
            uri: "sip:example.com",
            response: "00",
            algorithm: Some(Algorithm::Md5),
            qop: Some("auth"),
            nc: "00000001",
            cnonce: "c",
        };
        let mut verify =
            |credentials: Authorization<'_>| nonces.verify(&credentials, "REGISTER", &phone.ha1, HOME, at(1));
        for odd in [
            Authorization { qop: None, ..whole },
            Authorization { qop: Some("auth-int"), ..whole },
            Authorization { algorithm: None, ..whole },
            Authorization { realm: "other.example", ..whole },
            Authorization { nc: "1", ..whole },
            Authorization { nc: "00000000", ..whole },
            Authorization { nc: "+0000001", ..whole },
            Authorization { cnonce: "", ..whole },
        ] {
            assert_eq!(verify(odd), Err(DigestError::Unsupported), "{odd:?}");
        }
        assert_eq!(verify(whole), Err(DigestError::Wrong { proven: true }));
    }

    #[test]
    fn nobody_has_the_decoys_password() {
        let mut nonces = nonces();
        let phone = Phone { ha1: *nonces.decoy(), ..Phone::new(&mut nonces, at(0)) };
        assert_eq!(phone.answer(&mut nonces, 1, at(1)), Err(DigestError::Wrong { proven: true }));
    }

    #[test]
    fn one_changed_character_makes_a_nonce_foreign() {
        let mut nonces = nonces();
        let phone = Phone::new(&mut nonces, at(0));
        for index in 0..phone.nonce.as_str().len() {
            let nonce = phone.nonce.with_changed(index);
            let changed = Phone { nonce, ..Phone::new(&mut nonces, at(0)) };
            assert_eq!(changed.answer(&mut nonces, 1, at(1)), Err(DigestError::Stale), "character {index}");
        }
    }
}
