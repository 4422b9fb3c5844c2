//! Ringwerk: a business phone system that an organisation runs itself. One binary holds everything.

fn main() {}
