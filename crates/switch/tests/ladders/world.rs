//! An account in memory: Anna (44), Bernd (45) with two phones, Clara (46), a group (50), a number.

use std::sync::Arc;

use ahash::AHashMap;
use callflow::{Device, DeviceKind, Extension, Group, Number, Owner, RingPlan, User, World};
use parking_lot::Mutex;
use sip::digest::Ha1;
use switch::ports::{
    Candidate, Change, DeviceAccess, Directory, Entry, Full, Heartbeat, Ledger, OpenCall, RegistrationChange, Restored,
    Ticket, Watch,
};
use types::dial_plan::DialPlan;
use types::e164::E164;
use types::ids::{AccountId, CallId, DeviceId, ExtensionId, GroupId, NumberId, UserId};
use types::sip_id::SipId;

pub const DOMAIN: &str = "phones.example.com";
pub const PASSWORD: &str = "correct horse";

pub const ANNA: &str = "1234567e0";
pub const BERND: &str = "1234567e1";
pub const BERND_MOBILE: &str = "1234567e2";
pub const CLARA: &str = "1234567e3";

pub fn account() -> AccountId {
    AccountId::from_u128(1)
}

pub fn user(index: u128) -> UserId {
    UserId::from_u128(index)
}

pub fn device(sip_id: &str) -> DeviceId {
    let sip_id: SipId = sip_id.parse().unwrap();
    DeviceId::from_u128(100 + u128::from(sip_id.index()))
}

/// Whose phone it is.
pub fn owner(sip_id: &str) -> UserId {
    match sip_id {
        ANNA => user(1),
        BERND | BERND_MOBILE => user(2),
        _ => user(3),
    }
}

pub struct Office {
    pub world: Mutex<World>,
    pub blocked: Mutex<Vec<SipId>>,
    secrets: AHashMap<SipId, Ha1>,
}

impl Office {
    pub fn new() -> Self {
        let mut world = World::new(account(), "Muster GmbH", DialPlan::for_country("DE").unwrap());
        for (index, name) in [(1, "Anna Arndt"), (2, "Bernd Busch"), (3, "Clara Cramer")] {
            world.upsert_user(User {
                id: user(index),
                name: name.into(),
                blocked: false,
                location: None,
                caller_number: None,
                busy_on_busy: index == 3,
                steps: RingPlan::together(),
            });
            let number = format!("4{}", index + 3).parse().unwrap();
            let owner = Owner::User(user(index));
            world.upsert_extension(Extension { id: ExtensionId::from_u128(index), number, owner });
        }
        let mut secrets = AHashMap::new();
        for sip_id in [ANNA, BERND, BERND_MOBILE, CLARA] {
            let id: SipId = sip_id.parse().unwrap();
            secrets.insert(id, Ha1::new(sip_id, DOMAIN, PASSWORD));
            world.upsert_device(Device {
                id: device(sip_id),
                user: owner(sip_id),
                label: "phone".into(),
                kind: DeviceKind::Voip { sip_id: id, ever_registered: true },
            });
        }
        let members = vec![user(2), user(3)];
        world.upsert_group(Group { id: GroupId::from_u128(1), name: "Support".into(), members, seconds: 20 });
        let owner = Owner::Group(GroupId::from_u128(1));
        world.upsert_extension(Extension { id: ExtensionId::from_u128(9), number: "50".parse().unwrap(), owner });
        let e164: E164 = "+492119000917".parse().unwrap();
        world.upsert_number(Number { id: NumberId::from_u128(1), e164, owner: Some(Owner::User(user(2))) });
        Self { world: Mutex::new(world), blocked: Mutex::default(), secrets }
    }
}

impl Directory for Office {
    fn candidate(&self, sip_id: SipId) -> Candidate {
        let found = self.secrets.get(&sip_id).copied();
        Candidate { there: found.is_some(), ha1: found.unwrap_or(Ha1 { md5: [0; 16], sha256: [0; 32] }) }
    }

    fn device(&self, sip_id: SipId) -> Option<DeviceAccess> {
        self.secrets.get(&sip_id)?;
        let blocked = self.blocked.lock().contains(&sip_id);
        let text = sip_id.to_string();
        Some(DeviceAccess { account: account(), device: device(&text), user: owner(&text), blocked })
    }

    fn with_world(&self, id: AccountId, read: &mut dyn FnMut(&World)) {
        if id == account() {
            read(&self.world.lock());
        }
    }

    fn account_of_number(&self, _: E164) -> Option<AccountId> {
        Some(account())
    }
}

/// What becomes of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They become durable at once.
    Commit,
    /// They wait until the mode changes.
    Hold,
    /// They are taken and lost.
    Fail,
    /// They are not taken.
    Full,
}

/// A ledger that keeps what the office would keep, in memory.
#[derive(Default)]
pub struct Book {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    mode: Option<Mode>,
    heartbeat: Option<Heartbeat>,
    waiting: Vec<(Ticket, Entry)>,
    registrations: Vec<RegistrationChange>,
    open: Vec<OpenCall>,
    records: Vec<callflow::CallRecord>,
    changes: Vec<Change>,
}

impl Book {
    pub fn set(&self, mode: Mode) {
        self.state.lock().mode = Some(mode);
    }

    /// Decides over what waits: the tickets that are durable now, and those that are lost.
    pub fn decide(&self) -> (Vec<Ticket>, Vec<Ticket>) {
        let mut state = self.state.lock();
        let mode = state.mode.unwrap_or(Mode::Commit);
        if mode == Mode::Hold {
            return Default::default();
        }
        let waiting = std::mem::take(&mut state.waiting);
        let tickets = waiting.iter().map(|(ticket, _)| *ticket).collect();
        if mode == Mode::Fail {
            return (Vec::new(), tickets);
        }
        waiting.into_iter().for_each(|(_, entry)| state.keep(entry));
        (tickets, Vec::new())
    }

    pub fn records(&self) -> Vec<callflow::CallRecord> {
        self.state.lock().records.clone()
    }

    /// What was told to whoever looks, since it was asked last.
    pub fn take_changes(&self) -> Vec<Change> {
        std::mem::take(&mut self.state.lock().changes)
    }

    pub fn open_calls(&self) -> usize {
        self.state.lock().open.len()
    }

    /// The stored calls lose what it takes to take them up.
    pub fn damage(&self) {
        for open in &mut self.state.lock().open {
            let mut state: serde_json::Value = serde_json::from_str(&open.state).unwrap();
            state["caller"] = serde_json::Value::Null;
            open.state = state.to_string();
        }
    }

    /// What a process that starts now finds.
    pub fn stored(&self) -> Restored {
        let state = self.state.lock();
        let mut restored = Restored::default();
        state.registrations.iter().for_each(|change| restored.registration(change));
        restored.open_calls.clone_from(&state.open);
        restored.heartbeat = state.heartbeat;
        restored
    }

    /// The registrations among it.
    pub fn registrations(&self) -> Vec<RegistrationChange> {
        self.state.lock().registrations.clone()
    }
}

impl State {
    fn keep(&mut self, entry: Entry) {
        match entry {
            Entry::Registration(change) => {
                self.registrations.retain(|stored| stored.sip_id != change.sip_id);
                if !change.removed {
                    self.registrations.push(change);
                }
            }
            Entry::CallOpen(open) | Entry::CallChanged(open) => {
                self.forget(open.call);
                // A heartbeat that was overtaken by the record must not open the call again.
                if !self.records.iter().any(|record| record.id == open.call) {
                    self.open.push(open);
                }
            }
            Entry::Alive(heartbeat) => self.heartbeat = Some(heartbeat),
            Entry::CallEnded { record } => {
                self.forget(record.id);
                assert!(!self.records.iter().any(|known| known.id == record.id), "two records of one call");
                self.records.push(*record);
            }
        }
    }

    fn forget(&mut self, call: CallId) {
        self.open.retain(|open| open.call != call);
    }
}

impl Watch for Book {
    fn changed(&self, change: Change) {
        self.state.lock().changes.push(change);
    }

    fn failed(&self, part: &'static str) {
        panic!("{part} failed");
    }
}

impl Ledger for Book {
    fn submit(&self, ticket: Ticket, entry: Entry) -> Result<(), Full> {
        let mut state = self.state.lock();
        if state.mode == Some(Mode::Full) {
            return Err(Full);
        }
        state.waiting.push((ticket, entry));
        Ok(())
    }
}

pub fn shared() -> (Arc<Office>, Arc<Book>) {
    (Arc::new(Office::new()), Arc::new(Book::default()))
}
