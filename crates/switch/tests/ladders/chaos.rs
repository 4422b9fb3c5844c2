//! Phones that do anything at any time over a network that loses and repeats messages: whatever happens, every call that
//! was let in has exactly one record in the end, and nothing of it is left anywhere.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use sip::message::{Message, Name, Request, Response};
use types::clock::Tick;

use crate::phone::{Phone, Talk, session};
use crate::wire::Wire;
use crate::world::{ANNA, BERND, BERND_MOBILE, CLARA, Mode};

/// Numbers that look random.
struct Luck(u64);

impl Luck {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
}

/// A phone with a mind of its own.
struct Actor {
    phone: Phone,
    talks: Vec<Talk>,
    ringing: Vec<Request>,
}

struct Story {
    wire: Wire,
    luck: Luck,
    actors: Vec<Actor>,
    /// Call-ID and sequence number of INVITEs that got their 100.
    begun: BTreeSet<(String, u32)>,
    serial: u32,
}

const DIALLED: [&str; 6] = ["44", "45", "46", "50", "79", "112"];

impl Story {
    fn new(seed: u64) -> Self {
        let mut wire = Wire::new();
        wire.quiet = true;
        let mut actors = Vec::new();
        let phones = [
            (ANNA, "192.0.2.10:5060"),
            (BERND, "192.0.2.20:5060"),
            (BERND_MOBILE, "192.0.2.21:5060"),
            (CLARA, "192.0.2.30:5060"),
        ];
        for (sip_id, address) in phones {
            let mut phone = Phone::new(&mut wire, sip_id, sip_id, address);
            phone.register(&mut wire);
            actors.push(Actor { phone, talks: Vec::new(), ringing: Vec::new() });
        }
        Self { wire, luck: Luck(seed), actors, begun: BTreeSet::new(), serial: 0 }
    }

    fn play(&mut self, steps: usize) {
        for _ in 0..steps {
            let actor = usize::try_from(self.luck.below(self.actors.len() as u64)).unwrap();
            self.act(actor);
            self.listen();
            match self.luck.below(100) {
                0..=4 => self
                    .wire
                    .book
                    .set([Mode::Hold, Mode::Fail, Mode::Full][usize::try_from(self.luck.below(3)).unwrap()]),
                5..=30 => self.wire.book.set(Mode::Commit),
                _ => {}
            }
            let pause = self.luck.below(1500);
            self.wire.pass(Duration::from_millis(pause));
            self.listen();
        }
    }

    /// One of a phone's people does something.
    fn act(&mut self, index: usize) {
        self.serial += 1;
        let version = self.serial;
        let pick = self.luck.below(10);
        let dialled = DIALLED[usize::try_from(self.luck.below(DIALLED.len() as u64)).unwrap()];
        let Some(actor) = self.actors.get_mut(index) else { return };
        let Actor { phone, talks, ringing } = actor;
        let wire = &mut self.wire;
        let description = session(&phone.contact.ip().to_string(), 4000, "sendrecv", version);
        match pick {
            0..=2 => {
                let mut talk = phone.talk(wire, dialled);
                phone.invite(
                    wire,
                    &mut talk,
                    Some(&description).filter(|_| !version.is_multiple_of(5)).map(String::as_str),
                    "",
                );
                talks.push(talk);
            }
            3 if !talks.is_empty() => {
                let talk = &mut talks[0];
                phone.ask(wire, talk, "BYE", None, "");
            }
            4 if !talks.is_empty() => phone.cancel(wire, &talks[talks.len() - 1]),
            5 if !talks.is_empty() => {
                let last = talks.len() - 1;
                phone.invite(wire, &mut talks[last], Some(&description), "");
            }
            6..=8 if !ringing.is_empty() => {
                let invite = ringing.remove(0);
                let status = [180, 183, 200, 200, 200, 486, 603, 480][usize::try_from(self.luck.below(8)).unwrap()];
                let body = matches!(status, 183 | 200).then_some(description.as_str());
                phone.answer(wire, &invite, status, &format!("tag{index}"), body, "");
                match status {
                    200 => talks.push(phone.called(&invite, &format!("tag{index}"))),
                    180 | 183 => ringing.push(invite),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Every phone deals with what arrived, if it did.
    fn listen(&mut self) {
        for round in 0..50 {
            let mut quiet = true;
            for index in 0..self.actors.len() {
                while let Some(bytes) = self.wire.take(self.actors[index].phone.path.remote) {
                    quiet = false;
                    self.note(&bytes);
                    if self.luck.percent(5) {
                        continue;
                    }
                    self.receive(index, bytes.clone());
                    if self.luck.percent(2) {
                        self.receive(index, bytes);
                    }
                }
            }
            if quiet {
                return;
            }
            assert!(round < 49, "they never stop talking");
        }
    }

    /// A call that got its 100 was let in, whether the 100 arrived or not.
    fn note(&mut self, bytes: &Bytes) {
        if let Ok(Message::Response(response)) = Message::parse(bytes.clone())
            && response.status() == 100
            && response.to().tag().is_none()
        {
            self.begun.insert((response.call_id().to_owned(), response.cseq().number));
        }
    }

    fn receive(&mut self, index: usize, bytes: Bytes) {
        match Message::parse(bytes).unwrap() {
            Message::Request(request) => self.receive_request(index, request),
            Message::Response(response) => self.receive_response(index, &response),
        }
    }

    fn receive_request(&mut self, index: usize, request: Request) {
        let known = self.luck.percent(90);
        let Actor { phone, talks, ringing } = &mut self.actors[index];
        let wire = &mut self.wire;
        match request.method().as_str() {
            "INVITE" if request.to().tag().is_none() => {
                if !ringing.iter().any(|known| known.call_id() == request.call_id()) {
                    ringing.push(request);
                }
            }
            "ACK" => {}
            "CANCEL" => {
                phone.answer(wire, &request, 200, "x", None, "");
                if let Some(at) = ringing.iter().position(|invite| invite.call_id() == request.call_id()) {
                    let invite = ringing.remove(at);
                    phone.answer(wire, &invite, 487, &format!("tag{index}"), None, "");
                }
            }
            "BYE" => {
                talks.retain(|talk| talk.call_id != request.call_id());
                phone.answer(wire, &request, if known { 200 } else { 481 }, "x", None, "");
            }
            _ => {
                let body =
                    (!request.body().is_empty()).then(|| session(&phone.contact.ip().to_string(), 4000, "sendrecv", 9));
                phone.answer(wire, &request, if known { 200 } else { 491 }, "x", body.as_deref(), "");
            }
        }
    }

    fn receive_response(&mut self, index: usize, response: &Response) {
        let Actor { phone, talks, .. } = &mut self.actors[index];
        let wire = &mut self.wire;
        let invites = response.cseq().method.as_str() == "INVITE";
        let Some(talk) = talks.iter_mut().find(|talk| talk.call_id == response.call_id()) else { return };
        match response.status() {
            407 if invites => {
                phone.ack_failure(wire, talk, response);
                phone.challenged(response, Name::ProxyAuthenticate);
                let authorization = phone.authorize(wire, "INVITE", &talk.invite_uri);
                let body = session(&phone.contact.ip().to_string(), 4000, "sendrecv", 1);
                phone.invite(wire, talk, Some(&body), &format!("Proxy-Authorization: {authorization}\n"));
            }
            180..200 => phone.learn(talk, response),
            200..300 if invites => {
                phone.learn(talk, response);
                let body = session(&phone.contact.ip().to_string(), 4000, "sendrecv", 1);
                phone.ack(wire, talk, Some(&body));
            }
            300.. if invites => {
                phone.ack_failure(wire, talk, response);
                if talk.remote.contains("tag=") {
                    return;
                }
                talks.retain(|talk| talk.call_id != response.call_id());
            }
            _ => {}
        }
    }

    /// Everybody goes home: whatever is still open must end by itself.
    fn end(&mut self) {
        self.wire.book.set(Mode::Commit);
        self.wire.packets.state().silent_since = Some(Tick(0));
        for actor in &mut self.actors {
            actor.talks.clear();
            actor.ringing.clear();
        }
        self.wire.pass(Duration::from_secs(600));
        for actor in &self.actors {
            while self.wire.take(actor.phone.path.remote).is_some() {}
        }
    }
}

#[track_caller]
fn check(story: &Story, seed: u64) {
    let wire = &story.wire;
    let state = format!("{:?}", wire.engine);
    for empty in ["calls: 0", "dialogs: 0", "servers: 0", "clients: 0", "users: {}", "accounts: {}", "waiting: 0"] {
        assert!(state.contains(empty), "seed {seed}: {state}");
    }
    assert_eq!(wire.book.open_calls(), 0, "seed {seed}");
    assert!(wire.packets.state().relays.is_empty(), "seed {seed}");
    // The book itself refuses a second record of one call.
    assert_eq!(wire.book.records().len(), story.begun.len(), "seed {seed}: {:?}", story.begun);
}

#[test]
fn every_call_has_one_record_and_leaves_nothing_behind() {
    let mut outcomes = BTreeSet::new();
    for seed in 0..20 {
        let mut story = Story::new(seed);
        story.play(150);
        story.end();
        check(&story, seed);
        outcomes.extend(story.wire.book.records().iter().map(|record| record.outcome.code()));
    }
    for outcome in ["answered", "busy", "cancelled", "declined", "noAnswer", "rejected", "unreachable"] {
        assert!(outcomes.contains(outcome), "never came about: {outcome}");
    }
}

#[test]
fn nor_does_a_restart_leave_anything_behind() {
    for seed in 100..110 {
        let mut story = Story::new(seed);
        story.play(60);
        story.wire.crash(Duration::from_secs(3));
        story.play(60);
        story.end();
        let records = story.wire.book.records();
        assert!(records.len() <= story.begun.len(), "seed {seed}");
        assert_eq!((story.wire.book.open_calls(), story.wire.engine.calls_active()), (0, 0), "seed {seed}");
    }
}
