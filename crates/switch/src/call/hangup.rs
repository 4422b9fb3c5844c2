//! The call ends: whoever does not know yet is told, and the record is written.

use callflow::{Event, Side};
use sip::agent::ServerKey;
use sip::message::{Request, ResponseBuilder};

use super::{Call, LegId, Stage};
use crate::engine::core::{Core, LocalTag, Waiting};
use crate::ports::Entry;

impl Call {
    /// A BYE came. Its 200 waits for the record.
    pub(super) fn bye(&mut self, core: &mut Core, from: LegId, server: ServerKey, request: Request) {
        let by = match (from, self.stage) {
            (_, Stage::Over) => {
                self.leave(from);
                self.byes.push((server, request));
                return self.answer_byes(core);
            }
            // The caller may end a call that rings with a BYE instead of a CANCEL (RFC 3261 section 15).
            (LegId::Caller, _) => Side::Caller,
            (LegId::Fork(fork), Stage::Opening(winner) | Stage::Up(winner)) if fork == winner => Side::Called,
            (LegId::Fork(_), _) => return core.refuse(server, &request, 481),
        };
        self.leave(from);
        self.byes.push((server, request));
        let event = if self.stage == Stage::Ringing { Event::CallerGone } else { Event::Ended { by } };
        self.tell(core, event);
        self.drive(core);
    }

    /// The leg ended the call itself and needs no BYE.
    fn leave(&mut self, leg: LegId) {
        match leg {
            LegId::Caller => self.caller.gone(),
            LegId::Fork(_) => {
                if let Some(leg) = self.leg_mut(leg) {
                    leg.gone = true;
                }
            }
        }
    }

    /// The caller cancelled, or is gone, before the call was answered.
    pub(crate) fn caller_gone(&mut self, core: &mut Core) {
        self.tell(core, Event::CallerGone);
        self.drive(core);
    }

    /// Ends the call whatever it is at, for a reason of the exchange's own.
    pub(super) fn cut(&mut self, core: &mut Core) {
        self.tell(core, Event::Ended { by: Side::Exchange });
        self.drive(core);
    }

    /// The exchange shuts down: a call that rings cannot be taken up again later, so it ends; one that is up stays.
    pub(crate) fn shut_down(&mut self, core: &mut Core) {
        if self.stage == Stage::Ringing {
            self.caller.refuse(core, 503, None, None);
            self.caller_gone(core);
        }
    }

    /// The Walk is over: tidies up and writes the record. Runs once.
    pub(super) fn end(&mut self, core: &mut Core) {
        if self.stage == Stage::Over {
            return;
        }
        self.stage = Stage::Over;
        self.end_exchanges(core);
        self.caller.refuse(core, 487, None, None);
        self.caller.hang_up(core, None);
        for fork in 0..self.forks.len() {
            self.stop_fork(core, fork, false);
            self.hang_up_fork(core, fork, None);
        }
        self.relays.keep(core, None);
        if std::mem::take(&mut self.counted) {
            core.occupied.end(self.account);
        }
        for user in std::mem::take(&mut self.busy) {
            core.occupied.leave(user);
        }
        let record = self.script.record(self.id, self.account, core.now, core.at);
        metrics::counter!("ringwerk_calls_ended_total", "outcome" => record.outcome.code()).increment(1);
        if record.answered.is_some() {
            metrics::counter!("ringwerk_call_seconds_total").increment(record.duration_ms / 1000);
        }
        tracing::info!(call = %self.id, account = %self.account, outcome = record.outcome.code(), "call ended");
        self.record = Some(Box::new(record));
        self.write_record(core);
    }

    /// Hands the record to the ledger, as often as it takes.
    fn write_record(&mut self, core: &mut Core) {
        if let Some(record) = self.record.clone() {
            core.commits.insist(Entry::CallEnded { record }, Waiting::Record(self.key), core.now);
        }
    }

    /// The record is durable: BYEs are answered.
    pub(crate) fn recorded(&mut self, core: &mut Core) {
        self.saved = true;
        self.record = None;
        self.answer_byes(core);
    }

    /// The record was not kept. It is tried again; whoever sent a BYE goes on waiting.
    pub(crate) fn not_recorded(&mut self, core: &mut Core) {
        if let Some(record) = self.record.clone() {
            core.commits.postpone(Entry::CallEnded { record }, Waiting::Record(self.key), core.now);
        }
    }

    fn answer_byes(&mut self, core: &mut Core) {
        if self.saved {
            for (server, request) in std::mem::take(&mut self.byes) {
                core.servers.remove(&server);
                core.respond(server, ResponseBuilder::new(&request, 200, None));
            }
        }
    }

    /// A request waited too long for its answer; its sender has given up.
    pub(super) fn forget_bye(&mut self, server: ServerKey) {
        self.byes.retain(|(bye, _)| *bye != server);
    }

    /// Takes the call out of everything that leads to it.
    pub(crate) fn forget(&self, core: &mut Core) {
        let tags: Vec<LocalTag> = self.fork_tags().chain(self.caller.leg.tag()).collect();
        for tag in tags {
            core.dialogs.remove(&tag);
        }
        for (client, _) in &self.tasks {
            core.clients.remove(client);
        }
        if let Some(server) = self.caller.invited() {
            core.servers.remove(&server);
        }
        let legs = self.forks.iter().filter_map(|fork| fork.leg.as_ref()).chain(std::iter::once(&self.caller.leg));
        for leg in legs {
            core.ladders.end_leg(leg.dialog.id().call_id());
        }
    }
}
