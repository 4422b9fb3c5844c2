//! A thread of the exchange fails: whoever runs it is told to end the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use switch::ports::{Change, Watch};
use switch::{Restored, Settings};
use types::clock::{Clock, Tick, Timestamp};

use crate::office::{Chance, RealTime};
use crate::world::{Book, DOMAIN, Office};

/// Right until it falls down.
struct Shaky {
    time: RealTime,
    falls: AtomicBool,
}

impl Clock for Shaky {
    fn now(&self) -> Timestamp {
        self.time.now()
    }

    fn tick(&self) -> Tick {
        assert!(!self.falls.load(Ordering::SeqCst), "the clock fell down");
        self.time.tick()
    }
}

struct Alarm(SyncSender<&'static str>);

impl Watch for Alarm {
    fn changed(&self, _: Change) {}

    fn failed(&self, part: &'static str) {
        let _ = self.0.try_send(part);
    }
}

#[test]
fn an_exchange_that_cannot_go_on_says_so() {
    let mut settings = Settings::new(DOMAIN, vec!["127.0.72.91:0".parse().unwrap()]);
    settings.rtp_ports = 0..=0;
    let clock = Arc::new(Shaky { time: RealTime::new(), falls: AtomicBool::new(false) });
    let (alarm, alarmed) = sync_channel(1);
    let handle = switch::start(
        settings,
        Arc::new(Office::new()),
        Arc::new(Book::default()),
        Arc::new(Alarm(alarm)),
        Restored::default(),
        Arc::<Shaky>::clone(&clock),
        Arc::new(Chance::new()),
    )
    .unwrap();
    clock.falls.store(true, Ordering::SeqCst);
    assert_eq!(alarmed.recv_timeout(Duration::from_secs(20)), Ok("exchange"));
    // Asked to end, what is left of it does not wait for ever.
    handle.shutdown(Duration::from_secs(5));
}
