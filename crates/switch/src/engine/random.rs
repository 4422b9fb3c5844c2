//! Unpredictable numbers, fetched from the system in blocks: a tag costs no system call.

use std::sync::Arc;

use parking_lot::Mutex;
use types::entropy::Entropy;

const BLOCK: usize = 512;

/// A supply of random bytes that nobody has seen.
pub struct Random {
    source: Arc<dyn Entropy>,
    block: [u8; BLOCK],
    used: usize,
}

impl Random {
    /// A supply from `source`.
    pub fn new(source: Arc<dyn Entropy>) -> Self {
        Self { source, block: [0; BLOCK], used: BLOCK }
    }

    /// 64 random bits.
    pub fn u64(&mut self) -> u64 {
        u64::from_be_bytes(self.bytes())
    }

    /// 128 random bits.
    pub fn u128(&mut self) -> u128 {
        u128::from_be_bytes(self.bytes())
    }

    /// As many random bytes as asked for, at most a block.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut taken = [0; N];
        if self.used + N > BLOCK {
            self.source.fill(&mut self.block);
            self.used = 0;
        }
        if let Some(fresh) = self.block.get_mut(self.used..self.used + N) {
            taken.copy_from_slice(fresh);
            // What was handed out is not to be found in memory later.
            fresh.fill(0);
        }
        self.used += N;
        taken
    }
}

/// A supply that can be handed to others as a source: the transaction layer asks for eight bytes at a time.
pub struct Pool(Mutex<Random>);

impl Pool {
    /// A supply from `source`.
    pub fn new(source: Arc<dyn Entropy>) -> Self {
        Self(Mutex::new(Random::new(source)))
    }
}

impl Entropy for Pool {
    fn fill(&self, bytes: &mut [u8]) {
        let mut random = self.0.lock();
        for chunk in bytes.chunks_mut(8) {
            chunk.iter_mut().zip(random.bytes::<8>()).for_each(|(to, from)| *to = from);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed) | 1);
        }
    }

    #[test]
    fn no_bytes_are_handed_out_twice_and_none_are_left_out() {
        let mut random = Random::new(Arc::new(Counting(AtomicU8::new(0))));
        for _ in 0..3 {
            for _ in 0..BLOCK / 8 {
                assert!(random.u64().to_be_bytes().iter().all(|byte| *byte != 0));
            }
        }
        let (_, odd) = (random.u64(), random.bytes::<500>());
        assert!(random.u128().to_be_bytes().iter().chain(&odd).all(|byte| *byte != 0));
    }
}
