//! How many connections there may be, in all and from one source.

use std::net::IpAddr;
use std::sync::Arc;

use ahash::AHashMap;
use parking_lot::Mutex;

use crate::guard::Source;

/// Counts connections. Shared by all listeners.
#[derive(Debug)]
pub(super) struct Places {
    total: usize,
    per_source: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    by_source: AHashMap<Source, usize>,
}

/// The right to one connection, given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    source: Source,
}

impl Places {
    pub(super) fn new(total: usize, per_source: usize) -> Arc<Self> {
        Arc::new(Self { total, per_source, taken: Mutex::default() })
    }

    /// A place for a connection from `ip`, unless all are taken.
    pub(super) fn take(self: &Arc<Self>, ip: IpAddr) -> Option<Place> {
        let source = Source::of(ip);
        let mut taken = self.taken.lock();
        let from_here = taken.by_source.get(&source).copied().unwrap_or(0);
        if taken.total >= self.total || from_here >= self.per_source {
            return None;
        }
        taken.total += 1;
        taken.by_source.insert(source, from_here + 1);
        Some(Place { places: Arc::clone(self), source })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock();
        taken.total = taken.total.saturating_sub(1);
        if let Some(count) = taken.by_source.get_mut(&self.source) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.by_source.remove(&self.source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn places_are_counted_by_source_and_given_back() {
        let places = Places::new(10, 2);
        let first = places.take(ip("127.0.73.1")).unwrap();
        let _second = places.take(ip("127.0.73.1")).unwrap();
        assert!(places.take(ip("127.0.73.1")).is_none());
        assert!(places.take(ip("::ffff:127.0.73.1")).is_none());
        let _other = places.take(ip("127.0.73.2")).unwrap();
        drop(first);
        assert!(places.take(ip("127.0.73.1")).is_some());
    }

    #[test]
    fn an_ipv6_neighbourhood_is_one_source() {
        let places = Places::new(10, 2);
        let _one = places.take(ip("2001:db8::1")).unwrap();
        let _two = places.take(ip("2001:db8::2")).unwrap();
        assert!(places.take(ip("2001:db8::3")).is_none());
        assert!(places.take(ip("2001:db8:0:1::3")).is_some());
    }

    #[test]
    fn the_total_is_bounded_and_nothing_is_remembered_of_the_gone() {
        let places = Places::new(3, 2);
        let all: Vec<_> = (0..5u8).filter_map(|host| places.take(IpAddr::from([127, 0, 73, host]))).collect();
        assert_eq!(all.len(), 3);
        drop(all);
        let taken = places.taken.lock();
        assert_eq!((taken.total, taken.by_source.len()), (0, 0));
    }
}
