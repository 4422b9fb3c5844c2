//! Who is listened to: decides before a datagram is parsed (threats T3, T6, T21).
//!
//! Three rules, in this order. A source with a live registration is always heard, so that nobody can have a
//! phone banned by writing its address into forged datagrams. A source that failed to authenticate too often is
//! dropped; only failures that prove a return path (a nonce that was sent to that address) count. Everybody else
//! shares a budget, so that a flood from many addresses cannot starve registered phones.
//!
//! All memory is bounded: scores live in two generations of limited size, and the older one is forgotten.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use ahash::AHashMap;
use types::clock::Tick;

/// Scores kept in one generation.
const GENERATION: usize = 32_768;

/// What to do with a datagram or connection from a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// A registered phone lives there.
    Known,
    /// Nothing is known of it, and there is room.
    Stranger,
    /// It is banned.
    Banned,
    /// Nothing is known of it, and strangers have used up their budget.
    Crowded,
}

impl Admission {
    /// Whether the datagram is to be looked at.
    #[must_use]
    pub fn is_in(self) -> bool {
        matches!(self, Self::Known | Self::Stranger)
    }
}

/// Keeps the scores.
#[derive(Debug)]
pub struct Guard {
    known: AHashMap<Source, u32>,
    current: AHashMap<Source, Score>,
    previous: AHashMap<Source, Score>,
    rotated: Tick,
    failures: u8,
    window: Duration,
    budget: Budget,
}

/// An IPv4 address, or the /64 of an IPv6 address: what one party can usually change at will counts as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Source(u128);

impl Source {
    pub(crate) fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(v4) => Self(u128::from(v4.to_bits())),
            IpAddr::V6(v6) if v6 == Ipv6Addr::LOCALHOST => Self(v6.to_bits() << 64),
            IpAddr::V6(v6) => Self(v6.to_bits() & !u128::from(u64::MAX)),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Score {
    failures: u8,
    since: Tick,
    banned_until: Option<Tick>,
}

/// A token bucket that holds one fifth of a second's worth.
#[derive(Debug)]
struct Budget {
    per_second: u32,
    tokens: u64,
    filled: Tick,
}

/// One token in the bucket's arithmetic, which counts microseconds times rate.
const TOKEN: u64 = 1_000_000;

impl Budget {
    fn take(&mut self, now: Tick) -> bool {
        let passed = now.0.saturating_sub(self.filled.0);
        self.filled = now;
        let capacity = u64::from(self.per_second / 5).max(1) * TOKEN;
        self.tokens = passed.saturating_mul(u64::from(self.per_second)).saturating_add(self.tokens).min(capacity);
        match self.tokens.checked_sub(TOKEN) {
            Some(left) => {
                self.tokens = left;
                true
            }
            None => false,
        }
    }
}

impl Guard {
    /// Bans a source for `window` after `failures` failures within `window`; strangers get `per_second` looks.
    #[must_use]
    pub fn new(failures: u8, window: Duration, per_second: u32, now: Tick) -> Self {
        Self {
            known: AHashMap::new(),
            current: AHashMap::new(),
            previous: AHashMap::new(),
            rotated: now,
            failures: failures.max(1),
            window,
            budget: Budget { per_second, tokens: u64::from(per_second / 5).max(1) * TOKEN, filled: now },
        }
    }

    /// Whether a registered phone lives at this address.
    #[must_use]
    pub fn is_known(&self, ip: IpAddr) -> bool {
        self.known.contains_key(&Source::of(ip))
    }

    /// Whether a source is banned. Asked for each message over a connection, which costs its sender more than a datagram and
    /// needs no budget.
    #[must_use]
    pub fn bans(&self, ip: IpAddr, now: Tick) -> bool {
        let source = Source::of(ip);
        !self.known.contains_key(&source) && self.is_banned(source, now)
    }

    /// Decides over one datagram.
    pub fn admit(&mut self, ip: IpAddr, now: Tick) -> Admission {
        let source = Source::of(ip);
        if self.known.contains_key(&source) {
            return Admission::Known;
        }
        if self.is_banned(source, now) {
            return Admission::Banned;
        }
        if self.budget.take(now) { Admission::Stranger } else { Admission::Crowded }
    }

    /// Counts a failed authentication. Call it only when the source proved that it receives what is sent to it.
    /// Returns whether the source is banned now.
    pub fn failed(&mut self, ip: IpAddr, now: Tick) -> bool {
        let source = Source::of(ip);
        if self.known.contains_key(&source) {
            return false;
        }
        self.rotate(now);
        let fresh = Score { failures: 0, since: now, banned_until: None };
        let carried = self.previous.remove(&source);
        let score = self.current.entry(source).or_insert(carried.unwrap_or(fresh));
        if now.saturating_since(score.since) > self.window {
            *score = fresh;
        }
        score.failures = score.failures.saturating_add(1);
        if score.failures >= self.failures {
            score.banned_until = Some(now + self.window);
        }
        score.banned_until.is_some()
    }

    /// A registration from this address began.
    pub fn registered(&mut self, ip: IpAddr) {
        let source = Source::of(ip);
        let count = self.known.entry(source).or_insert(0);
        *count = count.saturating_add(1);
        self.current.remove(&source);
        self.previous.remove(&source);
    }

    /// A registration from this address ended.
    pub fn unregistered(&mut self, ip: IpAddr) {
        let source = Source::of(ip);
        if let Some(count) = self.known.get_mut(&source) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.known.remove(&source);
            }
        }
    }

    fn is_banned(&self, source: Source, now: Tick) -> bool {
        if self.current.is_empty() && self.previous.is_empty() {
            return false;
        }
        let score = self.current.get(&source).or_else(|| self.previous.get(&source));
        score.and_then(|score| score.banned_until).is_some_and(|until| now < until)
    }

    fn rotate(&mut self, now: Tick) {
        if self.current.len() >= GENERATION || now.saturating_since(self.rotated) > self.window {
            self.previous = std::mem::take(&mut self.current);
            self.rotated = now;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const WINDOW: Duration = Duration::from_secs(600);

    fn guard() -> Guard {
        Guard::new(10, WINDOW, 1000, Tick(0))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn ten_failures_ban_a_source_for_ten_minutes_and_no_other() {
        let mut guard = guard();
        for _ in 0..9 {
            assert!(!guard.failed(ip("127.0.9.1"), Tick(5)));
        }
        assert_eq!(guard.admit(ip("127.0.9.1"), Tick(6)), Admission::Stranger);
        assert!(guard.failed(ip("127.0.9.1"), Tick(7)));
        assert_eq!(guard.admit(ip("127.0.9.1"), Tick(8)), Admission::Banned);
        assert_eq!(guard.admit(ip("127.0.9.2"), Tick(8)), Admission::Stranger);
        assert_eq!(guard.admit(ip("127.0.9.1"), Tick(7) + WINDOW), Admission::Stranger);
    }

    #[test]
    fn slow_failures_are_forgiven() {
        let mut guard = guard();
        let mut now = Tick(0);
        for _ in 0..30 {
            assert!(!guard.failed(ip("127.0.9.1"), now));
            now = now + Duration::from_secs(90);
        }
    }

    #[test]
    fn a_source_with_a_registered_phone_is_never_banned() {
        let mut guard = guard();
        guard.registered(ip("127.0.9.1"));
        for _ in 0..100 {
            assert!(!guard.failed(ip("127.0.9.1"), Tick(1)));
        }
        assert_eq!(guard.admit(ip("127.0.9.1"), Tick(2)), Admission::Known);
        guard.unregistered(ip("127.0.9.1"));
        assert_eq!(guard.admit(ip("127.0.9.1"), Tick(3)), Admission::Stranger);
    }

    #[test]
    fn strangers_share_a_budget_that_refills() {
        let mut guard = guard();
        guard.registered(ip("127.0.9.9"));
        let admitted = |guard: &mut Guard, now| {
            (0..1000u32).filter(|host| guard.admit(IpAddr::V4((0x7f00_0000 + host).into()), now).is_in()).count()
        };
        assert_eq!(admitted(&mut guard, Tick(0)), 200);
        assert_eq!(admitted(&mut guard, Tick(50_000)), 50);
        assert_eq!(guard.admit(ip("127.0.9.9"), Tick(50_000)), Admission::Known);
    }

    #[test]
    fn an_ipv6_neighbourhood_counts_as_one() {
        let mut guard = guard();
        for host in 0..10u16 {
            guard.failed(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, host)), Tick(1));
        }
        assert_eq!(guard.admit(ip("2001:db8:0:1::77"), Tick(2)), Admission::Banned);
        assert_eq!(guard.admit(ip("2001:db8:0:2::1"), Tick(2)), Admission::Stranger);
    }

    #[test]
    fn scores_stay_bounded_under_failures_from_everywhere() {
        let mut guard = guard();
        for host in 0..200_000u32 {
            guard.failed(IpAddr::V4(host.into()), Tick(u64::from(host)));
        }
        assert!(guard.current.len() + guard.previous.len() <= 2 * GENERATION);
    }
}
