//! Acts a scenario out and writes down what can be seen.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use callflow::trial::{self, Script};
use callflow::{Call, CallRecord, Event, Failure, Flow, Leg, Node, Step, Walk, compile, diagram, explain, finding};
use types::clock::{Tick, Timestamp};
use types::ids::{AccountId, CallId, DeviceId};

use super::{Act, Scenario};

/// 2026-11-22, a Sunday, 20:00 in Germany.
const AT: Timestamp = Timestamp(1_795_374_000_000);

pub fn perform(scenario: &Scenario) -> String {
    let mut out = String::new();
    for act in &scenario.acts {
        if !out.is_empty() {
            out.push('\n');
        }
        match act {
            Act::Call { line, caller, dialled, script } => {
                writeln!(out, "{line}").unwrap();
                let call = Call { caller: *caller, dialled, at: AT };
                telephone(scenario, &call, script, &mut out);
            }
            Act::Explain(key) => {
                let sentence = explain::sentence(&scenario.world, scenario.owners[key]);
                writeln!(out, "explain {key}\n  {sentence}").unwrap();
            }
            Act::Findings(key) => {
                writeln!(out, "findings {key}").unwrap();
                for finding in finding::findings_of(&scenario.world, scenario.owners[key]) {
                    writeln!(out, "  {} ({:?}): {finding}", finding.code(), finding.severity()).unwrap();
                }
            }
            Act::Diagram(key) => {
                writeln!(out, "diagram {key}").unwrap();
                draw(&diagram::of_owner(&scenario.world, scenario.owners[key]), &mut out);
            }
        }
    }
    out
}

fn telephone(scenario: &Scenario, call: &Call, script: &Script, out: &mut String) {
    let names: BTreeMap<DeviceId, &str> = scenario.devices.iter().map(|(name, id)| (*id, name.as_str())).collect();
    let flow = compile(&scenario.world, call);
    writeln!(out, "  {}", explain::flow(&flow)).unwrap();
    write_flow(&flow, &names, out);
    let stage = Stage { walk: Walk::start(Arc::new(flow), Tick(0), AT), script, names: &names, now: 0, out };
    let record = stage.play(scenario.world.account());
    writeln!(out, "  because").unwrap();
    let trial = trial::run(&scenario.world, call, script);
    for step in &trial.steps {
        writeln!(out, "    {} {}", time(step.after_ms * 1000), step.why).unwrap();
    }
    write_record(&record, scenario, &names, out);
    assert_eq!(trial.trail, record.trail, "the trial is the same Walk");
    assert_eq!(trial.outcome, record.outcome, "the trial is the same Walk");
    let json = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<CallRecord>(&json).unwrap(), record, "a record reads back as stored");
    let json = serde_json::to_string(&trial).unwrap();
    assert_eq!(serde_json::from_str::<trial::Trial>(&json).unwrap(), trial, "a trial reads back as sent");
}

fn write_flow(flow: &Flow, names: &BTreeMap<DeviceId, &str>, out: &mut String) {
    let identity = &flow.caller;
    let number = identity.number.map(|n| n.to_string()).unwrap_or_default();
    let extension = identity.extension.map(|e| format!("ext {e}")).unwrap_or_default();
    writeln!(out, "  {:?} call from {:?} [{number}] [{extension}]", flow.kind, identity.display_name).unwrap();
    for (index, node) in flow.nodes.iter().enumerate() {
        let line = match node {
            Node::Ring { stage, no_answer, busy, declined, unreachable } => {
                let phones: Vec<String> = stage
                    .devices
                    .iter()
                    .map(|ring| {
                        let busy = if ring.unless_in_call { " unless in call" } else { "" };
                        let through = ring.through.map(|device| format!(" through {}", names[&device]));
                        format!("{}{}{busy}", names[&ring.device], through.unwrap_or_default())
                    })
                    .collect();
                let diverted: String = stage
                    .diverted
                    .iter()
                    .map(|diverted| {
                        let outcome = diverted.failure.map(|failure| format!(": {failure:?}")).unwrap_or_default();
                        format!(" ({} leads to {:?}{outcome})", names[&diverted.device], diverted.leads_to)
                    })
                    .collect();
                let (phones, seconds) = (phones.join(", "), stage.seconds);
                format!(
                    "ring {phones}{diverted} for {seconds} s; no answer {}, busy {}, declined {}, unreachable {}",
                    no_answer.0, busy.0, declined.0, unreachable.0
                )
            }
            Node::Outside { destination, caller_number, location, otherwise } => {
                let place = if location.is_some() { "with location" } else { "without location" };
                format!("outside to {destination} showing {caller_number:?} {place}; otherwise {}", otherwise.0)
            }
            Node::Reject { reason } => format!("reject {} {}", reason.status().0, reason.code()),
            Node::Unanswered => "unanswered".to_owned(),
        };
        writeln!(out, "    {index}: {line}").unwrap();
    }
}

struct Stage<'a> {
    walk: Walk,
    script: &'a Script,
    names: &'a BTreeMap<DeviceId, &'a str>,
    /// Microseconds.
    now: u64,
    out: &'a mut String,
}

impl Stage<'_> {
    fn play(mut self, account: AccountId) -> CallRecord {
        let mut events = self.script.events.clone();
        events.sort_by_key(|event| event.after_ms);
        let mut events = events.into_iter().peekable();
        writeln!(self.out, "  steps").unwrap();
        loop {
            self.drain();
            let deadline = self.walk.deadline().map(|(tick, _)| tick.0);
            let next = events.peek().map(|event| event.after_ms * 1000);
            if self.walk.is_over() {
                break;
            } else if next.is_some_and(|next| deadline.is_none_or(|deadline| next <= deadline)) {
                let event = events.next().unwrap();
                self.now = self.now.max(event.after_ms * 1000);
                self.walk.handle(event.event, Tick(self.now), self.at());
            } else if let Some(deadline) = deadline {
                self.now = self.now.max(deadline);
                self.walk.handle_timeout(Tick(self.now), self.at());
            } else {
                break;
            }
        }
        self.walk.record(CallId::from_u128(7), account, Tick(self.now), self.at())
    }

    fn drain(&mut self) {
        while let Some(step) = self.walk.poll() {
            let text = match &step {
                Step::Ring { devices, until } => {
                    let phones: Vec<&str> = devices.iter().map(|ring| self.names[&ring.device]).collect();
                    format!("ring {} until {}", phones.join(", "), time(until.0).trim())
                }
                Step::StopRinging { devices, answered_elsewhere } => {
                    let phones: Vec<&str> = devices.iter().map(|device| self.names[device]).collect();
                    let elsewhere = if *answered_elsewhere { " (answered elsewhere)" } else { "" };
                    format!("stop {}{elsewhere}", phones.join(", "))
                }
                Step::Outside { destination, caller_number, .. } => {
                    format!("outside {destination} as {caller_number:?}")
                }
                Step::StopOutside => "stop outside".to_owned(),
                Step::Bridge { to: Leg::Device { device } } => format!("bridge {}", self.names[device]),
                Step::Bridge { to: Leg::Outside } => "bridge outside".to_owned(),
                Step::Reject { reason } => format!("reject {} {}", reason.status().0, reason.status().1),
                Step::End => "end".to_owned(),
            };
            writeln!(self.out, "    {} {text}", time(self.now)).unwrap();
            if let Step::Ring { devices, .. } = step {
                for ring in devices {
                    let failure = if ring.unless_in_call && self.script.in_call.contains(&ring.user) {
                        Failure::Busy
                    } else if ring.reach.outside().is_some() {
                        Failure::NoLine
                    } else if self.script.offline.contains(&ring.device) {
                        Failure::Offline
                    } else {
                        continue;
                    };
                    self.walk.handle(Event::Failed { device: ring.device, failure }, Tick(self.now), self.at());
                }
            }
        }
    }

    fn at(&self) -> Timestamp {
        AT.after(Duration::from_micros(self.now))
    }
}

fn write_record(record: &CallRecord, scenario: &Scenario, names: &BTreeMap<DeviceId, &str>, out: &mut String) {
    let since = |at: Timestamp| time(u64::try_from(at.saturating_since(AT).as_micros()).unwrap());
    let mark = |at: Option<Timestamp>| at.map_or("-".to_owned(), |at| since(at).trim().to_owned());
    let who = |user| {
        let owner = callflow::Owner::User(user);
        scenario.owners.iter().find(|(_, other)| **other == owner).map_or("?", |(key, _)| key.as_str())
    };
    let participants: Vec<&str> = record.participants.iter().map(|user| who(*user)).collect();
    let by = record.answered_by.map_or("-", |by| names[&by.device]);
    let outcome = serde_json::to_string(&record.outcome).unwrap();
    let (ended, duration) = (since(record.ended), record.duration_ms);
    let called = (record.called.number, record.called.extension, record.called.emergency);
    writeln!(out, "  record {outcome} by {by}, ended by {:?}, seen by {}", record.ended_by, participants.join(", "))
        .unwrap();
    writeln!(
        out,
        "    rang {}, answered {}, ended {}, {duration} ms, called {called:?} {:?}",
        mark(record.ringing),
        mark(record.answered),
        ended.trim(),
        record.called.owner_name,
    )
    .unwrap();
}

fn draw(diagram: &diagram::Diagram, out: &mut String) {
    for node in &diagram.nodes {
        let detail = node.detail.as_deref().map(|detail| format!(" / {detail}")).unwrap_or_default();
        let finding = node.finding.as_ref().map(|finding| format!(" !{}", finding.code())).unwrap_or_default();
        let flow_node = node.flow_node.map(|at| format!(" @{}", at.0)).unwrap_or_default();
        writeln!(out, "  {} {:?} {}{detail}{finding}{flow_node}", node.column, node.kind, node.label).unwrap();
    }
    let label = |id: &str| diagram.nodes.iter().find(|node| node.id == id).map_or("?", |node| node.label.as_str());
    for edge in &diagram.edges {
        let words = if edge.label.is_empty() { String::new() } else { format!(" {:?}", edge.label) };
        writeln!(out, "  {} -> {}{words}", label(&edge.from), label(&edge.to)).unwrap();
    }
}

fn time(micros: u64) -> String {
    format!("{:>3}.{:03}", micros / 1_000_000, micros / 1000 % 1000)
}
