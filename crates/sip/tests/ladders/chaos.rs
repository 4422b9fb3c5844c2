//! Whatever the wire does, every transaction ends, and nobody is told anything twice.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use sip::agent::{AgentConfig, Body, Gone, Output};
use sip::message::{Method, ResponseBuilder};

use crate::phone::{Incoming, Outgoing, send};
use crate::wire::{Faults, Seeded, Wire};

#[derive(Clone, Copy, Debug)]
struct Plan {
    seed: u64,
    faults: Faults,
    /// What the callee finally answers, if anything.
    answer: Option<u16>,
    /// After how many milliseconds the callee answers, and the caller gives up.
    after: u64,
    cancel: Option<u64>,
}

fn plans() -> impl Strategy<Value = Plan> {
    let faults = (0u64..60, 0u64..40, 0u64..60).prop_map(|(lost, doubled, delayed)| Faults { lost, doubled, delayed });
    let answers = prop_oneof![Just(None), Just(Some(200)), Just(Some(200)), Just(Some(486)), Just(Some(302))];
    (any::<u64>(), faults, answers, 0u64..8000, prop::option::of(0u64..8000))
        .prop_map(|(seed, faults, answer, after, cancel)| Plan { seed, faults, answer, after, cancel })
}

/// What a caller and a callee were told in the course of one call.
#[derive(Debug, Default)]
struct Told {
    invites: usize,
    acks: usize,
    byes: usize,
    cancels: usize,
    finals: Vec<u16>,
    unacknowledged: usize,
    bye_answers: usize,
}

fn play(plan: Plan) -> Told {
    let mut wire = Wire::new();
    wire.chance = std::sync::Arc::new(Seeded::new(plan.seed));
    let alice = wire.join_with("alice", AgentConfig::default());
    let bob = wire.join_with("bob", AgentConfig::default());
    wire.faults = plan.faults;
    let out = Outgoing::invite(&mut wire, alice, bob);
    let mut told = Told::default();
    let mut incoming = None;
    let mut bye = None;
    let mut branches = BTreeSet::new();
    let start = wire.now;
    let end = start + Duration::from_secs(200);
    let (mut cancel, mut answer) = (plan.cancel, plan.answer);
    while wire.now < end {
        wire.run_for(Duration::from_millis(100));
        let elapsed = u64::try_from(wire.now.saturating_since(start).as_millis()).unwrap();
        if cancel.is_some_and(|at| at <= elapsed) {
            cancel = None;
            out.cancel(&mut wire, None);
        }
        for output in wire.told(bob) {
            match output {
                Output::Request { key, request, .. } => {
                    assert!(branches.insert(request.via().branch().unwrap().to_owned()), "told twice");
                    if *request.method() == Method::Invite {
                        told.invites += 1;
                        let mut call = Incoming::new(&mut wire, bob, key, request);
                        call.respond(&mut wire, 180);
                        incoming = Some(call);
                    } else {
                        told.byes += 1;
                        let now = wire.now;
                        wire.agent(bob).respond(key, ResponseBuilder::new(&request, 200, None), Body::Empty, now);
                    }
                }
                Output::Ack { .. } => told.acks += 1,
                Output::Cancelled { .. } => {
                    told.cancels += 1;
                    incoming.as_mut().unwrap().respond(&mut wire, 487);
                    answer = None;
                }
                Output::ServerGone { why, .. } => {
                    assert!(matches!(why, Gone::SuccessUnacknowledged | Gone::FailureUnacknowledged), "{why:?}");
                    told.unacknowledged += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        if let (Some(call), Some(status)) = (&mut incoming, answer)
            && elapsed >= plan.after
        {
            answer = None;
            call.respond(&mut wire, status);
        }
        for output in wire.told(alice) {
            match output {
                Output::Response { key, response } if key == out.key => {
                    if response.status() < 200 {
                        continue;
                    }
                    told.finals.push(response.status());
                    if response.is_success() {
                        let mut dialog = out.caller.answered(&response).unwrap();
                        let ack = dialog.ack(response.cseq().number);
                        let path = wire.path(alice, bob);
                        wire.agent(alice).ack(key, path, &response, ack, Body::Empty);
                        bye = Some(send(&mut wire, alice, bob, &mut dialog, Method::Bye));
                    }
                }
                Output::TimedOut { key } if key == out.key => told.finals.push(408),
                Output::Response { key, response } if Some(key) == bye => {
                    told.bye_answers += usize::from(response.status() >= 200);
                }
                Output::TimedOut { key } if Some(key) == bye => told.bye_answers += 1,
                other => panic!("{other:?}"),
            }
        }
    }
    // A phone that rings for ever is its owner's affair: end it, so that only what the agents keep is left.
    if let Some(call) = &mut incoming {
        call.respond(&mut wire, 480);
    }
    wire.run_for(Duration::from_secs(100));
    for party in [alice, bob] {
        let load = wire.agent(party).load();
        if party == alice && plan.cancel.is_none() && told.finals.is_empty() {
            continue;
        }
        assert_eq!((load.pending, load.answered, load.sent), (0, 0, 0), "{plan:?}");
        assert_eq!(wire.agent(party).next_deadline(), None);
    }
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_transaction_ends_and_nothing_is_told_twice(plan in plans()) {
        let told = play(plan);
        prop_assert!(told.invites <= 1 && told.acks <= 1 && told.byes <= 1 && told.cancels <= 1, "{told:?}");
        prop_assert!(told.unacknowledged <= 1, "{told:?}");
        prop_assert!(told.finals.len() <= 1, "{told:?}");
        if told.finals == [200] {
            prop_assert_eq!(told.bye_answers, 1, "a BYE is answered or times out: {:?}", told);
        }
        // An acknowledged success is not also an unacknowledged one.
        prop_assert!(!(told.acks == 1 && told.unacknowledged == 1), "{told:?}");
        // A caller who gave up hears how it ended.
        if plan.cancel.is_some() {
            prop_assert_eq!(told.finals.len(), 1, "{:?}", told);
        }
    }
}

/// On a wire that loses one message in five, calls come about. The same three hundred wires each time: with enough
/// others, six INVITEs in a row get lost on one.
#[test]
fn calls_come_about_on_a_bad_wire() {
    let faults = Faults { lost: 20, doubled: 10, delayed: 20 };
    for seed in 0..300 {
        let told = play(Plan { seed, faults, answer: Some(200), after: 0, cancel: None });
        assert_eq!(told.finals, [200], "{seed}: {told:?}");
        assert_eq!((told.invites, told.byes, told.bye_answers), (1, 1, 1), "{seed}: {told:?}");
    }
}
