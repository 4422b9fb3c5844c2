//! Which transaction a message belongs to: RFC 3261 section 17.2.3.
//!
//! Transactions are looked up by a 128-bit keyed hash of what identifies them. The key is random and the hash never
//! leaves the process, so two transactions meet in one hash with a probability below that of a memory error.

use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;

use ahash::RandomState;
use sha2::{Digest as _, Sha256};
use types::entropy::Entropy;

use crate::message::{Host, Method, Request};

/// What a transaction is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id(u128);

/// A tag for the To of answers (RFC 3261 section 19.3): 13 characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tag([u8; 13]);

impl Tag {
    /// The tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    pub(super) fn from_bits(bits: u64) -> Self {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let mut tag = [0; 13];
        let mut rest = bits;
        for digit in tag.iter_mut().rev() {
            *digit = usize::try_from(rest & 31).ok().and_then(|index| DIGITS.get(index)).copied().unwrap_or(b'0');
            rest >>= 5;
        }
        Self(tag)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Computes [`Id`]s and [`Tag`]s.
pub(super) struct Identify {
    low: RandomState,
    high: RandomState,
    tags: [u8; 32],
}

impl Identify {
    pub fn new(entropy: &dyn Entropy) -> Self {
        let state = || {
            let (a, b) = (entropy.u128(), entropy.u128());
            let halves = |bits: u128| {
                let bytes = bits.to_be_bytes();
                let (high, low) = bytes.split_at(8);
                let number = |half: &[u8]| half.iter().fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
                (number(high), number(low))
            };
            let ((k0, k1), (k2, k3)) = (halves(a), halves(b));
            RandomState::with_seeds(k0, k1, k2, k3)
        };
        let mut tags = [0; 32];
        entropy.fill(&mut tags);
        Self { low: state(), high: state(), tags }
    }

    /// The transaction a request starts, continues (ACK to a 300–699) or is about (CANCEL).
    ///
    /// The address a request came from belongs to it. The RFC does without, but then whoever learns a branch could
    /// cancel another's call.
    pub fn transaction(&self, request: &Request, source: IpAddr) -> Id {
        let method = match request.method() {
            Method::Ack | Method::Cancel => &Method::Invite,
            method => method,
        };
        let via = request.via();
        self.hash(|hasher| {
            write(hasher, method.as_str());
            match source.to_canonical() {
                IpAddr::V4(v4) => hasher.write_u32(v4.to_bits()),
                IpAddr::V6(v6) => hasher.write_u128(v6.to_bits()),
            }
            match via.host() {
                Host::Name(name) => write(hasher, name),
                Host::V4(v4) => hasher.write_u32(v4.to_bits()),
                Host::V6(v6) => hasher.write_u128(v6.to_bits()),
            }
            hasher.write_u16(via.port().unwrap_or_default());
            if let Some(branch) = via.unique_branch() {
                hasher.write_u8(1);
                write(hasher, branch);
            } else {
                // An element of RFC 2543. The To tag is left out: it is the one thing in which the ACK of a 300–699
                // differs from its INVITE, and the sequence number tells apart what it could.
                hasher.write_u8(2);
                write(hasher, via.as_str());
                write(hasher, request.uri().as_str());
                self.write_call(hasher, request);
            }
        })
    }

    /// What the copies of one request that took different ways have in common (RFC 3261 section 8.2.2.2), and the
    /// INVITE with the ACK of its 2xx (section 13.3.1.4).
    pub fn call(&self, request: &Request) -> Id {
        let method = match request.method() {
            Method::Ack => &Method::Invite,
            method => method,
        };
        self.hash(|hasher| {
            hasher.write_u8(3);
            write(hasher, method.as_str());
            self.write_call(hasher, request);
        })
    }

    /// The tag for answers to a request: the same for every copy of it, so that answers sent without state agree
    /// (RFC 3261 section 8.2.7).
    pub fn tag(&self, id: Id) -> Tag {
        let mut hash = Sha256::new();
        hash.update(self.tags);
        hash.update(id.0.to_be_bytes());
        let bits = hash.finalize().into_iter().take(8).fold(0u64, |bits, byte| (bits << 8) | u64::from(byte));
        Tag::from_bits(bits)
    }

    /// A tag for answers to bytes that are no proper request.
    pub fn tag_of_bytes(&self, bytes: &[u8]) -> Tag {
        self.tag(self.hash(|hasher| hasher.write(bytes)))
    }

    fn write_call(&self, hasher: &mut ahash::AHasher, request: &Request) {
        write(hasher, request.call_id());
        write(hasher, request.from().tag().unwrap_or_default());
        hasher.write_u32(request.cseq().number);
    }

    fn hash(&self, write: impl Fn(&mut ahash::AHasher)) -> Id {
        let half = |state: &RandomState| {
            let mut hasher = state.build_hasher();
            write(&mut hasher);
            hasher.finish()
        };
        Id((u128::from(half(&self.high)) << 64) | u128::from(half(&self.low)))
    }
}

/// Writes a text so that it cannot be taken for part of its neighbours.
fn write(hasher: &mut ahash::AHasher, text: &str) {
    hasher.write(text.as_bytes());
    hasher.write_usize(text.len());
}

/// Hashes an [`Id`] by taking half of it: it is a hash already.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HalfOfId(u64);

impl Hasher for HalfOfId {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u128(&mut self, id: u128) {
        self.0 = u64::try_from(id & u128::from(u64::MAX)).unwrap_or_default();
    }
}
