//! One open stream: what it is told, and when it ends.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::time::Sleep;

use super::hub::{Beginning, Hub, Numbered, Seat};
use super::model::Signal;
use crate::Office;
use crate::http::Credentials;
use crate::identity;
use crate::scope::Scope;

/// How soon it is looked whether the session still holds, after something happened that may have ended it.
const SOON: Duration = Duration::from_millis(200);
/// How often it is looked in any case.
const EVERY: Duration = Duration::from_secs(60);

/// What a stream says next.
#[derive(Debug)]
pub(super) enum Said {
    /// A signal and its id.
    Signal(Option<String>, Arc<Signal>),
    /// Something was missed.
    Reset(String),
}

/// See the module's text.
pub(crate) struct Stream {
    office: Office,
    scope: Scope,
    credentials: Credentials,
    source: Option<IpAddr>,
    waiting: VecDeque<Said>,
    receiver: broadcast::Receiver<Numbered>,
    closing: watch::Receiver<bool>,
    /// Ends when it is to be looked whether the session still holds.
    look: Pin<Box<Sleep>>,
    /// That is soon already.
    soon: bool,
    /// When the session ends by itself.
    expires: Option<i64>,
    _seat: Seat,
}

impl Stream {
    pub(super) async fn open(
        office: &Office,
        scope: Scope,
        credentials: Credentials,
        last_id: Option<&str>,
        seat: Seat,
    ) -> Result<Self, identity::Error> {
        let hub = office.live();
        let after = last_id.map(|id| number(hub, id));
        // Asked before the signals begin, so that an end in between is a signal.
        let expires = identity::expires(office, &scope).await?;
        let Beginning { receiver, last, missed, paths, reset, closing } = hub.begin(scope.account(), after);
        let mut waiting = VecDeque::new();
        if reset {
            waiting.push_back(Said::Reset(id(hub, last)));
        }
        let paths = paths.into_iter().filter(|signal| signal.is_for(&scope));
        waiting.extend(paths.map(|signal| Said::Signal(None, Arc::new(signal))));
        let missed = missed.into_iter().filter(|(_, signal)| signal.is_for(&scope));
        waiting.extend(missed.map(|(number, signal)| Said::Signal(Some(id(hub, number)), signal)));
        let source = scope.source();
        Ok(Self {
            office: office.clone(),
            scope,
            credentials,
            source,
            waiting,
            receiver,
            closing,
            look: Box::pin(tokio::time::sleep(until_look(office, expires))),
            soon: false,
            expires,
            _seat: seat,
        })
    }

    /// What is to be said next; nothing when the stream ends.
    pub(super) async fn next(&mut self) -> Option<Said> {
        loop {
            if *self.closing.borrow() {
                return None;
            }
            if let Some(said) = self.waiting.pop_front() {
                return Some(said);
            }
            tokio::select! {
                received = self.receiver.recv() => self.receive(received)?,
                () = &mut self.look => self.look().await?,
                changed = self.closing.changed() => changed.ok()?,
            }
        }
    }

    fn receive(&mut self, received: Result<Numbered, RecvError>) -> Option<()> {
        match received {
            Ok((number, signal)) => {
                if may_end_sessions(&signal) && !self.soon {
                    self.look = Box::pin(tokio::time::sleep(SOON));
                    self.soon = true;
                }
                if signal.is_for(&self.scope) {
                    self.waiting.push_back(Said::Signal(Some(id(self.office.live(), number)), signal));
                }
            }
            // Too slow, or the hub itself missed something.
            Err(RecvError::Lagged(_) | RecvError::Closed) => {
                let hub = self.office.live();
                let Beginning { receiver, last, paths, .. } = hub.begin(self.scope.account(), None);
                self.receiver = receiver;
                self.waiting.push_back(Said::Reset(id(hub, last)));
                let paths = paths.into_iter().filter(|signal| signal.is_for(&self.scope));
                self.waiting.extend(paths.map(|signal| Said::Signal(None, Arc::new(signal))));
            }
        }
        Some(())
    }

    /// Looks whether whoever listens may still do so, and as whom.
    async fn look(&mut self) -> Option<()> {
        self.scope = self.credentials.scope(&self.office, self.source).await?;
        self.look = Box::pin(tokio::time::sleep(until_look(&self.office, self.expires)));
        self.soon = false;
        Some(())
    }
}

/// How long until it is looked again whether the session still holds.
fn until_look(office: &Office, expires: Option<i64>) -> Duration {
    let left = expires.and_then(|expires| u64::try_from(expires.saturating_sub(office.clock().now().0)).ok());
    // A little later than the end, so that it is over when it is looked.
    left.map_or(EVERY, |left| Duration::from_millis(left.saturating_add(10)).min(EVERY))
}

/// Whether a session may have ended, or its rights changed, by what happened.
fn may_end_sessions(signal: &Signal) -> bool {
    match signal {
        Signal::Changed(changed) => !matches!(
            changed.what.as_str(),
            "devices" | "calls" | "numbers" | "extensions" | "locations" | "routing" | "groups"
        ),
        Signal::Presence(_) | Signal::Path(_) => false,
    }
}

fn id(hub: &Hub, number: u64) -> String {
    format!("{:016x}-{number}", hub.epoch)
}

/// The number in an id of this process.
fn number(hub: &Hub, id: &str) -> Option<u64> {
    let (epoch, number) = id.split_once('-')?;
    number.parse().ok().filter(|_| u64::from_str_radix(epoch, 16) == Ok(hub.epoch))
}
