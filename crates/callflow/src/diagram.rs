//! The routing diagram: a Flow laid out for drawing.

use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::flow::{Flow, NodeIndex};
use crate::world::{Owner, World};

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
}

/// The diagram of a user or a group, with a card for everything that is missing.
#[must_use]
pub fn of_owner(world: &World, owner: Owner) -> Diagram {
    let _ = (world, owner);
    Diagram::default()
}

/// The diagram of one call.
#[must_use]
pub fn of_flow(flow: &Flow) -> Diagram {
    let _ = flow;
    Diagram::default()
}
