//! Cards and arrows, column by column.

use types::ids::DeviceId;

use super::{CardKind, Diagram, DiagramEdge, DiagramNode, EdgeKind};
use crate::finding::Finding;
use crate::flow::{Flow, Node, NodeIndex, RingStage};
use crate::rejection::Rejection;
use crate::world::Owner;

/// A diagram in the making.
#[derive(Default)]
pub(super) struct Drawing<'a> {
    pub(super) findings: &'a [Finding],
    pub(super) diagram: Diagram,
}

impl Drawing<'_> {
    pub(super) fn card(
        &mut self,
        column: u16,
        kind: CardKind,
        id: String,
        label: String,
        detail: Option<String>,
        reference: Option<String>,
    ) {
        self.diagram.nodes.push(DiagramNode {
            id,
            column,
            kind,
            label,
            detail,
            flow_node: None,
            reference,
            finding: None,
        });
    }

    pub(super) fn owner(&mut self, owner: Owner, name: &str, detail: Option<String>) {
        let (kind, reference) = match owner {
            Owner::User(user) => (CardKind::User, user.to_string()),
            Owner::Group(group) => (CardKind::Group, group.to_string()),
        };
        self.card(1, kind, reference.clone(), name.to_owned(), detail, Some(reference));
    }

    /// A card with a verb on it, if the finding is there.
    pub(super) fn gap(&mut self, column: u16, label: &str, is: impl Fn(&Finding) -> bool) {
        if let Some(finding) = self.findings.iter().find(|finding| is(finding)) {
            let id = format!("gap:{}", finding.code());
            let detail = Some(finding.to_string());
            self.card(column, CardKind::Gap, id, label.to_owned(), detail, None);
            self.mark_last(is);
        }
    }

    /// Puts the first such finding on the card drawn last.
    pub(super) fn mark_last(&mut self, is: impl Fn(&Finding) -> bool) {
        if let Some(card) = self.diagram.nodes.last_mut() {
            card.finding = self.findings.iter().find(|finding| is(finding)).cloned();
        }
    }

    fn light_up_at(&mut self, node: NodeIndex) {
        if let Some(card) = self.diagram.nodes.last_mut() {
            card.flow_node = Some(node);
        }
    }

    /// Arrows from every card of the first column to the one drawn last.
    pub(super) fn reach_owner(&mut self) {
        let Some(to) = self.diagram.nodes.last().map(|card| card.id.clone()) else { return };
        let from: Vec<String> = self.column(0);
        self.connect(&from, &[to], EdgeKind::Reaches, "");
    }

    /// What rings and what follows, from the third column on.
    pub(super) fn follow(&mut self, flow: &Flow) {
        let mut before = self.column(1);
        let (mut arrow, mut words) = (EdgeKind::First, String::new());
        let mut at = flow.start;
        // A Flow without circles is left after as many hops as it has nodes.
        for column in (2..).take(flow.nodes.len() + 1) {
            let drawn = self.diagram.nodes.len();
            let (next, kind, label) = match flow.node(at) {
                Some(Node::Ring { stage, no_answer, .. }) => {
                    self.phones(column, at, stage, flow);
                    let after = EdgeKind::After { seconds: stage.seconds };
                    (Some(*no_answer), after, format!("after {} s", stage.seconds))
                }
                Some(Node::Outside { destination, caller_number, otherwise, .. }) => {
                    let detail = caller_number.map(|number| format!("showing {number}"));
                    self.card(column, CardKind::Outside, "outside".to_owned(), destination.to_string(), detail, None);
                    self.light_up_at(at);
                    (Some(*otherwise), EdgeKind::NoLine, "no line".to_owned())
                }
                Some(Node::Reject { reason }) => {
                    self.ending(column, at, flow, *reason);
                    (None, EdgeKind::First, String::new())
                }
                Some(Node::Unanswered) => {
                    let detail = Some("The call ends".to_owned());
                    self.card(
                        column,
                        CardKind::Ending,
                        "ending".to_owned(),
                        "Nobody took the call".to_owned(),
                        detail,
                        None,
                    );
                    self.light_up_at(at);
                    (None, EdgeKind::First, String::new())
                }
                None => return,
            };
            let cards: Vec<String> = self.diagram.nodes.iter().skip(drawn).map(|card| card.id.clone()).collect();
            match arrow {
                EdgeKind::First if cards.len() > 1 => self.connect(&before, &cards, EdgeKind::Together, "together"),
                _ => self.connect(&before, &cards, arrow, &words),
            }
            let Some(next) = next else { return };
            (before, arrow, words, at) = (cards, kind, label, next);
        }
    }

    /// A card for each device that is meant. What a device's number leads to is said on its card.
    fn phones(&mut self, column: u16, at: NodeIndex, stage: &RingStage, flow: &Flow) {
        for ring in stage.devices.iter().filter(|ring| ring.through.is_none()) {
            let reach = ring.reach.to_string();
            self.phone(column, at, flow, (ring.device, &ring.label, &ring.user_name), reach);
        }
        for diverted in stage.diverted.iter().filter(|diverted| diverted.through.is_none()) {
            let reach = match &diverted.leads_to {
                Some(name) => format!("{} · {name}", diverted.number),
                None => diverted.number.to_string(),
            };
            self.phone(column, at, flow, (diverted.device, &diverted.label, &diverted.user_name), reach);
        }
    }

    fn phone(
        &mut self,
        column: u16,
        at: NodeIndex,
        flow: &Flow,
        (device, label, user_name): (DeviceId, &str, &str),
        reach: String,
    ) {
        let detail = match flow.called.owner {
            Some(Owner::User(_)) => reach,
            _ => user_name.to_owned(),
        };
        let reference = device.to_string();
        // A phone may ring in several steps, so its card is named by both.
        let id = format!("step{}:{reference}", at.0);
        self.card(column, CardKind::Device, id, label.to_owned(), Some(detail), Some(reference));
        self.light_up_at(at);
        self.mark_last(|finding| finding.phone() == Some(device));
    }

    fn ending(&mut self, column: u16, at: NodeIndex, flow: &Flow, reason: Rejection) {
        let nothing_to_ring = reason == Rejection::NoPhone && at == flow.start;
        if nothing_to_ring {
            self.gap(column, "Add a phone", |finding| matches!(finding, Finding::NoPhone));
            self.gap(column, "Add members with phones", |finding| matches!(finding, Finding::NobodyInGroup));
        }
        let drawn_as_gap =
            self.diagram.nodes.last().is_some_and(|card| card.kind == CardKind::Gap && card.column == column);
        if !drawn_as_gap {
            let (status, phrase) = reason.status();
            let detail = Some(format!("{status} {phrase}"));
            self.card(column, CardKind::Ending, "ending".to_owned(), sentence_case(&reason.to_string()), detail, None);
        }
        self.light_up_at(at);
    }

    /// Arrows from all to all; the words stand on the first.
    fn connect(&mut self, from: &[String], to: &[String], kind: EdgeKind, label: &str) {
        let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (from, to)));
        for (position, (from, to)) in pairs.enumerate() {
            let label = if position == 0 { label.to_owned() } else { String::new() };
            self.diagram.edges.push(DiagramEdge { from: from.clone(), to: to.clone(), kind, label });
        }
    }

    fn column(&self, column: u16) -> Vec<String> {
        self.diagram.nodes.iter().filter(|card| card.column == column).map(|card| card.id.clone()).collect()
    }
}

fn sentence_case(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
