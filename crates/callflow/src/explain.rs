//! Flows and Trails in words.

mod trail;
mod words;

use crate::compile::compile_owner;
use crate::finding::{Finding, findings};
use crate::flow::{Flow, Node, NodeIndex, RingStage};
use crate::rejection::Rejection;
use crate::world::{Owner, World};
pub use trail::entry;
pub use words::written;
use words::{and, phones};

/// What happens on calls to a user or a group, in a sentence or two:
/// "Calls to 0211 9000917 and extension 44 ring Desk phone and Mobile together for 60 seconds. …"
///
/// Empty for an owner who is not there.
#[must_use]
pub fn sentence(world: &World, owner: Owner) -> String {
    let Some(name) = world.owner_name(owner) else { return String::new() };
    let numbers = world.numbers_of(owner).map(|number| written(world, number));
    let extensions = world.extensions_of(owner).map(|extension| format!("extension {extension}"));
    let ways: Vec<String> = numbers.chain(extensions).collect();
    let flow = compile_owner(world, owner);
    let subject = if ways.is_empty() { format!("Calls to {name}") } else { format!("Calls to {}", and(&ways)) };
    let mut text = match stages(&flow) {
        Ok(stages) => format!("{subject} ring {}.{}", ringing(&flow, &stages), ending(&stages)),
        Err(reason) => format!("{subject} are refused: {reason}."),
    };
    if let Owner::User(user) = owner {
        for finding in findings(world, user).iter().filter(|finding| finding.phone().is_some()) {
            if !matches!(finding, Finding::PhoneNeverRegistered { .. }) {
                text.push_str(&format!(" {finding}."));
            }
        }
    }
    if ways.is_empty() {
        text.push_str(" There is no number and no extension to dial yet.");
    }
    if let Owner::User(user) = owner
        && world.user(user).is_some_and(|user| user.busy_on_busy && !user.blocked)
    {
        text.push_str(" During a call, others hear that the line is busy.");
    }
    text
}

/// What happens on this call, in a sentence or two.
#[must_use]
pub fn flow(flow: &Flow) -> String {
    let caller = words::caller(&flow.caller);
    let called = words::called(&flow.called);
    match flow.node(flow.start) {
        Some(Node::Outside { destination, caller_number, .. }) => {
            let shown = match caller_number {
                Some(number) => format!("showing {number}"),
                None => "without a number to call back".to_owned(),
            };
            if destination.is_emergency() {
                format!("{caller} calls {called}. The call leaves at once, whatever else is set, {shown}.")
            } else {
                format!("{caller} calls {called} outside, {shown}.")
            }
        }
        Some(Node::Reject { reason }) => {
            let (status, phrase) = reason.status();
            format!("{caller} calls {called} and is refused ({status} {phrase}): {reason}.")
        }
        _ => match stages(flow) {
            Ok(stages) => {
                format!("{caller} calls {called}. The call rings {}.{}", ringing(flow, &stages), ending(&stages))
            }
            Err(reason) => format!("{caller} calls {called} and is refused: {reason}."),
        },
    }
}

/// The stages that follow each other when nobody answers, or why nothing rings.
pub(crate) fn stages(flow: &Flow) -> Result<Vec<(NodeIndex, &RingStage)>, Rejection> {
    let mut stages = Vec::new();
    let mut at = flow.start;
    // A Flow without circles is left after as many hops as it has nodes.
    for _ in 0..=flow.nodes.len() {
        match flow.node(at) {
            Some(Node::Ring { stage, no_answer, .. }) => {
                stages.push((at, stage));
                at = *no_answer;
            }
            Some(Node::Reject { reason }) if stages.is_empty() => return Err(*reason),
            Some(_) if stages.is_empty() => return Err(Rejection::NoPhone),
            Some(_) => return Ok(stages),
            None => return Err(Rejection::Loop),
        }
    }
    Err(Rejection::Loop)
}

fn ringing(flow: &Flow, stages: &[(NodeIndex, &RingStage)]) -> String {
    let one_person = words::only_person(flow);
    let steps: Vec<String> = stages
        .iter()
        .map(|(_, stage)| format!("{} for {} seconds", phones(stage, one_person), stage.seconds))
        .collect();
    steps.join(", then ")
}

fn ending(stages: &[(NodeIndex, &RingStage)]) -> &'static str {
    match stages {
        [_] => " If nobody answers, the call ends.",
        _ => " A step is left early when none of its phones can ring. If nobody answers, the call ends.",
    }
}
