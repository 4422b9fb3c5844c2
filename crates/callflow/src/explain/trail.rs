//! One entry of a Trail in words.

use super::words;
use crate::event::{Failure, Side};
use crate::flow::{Flow, Node};
use crate::trail::{TrailEntry, TrailEvent};

/// What happened and why, in a sentence.
#[must_use]
pub fn entry(flow: &Flow, entry: &TrailEntry) -> String {
    match &entry.what {
        TrailEvent::Called { devices, seconds } if devices.is_empty() => {
            format!("The same phones ring on, for up to {seconds} seconds.")
        }
        TrailEvent::Called { devices, seconds } => {
            let rings = if devices.len() == 1 { "rings" } else { "ring" };
            let phones = words::listed(devices, None);
            let together = if devices.len() == 1 { "" } else { " together" };
            let diverted = diverted(flow, entry);
            format!("{}{phones} {rings}{together} for up to {seconds} seconds.{diverted}", because(flow, entry))
        }
        TrailEvent::Ringing { device } => format!("{} rings.", words::phone(flow, *device)),
        TrailEvent::Failed { device, failure } => format!("{} {}.", words::phone(flow, *device), said(*failure)),
        TrailEvent::TimeOver => "Nobody answered in time.".to_owned(),
        TrailEvent::Answered { device } => format!("{} answered.", words::phone(flow, *device)),
        TrailEvent::CalledOutside { destination, caller_number } => {
            let shown = caller_number.map(|number| format!(", showing {number}")).unwrap_or_default();
            let why = if destination.is_emergency() {
                "Emergency calls always leave"
            } else {
                "The number is not one of the account"
            };
            format!("{why}: calling {destination} outside{shown}.")
        }
        TrailEvent::OutsideRinging => "It rings outside.".to_owned(),
        TrailEvent::OutsideFailed { failure } => match failure {
            Failure::Offline | Failure::NoLine => "There is no line to the outside.".to_owned(),
            failure => format!("The other side {}.", said(*failure)),
        },
        TrailEvent::OutsideAnswered => "The other side answered.".to_owned(),
        TrailEvent::CallerGone => "The caller gave up.".to_owned(),
        TrailEvent::Rejected { reason } => {
            let (status, phrase) = reason.status();
            format!("The call was refused ({status} {phrase}): {reason}.")
        }
        TrailEvent::Ended { by } => match by {
            Side::Caller => "The caller hung up.".to_owned(),
            Side::Called => "The called side hung up.".to_owned(),
            Side::Exchange => "The call was ended.".to_owned(),
        },
    }
}

/// Why the first phones ring. The later ones ring because of the entry before.
fn because(flow: &Flow, entry: &TrailEntry) -> String {
    match (&flow.called.owner_name, flow.called.extension, flow.called.number) {
        _ if entry.node != flow.start => String::new(),
        (Some(name), Some(extension), _) => format!("Extension {extension} belongs to {name}: "),
        (Some(name), None, Some(number)) => format!("{number} belongs to {name}: "),
        _ => String::new(),
    }
}

/// Which devices other phones ring in the place of.
fn diverted(flow: &Flow, entry: &TrailEntry) -> String {
    let Some(Node::Ring { stage, .. }) = flow.node(entry.node) else { return String::new() };
    let led = stage.diverted.iter().filter(|diverted| diverted.failure.is_none());
    led.map(|diverted| {
        let (label, name) = (&diverted.label, diverted.leads_to.as_deref().unwrap_or_default());
        format!(" {label} of {} is {}, a number of {name}.", diverted.user_name, diverted.number)
    })
    .collect()
}

fn said(failure: Failure) -> String {
    match failure {
        Failure::Offline => "is not connected".to_owned(),
        Failure::NoLine => "cannot be called: there is no line to the outside".to_owned(),
        Failure::Loop => "would go in circles and is left out".to_owned(),
        Failure::NoPhone => "leads to nobody whose phone could ring".to_owned(),
        Failure::Busy => "is busy".to_owned(),
        Failure::Declined => "declined".to_owned(),
        Failure::NoAnswer => "stopped ringing without an answer".to_owned(),
        Failure::Error { status } => format!("refused with status {status}"),
    }
}
