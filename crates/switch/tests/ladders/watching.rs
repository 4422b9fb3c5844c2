//! What the exchange tells people who look at it.

use std::time::Duration;

use callflow::Owner;
use sip::agent::Transport;
use switch::engine::Input;
use switch::ports::{CallChange, Change};

use crate::calling::{answered, hang_up, two};
use crate::phone::Phone;
use crate::wire::Wire;
use crate::world::{ANNA, BERND, account, device, user};

fn phone(sip_id: &str, reachable: bool) -> Change {
    Change::Phone { account: account(), device: device(sip_id), reachable }
}

/// The calls among the changes.
fn calls(wire: &Wire) -> Vec<CallChange> {
    let changes = wire.book.take_changes().into_iter();
    changes.filter_map(|change| if let Change::Call(call) = change { Some(call) } else { None }).collect()
}

#[test]
fn a_phone_comes_and_goes_once() {
    let mut wire = Wire::new();
    let mut anna = Phone::new(&mut wire, "anna", ANNA, "192.0.2.10:5060");
    anna.register(&mut wire);
    anna.register(&mut wire);
    assert_eq!(wire.book.take_changes(), [phone(ANNA, true)]);
    wire.engine.handle(Input::Drop { device: device(ANNA) }, wire.now, wire.at);
    wire.pump();
    assert_eq!(wire.book.take_changes(), [phone(ANNA, false)]);
    anna.register(&mut wire);
    wire.pass(Duration::from_secs(2 * 3600));
    assert_eq!(wire.book.take_changes(), [phone(ANNA, true), phone(ANNA, false)]);
}

#[test]
fn a_phone_whose_connection_is_gone_cannot_be_reached() {
    let mut wire = Wire::new();
    let mut anna = Phone::new(&mut wire, "anna", ANNA, "192.0.2.10:40000").over(Transport::Tcp, 7);
    wire.engine.handle(Input::Opened { path: anna.path }, wire.now, wire.at);
    wire.pump();
    anna.register(&mut wire);
    wire.engine.handle(Input::Closed { connection: 7 }, wire.now, wire.at);
    wire.pump();
    assert_eq!(wire.book.take_changes(), [phone(ANNA, true), phone(ANNA, false)]);
}

#[test]
fn a_call_is_told_from_the_first_ring_to_the_end_and_nothing_twice() {
    let (mut wire, mut anna, bernd) = two();
    wire.book.take_changes();
    let (mut talk, ..) = answered(&mut wire, &mut anna, &bernd);
    hang_up(&mut wire, &anna, &mut talk, &bernd);
    let told = calls(&wire);
    let (caller, called) = ((user(1), device(ANNA)), (user(2), device(BERND)));
    let states: Vec<_> = told.iter().map(|call| (call.called.as_slice(), call.answered, call.over)).collect();
    assert_eq!(states, [(&[called][..], false, false), (&[called][..], true, false), (&[][..], false, true)]);
    assert!(told.iter().take(2).all(|call| call.caller == Some(caller) && call.owner == Some(Owner::User(user(2)))));
    assert!(told.iter().all(|call| call.call == told[0].call && call.account == account()));
}

#[test]
fn a_call_that_is_taken_up_after_a_restart_is_told_again() {
    let (mut wire, mut anna, bernd) = two();
    answered(&mut wire, &mut anna, &bernd);
    wire.book.take_changes();
    wire.crash(Duration::from_secs(1));
    let changes = wire.book.take_changes();
    assert!(changes.contains(&phone(ANNA, true)) && changes.contains(&phone(BERND, true)), "{changes:?}");
    assert!(changes.iter().any(|change| matches!(change, Change::Call(call) if call.answered && !call.over)));
}
