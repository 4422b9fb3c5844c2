//! The exchange on a thread of its own: sockets in, [`Engine`], sockets out.
//!
//! One loop: whatever arrived is handled, a batch at a time and every source in turn; what the engine wants done is
//! done; then everything is flushed. Nothing in it waits, except for something to happen.

use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use ahash::AHashMap;
use crossbeam_channel::{Receiver, Sender, bounded};
use mio::{Events, Interest, Poll, Token, Waker};
use sip::agent::{Path, Transport};
use types::clock::{Clock, Tick};
use types::entropy::Entropy;

use crate::engine::{Engine, Input, Output, Ports};
use crate::handle::{Addresses, Command, EngineHandle};
use crate::listen::stream::{self, StreamEvent, StreamListeners};
use crate::listen::udp::{BATCH, Outgoing, UdpListener};
use crate::media::{MediaConfig, MediaPool};
use crate::pace::{self, Pace};
use crate::ports::{Directory, Ledger, Restored, Watch};
use crate::settings::Settings;
use crate::vital::Vital;

/// Wakes the loop for commands and for what comes over connections.
const WAKE: Token = Token(usize::MAX);
/// Commands and stream events handled before datagrams get their turn again.
const TURN: usize = 512;
/// Commands that may wait. Whoever has more to say waits; the loop never waits for anybody, so that ends soon.
const INBOX: usize = 8192;
/// From this many messages and commands a second on, they gather for [`GATHER`] before they are handled.
const BUSY_PER_SECOND: u64 = 500;
/// How long messages gather: nothing beside SIP's own timers (T1 is 500 ms), and it saves a wake-up for each of them.
const GATHER: Duration = Duration::from_millis(4);
/// How often gauges are set.
const GAUGES: Duration = Duration::from_secs(1);

/// Starts the exchange: binds everything in the settings, takes up what was stored, and serves until
/// [`EngineHandle::shutdown`].
///
/// # Errors
/// When an address cannot be bound, a certificate is of no use, the domain is none, or the system gives no thread.
pub fn start(
    settings: Settings,
    directory: Arc<dyn Directory>,
    ledger: Arc<dyn Ledger>,
    watch: Arc<dyn Watch>,
    restored: Restored,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> io::Result<EngineHandle> {
    let poll = Poll::new()?;
    let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
    let mut media = MediaConfig::new(settings.rtp_ports.clone(), Arc::clone(&clock));
    media.threads = settings.media_threads;
    media.watch = Arc::clone(&watch);
    let media = MediaPool::start(media)?;
    let vital = Vital::new("exchange", Arc::clone(&watch));
    let ports = Ports { directory, ledger, watch, media: Box::new(media), entropy };
    let (inbox, commands) = bounded(INBOX);
    let (told, ready) = bounded(1);
    let wake = Arc::clone(&waker);
    // The buffers that datagrams are received into stay on the thread they were made on.
    let thread = std::thread::Builder::new().name("exchange".into()).spawn(move || {
        match Shell::open(settings, ports, restored, poll, &wake, commands, clock) {
            Ok((shell, addresses)) => {
                drop(told.send(Ok(addresses)));
                shell.serve(&vital);
            }
            Err(error) => drop(told.send(Err(error))),
        }
    })?;
    let addresses = ready.recv().unwrap_or_else(|_| Err(io::Error::other("the exchange ended while it started")))?;
    Ok(EngineHandle::new(inbox, waker, addresses, thread))
}

struct Shell {
    poll: Poll,
    udp: Vec<UdpListener>,
    /// Sockets that may have more to read; the poll tells only once.
    ready: Vec<bool>,
    streams: StreamListeners,
    paths: AHashMap<u64, Path>,
    /// Added to connection numbers, which start anew with each process: a stored one must not name a stranger's.
    first: u64,
    engine: Engine,
    commands: Receiver<Command>,
    clock: Arc<dyn Clock>,
    /// When to stop at the latest, once asked to.
    closing: Option<Tick>,
    gauges: Tick,
    /// Datagrams, stream events and commands handled in the present turn.
    handled: usize,
}

impl Shell {
    fn open(
        mut settings: Settings,
        ports: Ports,
        restored: Restored,
        poll: Poll,
        waker: &Arc<Waker>,
        commands: Receiver<Command>,
        clock: Arc<dyn Clock>,
    ) -> io::Result<(Self, Addresses)> {
        let mut udp = settings.sip.iter().map(|address| UdpListener::bind(*address)).collect::<io::Result<Vec<_>>>()?;
        for (number, listener) in udp.iter_mut().enumerate() {
            poll.registry().register(listener.source(), Token(number), Interest::READABLE | Interest::WRITABLE)?;
        }
        settings.sip = udp.iter().map(UdpListener::local).collect();
        let wake = Arc::clone(waker);
        let streams = StreamListeners::start(&settings, &settings.sip, move || drop(wake.wake()))?;
        let addresses = Addresses::of(&settings.sip, streams.addresses());
        let first = u64::try_from(clock.now().0).unwrap_or_default() << 20;
        let engine = Engine::new(settings, ports, restored, clock.tick(), clock.now())
            .map_err(|invalid| io::Error::new(io::ErrorKind::InvalidInput, invalid.to_string()))?;
        let ready = vec![true; udp.len()];
        let (paths, closing, gauges, handled) = (AHashMap::new(), None, Tick(0), 0);
        let shell = Self { poll, udp, ready, streams, paths, first, engine, commands, clock, closing, gauges, handled };
        Ok((shell, addresses))
    }

    fn serve(mut self, vital: &Vital) {
        let mut events = Events::with_capacity(64);
        let mut pace = Pace::new(BUSY_PER_SECOND);
        loop {
            self.turn();
            if self.is_over() {
                break;
            }
            let timeout = self.timeout();
            let handled = std::mem::take(&mut self.handled);
            if pace.is_busy(handled, self.clock.tick()) && handled > 0 && timeout > GATHER {
                pace::gather(GATHER);
            }
            match self.poll.poll(&mut events, Some(timeout)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::error!(%error, "the exchange cannot wait for its sockets");
                    vital.fail();
                    break;
                }
            }
            for event in &events {
                if let Some(ready) = self.ready.get_mut(event.token().0).filter(|_| event.is_readable()) {
                    *ready = true;
                }
            }
        }
    }

    /// Handles some of what there is from every source, then sends.
    fn turn(&mut self) {
        for number in 0..self.udp.len() {
            self.receive(number);
        }
        for _ in 0..TURN {
            let Ok(command) = self.commands.try_recv() else { break };
            self.handled += 1;
            self.obey(command);
        }
        for _ in 0..TURN {
            let Some(event) = self.streams.next_event() else { break };
            self.handled += 1;
            self.stream_event(&event);
        }
        if self.engine.next_deadline().is_some_and(|deadline| deadline <= self.clock.tick()) {
            self.handle(Input::Timeout);
        }
        self.perform();
        for listener in &mut self.udp {
            listener.flush();
        }
        self.set_gauges();
    }

    fn receive(&mut self, number: usize) {
        let Self { udp, ready, engine, clock, handled, .. } = self;
        let (Some(listener), Some(ready)) = (udp.get_mut(number), ready.get_mut(number)) else { return };
        if !*ready {
            return;
        }
        let (now, at) = (clock.tick(), clock.now());
        let received = listener.receive(|bytes, from, to| {
            if engine.admits(from.ip(), now) {
                let path = Path::udp(to, from);
                guarded(|| engine.handle(Input::Datagram { path, bytes }, now, at));
            }
        });
        match received {
            Ok(count) => {
                *handled += count;
                *ready = count == BATCH;
            }
            Err(error) => {
                // An ICMP error of something sent before; what is there to read is still there.
                tracing::debug!(%error, "a datagram could not be received");
            }
        }
    }

    fn handle(&mut self, input: Input<'_>) {
        let (now, at) = (self.clock.tick(), self.clock.now());
        guarded(|| self.engine.handle(input, now, at));
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Committed(tickets) => self.handle(Input::Committed { tickets: &tickets }),
            Command::CommitFailed(tickets) => self.handle(Input::CommitFailed { tickets: &tickets }),
            Command::Drop(device) => self.handle(Input::Drop { device }),
            Command::Ask(question) => question(&self.engine),
            Command::ShutDown { patience } => {
                self.handle(Input::ShutDown);
                self.streams.stop_accepting();
                self.closing = Some(self.clock.tick() + patience);
            }
        }
    }

    fn stream_event(&mut self, event: &StreamEvent) {
        match event {
            StreamEvent::Opened { connection, transport, local, remote } => {
                let connection = self.first + connection;
                let path = Path { transport: carrier(*transport), local: *local, remote: *remote, connection };
                if self.engine.bans(remote.ip(), self.clock.tick()) {
                    return self.streams.close(connection - self.first);
                }
                self.paths.insert(connection, path);
                self.handle(Input::Opened { path });
            }
            StreamEvent::Message { connection, bytes } => {
                let Some(path) = self.paths.get(&(self.first + connection)).copied() else { return };
                if self.engine.bans(path.remote.ip(), self.clock.tick()) {
                    return self.streams.close(*connection);
                }
                self.handle(Input::Message { path, bytes: bytes.clone() });
            }
            StreamEvent::Malformed { connection, malformed } => {
                if let Some(path) = self.paths.get(&(self.first + connection)).copied() {
                    self.handle(Input::Malformed { path, malformed });
                }
            }
            StreamEvent::Closed { connection } => {
                let connection = self.first + connection;
                if self.paths.remove(&connection).is_some() {
                    self.handle(Input::Closed { connection });
                }
            }
        }
    }

    /// Does what the engine wants done.
    fn perform(&mut self) {
        while let Some(output) = self.engine.poll() {
            match output {
                Output::Transmit { path, bytes } if path.transport == Transport::Udp => {
                    if let Some(listener) = self.udp.iter_mut().find(|listener| serves(listener.local(), path.local)) {
                        listener.queue(Outgoing { from: path.local.ip(), to: path.remote, bytes });
                    }
                }
                Output::Transmit { path, bytes } => {
                    if self.paths.contains_key(&path.connection) {
                        self.streams.send(path.connection - self.first, bytes);
                    }
                }
                Output::Keep { connection, kept } => {
                    if self.paths.contains_key(&connection) {
                        self.streams.keep(connection - self.first, kept);
                    }
                }
                Output::Close { connection } => {
                    if self.paths.contains_key(&connection) {
                        self.streams.close(connection - self.first);
                    }
                }
            }
        }
    }

    fn timeout(&self) -> Duration {
        if self.ready.contains(&true) || !self.commands.is_empty() {
            return Duration::ZERO;
        }
        let now = self.clock.tick();
        let deadlines = [self.engine.next_deadline(), self.closing, Some(self.gauges)];
        deadlines.into_iter().flatten().min().map_or(GAUGES, |deadline| deadline.saturating_since(now))
    }

    fn is_over(&mut self) -> bool {
        self.closing.is_some_and(|closing| closing <= self.clock.tick() || self.engine.is_drained())
    }

    fn set_gauges(&mut self) {
        let now = self.clock.tick();
        if now < self.gauges {
            return;
        }
        self.gauges = now + GAUGES;
        let count = |count: usize| u32::try_from(count).map_or(f64::MAX, f64::from);
        metrics::gauge!("ringwerk_phones_registered").set(count(self.engine.phones()));
        metrics::gauge!("ringwerk_calls_active").set(count(self.engine.calls_active()));
        metrics::gauge!("ringwerk_connections").set(count(self.streams.connections()));
        let unsent = self.udp.iter_mut().map(UdpListener::take_dropped).sum();
        metrics::counter!("ringwerk_sip_unsent_total").increment(unsent);
    }
}

/// A panic while one message is handled must not end all calls: it is counted, and the next message is handled.
fn guarded(act: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(act)).is_err() {
        metrics::counter!("ringwerk_engine_panics_total").increment(1);
        tracing::error!("handling a message failed");
    }
}

/// Whether a socket bound to `bound` sends from `local`.
fn serves(bound: SocketAddr, local: SocketAddr) -> bool {
    bound.port() == local.port()
        && bound.is_ipv4() == local.is_ipv4()
        && (bound.ip() == local.ip() || bound.ip().is_unspecified())
}

fn carrier(transport: stream::Transport) -> Transport {
    match transport {
        stream::Transport::Tcp => Transport::Tcp,
        stream::Transport::Tls => Transport::Tls,
        stream::Transport::Ws => Transport::Ws,
        stream::Transport::Wss => Transport::Wss,
    }
}

/// The sending half of the loop's inbox.
pub(crate) type Inbox = Sender<Command>;
