//! What a call costs in an account of 100,000 users, in nanoseconds of processor time (Linux):
//! `cargo bench -p ringwerk-callflow`.
#![allow(clippy::unwrap_used)]

use std::hint::black_box;
use std::sync::Arc;

use callflow::{
    Call, Caller, Device, DeviceKind, Event, Extension, Number, Owner, RingPlan, Side, User, Walk, World, compile,
};
use types::clock::{Tick, Timestamp};
use types::dialled::DialPlan;
use types::e164::E164;
use types::ids::{AccountId, CallId, DeviceId, ExtensionId, NumberId, UserId};
use types::sip_id::{SipId, SipIdKind};

const USERS: u32 = 100_000;

fn main() {
    let world = world();
    let extensions: Vec<(DeviceId, DeviceId, String)> = (0..USERS)
        .filter_map(|n| {
            let callee = n.wrapping_mul(7919) % USERS;
            let digits = (200_000 + callee).to_string();
            digits.parse().ok().filter(|number| world.extension(*number).is_some())?;
            Some((device(n), device(callee), digits))
        })
        .collect();

    measure("compile, extension", &extensions, |(caller, _, digits)| {
        black_box(compile(&world, &call(*caller, digits)));
    });
    measure("compile, unknown number", &extensions, |(caller, ..)| {
        black_box(compile(&world, &call(*caller, "+4940123456")));
    });
    measure("compile and Walk to the end", &extensions, |(caller, callee, digits)| {
        black_box(answered(&world, &call(*caller, digits), *callee));
    });
    measure("compile, Walk and record", &extensions, |(caller, callee, digits)| {
        let walk = answered(&world, &call(*caller, digits), *callee);
        black_box(walk.record(CallId::from_u128(1), world.account(), Tick(9_000_000), Timestamp(9000)));
    });
}

fn answered(world: &World, call: &Call, callee: DeviceId) -> Walk {
    let mut walk = Walk::start(Arc::new(compile(world, call)), Tick(0), Timestamp(0));
    let events =
        [Event::Ringing { device: callee }, Event::Answered { device: callee }, Event::Ended { by: Side::Caller }];
    while let Some(step) = walk.poll() {
        black_box(step);
    }
    for (second, event) in (1..).zip(events) {
        walk.handle(event, Tick(second * 1_000_000), Timestamp(0));
        while let Some(step) = walk.poll() {
            black_box(step);
        }
    }
    walk
}

fn call(device: DeviceId, dialled: &str) -> Call<'_> {
    Call { caller: Caller::Device { device }, dialled, at: Timestamp(0) }
}

fn measure<T>(name: &str, inputs: &[T], mut run: impl FnMut(&T)) {
    let mut rounds: Vec<f64> = (0..5)
        .map(|_| {
            let start = cpu_time();
            inputs.iter().for_each(&mut run);
            (cpu_time() - start) * 1e9 / f64::from(u32::try_from(inputs.len()).unwrap())
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    println!("{name}: {:.0} ns", rounds.get(2).unwrap());
}

/// Seconds this process has spent on a processor, so that a busy machine does not count.
fn cpu_time() -> f64 {
    let schedstat = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    schedstat.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

fn device(n: u32) -> DeviceId {
    DeviceId::from_u128(id(n))
}

/// Time first, then noise, as ids are.
fn id(n: u32) -> u128 {
    (u128::from(n) << 80) | (u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15) & ((1 << 62) - 1))
}

fn world() -> World {
    let mut world = World::new(AccountId::from_u128(1), "Large", DialPlan::germany());
    for n in 0..USERS {
        let user = UserId::from_u128(id(n));
        world.upsert_user(User {
            id: user,
            name: format!("Anna-Maria Beispiel {n}").into(),
            blocked: false,
            location: None,
            caller_number: None,
            busy_on_busy: false,
            steps: RingPlan::together(),
        });
        let kind =
            DeviceKind::Voip { sip_id: SipId::new(1_234_567, SipIdKind::Voip, n).unwrap(), ever_registered: true };
        world.upsert_device(Device { id: device(n), user, label: "Desk phone".into(), kind });
        if let Ok(number) = (200_000 + n).to_string().parse() {
            world.upsert_extension(Extension { id: ExtensionId::from_u128(id(n)), number, owner: Owner::User(user) });
        }
        let e164 = E164::from_u64(493_023_100_000 + u64::from(n)).unwrap();
        world.upsert_number(Number { id: NumberId::from_u128(id(n)), e164, owner: Some(Owner::User(user)) });
    }
    world
}
