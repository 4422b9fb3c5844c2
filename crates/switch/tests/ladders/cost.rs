//! What a registration and a call cost, the office's share left out. Run in release:
//! `cargo test --release -p ringwerk-switch --test ladders cost -- --ignored --nocapture`.

use std::time::Duration;

use crate::calling::{answered, hang_up, two};

const ROUNDS: u32 = 2000;

fn per_round(spent: Duration) -> f64 {
    spent.as_secs_f64() * 1e6 / f64::from(ROUNDS)
}

#[test]
#[ignore = "measures"]
fn a_registration_with_its_challenge() {
    let (mut wire, mut anna, _) = two();
    wire.quiet = true;
    for _ in 0..200 {
        anna.register(&mut wire);
    }
    wire.spent = Duration::ZERO;
    for _ in 0..ROUNDS {
        anna.register(&mut wire);
    }
    println!("{:.1} microseconds a REGISTER pair", per_round(wire.spent));
}

#[test]
#[ignore = "measures"]
fn a_call_from_invite_to_bye() {
    let (mut wire, mut anna, bernd) = two();
    wire.quiet = true;
    for round in 0..200 + ROUNDS {
        if round == 200 {
            wire.spent = Duration::ZERO;
        }
        let (mut talk, _, _) = answered(&mut wire, &mut anna, &bernd);
        hang_up(&mut wire, &anna, &mut talk, &bernd);
        wire.now = wire.now + Duration::from_millis(20);
    }
    println!("{:.1} microseconds a call", per_round(wire.spent));
}
