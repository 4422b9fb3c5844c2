//! Keeps address translations open (RFC 6314 section 3.1): a phone behind one is asked something now and then.
