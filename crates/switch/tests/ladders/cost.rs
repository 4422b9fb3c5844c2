//! What a registration and a call cost, the office's share left out. Run in release:
//! `cargo test --release -p ringwerk-switch --test ladders cost -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use crate::calling::{answered, hang_up, two};
use crate::wire::Wire;

const ROUNDS: u32 = 10_000;

/// Processor time of this thread. Real time would count what other programs take as well.
fn processor() -> Duration {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_THREAD).unwrap();
    let micros = |time: nix::sys::time::TimeVal| u64::try_from(time.tv_sec() * 1_000_000 + time.tv_usec()).unwrap();
    Duration::from_micros(micros(usage.user_time()) + micros(usage.system_time()))
}

/// Plays rounds, and tells the engine's share of the processor time in microseconds a round.
fn measure(wire: &mut Wire, mut round: impl FnMut(&mut Wire)) -> f64 {
    wire.quiet = true;
    (0..ROUNDS / 10).for_each(|_| round(wire));
    wire.spent = Duration::ZERO;
    let (start, before) = (Instant::now(), processor());
    (0..ROUNDS).for_each(|_| round(wire));
    let share = wire.spent.as_secs_f64() / start.elapsed().as_secs_f64();
    (processor() - before).as_secs_f64() * share * 1e6 / f64::from(ROUNDS)
}

#[test]
#[ignore = "measures"]
fn a_registration_with_its_challenge() {
    let (mut wire, mut anna, _) = two();
    let cost = measure(&mut wire, |wire| anna.register(wire));
    println!("{cost:.1} microseconds a REGISTER pair");
}

#[test]
#[ignore = "measures"]
fn a_call_from_invite_to_bye() {
    let (mut wire, mut anna, bernd) = two();
    let cost = measure(&mut wire, |wire| {
        let (mut talk, _, _) = answered(wire, &mut anna, &bernd);
        hang_up(wire, &anna, &mut talk, &bernd);
        wire.pass(Duration::from_millis(20));
    });
    println!("{cost:.1} microseconds a call");
}

#[test]
#[ignore = "measures"]
fn the_memory_of_a_registered_phone() {
    const PHONES: u32 = 100_000;
    let (wire, _, _) = two();
    let stored = wire.book.registrations().remove(0);
    let binding = String::from_utf8(stored.bindings.clone()).unwrap();
    let registrations = (0..PHONES).map(|number| {
        let [_, a, b, c] = number.to_be_bytes();
        let mut change = stored.clone();
        change.sip_id = types::sip_id::SipId::new(2_000_000, types::sip_id::SipIdKind::Voip, number).unwrap();
        change.device = types::ids::DeviceId::from_u128(u128::from(number));
        let call_id = format!("{number:032x}@phone");
        let changed = binding.replace("192.0.2.10", &format!("10.{a}.{b}.{c}"));
        let mut value: serde_json::Value = serde_json::from_str(&changed).unwrap();
        value[0]["callId"] = call_id.into();
        change.bindings = value.to_string().into_bytes();
        change
    });
    let before = resident();
    let mut restored = switch::Restored::default();
    registrations.for_each(|change| restored.registration(&change));
    let engine = wire.restarted(restored);
    let bytes = (resident() - before) / u64::from(PHONES);
    assert_eq!(engine.phones(), usize::try_from(PHONES).unwrap());
    println!("{bytes} bytes a phone");
}

/// Memory of this process in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    status.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}
