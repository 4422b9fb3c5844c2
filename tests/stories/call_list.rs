//! What is kept of real calls, looked for in the database file itself.

use serde_json::json;
use stories::baresip::{Baresip, Setup};
use stories::company::Company;
use stories::house::House;
use stories::ringwerk::Ringwerk;
use stories::wait;

fn phone(ringwerk: &Ringwerk, company: &Company, index: usize) -> Baresip {
    let setup = Setup::new(ringwerk.sip(), 440.0);
    let phone = Baresip::start(ringwerk.beside(), &format!("phone{index}"), &company.phone(index), &setup);
    phone.registered();
    phone
}

/// Whether these digits are in a file of the data folder.
fn is_kept(ringwerk: &Ringwerk, digits: &str) -> bool {
    let files = std::fs::read_dir(ringwerk.data()).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.is_file()).any(|path| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(digits.len()).any(|window| window == digits.as_bytes())
    })
}

#[test]
fn a_number_is_kept_whole_before_the_choice_and_shortened_after_it() {
    let mut ringwerk = Ringwerk::new(House(46));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let (before, after) = ("301357468", "301246579");
    let mut a = phone(&ringwerk, &company, 0);
    let own = company.user(&ringwerk.api(), 0);
    let admin = company.administrator(&ringwerk.api());
    let mut call = |digits: &str, calls: usize| {
        a.dial(&format!("0{digits}"));
        a.event("CALL_CLOSED");
        let listed = || Some(own.list("/v1/calls")).filter(|list| list.len() == calls);
        wait::until("the call to be listed", listed)[0]["called"]["number"].as_str().unwrap().to_owned()
    };
    assert_eq!(call(before, 1), format!("+49{before}"));
    let declaration = json!({ "employeesInformed": true, "worksCouncil": "notRequired" });
    let chosen = admin.put("/v1/call-list/settings", &json!({ "mode": "shortened", "declaration": declaration }));
    assert_eq!(chosen["olderRecords"], 1);
    assert_eq!(call(after, 2), format!("+49{}xxx", &after[..6]));
    let list = admin.list("/v1/call-list");
    assert_eq!(list.len(), 1, "what was kept before anything was declared is not listed: {list:#?}");
    assert_eq!(list[0]["called"]["number"], format!("+49{}xxx", &after[..6]));
    ringwerk.stop();
    assert!(is_kept(&ringwerk, before) && !is_kept(&ringwerk, after));

    ringwerk.start();
    let admin = company.administrator(&ringwerk.api());
    let again = json!({ "mode": "shortened", "declaration": declaration, "existing": "shorten" });
    assert_eq!(admin.put("/v1/call-list/settings", &again)["olderRecords"], 0);
    ringwerk.stop();
    assert!(!is_kept(&ringwerk, before) && is_kept(&ringwerk, &before[..6]));
}

#[test]
fn a_choice_to_keep_nothing_holds_for_a_call_that_is_up_also_after_a_power_cut() {
    let mut ringwerk = Ringwerk::new(House(47));
    let company = ringwerk.demo(3);
    ringwerk.start();
    let (mut a, mut b) = (phone(&ringwerk, &company, 0), phone(&ringwerk, &company, 1));
    a.dial(company.extension(1));
    b.event("CALL_INCOMING");
    b.answer();
    a.event("CALL_ESTABLISHED");
    company.administrator(&ringwerk.api()).put("/v1/call-list/settings", &json!({ "mode": "doNotSave" }));
    ringwerk.kill();
    ringwerk.start();
    a.hang_up();
    b.event("CALL_CLOSED");
    ringwerk.stop();
    assert!(!is_kept(&ringwerk, "cal_"), "a call that is over is nowhere in the data");
    ringwerk.start();
    for index in 0..2 {
        assert!(company.user(&ringwerk.api(), index).list("/v1/calls").is_empty());
    }
}
