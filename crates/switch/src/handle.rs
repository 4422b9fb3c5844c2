//! How the rest of the program talks to a running exchange.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::bounded;
use mio::Waker;
use parking_lot::Mutex;
use types::ids::{AccountId, CallId, DeviceId, UserId};

use crate::engine::Engine;
use crate::listen::stream::Transport;
use crate::live::{LiveCall, Presence};
use crate::ports::Ticket;
use crate::run::Inbox;

/// How long a question may wait for the loop. It answers within a millisecond unless it is drowning.
const PATIENCE: Duration = Duration::from_secs(2);

/// Something to be told to the loop.
pub(crate) enum Command {
    Committed(Vec<Ticket>),
    CommitFailed(Vec<Ticket>),
    Drop(DeviceId),
    Ask(Question),
    ShutDown { patience: Duration },
}

/// Looks at the engine between two inputs.
type Question = Box<dyn FnOnce(&Engine) + Send>;

/// Where the exchange listens, with the ports the kernel chose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// SIP over UDP.
    pub udp: Vec<SocketAddr>,
    /// SIP over TCP.
    pub tcp: Vec<SocketAddr>,
    /// SIP over TLS.
    pub tls: Vec<SocketAddr>,
    /// SIP over WebSocket.
    pub ws: Vec<SocketAddr>,
    /// SIP over WebSocket with TLS.
    pub wss: Vec<SocketAddr>,
}

impl Addresses {
    pub(crate) fn of(udp: &[SocketAddr], streams: &[(Transport, SocketAddr)]) -> Self {
        let over = |transport| streams.iter().filter(|(of, _)| *of == transport).map(|(_, address)| *address).collect();
        Self {
            udp: udp.to_vec(),
            tcp: over(Transport::Tcp),
            tls: over(Transport::Tls),
            ws: over(Transport::Ws),
            wss: over(Transport::Wss),
        }
    }
}

/// A running exchange. Cheap to clone; when the last clone goes, the exchange ends.
#[derive(Clone)]
pub struct EngineHandle {
    shared: Arc<Shared>,
}

struct Shared {
    inbox: Inbox,
    waker: Arc<Waker>,
    addresses: Addresses,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl EngineHandle {
    pub(crate) fn new(inbox: Inbox, waker: Arc<Waker>, addresses: Addresses, thread: JoinHandle<()>) -> Self {
        Self { shared: Arc::new(Shared { inbox, waker, addresses, thread: Mutex::new(Some(thread)) }) }
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.shared.addresses
    }

    /// These entries are durable: whoever waits for them is told.
    pub fn committed(&self, tickets: &[Ticket]) {
        if !tickets.is_empty() {
            self.shared.tell(Command::Committed(tickets.to_vec()));
        }
    }

    /// These entries are not durable and will not become so.
    pub fn commit_failed(&self, tickets: &[Ticket]) {
        if !tickets.is_empty() {
            self.shared.tell(Command::CommitFailed(tickets.to_vec()));
        }
    }

    /// Forgets a phone's registrations and closes its connections: its credentials were renewed, or it is blocked or
    /// gone. Calls it has go on.
    pub fn drop_device(&self, device: DeviceId) {
        self.shared.tell(Command::Drop(device));
    }

    /// A phone, if it is registered.
    #[must_use]
    pub fn presence(&self, device: DeviceId) -> Option<Presence> {
        self.ask(move |engine| engine.presence(device))?
    }

    /// Several phones at once, in the order asked for.
    #[must_use]
    pub fn presences(&self, devices: &[DeviceId]) -> Vec<Option<Presence>> {
        let asked = devices.to_vec();
        let answer = self.ask(move |engine| asked.iter().map(|device| engine.presence(*device)).collect());
        answer.unwrap_or_else(|| vec![None; devices.len()])
    }

    /// Whether a user is in a call, calling or talking.
    #[must_use]
    pub fn is_in_call(&self, user: UserId) -> bool {
        self.ask(move |engine| engine.is_in_call(user)).unwrap_or(false)
    }

    /// The calls of an account that ring or talk.
    #[must_use]
    pub fn calls(&self, account: AccountId) -> Vec<LiveCall> {
        self.ask(move |engine| engine.calls(Some(account))).unwrap_or_default()
    }

    /// The SIP messages of a recent call, drawn and masked.
    #[must_use]
    pub fn ladder(&self, call: CallId) -> Option<String> {
        self.ask(move |engine| engine.ladder(call))?
    }

    /// How many phones are registered.
    #[must_use]
    pub fn phones(&self) -> usize {
        self.ask(Engine::phones).unwrap_or(0)
    }

    /// Ends the exchange: takes nothing new, ends calls that ring, waits at most `patience` until everything is durable
    /// that was promised, and leaves. Calls that are up are taken up by the next start.
    pub fn shutdown(&self, patience: Duration) {
        self.shared.end(patience);
    }

    fn ask<T: Send + 'static>(&self, question: impl FnOnce(&Engine) -> T + Send + 'static) -> Option<T> {
        let (answer, answers) = bounded(1);
        self.shared.tell(Command::Ask(Box::new(move |engine| drop(answer.send(question(engine))))));
        answers.recv_timeout(PATIENCE).ok()
    }
}

impl Shared {
    fn tell(&self, command: Command) {
        // After the end nobody listens, and nothing is left to be told.
        if self.inbox.send(command).is_ok() {
            let _ = self.waker.wake();
        }
    }

    fn end(&self, patience: Duration) {
        self.tell(Command::ShutDown { patience });
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.end(Duration::ZERO);
    }
}

impl std::fmt::Debug for EngineHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineHandle").field("addresses", &self.shared.addresses).finish_non_exhaustive()
    }
}
