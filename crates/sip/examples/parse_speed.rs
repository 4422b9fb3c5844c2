//! How long reading a REGISTER and answering it takes, and how many allocations.
//!
//! `cargo run --release --example parse_speed -p ringwerk-sip [-- BATCHES]`

#![allow(clippy::unwrap_used, clippy::expect_used, unsafe_code, missing_docs)]
#![allow(clippy::disallowed_methods, reason = "a stopwatch needs a clock")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use sip::message::{Name, Request, ResponseBuilder};

/// Counts allocations on the way to the system's allocator.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: both calls go straight to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const REGISTER: &[u8] = b"REGISTER sip:ringwerk.example SIP/2.0\r\n\
Via: SIP/2.0/UDP 192.0.2.17:5060;branch=z9hG4bK1d32hash2354;rport\r\n\
From: <sip:1234567e0@ringwerk.example>;tag=98asjd8\r\n\
To: <sip:1234567e0@ringwerk.example>\r\n\
Call-ID: 843817637684230@998sdasdh09\r\n\
CSeq: 1826 REGISTER\r\n\
Contact: <sip:1234567e0@192.0.2.17:5060>;expires=3600\r\n\
Authorization: Digest username=\"1234567e0\", realm=\"ringwerk.example\", nonce=\"84a4cc6f3082121f32b42a2187831a9e\", \
uri=\"sip:ringwerk.example\", response=\"7587245234b3434cc3412213e5f113a5\", algorithm=MD5, qop=auth, nc=00000001, cnonce=\"0a4f113b\"\r\n\
Max-Forwards: 70\r\n\
User-Agent: Desk phone 1.0\r\n\
Expires: 3600\r\n\
Content-Length: 0\r\n\r\n";

fn main() {
    let source: SocketAddr = "198.51.100.7:40123".parse().expect("an address");
    println!("REGISTER of {} bytes", REGISTER.len());
    measure("copy the datagram", || {
        black_box(Bytes::copy_from_slice(REGISTER));
    });
    measure("copy and parse", || {
        black_box(Request::parse(Bytes::copy_from_slice(REGISTER)).unwrap());
    });
    let mut request = Request::parse(Bytes::from_static(REGISTER)).unwrap();
    request.set_source(source);
    measure("answer 401", || {
        let mut answer = ResponseBuilder::new(&request, 401, Some("4fa2c1d0"));
        answer.header(
            Name::WwwAuthenticate,
            format_args!(
                "Digest realm=\"{}\", nonce=\"{}\", qop=\"auth\", algorithm=MD5",
                "ringwerk.example", "84a4cc6f3082121f32b42a2187831a9e"
            ),
        );
        black_box(answer.finish());
    });
    measure("answer 200", || {
        let mut answer = ResponseBuilder::new(&request, 200, Some("4fa2c1d0"));
        answer.copy(&request, Name::Contact);
        black_box(answer.finish());
    });
}

/// The best of many short batches: short enough to fit between two interruptions by the machine.
fn measure(what: &str, mut run: impl FnMut()) {
    const BATCH: u32 = 500;
    let batches: u32 = std::env::args().nth(1).and_then(|batches| batches.parse().ok()).unwrap_or(1000);
    let best = (0..batches)
        .map(|_| {
            let start = Instant::now();
            (0..BATCH).for_each(|_| run());
            start.elapsed() / BATCH
        })
        .min()
        .unwrap_or_default();
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    run();
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    println!("{what:20} {:6} ns, {allocations} allocations", best.as_nanos());
}
