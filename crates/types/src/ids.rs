//! Typed ids: one kind a noun, a prefix on the wire (`usr_…`), UUIDv7 bits inside.
//!
//! An id sorts by the time it was made (RFC 9562 section 5.7) and can be made anywhere without asking a
//! database, so several nodes never collide. Written as prefix, underscore and 26 characters of
//! lower-case Crockford base 32.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::clock::Timestamp;
use crate::entropy::Entropy;

/// What an id identifies. Implemented only by the kinds below.
pub trait Kind: 'static {
    /// Three lower-case letters that start every id of this kind.
    const PREFIX: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $alias:ident, $kind:ident = $prefix:literal;)*) => {
        $(
            #[doc = concat!("Marks ids that start with `", $prefix, "_`.")]
            #[derive(Debug)]
            pub enum $kind {}
            impl Kind for $kind { const PREFIX: &'static str = $prefix; }
            $(#[$doc])*
            pub type $alias = Id<$kind>;
        )*
    };
}

kinds! {
    /// An organisation with its own people, numbers and bills; the tenant boundary.
    AccountId, AccountKind = "acc";
    /// A person in an account.
    UserId, UserKind = "usr";
    /// Several users who ring together.
    GroupId, GroupKind = "grp";
    /// A phone: VoIP phone, mobile or external.
    DeviceId, DeviceKind = "dev";
    /// A phone number in the inventory.
    NumberId, NumberKind = "num";
    /// An extension number given to a user or a group.
    ExtensionId, ExtensionKind = "ext";
    /// An address where people work and where emergency services would come.
    LocationId, LocationKind = "loc";
    /// One call, from the first INVITE to the record.
    CallId, CallKind = "cal";
    /// A signed-in browser.
    SessionId, SessionKind = "ses";
    /// A personal access token.
    TokenId, TokenKind = "tok";
    /// An entry of the audit log.
    AuditId, AuditKind = "aud";
    /// A file of users that was handed in.
    ImportId, ImportKind = "imp";
    /// Somebody who runs the installation.
    OperatorId, OperatorKind = "opr";
    /// A mail, from being written to being delivered.
    MailId, MailKind = "mai";
    /// A text message, from being written to being delivered.
    MessageId, MessageKind = "msg";
    /// Something that waits to be sent or done.
    JobId, JobKind = "job";
}

/// An id of kind `K`. Ids of different kinds are different types.
///
/// Held as two halves, high one first: a `u128` must lie at multiples of sixteen, which would blow up every structure
/// that holds an id beside smaller things.
pub struct Id<K>(u64, u64, PhantomData<fn() -> K>);

/// Why a text is not an id of the expected kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdError {
    /// It does not start with the kind's prefix and an underscore.
    Prefix,
    /// What follows is not 26 characters of lower-case Crockford base 32 that fit 128 bits.
    Digits,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Prefix => "this is not an id of the expected kind",
            Self::Digits => "this id is damaged",
        })
    }
}

impl std::error::Error for IdError {}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl<K: Kind> Id<K> {
    /// A new id: the first 48 bits are `now`, the rest comes from `entropy`.
    #[must_use]
    pub fn new(now: Timestamp, entropy: &dyn Entropy) -> Self {
        Self::from_parts(now, entropy.u128())
    }

    /// A new id from a time and 74 of the given random bits, laid out as UUIDv7 (RFC 9562 section 5.7).
    #[must_use]
    pub fn from_parts(now: Timestamp, random: u128) -> Self {
        let millis = u128::from(now.0.max(0).unsigned_abs()) & 0xffff_ffff_ffff;
        let rand_a = (random >> 64) & 0x0fff;
        let rand_b = random & 0x3fff_ffff_ffff_ffff;
        Self::from_u128((millis << 80) | (0x7 << 76) | (rand_a << 64) | (0b10 << 62) | rand_b)
    }

    /// The id with these bits.
    #[must_use]
    pub const fn from_u128(bits: u128) -> Self {
        Self((bits >> 64) as u64, bits as u64, PhantomData)
    }

    /// The id's bits.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        ((self.0 as u128) << 64) | self.1 as u128
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [b'0'; 26];
        let mut rest = self.as_u128();
        for digit in digits.iter_mut().rev() {
            let index = usize::try_from(rest & 31).unwrap_or(0);
            *digit = ALPHABET.get(index).copied().unwrap_or(b'0');
            rest >>= 5;
        }
        write!(f, "{}_{}", K::PREFIX, std::str::from_utf8(&digits).unwrap_or_default())
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let digits = text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_')).ok_or(IdError::Prefix)?;
        if digits.len() != 26 || digits.as_bytes().first().is_some_and(|first| *first > b'7') {
            return Err(IdError::Digits);
        }
        digits
            .bytes()
            .try_fold(0u128, |bits, digit| {
                let value = ALPHABET.iter().position(|letter| *letter == digit)?;
                Some((bits << 5) | u128::try_from(value).ok()?)
            })
            .map(Self::from_u128)
            .ok_or(IdError::Digits)
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 && self.1 == other.1
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
        self.1.hash(state);
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_id_reads_back_as_written() {
        let id = UserId::from_parts(Timestamp(1_790_000_000_000), 0x1234_5678_9abc_def0_1234_5678_9abc_def0);
        let text = id.to_string();
        assert!(text.starts_with("usr_"), "{text}");
        assert_eq!(text.len(), 30);
        assert_eq!(text.parse::<UserId>().unwrap(), id);
        assert_eq!(UserId::from_u128(id.as_u128()), id);
        assert_eq!((size_of::<UserId>(), align_of::<UserId>()), (16, 8));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let text = UserId::from_u128(7).to_string();
        assert_eq!(text.parse::<DeviceId>(), Err(IdError::Prefix));
        assert_eq!("usr_8zzzzzzzzzzzzzzzzzzzzzzzzz".parse::<UserId>(), Err(IdError::Digits));
        assert_eq!("usr_short".parse::<UserId>(), Err(IdError::Digits));
    }

    #[test]
    fn later_ids_sort_later() {
        let earlier = CallId::from_parts(Timestamp(1000), u128::MAX);
        let later = CallId::from_parts(Timestamp(1001), 0);
        assert!(earlier < later && earlier.to_string() < later.to_string());
    }
}
