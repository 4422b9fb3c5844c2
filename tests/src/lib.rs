//! Whole-day stories: the real binary, real sockets, real phones.
