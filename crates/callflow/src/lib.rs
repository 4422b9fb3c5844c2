//! Who rings, and why: World -> Flow -> Walk -> Trail.
