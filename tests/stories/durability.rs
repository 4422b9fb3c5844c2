//! Power cuts at random moments: whatever was acknowledged is there afterwards, and nothing is there twice.
//!
//! Three parties work all the time: phones register and leave, an administrator adds people, and one person calls
//! another. Each notes what was acknowledged. The server is killed in the middle, started again, and asked.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use stories::api::Api;
use stories::company::Company;
use stories::house::House;
use stories::phone::{Dialog, Phone};
use stories::ringwerk::Ringwerk;
use stories::sip::fresh;
use stories::wait;

/// Phones that come and go, beside the two that call.
const PHONES: usize = 8;

#[test]
fn power_cuts_lose_nothing_on_sqlite() {
    cut_power(Ringwerk::new(House(60)), rounds(25));
}

#[test]
fn power_cuts_lose_nothing_on_postgresql() {
    cut_power(Ringwerk::on_postgres(House(61)), rounds(12));
}

/// How often the power is cut. `RINGWERK_ROUNDS` asks for more.
#[expect(clippy::disallowed_methods, reason = "how long to look is the test set-up's choice")]
fn rounds(usual: u32) -> u32 {
    std::env::var("RINGWERK_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(usual)
}

fn cut_power(mut ringwerk: Ringwerk, rounds: u32) {
    let company = ringwerk.demo(PHONES + 2);
    ringwerk.start();
    let mut journal = Journal::open(&ringwerk, &company);
    // A moment is random, and the same again for whoever looks for the reason: it follows from the round.
    for round in 0..rounds {
        let moment = Duration::from_millis(u64::from((round * 7919 + 131) % 1500));
        let working = AtomicBool::new(true);
        let Journal { administrator, caller, called, phones, .. } = &mut journal;
        std::thread::scope(|scope| {
            scope.spawn(|| administrator.work(&working));
            scope.spawn(|| phones.work(&working));
            scope.spawn(|| called.work(&working));
            // Every other round a call is up when the power goes; otherwise one is just being made or ended.
            scope.spawn(|| caller.work(company.extension(1), round % 2 == 1, &working));
            wait::speak(moment);
            ringwerk.kill();
            working.store(false, Ordering::Relaxed);
        });
        let begin = wait::deadline(Duration::from_secs(60));
        ringwerk.start();
        let took = Duration::from_secs(60) - wait::left(begin);
        assert!(took < Duration::from_secs(10), "round {round}: {took:?} from the start to being ready");
        journal.check(round, &ringwerk, &company);
    }
    ringwerk.stop();
    assert!(!ringwerk.log_text().contains("panicked"), "{}", ringwerk.log_text());
    let Journal { administrator, caller, phones, .. } = journal;
    let (people, calls, resumed, answers) =
        (administrator.acknowledged.len(), caller.ended, caller.resumed, phones.acknowledged);
    println!(
        "{rounds} power cuts: {people} people, {calls} calls, {resumed} of them taken up again, {answers} registrations"
    );
    assert!(people > 20 && calls > 10 && resumed > 3 && answers > 20, "little was done");
}

struct Journal {
    administrator: Administrator,
    caller: Caller,
    called: Called,
    phones: Phones,
}

impl Journal {
    fn open(ringwerk: &Ringwerk, company: &Company) -> Self {
        let house = ringwerk.house();
        let api = company.administrator(&ringwerk.api());
        let mut called = Phone::udp(house.phone(1), ringwerk.sip(), company.phone(1));
        assert_eq!(called.register(3600).status(), 200);
        let caller = Phone::udp(house.phone(0), ringwerk.sip(), company.phone(0));
        let phones =
            (0..PHONES).map(|index| Phone::udp(house.phone(2), ringwerk.sip(), company.phone(index + 2))).collect();
        Self {
            administrator: Administrator { api, acknowledged: BTreeMap::new(), unsure: None },
            caller: Caller { phone: caller, ended: 0, unsure: 0, up: None, resumed: 0 },
            called: Called { phone: called, up: None },
            phones: Phones { phones, online: [None; PHONES], acknowledged: 0, seed: 1 },
        }
    }

    fn check(&mut self, round: u32, ringwerk: &Ringwerk, company: &Company) {
        self.administrator.check(round);
        self.phones.check(round, company, &company.administrator(&ringwerk.api()));
        self.caller.check(round, &mut self.called, &company.administrator(&ringwerk.api()));
    }
}

/// Adds people, one after the other.
struct Administrator {
    api: Api,
    /// Last name and id of everybody whose addition was acknowledged.
    acknowledged: BTreeMap<String, String>,
    /// The one whose answer did not come.
    unsure: Option<String>,
}

impl Administrator {
    fn work(&mut self, working: &AtomicBool) {
        while working.load(Ordering::Relaxed) && self.unsure.is_none() {
            let name = fresh();
            match self.add(&name) {
                Some(id) => drop(self.acknowledged.insert(name, id)),
                None => self.unsure = Some(name),
            }
        }
    }

    fn add(&self, name: &str) -> Option<String> {
        let body = json!({ "firstName": "Kraft", "lastName": name });
        let answer = self.api.send("POST", "/v1/users", Some(&body), &[("Idempotency-Key", name)])?;
        match answer.status {
            201 => answer.body["id"].as_str().map(str::to_owned),
            // It was done, and the power went before the answer was kept; then it is there to be looked up.
            409 => self
                .api
                .list("/v1/users")
                .iter()
                .find(|user| user["lastName"] == name)
                .and_then(|user| user["id"].as_str().map(str::to_owned)),
            _ => panic!("{answer:?}"),
        }
    }

    fn check(&mut self, round: u32) {
        // Whoever did not get an answer asks again with the same key, and gets one person, not two.
        if let Some(name) = self.unsure.take() {
            let id = self.add(&name).expect("the server runs");
            self.acknowledged.insert(name, id);
        }
        let mut there: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for user in self.api.list("/v1/users") {
            let text = |key: &str| user[key].as_str().unwrap_or_default().to_owned();
            there.entry(text("lastName")).or_default().push(text("id"));
        }
        for (name, id) in &self.acknowledged {
            assert_eq!(there.get(name), Some(&vec![id.clone()]), "round {round}: {name} was acknowledged");
        }
    }
}

/// Phones that register and leave.
struct Phones {
    phones: Vec<Phone>,
    /// What the last acknowledged answer said, and `None` while the last one is unknown.
    online: [Option<bool>; PHONES],
    acknowledged: usize,
    seed: usize,
}

impl Phones {
    fn work(&mut self, working: &AtomicBool) {
        while working.load(Ordering::Relaxed) {
            self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let index = (self.seed >> 33) % PHONES;
            let online = !(self.seed >> 20).is_multiple_of(4);
            self.online[index] = None;
            let expires = if online { 3600 } else { 0 };
            if let Some(response) = self.phones[index].try_register(expires, working) {
                assert_eq!(response.status(), 200, "{response:?}");
                self.online[index] = Some(online);
                self.acknowledged += 1;
            }
        }
    }

    fn check(&self, round: u32, company: &Company, api: &Api) {
        for (index, online) in self.online.iter().enumerate() {
            let Some(online) = online else { continue };
            let device = company.voip_phone(api, index + 2);
            assert_eq!(
                device["presence"].is_object(),
                *online,
                "round {round}: phone {index} was told so before: {device:#}"
            );
        }
    }
}

/// Calls, talks for a moment, hangs up.
struct Caller {
    phone: Phone,
    /// Calls whose BYE was acknowledged.
    ended: usize,
    /// Attempts that nobody knows the end of: they may have a record or none.
    unsure: usize,
    /// The call that was up when the power went, and whether a BYE had been sent already.
    up: Option<(Dialog, bool)>,
    /// Calls that were taken up again after a power cut.
    resumed: usize,
}

impl Caller {
    fn work(&mut self, extension: &str, stays: bool, working: &AtomicBool) {
        while working.load(Ordering::Relaxed) {
            let Some(result) = self.phone.try_call(extension, working) else {
                self.unsure += 1;
                return;
            };
            let Ok(mut dialog) = result else {
                self.unsure += 1;
                continue;
            };
            if stays {
                self.up = Some((dialog, false));
                return;
            }
            if self.phone.try_hang_up(&mut dialog, working).is_some() {
                self.ended += 1;
            } else {
                self.up = Some((dialog, true));
            }
        }
    }

    fn check(&mut self, round: u32, called: &mut Called, api: &Api) {
        // A call that was up is up still, and its BYE is understood.
        if let Some((mut dialog, bye_sent)) = self.up.take() {
            let response = std::thread::scope(|scope| {
                scope.spawn(|| called.answer_bye());
                self.phone.hang_up(&mut dialog)
            });
            // A BYE before the power cut may have done its work already, then there is no call any more.
            let expected: &[u16] = if bye_sent { &[200, 481] } else { &[200] };
            assert!(expected.contains(&response.status()), "round {round}: {response:?}");
            self.ended += 1;
            self.resumed += usize::from(response.status() == 200);
        }
        called.up = None;
        let answered = || -> Vec<Value> {
            let list = api.list("/v1/calls");
            list.into_iter()
                .filter(|call| call["answered"].is_string() || call["answered"].is_i64() || call["answered"].is_u64())
                .collect()
        };
        let list = wait::until("every call that was up to have a record", || {
            Some(answered()).filter(|list| list.len() >= self.ended)
        });
        assert!(
            list.len() <= self.ended + self.unsure,
            "round {round}: {} records for {} calls and {} attempts",
            list.len(),
            self.ended,
            self.unsure
        );
        let ids: std::collections::BTreeSet<&str> = list.iter().filter_map(|call| call["id"].as_str()).collect();
        assert_eq!(ids.len(), list.len(), "round {round}: a call has two records");
    }
}

/// Answers every call.
struct Called {
    phone: Phone,
    up: Option<Dialog>,
}

impl Called {
    fn work(&mut self, working: &AtomicBool) {
        while working.load(Ordering::Relaxed) {
            let Some(message) = self.phone.wire.receive(Duration::from_millis(50)) else { continue };
            self.take(&message);
        }
    }

    fn take(&mut self, message: &stories::sip::Sip) {
        match message.method() {
            "INVITE" => {
                let sdp = self.phone.sdp();
                self.phone.reply(message, "200 OK", "", &sdp);
                self.up = Some(self.phone.dialog(message));
            }
            "BYE" | "OPTIONS" | "CANCEL" => self.phone.reply(message, "200 OK", "", ""),
            _ => {}
        }
    }

    fn answer_bye(&mut self) {
        if let Some(bye) = self.phone.expect_within(Duration::from_secs(3), "BYE") {
            self.phone.reply(&bye, "200 OK", "", "");
        }
    }
}
