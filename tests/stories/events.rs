//! An open page is told what happens on real phones, as it happens.

use std::cell::Cell;
use std::time::Duration;

use serde_json::{Value, json};
use stories::baresip::{Baresip, Setup};
use stories::house::House;
use stories::ringwerk::Ringwerk;
use stories::wait;

/// Whether it is the path of this user with one phone in this state, or none.
fn path<'a>(user: &'a str, state: Option<&'a str>) -> impl Fn(&str, &Value) -> bool + 'a {
    move |event, data| {
        let devices = data["devices"].as_array().map(Vec::as_slice).unwrap_or_default();
        let states: Vec<Option<&str>> = devices.iter().map(|device| device["state"].as_str()).collect();
        event == "live" && data["owner"]["id"] == user && states == state.map(Some).into_iter().collect::<Vec<_>>()
    }
}

fn presence<'a>(user: &'a str, presence: &'a str) -> impl Fn(&str, &Value) -> bool + 'a {
    move |event, data| event == "presence" && *data == json!({ "user": user, "presence": presence })
}

#[test]
fn a_phone_that_registers_and_a_call_light_up_on_an_open_page() {
    let mut ringwerk = Ringwerk::new(House(45));
    let company = ringwerk.demo(4);
    ringwerk.start();
    let api = ringwerk.api();
    let called = company.id(1).to_owned();
    let mut administrator = company.administrator(&api).listen();
    let mut own = company.user(&api, 1).listen();
    let mut colleague = company.user(&api, 2).listen();
    let phone = |index: usize, tone: f64| {
        let setup = Setup::new(ringwerk.sip(), tone);
        Baresip::start(ringwerk.beside(), &format!("phone{index}"), &company.phone(index), &setup)
    };
    let (mut a, mut b) = (phone(0, 440.0), phone(1, 620.0));
    a.registered();
    b.registered();
    administrator.until("the phone to be told", |event, data| event == "changed" && data["what"] == "devices");
    colleague.until("somebody to come", |event, _| event == "presence");

    a.dial(company.extension(1));
    b.event("CALL_INCOMING");
    own.until("the own phone to ring", path(&called, Some("ringing")));
    administrator.until("the phone to ring", path(&called, Some("ringing")));
    b.answer();
    own.until("the own path to light up", path(&called, Some("talking")));
    colleague.until("the called one to be in a call", presence(&called, "inCall"));
    a.hang_up();
    // Which is told first is not promised.
    let (dark, listed) = (Cell::new(false), Cell::new(false));
    own.until("the path to go dark and the call to be listed", |event, data| {
        dark.set(dark.get() || path(&called, None)(event, data));
        listed.set(listed.get() || event == "changed" && data["what"] == "calls");
        dark.get() && listed.get()
    });
    colleague.until("the called one to be free", presence(&called, "online"));

    // A stop waits for nobody who only listens.
    let end = wait::deadline(Duration::from_secs(8));
    ringwerk.stop();
    assert!(!wait::left(end).is_zero(), "open pages held the server up");
    while let Some((event, data)) = colleague.hear() {
        // A colleague never hears which phones ring or talk, or with whom.
        assert!(event == "presence" && !data.to_string().contains("dev_"), "{event} {data}");
    }
}
