//! One connection: reads and cuts, writes what waits, and knows when its time is up.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use sip::message::{Frame, Framer, Malformed};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Sleep, sleep, timeout};

use super::places::{Place, Places};
use super::stream::{Connection, Transport};

/// Messages that may wait for one connection.
const QUEUE: usize = 32;
/// Bytes read at once, into one buffer for each thread: a connection that waits for its peer holds none.
const READ: usize = 16 << 10;
/// A message has begun once more is buffered than a keep-alive that is not over.
const KEEP_ALIVE: usize = 4;
/// How long a closed connection is read on, so that the peer gets the last answer instead of a reset.
const LINGER: Duration = Duration::from_secs(1);

/// What a connection tells the engine's end.
#[derive(Debug)]
pub(super) enum Report {
    Opened { connection: Connection, transport: Transport, local: SocketAddr, remote: SocketAddr, outlet: Outlet },
    Message { connection: Connection, bytes: Bytes },
    Malformed { connection: Connection, malformed: Box<Malformed> },
    Closed { connection: Connection },
}

/// The engine's end of a connection.
#[derive(Debug)]
pub(super) struct Outlet {
    /// None once the connection is to end after what is queued.
    pub(super) queue: Option<mpsc::Sender<Bytes>>,
    pub(super) control: Arc<Control>,
}

/// What both ends of a connection see.
#[derive(Debug, Default)]
pub(super) struct Control {
    /// Notified when the connection is to end at once.
    pub(super) doomed: Notify,
    /// Set while a registration uses the connection.
    pub(super) kept: AtomicBool,
    /// Bytes in the queue.
    pub(super) queued: AtomicUsize,
}

/// Wakes the engine, once for any number of reports.
pub(super) struct Alarm {
    rung: AtomicBool,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl Alarm {
    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { rung: AtomicBool::new(false), wake: Box::new(wake) }
    }

    /// Must come before the last look for reports: one sent after that rings again.
    pub(super) fn arm(&self) {
        self.rung.swap(false, Ordering::AcqRel);
    }

    fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            (self.wake)();
        }
    }
}

/// How long a connection may take for what; see [`crate::settings::Limits`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) first_message: Duration,
    pub(super) whole_message: Duration,
    pub(super) idle: Duration,
}

/// What all connections share.
pub(super) struct Shared {
    pub(super) reports: mpsc::Sender<Report>,
    pub(super) alarm: Arc<Alarm>,
    pub(super) places: Arc<Places>,
    pub(super) times: Times,
    /// The connection made last.
    pub(super) last: AtomicU64,
}

/// A connection's own knowledge. Dropping it tells the engine that the connection is gone, however that came about.
pub(super) struct Line {
    shared: Arc<Shared>,
    connection: Connection,
    transport: Transport,
    local: SocketAddr,
    remote: SocketAddr,
    control: Arc<Control>,
    /// Runs from the moment the connection was taken.
    timer: Option<Timer>,
    opened: bool,
    _place: Place,
}

/// When the time of a connection is up.
pub(super) type Timer = Pin<Box<Sleep>>;

impl Line {
    pub(super) fn new(
        shared: Arc<Shared>,
        transport: Transport,
        [local, remote]: [SocketAddr; 2],
        place: Place,
    ) -> Self {
        let connection = shared.last.fetch_add(1, Ordering::Relaxed) + 1;
        let timer = Some(Box::pin(sleep(shared.times.first_message)));
        let control = Arc::default();
        Self { shared, connection, transport, local, remote, control, timer, opened: false, _place: place }
    }

    pub(super) fn control(&self) -> Arc<Control> {
        Arc::clone(&self.control)
    }

    pub(super) fn times(&self) -> Times {
        self.shared.times
    }

    pub(super) fn is_kept(&self) -> bool {
        self.control.kept.load(Ordering::Relaxed)
    }

    /// Does a handshake within the time for the first message.
    pub(super) async fn within_first<T>(&mut self, handshake: impl Future<Output = T>) -> io::Result<T> {
        let late = || io::Error::from(io::ErrorKind::TimedOut);
        let timer = self.timer.as_mut().ok_or_else(late)?;
        tokio::select! {
            () = timer.as_mut() => Err(late()),
            done = handshake => Ok(done),
        }
    }

    /// Tells the engine of the connection. Returns what the engine wants to be sent, and what is left of the time for
    /// the first message.
    pub(super) async fn open(&mut self) -> (Inlet, Timer) {
        let (queue, inlet) = mpsc::channel(QUEUE);
        let outlet = Outlet { queue: Some(queue), control: Arc::clone(&self.control) };
        let Self { connection, transport, local, remote, .. } = *self;
        self.opened = true;
        self.report(Report::Opened { connection, transport, local, remote, outlet }).await;
        let timer = self.timer.take().unwrap_or_else(|| Box::pin(sleep(self.times().first_message)));
        (Inlet { queue: inlet, control: Arc::clone(&self.control) }, timer)
    }

    /// Tells the engine of a message; waits while the engine has enough to do.
    pub(super) async fn message(&self, bytes: Bytes) {
        self.report(Report::Message { connection: self.connection, bytes }).await;
    }

    async fn malformed(&self, malformed: Malformed) {
        self.report(Report::Malformed { connection: self.connection, malformed: Box::new(malformed) }).await;
    }

    async fn report(&self, report: Report) {
        // Fails only when the engine is gone, and the runtime with it.
        let _ = self.shared.reports.send(report).await;
        self.shared.alarm.ring();
    }

    /// Serves SIP over a stream of bytes until either side has enough.
    pub(super) async fn serve(mut self, stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let times = self.times();
        let mut stream = stream;
        let (mut inlet, mut timer) = self.open().await;
        let mut framer = Framer::new();
        let mut phase = Phase::First;
        loop {
            tokio::select! {
                biased;
                () = timer.as_mut() => match phase {
                    Phase::Idle if self.is_kept() => timer.set(sleep(times.idle)),
                    _ => return Ok(()),
                },
                queued = inlet.next() => match queued {
                    Some(bytes) => inlet.write(&mut stream, bytes, times.whole_message).await?,
                    None => return finish(stream, timer).await,
                },
                read = std::future::poll_fn(|context| poll_push(context, &mut stream, &mut framer)) => {
                    if read? == 0 {
                        return Ok(());
                    }
                    let cut = self.cut(&mut framer, &mut stream).await?;
                    if cut.broken {
                        return self.part(stream, inlet, timer).await;
                    }
                    phase = phase.after(cut, &mut timer, times);
                }
            }
        }
    }

    /// Hands on all whole messages and answers keep-alives.
    async fn cut(&self, framer: &mut Framer, stream: &mut (impl AsyncWrite + Unpin)) -> io::Result<Cut> {
        let mut messages = false;
        loop {
            match framer.next_frame() {
                Ok(Some(Frame::Message(bytes))) => {
                    messages = true;
                    self.message(bytes).await;
                }
                Ok(Some(Frame::Ping)) => write(stream, Framer::PONG, self.times().whole_message).await?,
                Ok(Some(Frame::Pong)) => {}
                Ok(None) => break,
                Err(malformed) => {
                    self.malformed(malformed).await;
                    return Ok(Cut { messages, begun: false, broken: true });
                }
            }
        }
        if framer.buffered() == 0 {
            // Lets go of the memory, of which an idle connection needs none.
            *framer = Framer::new();
        }
        Ok(Cut { messages, begun: framer.buffered() >= KEEP_ALIVE, broken: false })
    }

    /// Sends what the engine has to say to a malformed message, then closes.
    async fn part(
        &self,
        mut stream: impl AsyncRead + AsyncWrite + Unpin,
        mut inlet: Inlet,
        timer: Timer,
    ) -> io::Result<()> {
        let patience = self.times().whole_message;
        let answered = timeout(patience, async {
            while let Some(bytes) = inlet.next().await {
                inlet.write(&mut stream, bytes, patience).await?;
            }
            io::Result::Ok(())
        });
        match answered.await {
            Ok(answered) => answered?,
            Err(_late) => return Ok(()),
        }
        finish(stream, timer).await
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.opened {
            return;
        }
        let report = Report::Closed { connection: self.connection };
        match self.shared.reports.try_send(report) {
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => self.shared.alarm.ring(),
            Err(mpsc::error::TrySendError::Full(report)) => {
                let shared = Arc::clone(&self.shared);
                if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                    runtime.spawn(async move {
                        let _ = shared.reports.send(report).await;
                        shared.alarm.ring();
                    });
                }
            }
        }
    }
}

/// What waits to be sent on a connection.
pub(super) struct Inlet {
    queue: mpsc::Receiver<Bytes>,
    control: Arc<Control>,
}

impl Inlet {
    /// The next message; `None` when the engine closed the connection.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        self.queue.recv().await
    }

    pub(super) fn sent(&self, bytes: usize) {
        self.control.queued.fetch_sub(bytes, Ordering::Relaxed);
    }

    async fn write(&self, stream: &mut (impl AsyncWrite + Unpin), bytes: Bytes, patience: Duration) -> io::Result<()> {
        write(stream, &bytes, patience).await?;
        self.sent(bytes.len());
        Ok(())
    }
}

/// What a read brought.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// At least one whole message.
    messages: bool,
    /// The beginning of another one.
    begun: bool,
    /// Something that is no message.
    broken: bool,
}

/// What the timer stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The first message is not whole yet.
    First,
    /// Nothing is under way.
    Idle,
    /// A message has begun.
    Partial,
}

impl Phase {
    fn after(self, cut: Cut, timer: &mut Timer, times: Times) -> Self {
        match (self, cut) {
            // Neither the first message nor a later one gets more time by coming in small pieces.
            (Self::First, Cut { messages: false, .. }) => Self::First,
            (Self::Partial, Cut { messages: false, begun: true, .. }) => Self::Partial,
            (_, Cut { begun: true, .. }) => {
                timer.set(sleep(times.whole_message));
                Self::Partial
            }
            (_, Cut { begun: false, .. }) => {
                timer.set(sleep(times.idle));
                Self::Idle
            }
        }
    }
}

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

/// Reads once and pushes what came into the framer. Returns how much it was; 0 at the end of the stream.
fn poll_push(
    context: &mut Context<'_>,
    stream: &mut (impl AsyncRead + Unpin),
    framer: &mut Framer,
) -> Poll<io::Result<usize>> {
    SCRATCH.with_borrow_mut(|scratch| {
        let mut buffer = ReadBuf::new(scratch);
        ready!(Pin::new(stream).poll_read(context, &mut buffer))?;
        framer.push(buffer.filled());
        Poll::Ready(Ok(buffer.filled().len()))
    })
}

/// Writes all, to a peer that has to read it within `patience`.
async fn write(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8], patience: Duration) -> io::Result<()> {
    let write = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    timeout(patience, write).await.map_err(|_late| io::Error::from(io::ErrorKind::TimedOut))?
}

/// Says goodbye and reads on for a moment: closing with unread bytes would reset the connection, and the peer might
/// lose what was sent last.
async fn finish(mut stream: impl AsyncRead + AsyncWrite + Unpin, mut timer: Timer) -> io::Result<()> {
    timer.set(sleep(LINGER));
    let goodbye = async {
        stream.shutdown().await?;
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        Ok(())
    };
    tokio::select! {
        gone = goodbye => gone,
        () = timer.as_mut() => Ok(()),
    }
}
