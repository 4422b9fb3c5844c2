//! A phone answered: first it is made durable, then the caller is told.

use callflow::{Event, Side};

use super::{Call, Stage};
use crate::engine::core::{Core, Waiting};
use crate::ports::Entry;

impl Call {
    /// The Walk connects the caller with the phone that answered.
    pub(super) fn open(&mut self, core: &mut Core) {
        let Some(fork) = self.caller.answering() else { return };
        self.stage = Stage::Opening(fork);
        self.answered = Some(core.at);
        let Some(answered) = self.forks.get(fork) else { return };
        let (user, relay) = (answered.user, answered.relay);
        self.occupy(core, user);
        self.relays.keep(core, relay);
        self.caller.prepare(core, self.key);
        let waiting = Waiting::Open(self.key);
        let submitted = self.saved_state(core).map(|open| core.commits.submit(Entry::CallOpen(open), waiting));
        if !matches!(submitted, Some(Ok(_))) {
            self.not_opened(core);
        }
    }

    /// The answered call is durable: the caller is told, and the call is up.
    pub(crate) fn opened(&mut self, core: &mut Core) {
        let Stage::Opening(fork) = self.stage else { return };
        self.stage = Stage::Up(fork);
        self.caller.accept(core);
        self.begin_watch(core);
    }

    /// The answered call could not be made durable: it does not come about.
    pub(crate) fn not_opened(&mut self, core: &mut Core) {
        if !matches!(self.stage, Stage::Opening(_)) {
            return;
        }
        metrics::counter!("ringwerk_calls_refused_total", "why" => "ledger").increment(1);
        self.caller.refuse(core, 503, None, None);
        self.tell(core, Event::Ended { by: Side::Exchange });
        self.drive(core);
    }
}
