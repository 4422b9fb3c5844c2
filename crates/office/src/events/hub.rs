//! Where everything that happens comes together, and goes out account by account.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::{broadcast, watch};
use types::ids::{AccountId, UserId};

use super::board::Board;
use super::model::{ChangedEvent, Signal};
use crate::db::Event;
use crate::directory::Directory;
use crate::ports::Noted;
use crate::tasks::guarded_now;

/// Signals of an account that a receiver may be behind, and that a stream which was cut can catch up with.
const RECENT: usize = 256;
/// Streams of one user.
pub(super) const STREAMS: usize = 10;

/// A signal and its number within the account.
pub(super) type Numbered = (u64, Arc<Signal>);

/// See the module's text.
pub(crate) struct Hub {
    /// Another one for each process, so that numbers of an earlier one mean nothing.
    pub(super) epoch: u64,
    state: Mutex<State>,
    closing: watch::Sender<bool>,
}

#[derive(Default)]
struct State {
    board: Board,
    /// Accounts that somebody has looked at; the others' signals go nowhere.
    channels: BTreeMap<AccountId, Channel>,
    streams: BTreeMap<UserId, usize>,
}

struct Channel {
    last: u64,
    recent: VecDeque<Numbered>,
    sender: broadcast::Sender<Numbered>,
}

impl Default for Channel {
    fn default() -> Self {
        Self { last: 0, recent: VecDeque::new(), sender: broadcast::Sender::new(RECENT) }
    }
}

impl Channel {
    fn send(&mut self, signal: Signal) {
        self.last += 1;
        let numbered = (self.last, Arc::new(signal));
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(numbered.clone());
        // No receiver is no failure: somebody may come back and ask for it.
        let _ = self.sender.send(numbered);
    }
}

/// What a stream begins with.
pub(super) struct Beginning {
    pub(super) receiver: broadcast::Receiver<Numbered>,
    /// The number of the last signal that is not for the receiver any more.
    pub(super) last: u64,
    /// What happened since the signal the stream knew last.
    pub(super) missed: Vec<Numbered>,
    /// What is going on, where the stream knows nothing.
    pub(super) paths: Vec<Signal>,
    /// Something was missed that cannot be told any more.
    pub(super) reset: bool,
    pub(super) closing: watch::Receiver<bool>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").finish_non_exhaustive()
    }
}

impl Hub {
    pub(crate) fn new(epoch: u64) -> Self {
        Self { epoch, state: Mutex::default(), closing: watch::Sender::new(false) }
    }

    /// Ends every stream, and lets none begin.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Begins a stream, after the signal numbered `after` where the receiver has seen one of this process.
    pub(super) fn begin(&self, account: AccountId, after: Option<Option<u64>>) -> Beginning {
        let mut state = self.state.lock();
        let State { board, channels, .. } = &mut *state;
        let channel = channels.entry(account).or_default();
        let first = channel.recent.front().map_or(channel.last + 1, |(number, _)| *number);
        let known = after.flatten().filter(|after| *after <= channel.last && *after + 1 >= first);
        let missed = known.map(|after| channel.recent.iter().filter(|(number, _)| *number > after).cloned().collect());
        Beginning {
            receiver: channel.sender.subscribe(),
            last: channel.last,
            reset: after.is_some() && known.is_none(),
            paths: if missed.is_none() { board.paths(account) } else { Vec::new() },
            missed: missed.unwrap_or_default(),
            closing: self.closing.subscribe(),
        }
    }

    /// A place among the user's streams.
    pub(super) fn seat(self: &Arc<Self>, user: UserId) -> Option<Seat> {
        let mut state = self.state.lock();
        let streams = state.streams.entry(user).or_default();
        if *streams >= STREAMS {
            return None;
        }
        *streams += 1;
        Some(Seat { hub: Arc::clone(self), user })
    }

    /// Something became durable.
    pub(crate) fn durable(&self, event: Event) {
        let mut state = self.state.lock();
        if let Some(channel) = state.channels.get_mut(&event.account) {
            let what = event.action.split('.').next().unwrap_or_default().to_owned();
            channel.send(Signal::Changed(ChangedEvent { what, id: event.object, users: event.users }));
        }
    }

    /// The exchange noted something.
    pub(crate) fn noted(&self, noted: Noted, directory: &Directory) {
        for (device, (account, reachable)) in noted.phones {
            let known = self.state.lock().board.user_of(device);
            let in_world = || directory.with_world(account, |world| world.device(device).map(|device| device.user));
            let Some(user) = known.or_else(|| in_world().flatten()) else { continue };
            let mut state = self.state.lock();
            let mut signals = state.board.phone(user, device, reachable);
            let changed = ChangedEvent { what: "devices".to_owned(), id: device.to_string(), users: vec![user] };
            signals.push(Signal::Changed(changed));
            state.send(account, signals);
        }
        for (call, (account, legs)) in noted.calls {
            let mut state = self.state.lock();
            let signals = state.board.call(account, call, legs);
            state.send(account, signals);
        }
    }

    /// Some of what became durable was missed: every stream has to begin anew.
    fn lost(&self) {
        for channel in self.state.lock().channels.values_mut() {
            *channel = Channel { last: channel.last + 1, ..Channel::default() };
        }
    }
}

impl State {
    fn send(&mut self, account: AccountId, signals: Vec<Signal>) {
        if let Some(channel) = self.channels.get_mut(&account) {
            signals.into_iter().for_each(|signal| channel.send(signal));
        }
    }
}

/// See [`Hub::seat`].
pub(super) struct Seat {
    hub: Arc<Hub>,
    user: UserId,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.hub.state.lock();
        let left = state.streams.get(&self.user).copied().unwrap_or(0).saturating_sub(1);
        if left == 0 {
            state.streams.remove(&self.user);
        } else {
            state.streams.insert(self.user, left);
        }
    }
}

/// Passes on what becomes durable, as long as there is a hub.
pub(crate) async fn follow(hub: Weak<Hub>, mut events: broadcast::Receiver<Event>) {
    loop {
        let received = events.recv().await;
        let Some(hub) = hub.upgrade() else { return };
        if matches!(received, Err(broadcast::error::RecvError::Closed)) {
            return;
        }
        // What could not be passed on is as good as missed.
        let passed = guarded_now("events", || match received {
            Ok(event) => hub.durable(event),
            Err(_) => hub.lost(),
        });
        if passed.is_none() {
            guarded_now("events", || hub.lost());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn happens(hub: &Hub, account: AccountId, id: u64) {
        hub.durable(Event { account, action: "users.edit", object: id.to_string(), users: Vec::new() });
    }

    #[test]
    fn a_stream_that_was_cut_catches_up_or_is_told_that_it_cannot() {
        let (hub, account) = (Hub::new(1), AccountId::from_u128(1));
        assert!(!hub.begin(account, None).reset);
        (0..10).for_each(|id| happens(&hub, account, id));
        let numbers = |beginning: &Beginning| beginning.missed.iter().map(|(number, _)| *number).collect::<Vec<_>>();
        let again = hub.begin(account, Some(Some(7)));
        assert_eq!((numbers(&again), again.reset), (vec![8, 9, 10], false));
        assert!(hub.begin(account, Some(Some(11))).reset, "a number that was never given");
        assert!(hub.begin(account, Some(None)).reset, "a number of another process");
        (0..1000).for_each(|id| happens(&hub, account, id));
        assert!(hub.begin(account, Some(Some(7))).reset);
        assert_eq!(hub.begin(account, Some(Some(1009))).missed.len(), 1);
        assert_eq!(hub.state.lock().channels[&account].recent.len(), RECENT);
    }

    #[test]
    fn a_user_has_a_few_streams_and_no_more() {
        let hub = Arc::new(Hub::new(1));
        let user = UserId::from_u128(1);
        let mut seats: Vec<Seat> = (0..STREAMS).map(|_| hub.seat(user).unwrap()).collect();
        assert!(hub.seat(user).is_none() && hub.seat(UserId::from_u128(2)).is_some());
        seats.pop();
        assert!(hub.seat(user).is_some());
        drop(seats);
        assert!(hub.state.lock().streams.is_empty());
    }

    #[test]
    fn accounts_nobody_looks_at_cost_nothing() {
        let hub = Hub::new(1);
        happens(&hub, AccountId::from_u128(1), 1);
        assert!(hub.state.lock().channels.is_empty());
    }
}
