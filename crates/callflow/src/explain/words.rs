//! Names, numbers and lists as people read them.

use types::e164::E164;
use types::ids::{DeviceId, UserId};

use crate::flow::{Called, CallerIdentity, Flow, Node, RingDevice};
use crate::world::World;

/// How many names a list has before it is cut short.
const MAX_NAMED: usize = 6;

/// A number as people of the account write it; the area code stands apart where a location tells it.
#[must_use]
pub fn written(world: &World, number: E164) -> String {
    let plan = world.plan();
    let national = number.national(plan);
    let Some(digits) = national.strip_prefix(plan.trunk_prefix()).filter(|_| !national.starts_with('+')) else {
        return national;
    };
    let codes = world.locations().filter_map(|location| location.area_code.as_deref());
    let codes = codes.map(|code| code.strip_prefix(plan.trunk_prefix()).unwrap_or(code));
    // Of two codes that fit, the longer one is meant: 02 is no area, 0202 is.
    match codes.filter(|code| !code.is_empty() && digits.starts_with(code)).max_by_key(|code| code.len()) {
        Some(code) => {
            let rest = digits.strip_prefix(code).unwrap_or(digits);
            format!("{}{code} {rest}", plan.trunk_prefix()).trim_end().to_owned()
        }
        None => national,
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn and(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Phones that ring together: `Desk phone and Mobile together`.
pub(super) fn phones(devices: &[RingDevice], one_person: Option<UserId>) -> String {
    let together = if devices.len() > 1 { " together" } else { "" };
    format!("{}{together}", listed(devices, one_person))
}

/// Phones by name; with their owners' names unless they all belong to one person who is meant anyway.
pub(super) fn listed(devices: &[RingDevice], one_person: Option<UserId>) -> String {
    let named = if devices.len() > MAX_NAMED { MAX_NAMED - 1 } else { devices.len() };
    let all_of = devices.split_first().filter(|(first, rest)| rest.iter().all(|ring| ring.user == first.user));
    let one_owner = one_person.is_some() || all_of.is_some();
    let name = |ring: &RingDevice| if one_owner { ring.label.to_string() } else { of_person(ring) };
    let mut names: Vec<String> = devices.iter().take(named).map(name).collect();
    if devices.len() > named {
        names.push(format!("{} more phones", devices.len() - named));
    }
    match all_of {
        Some((first, _)) if one_person.is_none() => format!("{} of {}", and(&names), first.user_name),
        _ => and(&names),
    }
}

pub(super) fn of_person(ring: &RingDevice) -> String {
    format!("{} of {}", ring.label, ring.user_name)
}

/// The person whose phones are the only ones in the Flow.
pub(super) fn only_person(flow: &Flow) -> Option<UserId> {
    let mut users = ring_devices(flow).map(|ring| ring.user);
    let first = users.next()?;
    users.all(|user| user == first).then_some(first)
}

pub(super) fn ring_devices(flow: &Flow) -> impl Iterator<Item = &RingDevice> {
    flow.nodes.iter().flat_map(|node| match node {
        Node::Ring { stage, .. } => stage.devices.as_slice(),
        _ => &[],
    })
}

/// A phone of the Flow by name.
pub(super) fn phone(flow: &Flow, device: DeviceId) -> String {
    ring_devices(flow).find(|ring| ring.device == device).map_or_else(|| "A phone".to_owned(), of_person)
}

pub(super) fn caller(caller: &CallerIdentity) -> String {
    match (&*caller.display_name, caller.number) {
        ("", Some(number)) => number.to_string(),
        ("", None) if caller.device.is_some() => "An unknown phone".to_owned(),
        ("", None) => "Somebody without a number".to_owned(),
        (name, _) => name.to_owned(),
    }
}

pub(super) fn called(called: &Called) -> String {
    let what = match (called.emergency, called.extension, called.number) {
        (Some(emergency), ..) => format!("the emergency number {emergency}"),
        (None, Some(extension), _) => format!("extension {extension}"),
        (None, None, Some(number)) => number.to_string(),
        (None, None, None) if called.dialled.is_empty() => String::new(),
        // What was dialled is untrusted; `{:?}` makes control characters visible.
        (None, None, None) => format!("{:?}", called.dialled),
    };
    match (&called.owner_name, what.as_str()) {
        (Some(name), "") => name.to_string(),
        (Some(name), _) => format!("{what} ({name})"),
        (None, "") => "nobody".to_owned(),
        (None, _) => what,
    }
}
