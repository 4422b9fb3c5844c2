//! The routing diagram: a Flow laid out for drawing.

mod drawing;

use serde::{Deserialize, Serialize};

use crate::compile::compile_owner;
use crate::explain;
use crate::finding::{Finding, findings_of};
use crate::flow::{Flow, NodeIndex};
use crate::world::{Owner, World};
use drawing::Drawing;

/// Cards in columns, left to right: what people dial, who is meant, what rings, what follows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagram {
    /// The cards; within a column from top to bottom.
    pub nodes: Vec<DiagramNode>,
    /// The arrows.
    pub edges: Vec<DiagramEdge>,
}

/// A card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DiagramNode {
    /// Names the card within the diagram; stays the same as long as what it shows does.
    pub id: String,
    /// Counted from 0 on the left.
    pub column: u16,
    /// What it shows.
    pub kind: CardKind,
    /// The name on it.
    pub label: String,
    /// The second line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The node of the Flow it belongs to: lights up when a Trail passes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_node: Option<NodeIndex>,
    /// The id of the number, extension, user, group or device it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What is to mend here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
}

/// What a card shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CardKind {
    /// A telephone number that people dial.
    Number,
    /// An extension that people dial.
    Extension,
    /// Who calls, on the diagram of one call.
    Caller,
    /// A user.
    User,
    /// A group.
    Group,
    /// A phone that rings.
    Device,
    /// A line to the outside.
    Outside,
    /// How the call ends when nobody takes it.
    Ending,
    /// Something that is missing.
    Gap,
}

/// An arrow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DiagramEdge {
    /// The card it starts at.
    pub from: String,
    /// The card it leads to.
    pub to: String,
    /// Why the call takes it.
    pub kind: EdgeKind,
    /// The words on it; empty where none are needed.
    pub label: String,
}

/// Why a call takes an arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum EdgeKind {
    /// Who dials this reaches that.
    Reaches,
    /// One of several that ring together.
    Together,
    /// The one that rings first.
    First,
    /// Nobody took the call here.
    After {
        /// The step's time.
        seconds: u16,
    },
    /// There is no line to the outside.
    NoLine,
}

/// The diagram of a user or a group, with a card for everything that is missing. Empty for an owner who is not there.
#[must_use]
pub fn of_owner(world: &World, owner: Owner) -> Diagram {
    let Some(name) = world.owner_name(owner) else { return Diagram::default() };
    let findings = findings_of(world, owner);
    let mut drawing = Drawing { findings: &findings, ..Drawing::default() };
    for number in world.numbers_of(owner) {
        let id = world.number(number).map(|entry| entry.id.to_string());
        drawing.card(0, CardKind::Number, format!("number:{number}"), explain::written(world, number), None, id);
    }
    for number in world.extensions_of(owner) {
        let id = world.extension(number).map(|entry| entry.id.to_string());
        drawing.card(0, CardKind::Extension, format!("extension:{number}"), format!("Extension {number}"), None, id);
    }
    drawing.gap(0, "Add a number", |finding| matches!(finding, Finding::NoNumber));
    drawing.gap(0, "Add an extension", |finding| matches!(finding, Finding::NoExtension));
    let flow = compile_owner(world, owner);
    drawing.owner(owner, name, None);
    drawing.mark_last(|finding| matches!(finding, Finding::Blocked | Finding::AccountSuspended));
    drawing.reach_owner();
    drawing.follow(&flow);
    drawing.diagram
}

/// The diagram of one call.
#[must_use]
pub fn of_flow(flow: &Flow) -> Diagram {
    let mut drawing = Drawing::default();
    let caller = match (&*flow.caller.display_name, flow.caller.device) {
        ("", Some(_)) => "Unknown phone".to_owned(),
        ("", None) => "Number withheld".to_owned(),
        (name, _) => name.to_owned(),
    };
    let number = flow.caller.number.map(|number| number.to_string()).filter(|number| *number != caller);
    drawing.card(
        0,
        CardKind::Caller,
        "caller".to_owned(),
        caller,
        number,
        flow.caller.user.map(|user| user.to_string()),
    );
    let dialled = match (flow.called.extension, flow.called.number, flow.called.emergency) {
        (Some(extension), ..) => format!("Extension {extension}"),
        (None, Some(number), _) => number.to_string(),
        (None, None, Some(emergency)) => emergency.to_string(),
        (None, None, None) => flow.called.dialled.to_string(),
    };
    match (flow.called.owner, &flow.called.owner_name) {
        (Some(owner), Some(name)) => drawing.owner(owner, name, Some(dialled)),
        _ => drawing.card(1, CardKind::Number, "called".to_owned(), dialled, None, None),
    }
    drawing.reach_owner();
    drawing.follow(flow);
    drawing.diagram
}
