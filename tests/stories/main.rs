//! Whole-day stories.
