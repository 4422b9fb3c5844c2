//! A stream, whole and in pieces.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sip::message::{Frame, Framer, limits};

/// The frames of a stream that comes in pieces of `size` bytes, and what broke it.
fn frames(stream: &[u8], size: usize) -> (Vec<Frame>, Option<&'static str>) {
    let mut framer = Framer::new();
    let mut frames = Vec::new();
    for piece in stream.chunks(size) {
        framer.push(piece);
        loop {
            match framer.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(malformed) => return (frames, Some(malformed.reason())),
            }
        }
        assert!(framer.buffered() <= limits::MESSAGE + size);
    }
    (frames, None)
}

fuzz_target!(|data: &[u8]| {
    let Some((size, stream)) = data.split_first() else { return };
    // Reads are never longer than a message, and at most that much may wait.
    let pieces = frames(stream, usize::from(*size) + 1);
    if stream.len() <= limits::HEAD {
        assert_eq!(pieces, frames(stream, stream.len().max(1)));
    }
});
