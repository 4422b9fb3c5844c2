//! A started exchange with an office in memory.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use switch::ports::{Entry, Full, Ledger, Ticket};
use switch::{EngineHandle, Settings};
use types::clock::{Clock, Tick, Timestamp};
use types::entropy::Entropy;

use crate::world::{Book, DOMAIN, Office};

pub struct RealTime(Instant);

impl RealTime {
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for RealTime {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        Timestamp(i64::try_from(since.as_millis()).unwrap())
    }

    fn tick(&self) -> Tick {
        Tick(u64::try_from(self.0.elapsed().as_micros()).unwrap())
    }
}

/// Seeded by the time and an address; unpredictable enough for a test.
pub struct Chance(std::sync::atomic::AtomicU64);

impl Chance {
    pub fn new() -> Self {
        let state = ahash::RandomState::new();
        Self(std::hash::BuildHasher::hash_one(&state, 1).into())
    }
}

impl Entropy for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, std::sync::atomic::Ordering::Relaxed);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = u8::try_from(mixed >> 56).unwrap();
        }
    }
}

/// Commits at once and tells the exchange.
struct Prompt {
    book: Arc<Book>,
    handle: Arc<OnceLock<EngineHandle>>,
}

impl Ledger for Prompt {
    fn submit(&self, ticket: Ticket, entry: Entry) -> Result<(), Full> {
        self.book.submit(ticket, entry)?;
        let (durable, _) = self.book.decide();
        if let Some(handle) = self.handle.get() {
            handle.committed(&durable);
        }
        Ok(())
    }
}

pub struct Exchange {
    pub handle: EngineHandle,
    pub book: Arc<Book>,
    cell: Arc<OnceLock<EngineHandle>>,
}

impl Exchange {
    pub fn start(address: &str) -> Self {
        Self::with(address, Arc::default(), |_| {})
    }

    pub fn with(address: &str, book: Arc<Book>, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::new(DOMAIN, vec![address.parse().unwrap()]);
        settings.rtp_ports = 0..=0;
        change(&mut settings);
        let cell = Arc::new(OnceLock::new());
        let ledger = Prompt { book: book.clone(), handle: cell.clone() };
        let clock = Arc::new(RealTime::new());
        let restored = book.stored();
        let handle = switch::start(
            settings,
            Arc::new(Office::new()),
            Arc::new(ledger),
            Arc::new(switch::ports::Unwatched),
            restored,
            clock,
            Arc::new(Chance::new()),
        )
        .unwrap();
        cell.set(handle.clone()).unwrap();
        Self { handle, book, cell }
    }

    pub fn udp(&self) -> SocketAddr {
        self.handle.addresses().udp[0]
    }

    pub fn tcp(&self) -> SocketAddr {
        self.handle.addresses().tcp[0]
    }

    /// Ends it as an operator does.
    pub fn stop(self) -> Arc<Book> {
        self.handle.shutdown(Duration::from_secs(5));
        drop(self.cell);
        self.book
    }
}
