//! Limits on sign-in attempts, in bounded memory.
//!
//! Every attempt takes from three buckets that fill up again with time: its source's, that of address and
//! source together, and the address's. The last stops a password from being guessed from many places at
//! once. It does not hold for a source that has signed in to this address before, so that whoever attacks
//! from elsewhere cannot lock the true owner out.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use types::clock::Tick;

/// How much fits into a bucket, and how many seconds it takes to get one back.
struct Size {
    most: u64,
    seconds: u64,
}

const SOURCE: Size = Size { most: 30, seconds: 10 };
const PAIR: Size = Size { most: 6, seconds: 60 };
/// 100 failures an hour at most (NIST SP 800-63B section 3.2.2).
const ADDRESS: Size = Size { most: 100, seconds: 36 };

/// Buckets that are remembered. A full table drops those that are nearest to being full again.
const CAPACITY: usize = 20_000;
/// Places remembered as good.
const GOOD: usize = 20_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Source(u128),
    Pair(u64, u128),
    Address(u64),
}

/// An attempt that was let through, so that it can be given back when it succeeds.
#[derive(Debug)]
pub(crate) struct Attempt {
    keys: [Option<Key>; 3],
    address: u64,
    source: u128,
}

/// Come back after this many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) u64);

/// All buckets.
#[derive(Debug, Default)]
pub(crate) struct Attempts(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// When the bucket will be full again. Absent: it is full.
    full_at: BTreeMap<Key, Tick>,
    good: BTreeMap<(u64, u128), Tick>,
}

impl Attempts {
    /// Lets an attempt through, or says how long to wait. `known`: this source has a session of the
    /// address's owner, whatever this process remembers.
    pub(crate) fn begin(&self, email: &str, source: Option<IpAddr>, known: bool, now: Tick) -> Result<Attempt, Wait> {
        let (address, source) = (digest(email), network(source));
        let mut inner = self.0.lock();
        let is_good = known || inner.good.contains_key(&(address, source));
        let keys = [
            Some((Key::Source(source), SOURCE)),
            Some((Key::Pair(address, source), PAIR)),
            (!is_good).then_some((Key::Address(address), ADDRESS)),
        ];
        let wait = keys.iter().flatten().filter_map(|(key, size)| inner.wait(*key, size, now)).max();
        if let Some(wait) = wait {
            return Err(Wait(wait));
        }
        for (key, size) in keys.iter().flatten() {
            inner.take(*key, size, now);
        }
        Ok(Attempt { keys: keys.map(|key| key.map(|(key, _)| key)), address, source })
    }

    /// The attempt was right: nothing is held against anybody, and the place is remembered as good.
    pub(crate) fn succeeded(&self, attempt: &Attempt, now: Tick) {
        let mut inner = self.0.lock();
        for key in attempt.keys.iter().flatten() {
            match key {
                Key::Pair(..) => drop(inner.full_at.remove(key)),
                Key::Source(_) => inner.give_back(*key, &SOURCE),
                Key::Address(_) => inner.give_back(*key, &ADDRESS),
            }
        }
        if inner.good.len() >= GOOD {
            let mut times: Vec<Tick> = inner.good.values().copied().collect();
            let (_, tenth, _) = times.select_nth_unstable(GOOD / 10);
            let line = *tenth;
            inner.good.retain(|_, at| *at > line);
        }
        inner.good.insert((attempt.address, attempt.source), now);
    }
}

impl Inner {
    fn wait(&self, key: Key, size: &Size, now: Tick) -> Option<u64> {
        let missing = self.full_at.get(&key)?.0.saturating_sub(now.0);
        let room = size.seconds * (size.most - 1) * 1_000_000;
        (missing > room).then(|| (missing - room).div_ceil(1_000_000))
    }

    fn take(&mut self, key: Key, size: &Size, now: Tick) {
        if self.full_at.len() >= CAPACITY && !self.full_at.contains_key(&key) {
            self.make_room(now);
        }
        let full_at = self.full_at.entry(key).or_insert(now);
        *full_at = Tick(full_at.0.max(now.0).saturating_add(size.seconds * 1_000_000));
    }

    /// Drops what is full again, and if that is not enough the tenth that is nearest to it: one walk for
    /// many newcomers.
    fn make_room(&mut self, now: Tick) {
        let mut ends: Vec<Tick> = self.full_at.values().copied().collect();
        let (_, tenth, _) = ends.select_nth_unstable(CAPACITY / 10);
        let line = now.max(*tenth);
        let mut spare = self.full_at.len().saturating_sub(CAPACITY * 9 / 10);
        self.full_at.retain(|_, full_at| {
            let goes = *full_at <= line && (*full_at <= now || spare > 0);
            spare = spare.saturating_sub(usize::from(goes));
            !goes
        });
    }

    fn give_back(&mut self, key: Key, size: &Size) {
        if let Some(full_at) = self.full_at.get_mut(&key) {
            *full_at = Tick(full_at.0.saturating_sub(size.seconds * 1_000_000));
        }
    }
}

/// The address itself is not kept.
fn digest(email: &str) -> u64 {
    let hash = Sha256::digest(email.as_bytes());
    hash.iter().take(8).fold(0, |bits, byte| (bits << 8) | u64::from(*byte))
}

/// IPv4 counts by address; IPv6 by /64, of which everybody has a whole one.
fn network(source: Option<IpAddr>) -> u128 {
    match source.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).to_canonical() {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address) >> 64 << 64,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const OWNER: &str = "192.0.2.1";

    fn at(seconds: u64) -> Tick {
        Tick(1_000_000_000_000 + seconds * 1_000_000)
    }

    fn try_once(attempts: &Attempts, email: &str, source: &str, seconds: u64) -> Result<Attempt, Wait> {
        attempts.begin(email, Some(source.parse().unwrap()), false, at(seconds))
    }

    #[test]
    fn the_seventh_wrong_password_waits_a_minute() {
        let attempts = Attempts::default();
        for _ in 0..6 {
            try_once(&attempts, "a@x.de", OWNER, 0).unwrap();
        }
        assert_eq!(try_once(&attempts, "a@x.de", OWNER, 0).unwrap_err(), Wait(60));
        assert_eq!(try_once(&attempts, "a@x.de", OWNER, 59).unwrap_err(), Wait(1));
        try_once(&attempts, "a@x.de", OWNER, 60).unwrap();
        try_once(&attempts, "b@x.de", OWNER, 60).unwrap();
    }

    #[test]
    fn a_source_that_tries_many_addresses_is_slowed_down() {
        let attempts = Attempts::default();
        for n in 0..30 {
            try_once(&attempts, &format!("{n}@x.de"), OWNER, 0).unwrap();
        }
        assert_eq!(try_once(&attempts, "30@x.de", OWNER, 0).unwrap_err(), Wait(10));
        try_once(&attempts, "30@x.de", "192.0.2.2", 0).unwrap();
    }

    #[test]
    fn an_attack_from_everywhere_stops_and_does_not_lock_the_owner_out() {
        let attempts = Attempts::default();
        let owner = try_once(&attempts, "a@x.de", OWNER, 0).unwrap();
        attempts.succeeded(&owner, at(0));
        let mut through = 0;
        for n in 0..1000 {
            through +=
                usize::from(try_once(&attempts, "a@x.de", &format!("198.51.{}.{}", n / 250, n % 250), 1).is_ok());
        }
        assert_eq!(through, 100);
        try_once(&attempts, "a@x.de", OWNER, 2).unwrap();
    }

    #[test]
    fn success_gives_back() {
        let attempts = Attempts::default();
        for second in 0..1000 {
            let attempt = try_once(&attempts, "a@x.de", OWNER, second / 100).unwrap();
            attempts.succeeded(&attempt, at(second / 100));
        }
    }

    #[test]
    fn memory_is_bounded() {
        let attempts = Attempts::default();
        for n in 0..30_000u32 {
            let source = IpAddr::V4(Ipv4Addr::from(n));
            let _ = attempts.begin(&format!("{n}@x.de"), Some(source), false, at(0));
        }
        assert!(attempts.0.lock().full_at.len() <= CAPACITY);
    }
}
