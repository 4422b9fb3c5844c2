//! The exchange: listeners, the engine, calls, media.
