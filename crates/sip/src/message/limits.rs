//! How much of a message an unauthenticated sender may make us look at.

/// Longest message in bytes, start line to the end of the body. Fits 16-bit offsets and any UDP datagram.
pub const MESSAGE: usize = 65_535;
/// Longest start line and header section together, in bytes.
pub const HEAD: usize = 32 * 1024;
/// Most header lines in a message; folded lines count once.
pub const HEADERS: usize = 128;
/// Most parameters of one URI or one header value. Comparing URIs is quadratic in it.
pub const PARAMETERS: usize = 64;
/// Highest sequence number: 2³¹ − 1 (RFC 3261 section 8.1.1.5).
pub const SEQUENCE: u32 = 0x7fff_ffff;
