//! Text messages: hands them to an SMSC by SMPP 3.4, and takes its receipts.
//!
//! It knows nothing of queues: whoever calls [`Line::send`] asks again later when it is told [`Unsent::Later`]. What is
//! handed over is one part of a text, so that nobody hands over twice what the SMSC has. A receipt is acknowledged when
//! whoever takes it says so ([`Incoming::done`]); until then the SMSC keeps it.

mod connection;
mod receipt;
mod session;
mod submission;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use types::e164::E164;
use types::secret::Secret;
use types::sms::{Alphabet, Sender};

pub use receipt::{Fate, Receipt};

/// How long the SMSC may take to answer for one part.
const PATIENCE: Duration = Duration::from_secs(30);
/// Parts that wait to be written to the connection.
const WAITING: usize = 32;
/// News that wait to be taken.
const RECEIPTS: usize = 64;

/// An SMSC.
#[derive(Clone, Debug)]
pub struct Server {
    /// Name or address; the name its certificate must have.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// TLS from the first byte.
    pub tls: bool,
    /// The name to bind with, at most 15 ASCII characters.
    pub system_id: String,
    /// At most 8 ASCII characters.
    pub password: Secret<String>,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let brackets = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{}{}{}:{}", brackets.0, self.host, brackets.1, self.port)
    }
}

/// One part of a text. `Debug` never shows what it says, nor to whom.
#[derive(Clone)]
pub struct Part {
    /// To whom.
    pub to: E164,
    /// From whom.
    pub from: Sender,
    /// How it travels.
    pub alphabet: Alphabet,
    /// What it says, as much as fits.
    pub text: String,
    /// Where it belongs, when it is one of several.
    pub place: Option<Place>,
}

/// Where a part belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The same for all parts of a text, and another one for the next text to the same number.
    pub reference: u8,
    /// How many there are.
    pub of: u8,
    /// Counted from 1.
    pub number: u8,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("place", &self.place).finish_non_exhaustive()
    }
}

/// Why a part was not handed over. The sentence is for people: what the SMSC said, or why none was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// Not now. Asking again may help.
    Later(String),
    /// Never: the SMSC refuses this part for good.
    Never(String),
}

/// A receipt that waits to be written down.
#[derive(Debug)]
pub struct Incoming {
    /// What it says.
    pub receipt: Receipt,
    sequence: u32,
    answer: mpsc::Sender<(u32, bool)>,
}

impl Incoming {
    /// The receipt is written down for good; or it is not, and the SMSC shall bring it again.
    pub fn done(self, kept: bool) {
        // The connection may be gone; then the SMSC brings it again anyway.
        let _ = self.answer.try_send((self.sequence, kept));
    }
}

/// What comes from the SMSC by itself.
#[derive(Debug)]
pub enum News {
    /// It can be reached from now on: what waits may be handed over.
    Connected,
    /// A receipt.
    Receipt(Incoming),
}

/// A part with where its answer goes.
struct Request {
    part: Part,
    answer: oneshot::Sender<Result<String, Unsent>>,
}

/// The line to the SMSC. Cheap to clone; it is closed when the last one is dropped.
#[derive(Clone)]
pub struct Line {
    server: Arc<Server>,
    requests: mpsc::Sender<Request>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Line {
    /// Opens the line: a task of its own stays connected from now on, and comes back when it was not.
    ///
    /// Must be called inside a tokio runtime.
    #[must_use]
    pub fn open(server: Server) -> (Self, mpsc::Receiver<News>) {
        let (requests, waiting) = mpsc::channel(WAITING);
        let (news, taken) = mpsc::channel(RECEIPTS);
        let server = Arc::new(server);
        tokio::spawn(connection::stay(Arc::clone(&server), waiting, news));
        (Self { server, requests }, taken)
    }

    /// Hands a part over. Returns by which name the SMSC's receipt will call it.
    ///
    /// # Errors
    /// Says whether asking again may help. When the SMSC took it and its answer was lost, asking again sends it twice.
    pub async fn send(&self, part: Part) -> Result<String, Unsent> {
        let (answer, answered) = oneshot::channel();
        let closed = || Unsent::Later(format!("{}: the connection ended", self.server));
        let exchange = async {
            self.requests.send(Request { part, answer }).await.map_err(|_| closed())?;
            answered.await.map_err(|_| closed())?
        };
        match timeout(PATIENCE, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(Unsent::Later(format!("{} did not answer in time", self.server))),
        }
    }
}
