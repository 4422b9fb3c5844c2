//! Names, numbers and lists as people read them.

use types::e164::E164;
use types::ids::{DeviceId, UserId};

use crate::flow::{Called, CallerIdentity, Flow, Node, RingDevice, RingStage};
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

/// A phone as it is named in a list.
struct Named<'a> {
    label: String,
    user: UserId,
    user_name: &'a str,
}

/// Phones that ring together: `Desk phone and Mobile together`. What a device leads to is said with the device.
pub(super) fn phones(stage: &RingStage, one_person: Option<UserId>) -> String {
    let own = stage.devices.iter().filter(|ring| ring.through.is_none()).map(named);
    let diverted = stage.diverted.iter().filter(|diverted| diverted.through.is_none()).map(|diverted| {
        let label = match &diverted.leads_to {
            Some(name) => format!("{} ({name})", diverted.label),
            None => diverted.label.to_string(),
        };
        Named { label, user: diverted.user, user_name: &diverted.user_name }
    });
    let all: Vec<Named<'_>> = own.chain(diverted).collect();
    let together = if all.len() > 1 { " together" } else { "" };
    format!("{}{together}", list(&all, one_person))
}

/// Phones by name; with their owners' names unless they all belong to one person who is meant anyway.
pub(super) fn listed(devices: &[RingDevice], one_person: Option<UserId>) -> String {
    list(&devices.iter().map(named).collect::<Vec<_>>(), one_person)
}

fn named(ring: &RingDevice) -> Named<'_> {
    Named { label: ring.label.to_string(), user: ring.user, user_name: &ring.user_name }
}

fn list(phones: &[Named<'_>], one_person: Option<UserId>) -> String {
    let shown = if phones.len() > MAX_NAMED { MAX_NAMED - 1 } else { phones.len() };
    let all_of = phones.split_first().filter(|(first, rest)| rest.iter().all(|phone| phone.user == first.user));
    let one_owner = one_person.is_some() || all_of.is_some();
    let name = |phone: &Named<'_>| {
        if one_owner { phone.label.clone() } else { format!("{} of {}", phone.label, phone.user_name) }
    };
    let mut names: Vec<String> = phones.iter().take(shown).map(name).collect();
    if phones.len() > shown {
        names.push(format!("{} more phones", phones.len() - shown));
    }
    match all_of {
        Some((first, _)) if one_person.is_none() => format!("{} of {}", and(&names), first.user_name),
        _ => and(&names),
    }
}

pub(super) fn of_person(label: &str, user_name: &str) -> String {
    format!("{label} of {user_name}")
}

/// The person whose phones are the only ones meant in the Flow.
pub(super) fn only_person(flow: &Flow) -> Option<UserId> {
    let mut users = stages(flow).flat_map(|stage| {
        let own = stage.devices.iter().filter(|ring| ring.through.is_none()).map(|ring| ring.user);
        own.chain(stage.diverted.iter().filter(|diverted| diverted.through.is_none()).map(|diverted| diverted.user))
    });
    let first = users.next()?;
    users.all(|user| user == first).then_some(first)
}

fn stages(flow: &Flow) -> impl Iterator<Item = &RingStage> {
    flow.nodes.iter().filter_map(|node| match node {
        Node::Ring { stage, .. } => Some(stage),
        _ => None,
    })
}

/// A phone of the Flow by name.
pub(super) fn phone(flow: &Flow, device: DeviceId) -> String {
    let rings = stages(flow).flat_map(|stage| &stage.devices).find(|ring| ring.device == device);
    let diverted = || stages(flow).flat_map(|stage| &stage.diverted).find(|diverted| diverted.device == device);
    match rings {
        Some(ring) => of_person(&ring.label, &ring.user_name),
        None => {
            diverted().map_or_else(|| "A phone".to_owned(), |diverted| of_person(&diverted.label, &diverted.user_name))
        }
    }
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
