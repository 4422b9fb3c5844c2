//! Globally routable user agent URIs: RFC 5627.
//!
//! A public GRUU is the address of record with the instance in `gr`. A temporary one hides both, and needs no table: its
//! user part is the phone's number, a tag of the instance and the second it was made, encrypted and authenticated. The
//! construction is that of a synthetic initialisation vector (as in RFC 5297), with HMAC-SHA-256 for both halves.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use types::clock::Timestamp;

use super::{Binding, Bindings};
use crate::message::Uri;

const MAC: usize = 10;
const HIDDEN: usize = 20;
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Marks the user part of a temporary GRUU.
const PREFIX: &str = "tg-";

/// Makes GRUUs and finds out where they lead.
pub struct Gruus {
    authenticate: Hmac<Sha256>,
    hide: Hmac<Sha256>,
}

/// What a temporary GRUU says to whom it belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemporaryGruu {
    /// The number of the phone.
    pub phone: u64,
    instance: u64,
    made: u32,
}

impl std::fmt::Debug for Gruus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gruus").finish_non_exhaustive()
    }
}

impl Gruus {
    /// GRUUs under `key`, 32 random bytes that must stay the same for GRUUs to survive a restart.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        let keyed = |purpose: &[u8]| {
            let mut block = [0; 64];
            block.iter_mut().zip(key).for_each(|(to, from)| *to = from);
            let mut mac = <Hmac<Sha256>>::new(&block.into());
            mac.update(purpose);
            mac
        };
        Self { authenticate: keyed(b"gruu authenticate"), hide: keyed(b"gruu hide") }
    }

    /// The public GRUU of an instance (RFC 5627 section 3.1).
    #[must_use]
    pub fn public(&self, address: &Uri, instance: &str) -> Uri {
        address.with_param("gr", Some(instance))
    }

    /// A temporary GRUU of a binding's instance (RFC 5627 section 3.2): the same as long as it is not registered anew.
    #[must_use]
    pub(super) fn temporary(&self, address: &Uri, phone: u64, binding: &Binding) -> Uri {
        let made = u32::try_from(binding.registered().as_seconds()).unwrap_or_default();
        let token = TemporaryGruu { phone, instance: tag(binding.instance().unwrap_or_default()), made };
        let user = self.seal(token);
        address
            .host()
            .and_then(|host| Uri::sip(Some(&user), host, address.port()).ok())
            .map_or_else(|| address.clone(), |uri| uri.with_param("gr", None))
    }

    /// What a Request-URI says if it is a temporary GRUU of ours. Whether it is still good, and for which contact, its
    /// phone's [`Bindings::of_temporary_gruu`] know.
    #[must_use]
    pub fn open(&self, uri: &Uri) -> Option<TemporaryGruu> {
        let sealed = uri.user_as_written()?.strip_prefix(PREFIX)?;
        let bytes = decode(sealed)?;
        let (mac, hidden) = bytes.split_at(MAC);
        let mut plain = [0; HIDDEN];
        plain.iter_mut().zip(hidden).zip(self.pad(mac)).for_each(|((to, from), pad)| *to = from ^ pad);
        if !bool::from(self.mac(&plain).as_slice().ct_eq(mac)) {
            return None;
        }
        let number = |range: std::ops::Range<usize>| {
            plain.get(range).unwrap_or_default().iter().fold(0u64, |number, byte| (number << 8) | u64::from(*byte))
        };
        let made = u32::try_from(number(16..20)).ok()?;
        Some(TemporaryGruu { phone: number(0..8), instance: number(8..16), made })
    }

    fn seal(&self, token: TemporaryGruu) -> String {
        let TemporaryGruu { phone, instance, made } = token;
        let fields = phone.to_be_bytes().into_iter().chain(instance.to_be_bytes()).chain(made.to_be_bytes());
        let mut plain = [0; HIDDEN];
        plain.iter_mut().zip(fields).for_each(|(to, from)| *to = from);
        let mac = self.mac(&plain);
        let mut bytes = [0; MAC + HIDDEN];
        let (head, tail) = bytes.split_at_mut(MAC);
        head.copy_from_slice(&mac);
        tail.iter_mut().zip(plain).zip(self.pad(&mac)).for_each(|((to, from), pad)| *to = from ^ pad);
        format!("{PREFIX}{}", encode(&bytes))
    }

    fn mac(&self, plain: &[u8]) -> [u8; MAC] {
        let mut mac = self.authenticate.clone();
        mac.update(plain);
        let mut truncated = [0; MAC];
        truncated.iter_mut().zip(mac.finalize().into_bytes()).for_each(|(to, from)| *to = from);
        truncated
    }

    fn pad(&self, mac: &[u8]) -> impl Iterator<Item = u8> + use<> {
        let mut hide = self.hide.clone();
        hide.update(mac);
        hide.finalize().into_bytes().into_iter()
    }
}

impl Bindings {
    /// The binding a temporary GRUU leads to: one of its instance, as long as it has been registered without a gap
    /// since the GRUU was made.
    #[must_use]
    pub fn of_temporary_gruu(&self, gruu: &TemporaryGruu, now: Timestamp) -> Option<&Binding> {
        self.targets(now).into_iter().find(|binding| {
            let since = u32::try_from(binding.since().as_seconds()).unwrap_or_default();
            tag(binding.instance().unwrap_or_default()) == gruu.instance && gruu.made >= since
        })
    }

    /// The binding a public GRUU leads to. `uri` is the Request-URI; its user part has led to the phone already.
    #[must_use]
    pub fn of_public_gruu(&self, uri: &Uri, now: Timestamp) -> Option<&Binding> {
        let instance = uri.param("gr").map(crate::message::unescape)?;
        self.targets(now).into_iter().find(|binding| binding.instance() == Some(&*instance))
    }
}

/// 64 bits that tell the few instances of one phone apart.
fn tag(instance: &str) -> u64 {
    // FNV-1a: stable over restarts, and nothing depends on it being hard to meet.
    instance.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Base 32 of five bytes at a time.
fn encode(bytes: &[u8; MAC + HIDDEN]) -> String {
    let mut text = String::with_capacity(bytes.len() / 5 * 8);
    for five in bytes.chunks_exact(5) {
        let bits = five.iter().fold(0u64, |bits, byte| (bits << 8) | u64::from(*byte));
        for shift in [35, 30, 25, 20, 15, 10, 5, 0] {
            let index = usize::try_from((bits >> shift) & 31).unwrap_or_default();
            text.push(char::from(DIGITS.get(index).copied().unwrap_or(b'0')));
        }
    }
    text
}

fn decode(text: &str) -> Option<[u8; MAC + HIDDEN]> {
    let mut bytes = [0; MAC + HIDDEN];
    if text.len() != bytes.len() / 5 * 8 {
        return None;
    }
    for (five, eight) in bytes.chunks_exact_mut(5).zip(text.as_bytes().chunks_exact(8)) {
        let mut bits = 0u64;
        for digit in eight {
            let value = DIGITS.iter().position(|known| *known == digit.to_ascii_lowercase())?;
            bits = (bits << 5) | u64::try_from(value).ok()?;
        }
        five.iter_mut().zip(bits.to_be_bytes().into_iter().skip(3)).for_each(|(to, from)| *to = from);
    }
    Some(bytes)
}
