//! The language of the `.call` files. Line by line; indentation is for the eye, `#` starts a comment.
//!
//! ```text
//! account Muster GmbH in DE
//! suspended
//! location office "Head office" area 0211 [without-address]
//! user anna "Anna Weber" [at office]   then: extension 44 · number +49… · shows +49… · busy-on-busy · blocked
//!                                            phone desk "Desk phone" [never-connected] · step 15 desk mobile
//!                                            mobile cell "Mobile" +49… · external home "Home" +49…
//! group sales "Sales" rings 30         then: extension 70 · number +49… · member anna
//! unassigned +49…                      (nobody's number)
//!
//! call anna/desk -> 44                 call outside +49… -> 0211…      call outside anonymous -> …
//!   offline ben/desk · in-call ben
//!   1.5 ben/desk rings|answers|busy|declines|gives-up|offline|error 500
//!   3 outside rings|answers|busy|declines|no-line|error 404
//!   4 caller gives up · 9 caller|called|exchange hangs up
//! explain ben · findings ben · diagram ben
//! ```
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod perform;

use std::collections::BTreeMap;

use callflow::trial::{Script, ScriptedEvent};
use callflow::{
    Caller, Device, DeviceKind, Event, Extension, Failure, Group, Location, Number, Owner, RingPlan, RingStep, Side,
    User, World,
};
use types::dialled::DialPlan;
use types::ids::{AccountId, DeviceId, ExtensionId, GroupId, LocationId, NumberId, UserId};
use types::sip_id::{SipId, SipIdKind};

pub use perform::perform;

/// A file, read.
pub struct Scenario {
    pub world: World,
    pub owners: BTreeMap<String, Owner>,
    pub devices: BTreeMap<String, DeviceId>,
    pub acts: Vec<Act>,
}

/// Something to look at.
pub enum Act {
    Call { line: String, caller: Caller, dialled: String, script: Script },
    Explain(String),
    Findings(String),
    Diagram(String),
}

/// What the last line was about.
enum Subject {
    Nothing,
    User(UserId),
    Group(GroupId),
    Call,
}

pub fn read(text: &str) -> Scenario {
    let mut reader = Reader {
        scenario: Scenario {
            world: World::new(AccountId::from_u128(1), "Muster GmbH", DialPlan::germany()),
            owners: BTreeMap::new(),
            devices: BTreeMap::new(),
            acts: Vec::new(),
        },
        locations: BTreeMap::new(),
        subject: Subject::Nothing,
        ids: 100,
    };
    for (number, line) in text.lines().enumerate() {
        let line = line.split(" #").next().unwrap().trim();
        if !line.is_empty() && !line.starts_with('#') {
            let words = words(line);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            reader.line(line, &words).unwrap_or_else(|| panic!("line {}: {line}", number + 1));
        }
    }
    reader.scenario
}

/// Splits at spaces, except within double quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

struct Reader {
    scenario: Scenario,
    locations: BTreeMap<String, LocationId>,
    subject: Subject,
    ids: u128,
}

impl Reader {
    fn line(&mut self, line: &str, words: &[&str]) -> Option<()> {
        match words {
            ["account", name @ .., "in", country] => {
                self.scenario.world.set_name(&name.join(" "));
                self.scenario.world.set_plan(DialPlan::for_country(country)?);
            }
            ["suspended"] => self.scenario.world.set_suspended(true),
            ["location", key, name, "area", area, rest @ ..] => {
                let id = LocationId::from_u128(self.id());
                self.locations.insert((*key).to_owned(), id);
                self.scenario.world.upsert_location(Location {
                    id,
                    name: (*name).into(),
                    address_complete: *rest != ["without-address"],
                    area_code: Some((*area).into()),
                });
            }
            ["user", key, name, rest @ ..] => {
                let id = UserId::from_u128(self.id());
                let location = match rest {
                    ["at", location] => Some(*self.locations.get(*location)?),
                    _ => None,
                };
                self.scenario.owners.insert((*key).to_owned(), Owner::User(id));
                self.subject = Subject::User(id);
                self.scenario.world.upsert_user(User {
                    id,
                    name: (*name).into(),
                    blocked: false,
                    location,
                    caller_number: None,
                    busy_on_busy: false,
                    steps: RingPlan::together(),
                });
            }
            ["group", key, name, "rings", seconds] => {
                let id = GroupId::from_u128(self.id());
                self.scenario.owners.insert((*key).to_owned(), Owner::Group(id));
                self.subject = Subject::Group(id);
                let seconds = seconds.parse().ok()?;
                self.scenario.world.upsert_group(Group { id, name: (*name).into(), members: Vec::new(), seconds });
            }
            ["unassigned", number] => {
                let (id, e164) = (NumberId::from_u128(self.id()), number.parse().ok()?);
                self.scenario.world.upsert_number(Number { id, e164, owner: None });
            }
            ["number", number] => {
                let owner = Some(self.owner()?);
                let (id, e164) = (NumberId::from_u128(self.id()), number.parse().ok()?);
                self.scenario.world.upsert_number(Number { id, e164, owner });
            }
            ["extension", number] => {
                let owner = self.owner()?;
                let (id, number) = (ExtensionId::from_u128(self.id()), number.parse().ok()?);
                self.scenario.world.upsert_extension(Extension { id, number, owner });
            }
            ["call", "outside", number, "->", ..] => {
                let number = if *number == "anonymous" { None } else { Some(number.parse().ok()?) };
                self.call(line, Caller::Outside { number })?;
            }
            ["call", device, "->", ..] => {
                let device = self.scenario.devices.get(*device).copied().unwrap_or(DeviceId::from_u128(u128::MAX));
                self.call(line, Caller::Device { device })?;
            }
            ["explain", key] => self.scenario.acts.push(Act::Explain((*key).to_owned())),
            ["findings", key] => self.scenario.acts.push(Act::Findings((*key).to_owned())),
            ["diagram", key] => self.scenario.acts.push(Act::Diagram((*key).to_owned())),
            _ => match self.subject {
                Subject::User(user) => self.of_user(user, words)?,
                Subject::Group(group) => self.of_group(group, words)?,
                Subject::Call => self.of_call(words)?,
                Subject::Nothing => return None,
            },
        }
        Some(())
    }

    fn of_user(&mut self, id: UserId, words: &[&str]) -> Option<()> {
        let mut user = self.scenario.world.user(id)?.clone();
        match words {
            ["shows", number] => user.caller_number = Some(number.parse().ok()?),
            ["busy-on-busy"] => user.busy_on_busy = true,
            ["blocked"] => user.blocked = true,
            ["step", seconds, phones @ ..] => {
                let key = self.key_of(Owner::User(id))?;
                let phone = |phone: &&str| self.scenario.devices.get(&format!("{key}/{phone}")).copied();
                let devices = phones.iter().map(phone).collect::<Option<_>>()?;
                let mut steps = user.steps.steps().to_vec();
                steps.push(RingStep { devices, seconds: seconds.parse().ok()? });
                user.steps = RingPlan::new(steps).ok()?;
            }
            ["phone", key, label, rest @ ..] => {
                let device = DeviceId::from_u128(self.id());
                let index = u32::try_from(self.scenario.devices.len()).ok()?;
                let sip_id = SipId::new(1_234_567, SipIdKind::Voip, index)?;
                let kind = DeviceKind::Voip { sip_id, ever_registered: *rest != ["never-connected"] };
                let owner = self.key_of(Owner::User(id))?;
                self.scenario.devices.insert(format!("{owner}/{key}"), device);
                self.scenario.world.upsert_device(Device { id: device, user: id, label: (*label).into(), kind });
            }
            [kind @ ("mobile" | "external"), key, label, number] => {
                let device = DeviceId::from_u128(self.id());
                let number = number.parse().ok()?;
                let kind = match *kind {
                    "mobile" => DeviceKind::Mobile { number },
                    _ => DeviceKind::External { number },
                };
                let owner = self.key_of(Owner::User(id))?;
                self.scenario.devices.insert(format!("{owner}/{key}"), device);
                self.scenario.world.upsert_device(Device { id: device, user: id, label: (*label).into(), kind });
            }
            _ => return None,
        }
        self.scenario.world.upsert_user(user);
        Some(())
    }

    fn of_group(&mut self, id: GroupId, words: &[&str]) -> Option<()> {
        let ["member", member] = words else { return None };
        let Owner::User(member) = self.scenario.owners.get(*member)? else { return None };
        let mut group = self.scenario.world.group(id)?.clone();
        group.members.push(*member);
        self.scenario.world.upsert_group(group);
        Some(())
    }

    fn call(&mut self, line: &str, caller: Caller) -> Option<()> {
        // What is dialled is taken as it stands in the file, quotes apart, so that odd spaces can be written.
        let dialled = line.split_once("-> ").map_or("", |(_, dialled)| dialled).trim_matches('"').to_owned();
        self.subject = Subject::Call;
        self.scenario.acts.push(Act::Call { line: line.to_owned(), caller, dialled, script: Script::default() });
        Some(())
    }

    fn of_call(&mut self, words: &[&str]) -> Option<()> {
        let devices = &self.scenario.devices;
        let owners = &self.scenario.owners;
        let Act::Call { script, .. } = self.scenario.acts.last_mut()? else { return None };
        match words {
            ["offline", device] => script.offline.push(*devices.get(*device)?),
            ["in-call", user] => match owners.get(*user)? {
                Owner::User(user) => script.in_call.push(*user),
                Owner::Group(_) => return None,
            },
            [seconds, rest @ ..] => {
                let seconds: f64 = seconds.parse().ok()?;
                let event = match rest {
                    ["caller", "gives", "up"] => Event::CallerGone,
                    ["caller", "hangs", "up"] => Event::Ended { by: Side::Caller },
                    ["called", "hangs", "up"] => Event::Ended { by: Side::Called },
                    ["exchange", "hangs", "up"] => Event::Ended { by: Side::Exchange },
                    ["outside", "rings"] => Event::OutsideRinging,
                    ["outside", "answers"] => Event::OutsideAnswered,
                    ["outside", failure @ ..] => Event::OutsideFailed { failure: read_failure(failure)? },
                    [device, "rings"] => Event::Ringing { device: *devices.get(*device)? },
                    [device, "answers"] => Event::Answered { device: *devices.get(*device)? },
                    [device, failure @ ..] => {
                        Event::Failed { device: *devices.get(*device)?, failure: read_failure(failure)? }
                    }
                    [] => return None,
                };
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                script.events.push(ScriptedEvent { after_ms: (seconds * 1000.0) as u64, event });
            }
            [] => return None,
        }
        Some(())
    }

    fn owner(&self) -> Option<Owner> {
        match self.subject {
            Subject::User(user) => Some(Owner::User(user)),
            Subject::Group(group) => Some(Owner::Group(group)),
            Subject::Nothing | Subject::Call => None,
        }
    }

    fn key_of(&self, owner: Owner) -> Option<String> {
        self.scenario.owners.iter().find(|(_, other)| **other == owner).map(|(key, _)| key.clone())
    }

    fn id(&mut self) -> u128 {
        self.ids += 1;
        self.ids
    }
}

fn read_failure(words: &[&str]) -> Option<Failure> {
    Some(match words {
        ["offline" | "no-line"] => Failure::Offline,
        ["busy"] => Failure::Busy,
        ["declines"] => Failure::Declined,
        ["gives-up"] => Failure::NoAnswer,
        ["error", status] => Failure::Error { status: status.parse().ok()? },
        _ => return None,
    })
}
