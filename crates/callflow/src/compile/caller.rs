//! Who calls, and which number is shown for it.

use types::e164::E164;
use types::ids::{DeviceId, LocationId};

use crate::flow::CallerIdentity;
use crate::world::{Number, Owner, User, World};

pub(super) fn of_outside(world: &World, number: Option<E164>) -> CallerIdentity {
    let display_name = number.map(|number| number.national(world.plan())).unwrap_or_default().into();
    CallerIdentity { display_name, number, ..CallerIdentity::default() }
}

pub(super) fn of_phone(world: &World, device: DeviceId, user: Option<&User>) -> CallerIdentity {
    match user {
        Some(user) => CallerIdentity {
            display_name: user.name.clone(),
            number: outside_number(world, user),
            extension: world.extensions_of(Owner::User(user.id)).next(),
            user: Some(user.id),
            device: Some(device),
        },
        None => CallerIdentity { device: Some(device), ..CallerIdentity::default() },
    }
}

/// The number a user shows outside: the chosen one as long as it is a number of the account (nobody may show a number
/// without the right to use it), else the user's first own number.
#[must_use]
pub fn outside_number(world: &World, user: &User) -> Option<E164> {
    user.caller_number
        .filter(|number| world.number(*number).is_some())
        .or_else(|| world.numbers_of(Owner::User(user.id)).next())
}

/// The number an emergency service can call back: the user's; else one of the location; else any that rings somebody.
pub(super) fn emergency_number(world: &World, user: Option<&User>) -> Option<E164> {
    let own = user.and_then(|user| outside_number(world, user));
    let of_location = || user.and_then(|user| user.location).and_then(|location| number_of_location(world, location));
    own.or_else(of_location).or_else(|| ringing_first(world.numbers()))
}

fn number_of_location(world: &World, location: LocationId) -> Option<E164> {
    let area_code = world.location(location)?.area_code.as_deref()?;
    let area = area_code.strip_prefix(world.plan().trunk_prefix()).unwrap_or(area_code);
    let prefix = E164::from_digits(&format!("{}{area}", world.plan().country_code())).ok()?;
    ringing_first(world.numbers_beginning_with(prefix.as_u64()))
}

/// The first number that rings somebody, else the first at all. Looks at few: a block of thousands of unassigned
/// numbers must not delay an emergency call.
fn ringing_first<'a>(numbers: impl Iterator<Item = &'a Number>) -> Option<E164> {
    let mut first = None;
    for number in numbers.take(1000) {
        if number.owner.is_some() {
            return Some(number.e164);
        }
        first = first.or(Some(number.e164));
    }
    first
}
