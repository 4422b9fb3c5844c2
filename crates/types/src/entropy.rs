//! Randomness as an argument.

/// Where random bytes come from. The server hands in the operating system's source, tests a seeded one.
///
/// Implementations must be fit for secrets (tokens, passwords, nonces) outside tests.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Entropy + '_ {
    /// 128 random bits.
    #[must_use]
    pub fn u128(&self) -> u128 {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        u128::from_be_bytes(bytes)
    }
}
