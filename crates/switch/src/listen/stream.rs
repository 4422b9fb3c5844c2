//! SIP over connections: TCP, TLS (RFC 3261 section 18), WebSocket with and without TLS (RFC 7118).
//!
//! Each connection is one task on a small runtime of its own, which frames messages, keeps time and bounds memory. The
//! engine's thread owns a [`StreamListeners`]: it takes [`StreamEvent`]s out and puts messages in, and never waits.
//! A full event channel makes the tasks wait, and so, by way of TCP, the senders.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use ahash::AHashMap;
use bytes::Bytes;
use sip::message::Malformed;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::connection::{Alarm, Line, Outlet, Report, Shared, Times};
use super::places::Places;
use super::tcp::{self, Bound};
use super::{tls, ws};
use crate::settings::{Settings, TlsSettings};

/// Events that may wait for the engine.
const EVENTS: usize = 4096;
/// Bytes that may wait for one connection; a peer that reads slower than that is dropped.
const QUEUED_BYTES: usize = 512 << 10;
/// Threads that serve all connections.
const THREADS: usize = 2;

/// What carries a connection's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// WebSocket over TCP.
    Ws,
    /// WebSocket over TLS.
    Wss,
}

/// Names one connection; never 0 and never used twice while the process runs.
pub type Connection = u64;

/// What happened on a connection. `Opened` comes first and `Closed` last, both exactly once.
#[derive(Clone, Debug)]
pub enum StreamEvent {
    /// A connection is ready: TLS and WebSocket handshakes are done.
    Opened {
        /// The connection.
        connection: Connection,
        /// What carries it.
        transport: Transport,
        /// The address the peer reached us at, never an unspecified one.
        local: SocketAddr,
        /// The peer's address.
        remote: SocketAddr,
    },
    /// A whole message, not yet parsed.
    Message {
        /// The connection it came on.
        connection: Connection,
        /// Start line, headers and body.
        bytes: Bytes,
    },
    /// The peer sent what cannot be cut into messages; nothing more is read. To be answered, where that is possible,
    /// and closed.
    Malformed {
        /// The connection it came on.
        connection: Connection,
        /// What is wrong with it, and how to answer.
        malformed: Box<Malformed>,
    },
    /// The connection is gone, whoever closed it.
    Closed {
        /// The connection.
        connection: Connection,
    },
}

/// All stream listeners and their connections. Dropping it closes everything.
pub struct StreamListeners {
    runtime: Option<Runtime>,
    addresses: Vec<(Transport, SocketAddr)>,
    accepting: Vec<tokio::task::AbortHandle>,
    reports: mpsc::Receiver<Report>,
    alarm: Arc<Alarm>,
    open: AHashMap<Connection, Outlet>,
    /// Connections given up here, to be told before anything else.
    given_up: VecDeque<Connection>,
}

impl std::fmt::Debug for StreamListeners {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let open = self.open.len();
        f.debug_struct("StreamListeners")
            .field("addresses", &self.addresses)
            .field("open", &open)
            .finish_non_exhaustive()
    }
}

impl StreamListeners {
    /// Binds TCP on `tcp` (those of [`Settings::sip`], with the ports UDP got) and TLS, WebSocket and secure WebSocket
    /// as the settings say. `wake` is called from other threads when [`Self::next_event`] has something to tell after
    /// it had nothing.
    ///
    /// # Errors
    /// When an address cannot be bound, a certificate or key is of no use, or the system gives no thread.
    pub fn start(settings: &Settings, tcp: &[SocketAddr], wake: impl Fn() + Send + Sync + 'static) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("stream")
            .enable_io()
            .enable_time()
            .build()?;
        let (sender, reports) = mpsc::channel(EVENTS);
        let alarm = Arc::new(Alarm::new(wake));
        let limits = &settings.limits;
        let shared = Arc::new(Shared {
            reports: sender,
            alarm: Arc::clone(&alarm),
            places: Places::new(limits.connections, limits.connections_per_source),
            times: Times {
                first_message: limits.first_message,
                whole_message: limits.whole_message,
                idle: limits.idle_connection,
            },
            last: 0.into(),
        });
        let mut listeners = Self {
            runtime: None,
            addresses: Vec::new(),
            accepting: Vec::new(),
            reports,
            alarm,
            open: AHashMap::new(),
            given_up: VecDeque::new(),
        };
        let within = runtime.enter();
        for address in tcp {
            let bound = listeners.bind(Transport::Tcp, *address)?;
            listeners.accept(bound, &shared, |socket, line| line.serve(socket));
        }
        for address in &settings.ws {
            let bound = listeners.bind(Transport::Ws, *address)?;
            listeners.accept(bound, &shared, ws::serve);
        }
        let secure = [(Transport::Tls, &settings.tls), (Transport::Wss, &settings.wss)];
        for (transport, settings) in secure {
            let Some(settings) = settings else { continue };
            listeners.secure(transport, settings, &shared)?;
        }
        drop(within);
        listeners.runtime = Some(runtime);
        Ok(listeners)
    }

    /// The bound addresses, with the ports the kernel chose.
    #[must_use]
    pub fn addresses(&self) -> &[(Transport, SocketAddr)] {
        &self.addresses
    }

    /// Open connections.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.open.len()
    }

    /// What happened next; `None` when there is nothing new, after which `wake` is called for the next event.
    pub fn next_event(&mut self) -> Option<StreamEvent> {
        if let Some(connection) = self.given_up.pop_front() {
            return Some(StreamEvent::Closed { connection });
        }
        loop {
            match self.reports.try_recv().ok().or_else(|| self.armed())? {
                Report::Opened { connection, transport, local, remote, outlet } => {
                    self.open.insert(connection, outlet);
                    return Some(StreamEvent::Opened { connection, transport, local, remote });
                }
                // Of a connection that was given up nothing is told any more.
                Report::Message { connection, bytes } if self.open.contains_key(&connection) => {
                    return Some(StreamEvent::Message { connection, bytes });
                }
                Report::Malformed { connection, malformed } if self.open.contains_key(&connection) => {
                    return Some(StreamEvent::Malformed { connection, malformed });
                }
                Report::Closed { connection } if self.open.remove(&connection).is_some() => {
                    return Some(StreamEvent::Closed { connection });
                }
                Report::Message { .. } | Report::Malformed { .. } | Report::Closed { .. } => {}
            }
        }
    }

    /// Asks to be woken, then looks once more for what came in between.
    fn armed(&mut self) -> Option<Report> {
        self.alarm.arm();
        self.reports.try_recv().ok()
    }

    /// Sends a message. One for a connection that is gone is dropped; a connection whose peer does not read what it is
    /// sent is given up.
    pub fn send(&mut self, connection: Connection, bytes: Bytes) {
        let Some(outlet) = self.open.get(&connection) else { return };
        let Some(queue) = &outlet.queue else { return };
        let waiting = outlet.control.queued.fetch_add(bytes.len(), Ordering::Relaxed);
        let fits = waiting.saturating_add(bytes.len()) <= QUEUED_BYTES;
        if !fits || queue.try_send(bytes).is_err() {
            outlet.control.doomed.notify_one();
            self.open.remove(&connection);
            self.given_up.push_back(connection);
        }
    }

    /// Closes a connection once everything put in before is sent. [`StreamEvent::Closed`] follows.
    pub fn close(&mut self, connection: Connection) {
        if let Some(outlet) = self.open.get_mut(&connection) {
            outlet.queue = None;
        }
    }

    /// Says whether a registration uses the connection, which may then be silent for any time.
    pub fn keep(&self, connection: Connection, kept: bool) {
        if let Some(outlet) = self.open.get(&connection) {
            outlet.control.kept.store(kept, Ordering::Relaxed);
        }
    }

    /// Takes no further connections; those that are open stay.
    pub fn stop_accepting(&mut self) {
        self.accepting.drain(..).for_each(|task| task.abort());
    }

    fn bind(&mut self, transport: Transport, address: SocketAddr) -> io::Result<Bound> {
        let bound = Bound::bind(transport, address)?;
        self.addresses.push((transport, bound.address));
        Ok(bound)
    }

    fn secure(&mut self, transport: Transport, settings: &TlsSettings, shared: &Arc<Shared>) -> io::Result<()> {
        let acceptor = tls::acceptor(settings, transport)?;
        for address in &settings.addresses {
            let bound = self.bind(transport, *address)?;
            let acceptor = acceptor.clone();
            match transport {
                Transport::Wss => self.accept(bound, shared, move |socket, mut line| {
                    let handshake = acceptor.accept(socket);
                    async move {
                        let stream = Box::new(line.within_first(handshake).await??);
                        ws::serve(stream, line).await
                    }
                }),
                _ => self.accept(bound, shared, move |socket, mut line| {
                    let handshake = acceptor.accept(socket);
                    async move {
                        let stream = Box::new(line.within_first(handshake).await??);
                        line.serve(stream).await
                    }
                }),
            }
        }
        Ok(())
    }

    fn accept<F>(
        &mut self,
        bound: Bound,
        shared: &Arc<Shared>,
        serve: impl Fn(tokio::net::TcpStream, Line) -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let task = tokio::spawn(tcp::accept(bound, Arc::clone(shared), serve));
        self.accepting.push(task.abort_handle());
    }
}

impl Drop for StreamListeners {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
