//! The messages of recent calls, for whoever debugs one.
//!
//! Kept as they were sent and received, which costs a reference count each, and drawn and masked when somebody looks.
//! Memory is bounded: the oldest messages go first.

use std::collections::VecDeque;

use ahash::AHashMap;
use bytes::Bytes;
use sip::agent::Path;
use sip::ladder::Ladder;
use types::clock::Tick;
use types::ids::CallId;

/// What a message costs beside its bytes.
const OVERHEAD: usize = size_of::<Rung>() + 64;

/// See the module's text.
#[derive(Debug)]
pub(crate) struct Ladders {
    rungs: VecDeque<Rung>,
    weight: usize,
    limit: usize,
    calls: AHashMap<Box<str>, CallId>,
}

#[derive(Debug)]
struct Rung {
    call: CallId,
    at: Tick,
    path: Path,
    outgoing: bool,
    bytes: Bytes,
}

impl Ladders {
    /// Keeps messages of `limit` bytes in all.
    pub fn new(limit: usize) -> Self {
        Self { rungs: VecDeque::new(), weight: 0, limit, calls: AHashMap::new() }
    }

    /// Messages with this Call-ID belong to the call.
    pub fn add_leg(&mut self, call: CallId, call_id: &str) {
        self.calls.insert(call_id.into(), call);
    }

    /// No more messages with this Call-ID are expected.
    pub fn end_leg(&mut self, call_id: &str) {
        self.calls.remove(call_id);
    }

    /// A message with this Call-ID came.
    pub fn incoming(&mut self, call_id: &str, at: Tick, path: Path, bytes: &Bytes) {
        if let Some(call) = self.calls.get(call_id).copied() {
            self.push(Rung { call, at, path, outgoing: false, bytes: bytes.clone() });
        }
    }

    /// A message of our own leaves.
    pub fn outgoing(&mut self, at: Tick, path: Path, bytes: &Bytes) {
        if self.calls.is_empty() {
            return;
        }
        if let Some(call) = call_id(bytes).and_then(|call_id| self.calls.get(call_id)).copied() {
            self.push(Rung { call, at, path, outgoing: true, bytes: bytes.clone() });
        }
    }

    /// The messages of a call that are still kept.
    pub fn ladder(&self, call: CallId) -> Option<Ladder> {
        let mut ladder = Ladder::new();
        for rung in self.rungs.iter().filter(|rung| rung.call == call) {
            let phone = rung.path.remote.to_string();
            let (from, to) = if rung.outgoing { ("ringwerk", &*phone) } else { (&*phone, "ringwerk") };
            ladder.push(rung.at, from, to, &rung.bytes);
        }
        if ladder.is_empty() { None } else { Some(ladder) }
    }

    fn push(&mut self, rung: Rung) {
        self.weight += rung.bytes.len() + OVERHEAD;
        self.rungs.push_back(rung);
        while self.weight > self.limit {
            let Some(oldest) = self.rungs.pop_front() else { break };
            self.weight = self.weight.saturating_sub(oldest.bytes.len() + OVERHEAD);
        }
    }
}

/// The Call-ID of a message that we wrote: its spelling and place are known.
fn call_id(bytes: &[u8]) -> Option<&str> {
    const NAME: &[u8] = b"\r\nCall-ID: ";
    let start = bytes.windows(NAME.len()).position(|window| window == NAME)? + NAME.len();
    let rest = bytes.get(start..)?;
    let end = rest.iter().position(|byte| *byte == b'\r')?;
    std::str::from_utf8(rest.get(..end)?).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn message(call_id: &str) -> Bytes {
        Bytes::from(format!("BYE sip:a@b SIP/2.0\r\nTo: <sip:a@b>\r\nCall-ID: {call_id}\r\nCSeq: 1 BYE\r\n\r\n"))
    }

    fn path() -> Path {
        Path::udp("192.0.2.1:5060".parse().unwrap(), "192.0.2.2:5060".parse().unwrap())
    }

    #[test]
    fn messages_are_found_by_call_and_the_oldest_go_first() {
        let mut ladders = Ladders::new(4 * (message("a").len() + OVERHEAD));
        let (one, other) = (CallId::from_u128(1), CallId::from_u128(2));
        ladders.add_leg(one, "a");
        ladders.add_leg(other, "b");
        ladders.outgoing(Tick(1), path(), &message("a"));
        ladders.incoming("a", Tick(2), path(), &message("a"));
        ladders.incoming("unknown", Tick(2), path(), &message("unknown"));
        assert_eq!(ladders.ladder(one).unwrap().len(), 2);
        assert!(ladders.ladder(other).is_none());
        for _ in 0..3 {
            ladders.outgoing(Tick(3), path(), &message("b"));
        }
        assert_eq!(ladders.ladder(one).unwrap().len(), 1);
        assert_eq!(ladders.ladder(other).unwrap().len(), 3);
    }
}
