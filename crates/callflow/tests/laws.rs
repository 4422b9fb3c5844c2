//! The laws of [`callflow::Walk`], tried on random accounts, calls and events, and beside a naive model of who rings.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "laws/account.rs"]
mod account;
#[path = "laws/reference.rs"]
mod reference;

use std::collections::BTreeSet;
use std::sync::Arc;

use account::{Account, account, calls};
use callflow::trial::{self, Script, ScriptedEvent};
use callflow::{
    Call, Caller, Destination, Event, Failure, Flow, Leg, Node, NodeIndex, Outcome, Reach, Rejection, RingDevice,
    RingStage, Side, Step, Walk, compile,
};
use proptest::prelude::*;
use types::clock::{Tick, Timestamp};
use types::ids::{AccountId, CallId, DeviceId, UserId};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn failure() -> impl Strategy<Value = Failure> {
    prop_oneof![
        Just(Failure::Offline),
        Just(Failure::Busy),
        Just(Failure::Declined),
        Just(Failure::NoAnswer),
        Just(Failure::NoLine),
        (300..700u16).prop_map(|status| Failure::Error { status }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let device = || (1..=account::MAX_DEVICES).prop_map(account::device_id);
    prop_oneof![
        4 => device().prop_map(|device| Event::Ringing { device }),
        2 => device().prop_map(|device| Event::Answered { device }),
        6 => (device(), failure()).prop_map(|(device, failure)| Event::Failed { device, failure }),
        1 => Just(Event::OutsideRinging),
        1 => Just(Event::OutsideAnswered),
        1 => failure().prop_map(|failure| Event::OutsideFailed { failure }),
        1 => Just(Event::CallerGone),
        1 => prop::sample::select(vec![Side::Caller, Side::Called, Side::Exchange]).prop_map(|by| Event::Ended { by }),
    ]
}

/// What happens, each after so many milliseconds more.
fn events() -> impl Strategy<Value = Vec<(u64, Event)>> {
    prop::collection::vec((prop_oneof![Just(0u64), 0..3_000u64, 0..90_000u64], event()), 0..25)
}

/// Plays a Walk and holds it to the laws at every step.
struct Watch {
    walk: Walk,
    now: u64,
    ringing: BTreeSet<DeviceId>,
    bridged: bool,
    outside: bool,
    /// Phones outside fail the moment they are called.
    line_missing: bool,
    steps: Vec<Step>,
}

impl Watch {
    fn new(flow: Flow) -> Self {
        Self::start(flow, false)
    }

    fn without_line(flow: Flow) -> Self {
        Self::start(flow, true)
    }

    fn start(flow: Flow, line_missing: bool) -> Self {
        let walk = Walk::start(Arc::new(flow), Tick(0), Timestamp(0));
        let ringing = BTreeSet::new();
        let mut watch = Self { walk, now: 0, ringing, bridged: false, outside: false, line_missing, steps: Vec::new() };
        watch.drain();
        watch
    }

    fn at(&self) -> Timestamp {
        Timestamp(i64::try_from(self.now).unwrap())
    }

    fn tick(&self) -> Tick {
        Tick(self.now * 1000)
    }

    /// Lets deadlines pass until `until`, then reports the event.
    fn event(&mut self, until: u64, event: Event) {
        self.pass(until);
        self.now = self.now.max(until);
        match event {
            Event::Answered { device } | Event::Failed { device, .. } => {
                self.ringing.remove(&device);
            }
            Event::OutsideFailed { .. } if !self.bridged => self.outside = false,
            _ => {}
        }
        self.walk.handle(event, self.tick(), self.at());
        self.drain();
    }

    fn pass(&mut self, until: u64) {
        // `until` itself still belongs to the event.
        while let Some((deadline, _)) =
            self.walk.deadline().filter(|(deadline, _)| deadline.0 < until.saturating_mul(1000))
        {
            self.now = self.now.max(deadline.0 / 1000);
            self.walk.handle_timeout(self.tick(), self.at());
            self.drain();
        }
    }

    fn drain(&mut self) {
        while let Some(step) = self.walk.poll() {
            assert!(
                !matches!(self.steps.last(), Some(Step::Reject { .. } | Step::End)),
                "nothing follows the last step"
            );
            match &step {
                Step::Ring { devices, until } => {
                    assert!(!self.bridged && !self.outside, "nothing rings beside an answer or an outside call");
                    assert!(!devices.is_empty() && *until >= self.tick());
                    for ring in devices {
                        assert!(self.ringing.insert(ring.device), "{:?} is called while it rings", ring.device);
                    }
                }
                Step::StopRinging { devices, .. } => {
                    assert!(!devices.is_empty());
                    for device in devices {
                        assert!(self.ringing.remove(device), "{device:?} is stopped though it does not ring");
                    }
                }
                Step::Outside { .. } => {
                    assert!(self.ringing.is_empty() && !self.outside && !self.bridged);
                    self.outside = true;
                }
                Step::StopOutside => assert!(std::mem::take(&mut self.outside), "nothing to stop outside"),
                Step::Bridge { to } => {
                    assert!(self.ringing.is_empty(), "after an answer {:?} rings on", self.ringing);
                    assert!(!std::mem::replace(&mut self.bridged, true), "two answers");
                    assert_eq!(matches!(to, Leg::Outside), self.outside);
                }
                Step::Reject { reason } => {
                    assert!(self.ringing.is_empty() && !self.bridged);
                    assert!((400..700).contains(&reason.status().0));
                    assert_eq!(Outcome::from(*reason), self.record().outcome);
                }
                Step::End => assert!(self.ringing.is_empty()),
            }
            if let Step::Ring { devices, .. } = &step
                && self.line_missing
            {
                for ring in devices.iter().filter(|ring| ring.reach.outside().is_some()) {
                    self.ringing.remove(&ring.device);
                    let event = Event::Failed { device: ring.device, failure: Failure::NoLine };
                    self.walk.handle(event, self.tick(), self.at());
                }
            }
            self.steps.push(step);
        }
        let last = matches!(self.steps.last(), Some(Step::Reject { .. } | Step::End));
        assert_eq!(last, self.walk.is_over(), "the last step is the end and the end has a last step");
        assert!(!self.walk.is_over() || self.walk.deadline().is_none());
        assert!(self.walk.is_over() || self.walk.is_up() || self.walk.deadline().is_some(), "it would hang");
        assert!(self.walk.trail().entries.is_sorted_by_key(|entry| entry.at));
    }

    fn record(&self) -> callflow::CallRecord {
        self.walk.record(CallId::from_u128(1), AccountId::from_u128(1), self.tick(), self.at())
    }

    fn finish(&mut self) {
        self.pass(u64::MAX / 1_000_000);
        if self.walk.is_up() {
            self.event(self.now, Event::Ended { by: Side::Called });
        }
    }
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn every_walk_keeps_the_laws_and_ends(account in account(), call in calls(), events in events()) {
        let world = account.world();
        let mut watch = Watch::new(compile(&world, &call.call()));
        let mut now = 0;
        for (more, event) in events {
            now += more;
            watch.event(now, event);
        }
        watch.finish();
        prop_assert!(watch.walk.is_over());
        let record = watch.record();
        prop_assert!(record.started <= record.ended);
        prop_assert!(record.ringing.is_none_or(|ringing| record.started <= ringing && ringing <= record.ended));
        prop_assert!(record.answered.is_none_or(|answered| record.started <= answered && answered <= record.ended));
        prop_assert_eq!(record.answered.is_some(), record.outcome == Outcome::Answered);
        prop_assert!(record.answered.is_some() || record.duration_ms == 0);
        let json = serde_json::to_string(&record).unwrap();
        prop_assert_eq!(serde_json::from_str::<callflow::CallRecord>(&json).unwrap(), record);
    }

    #[test]
    fn the_wall_clock_may_jump(account in account(), call in calls(), events in prop::collection::vec((any::<i64>(), event()), 0..25)) {
        let world = account.world();
        let mut walk = Walk::start(Arc::new(compile(&world, &call.call())), Tick(0), Timestamp(0));
        for (second, (at, event)) in (1u64..).zip(events) {
            walk.handle(event, Tick(second * 1_000_000), Timestamp(at));
        }
        prop_assert!(walk.trail().entries.is_sorted_by_key(|entry| entry.at));
        let record = walk.record(CallId::from_u128(1), AccountId::from_u128(1), Tick(100_000_000), Timestamp(i64::MIN));
        prop_assert!(record.trail.entries.last().is_none_or(|last| last.at <= record.ended));
        prop_assert!(record.duration_ms <= 100_000);
    }

    #[test]
    fn an_emergency_call_from_a_phone_always_reaches_the_outside(
        account in account(),
        device in 0..=account::MAX_DEVICES + 1,
        digits in prop::sample::select(vec!["110", "112", "1 1 2", "tel:110", "%31%31%32", "１１０", "112;phone-context=+49"]),
        events in events(),
    ) {
        let world = account.world();
        let call = Call { caller: Caller::Device { device: account::device_id(device) }, dialled: digits, at: Timestamp(0) };
        let mut watch = Watch::new(compile(&world, &call));
        let first = watch.steps.first().cloned();
        prop_assert!(
            matches!(first, Some(Step::Outside { destination: Destination::Emergency(_), .. })),
            "{:?}", first
        );
        let mut now = 0;
        for (more, event) in events {
            now += more;
            watch.event(now, event);
        }
        watch.finish();
    }

    #[test]
    fn nothing_but_an_emergency_number_makes_an_emergency_call(account in account(), call in calls()) {
        let flow = compile(&account.world(), &call.call());
        let emergency = flow.nodes.iter().any(|node| {
            matches!(node, Node::Outside { destination: Destination::Emergency(_), .. })
        });
        prop_assert_eq!(emergency, call.is_emergency_from_phone(), "{:?}", call);
    }

    #[test]
    fn who_rings_when_is_what_the_naive_model_says(account in account(), call in calls(), events in events()) {
        let flow = compile(&account.world(), &call.call());
        let Some(stages) = reference::stages(&account, &call) else {
            prop_assert!(!matches!(flow.node(flow.start), Some(Node::Ring { .. })), "nobody should ring: {:?}", flow);
            return Ok(());
        };
        let mut now = 0;
        let events: Vec<(u64, Event)> = events.into_iter().map(|(more, event)| { now += more; (now, event) }).collect();
        let expected = reference::ringing(&stages, &events);
        let mut watch = Watch::new(flow);
        let mut seen = reference::Timeline::default();
        seen.note(0, &watch.ringing);
        for (at, event) in events {
            while let Some((deadline, _)) = watch.walk.deadline().filter(|(deadline, _)| deadline.0 < at * 1000) {
                watch.pass(deadline.0 / 1000 + 1);
                seen.note(deadline.0 / 1000, &watch.ringing);
            }
            watch.event(at, event);
            seen.note(at, &watch.ringing);
        }
        while let Some((deadline, _)) = watch.walk.deadline() {
            watch.pass(deadline.0 / 1000 + 1);
            seen.note(deadline.0 / 1000, &watch.ringing);
        }
        prop_assert_eq!(&seen, &expected.timeline);
        let outcome = watch.record().outcome;
        prop_assert_eq!(outcome, expected.outcome);
    }

    #[test]
    fn numbers_of_the_account_lead_somewhere_or_say_why_not(account in account(), call in calls()) {
        let world = account.world();
        let flow = compile(&world, &call.call());
        let stages = flow.nodes.iter().filter_map(|node| match node { Node::Ring { stage, .. } => Some(stage), _ => None });
        for stage in stages {
            let rings: BTreeSet<DeviceId> = stage.devices.iter().map(|ring| ring.device).collect();
            prop_assert_eq!(rings.len(), stage.devices.len(), "a phone rings once in a stage");
            let diverted: BTreeSet<DeviceId> = stage.diverted.iter().map(|diverted| diverted.device).collect();
            prop_assert_eq!(diverted.len(), stage.diverted.len());
            prop_assert!(rings.is_disjoint(&diverted));
            for ring in &stage.devices {
                prop_assert!(ring.through.is_none_or(|through| diverted.contains(&through)));
                prop_assert!(ring.reach.outside().is_none_or(|number| world.number(number).is_none()));
            }
            for diverted in &stage.diverted {
                prop_assert!(world.number(diverted.number).is_some());
                prop_assert!(diverted.failure.is_some() || !rings.is_empty());
            }
        }
    }

    #[test]
    fn the_trial_is_the_same_walk(account in account(), call in calls(), events in events()) {
        let world = account.world();
        let mut now = 0;
        let events: Vec<ScriptedEvent> =
            events.into_iter().map(|(more, event)| { now += more; ScriptedEvent { after_ms: now, event } }).collect();
        let mut watch = Watch::without_line(compile(&world, &call.call()));
        for scripted in &events {
            watch.event(scripted.after_ms, scripted.event);
        }
        watch.pass(u64::MAX / 1_000_000);
        let script = Script { events, ..Script::default() };
        let trial = trial::run(&world, &call.call(), &script);
        prop_assert_eq!(&trial.trail, watch.walk.trail());
        prop_assert_eq!(trial.outcome, watch.record().outcome);
        prop_assert_eq!(trial.steps.len(), trial.trail.entries.len());
        prop_assert!(trial.steps.iter().all(|step| !step.why.is_empty()));
    }

    #[test]
    fn a_damaged_flow_ends_too(flow in damaged_flow(), events in events()) {
        let mut watch = Watch::new(flow);
        let mut now = 0;
        for (more, event) in events {
            now += more;
            watch.event(now, event);
        }
        watch.finish();
        prop_assert!(watch.walk.is_over());
        prop_assert!(watch.walk.trail().entries.len() <= callflow::trail::MAX_ENTRIES);
    }

    #[test]
    fn every_account_can_be_explained_and_drawn(account in account()) {
        let world = account.world();
        for owner in account.owners() {
            prop_assert!(!callflow::explain::sentence(&world, owner).is_empty());
            let diagram = callflow::diagram::of_owner(&world, owner);
            let ids: BTreeSet<&str> = diagram.nodes.iter().map(|node| node.id.as_str()).collect();
            prop_assert_eq!(ids.len(), diagram.nodes.len(), "ids are unique");
            for edge in &diagram.edges {
                prop_assert!(ids.contains(edge.from.as_str()) && ids.contains(edge.to.as_str()));
            }
            let columns: BTreeSet<u16> = diagram.nodes.iter().map(|node| node.column).collect();
            prop_assert!(columns.iter().copied().eq(0..u16::try_from(columns.len()).unwrap()), "no empty column");
        }
    }
}

/// Any nodes with any edges, also into nowhere and in circles.
fn damaged_flow() -> impl Strategy<Value = Flow> {
    let index = || (0..8u16).prop_map(NodeIndex);
    let phone = (1..=4u128).prop_map(|n| RingDevice {
        device: DeviceId::from_u128(n),
        user: UserId::from_u128(n % 2),
        reach: Reach::SipId("1234567e0".parse().unwrap()),
        label: "Phone".into(),
        user_name: "User".into(),
        through: None,
        unless_in_call: false,
    });
    let node = prop_oneof![
        6 => (prop::collection::vec(phone, 0..4), 0..30u16, index(), index(), index(), index()).prop_map(
            |(devices, seconds, no_answer, busy, declined, unreachable)| Node::Ring {
                stage: RingStage { devices, seconds, diverted: Vec::new() }, no_answer, busy, declined, unreachable
            }
        ),
        1 => index().prop_map(|otherwise| Node::Outside {
            destination: Destination::Number("+4930231250".parse().unwrap()),
            caller_number: None,
            location: None,
            otherwise,
        }),
        1 => prop::sample::select(Rejection::ALL.to_vec()).prop_map(|reason| Node::Reject { reason }),
        1 => Just(Node::Unanswered),
    ];
    (prop::collection::vec(node, 0..7), index()).prop_map(|(nodes, start)| Flow {
        kind: callflow::CallKind::Internal,
        caller: callflow::CallerIdentity::default(),
        called: callflow::Called::default(),
        nodes,
        start,
    })
}

#[test]
fn a_flow_in_circles_is_refused_as_a_loop() {
    let phone = RingDevice {
        device: DeviceId::from_u128(1),
        user: UserId::from_u128(1),
        reach: Reach::SipId("1234567e0".parse().unwrap()),
        label: "Phone".into(),
        user_name: "User".into(),
        through: None,
        unless_in_call: false,
    };
    let (here, stage) = (NodeIndex(0), RingStage { devices: vec![phone], seconds: 5, diverted: Vec::new() });
    let flow = Flow {
        kind: callflow::CallKind::Internal,
        caller: callflow::CallerIdentity::default(),
        called: callflow::Called::default(),
        nodes: vec![Node::Ring { stage, no_answer: here, busy: here, declined: here, unreachable: here }],
        start: here,
    };
    let mut watch = Watch::new(flow.clone());
    watch.finish();
    assert_eq!(watch.steps.last(), Some(&Step::Reject { reason: Rejection::Loop }));
    assert_eq!(watch.now, u64::from(callflow::walk::MAX_HOPS) * 5000, "it rang on all the time, without a second call");
    assert_eq!(watch.steps.iter().filter(|step| matches!(step, Step::Ring { .. })).count(), 1);
    assert!(callflow::explain::flow(&flow).contains("circles"));
}

#[test]
fn every_reason_has_a_sip_status_and_its_own_word() {
    let statuses: BTreeSet<u16> = Rejection::ALL.iter().map(|reason| reason.status().0).collect();
    assert_eq!(statuses, BTreeSet::from([403, 404, 480, 482, 484, 486, 503, 603]));
    let codes: BTreeSet<&str> = Rejection::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), Rejection::ALL.len());
    for reason in Rejection::ALL {
        assert_eq!(serde_json::to_string(&reason).unwrap(), format!("{:?}", reason.code()));
    }
}

#[test]
fn a_restored_record_never_counts_backwards() {
    let account = Account::two_users();
    let world = account.world();
    let call = Call { caller: Caller::Device { device: account::device_id(1) }, dialled: "11", at: Timestamp(0) };
    let mut walk = Walk::start(Arc::new(compile(&world, &call)), Tick(0), Timestamp(1_000_000));
    walk.handle(Event::Answered { device: account::device_id(2) }, Tick(2_000_000), Timestamp(1_002_000));
    let open = walk.record(CallId::from_u128(1), world.account(), Tick(12_000_000), Timestamp(1_012_000));
    assert_eq!((open.duration_ms, open.outcome, open.ended_by), (10_000, Outcome::Answered, None));

    let mut ended = open.clone();
    ended.end(Timestamp(1_030_000), Side::Called);
    assert_eq!((ended.duration_ms, ended.ended, ended.ended_by), (28_000, Timestamp(1_030_000), Some(Side::Called)));

    let mut clock_went_back = open.clone();
    clock_went_back.end(Timestamp(5), Side::Caller);
    assert_eq!((clock_went_back.duration_ms, clock_went_back.ended), (10_000, Timestamp(1_012_000)));

    let mut recovered = open;
    recovered.recover();
    assert_eq!((recovered.duration_ms, recovered.ended), (10_000, Timestamp(1_012_000)));
    assert_eq!((recovered.outcome, recovered.ended_by), (Outcome::Recovered, Some(Side::Exchange)));
    assert!(recovered.trail.entries.is_sorted_by_key(|entry| entry.at));
}
