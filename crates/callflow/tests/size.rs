//! 100,000 users with a phone and an extension each fit into 60 MB.
#![allow(missing_docs, unsafe_code, clippy::unwrap_used)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use callflow::{Device, DeviceKind, Extension, Number, Owner, RingPlan, User, World};
use types::dialled::DialPlan;
use types::e164::E164;
use types::ids::{AccountId, DeviceId, ExtensionId, LocationId, NumberId, UserId};
use types::sip_id::{SipId, SipIdKind};

/// Counts what is allocated, with what the system's allocator adds: 8 bytes, rounded up to 16, at least 32.
struct Counting;

static BYTES: AtomicUsize = AtomicUsize::new(0);

fn cost(layout: Layout) -> usize {
    (layout.size() + 8).next_multiple_of(16).max(32)
}

// SAFETY: hands everything on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.fetch_add(cost(layout), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        BYTES.fetch_sub(cost(layout), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_large_account_is_small() {
    const USERS: u32 = 100_000;
    let before = BYTES.load(Ordering::Relaxed);
    let mut world = World::new(AccountId::from_u128(1), "Large", DialPlan::germany());
    // UUIDv7 as in real life: time first, then noise.
    let id = |n: u32| (u128::from(n) << 80) | (u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15) & ((1 << 62) - 1));
    for n in 0..USERS {
        let (user, device) = (UserId::from_u128(id(n)), DeviceId::from_u128(id(n)));
        world.upsert_user(User {
            id: user,
            name: format!("Anna-Maria Beispiel {n}").into(),
            blocked: false,
            location: Some(LocationId::from_u128(1)),
            caller_number: None,
            busy_on_busy: false,
            steps: RingPlan::together(),
        });
        let sip_id = SipId::new(1_234_567, SipIdKind::Voip, n).unwrap();
        let kind = DeviceKind::Voip { sip_id, ever_registered: true };
        world.upsert_device(Device { id: device, user, label: "Desk phone".into(), kind });
        if let Ok(number) = format!("{}", 200_000 + n).parse() {
            world.upsert_extension(Extension { id: ExtensionId::from_u128(id(n)), number, owner: Owner::User(user) });
        }
        if n < 5000 {
            let e164 = E164::from_u64(493_023_125_000 + u64::from(n)).unwrap();
            world.upsert_number(Number { id: NumberId::from_u128(id(n)), e164, owner: Some(Owner::User(user)) });
        }
    }
    let bytes = BYTES.load(Ordering::Relaxed) - before;
    println!("{bytes} bytes, {} a user", bytes / USERS as usize);
    assert!(world.extensions().count() > 95_000);
    assert!(bytes < 60_000_000, "{bytes} bytes");
    drop(world);
    assert_eq!(BYTES.load(Ordering::Relaxed), before, "nothing is left behind");
}
