//! Flows and Trails in words.

use crate::flow::Flow;
use crate::trail::TrailEntry;
use crate::world::{Owner, World};

/// What happens on calls to a user or a group, in a sentence or two.
#[must_use]
pub fn sentence(world: &World, owner: Owner) -> String {
    let _ = (world, owner);
    String::new()
}

/// What happens on this call, in a sentence or two.
#[must_use]
pub fn flow(flow: &Flow) -> String {
    let _ = flow;
    String::new()
}

/// What happened and why, in a sentence.
#[must_use]
pub fn entry(flow: &Flow, entry: &TrailEntry) -> String {
    let _ = (flow, entry);
    String::new()
}
