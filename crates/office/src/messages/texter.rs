//! The task that hands messages over, and what comes back.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use types::sms::Sender;

use super::delivery;
use crate::Office;
use crate::db::DbError;
use crate::office::WeakOffice;
use crate::ports::TextLine;
use crate::tasks::guarded;

/// How text messages leave, and how many.
#[derive(Clone)]
pub struct Texting {
    /// Whoever carries them; nobody where the installation sends none.
    pub line: Option<Arc<dyn TextLine>>,
    /// Who is named as the sender unless another one is chosen.
    pub sender: Sender,
    /// Most parts a user may send in a minute.
    pub per_minute: u32,
    /// Most parts a user may send in a day.
    pub per_day: u32,
}

impl Texting {
    /// No line: for commands that work on the database beside a server, and for tests that do not care.
    #[must_use]
    pub fn none() -> Self {
        Self { line: None, sender: Sender::Name("Ringwerk".to_owned()), per_minute: 20, per_day: 200 }
    }
}

/// What the SMSC says became of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The phone has it.
    Delivered,
    /// It never will; in the SMSC's word.
    Failed(String),
}

/// How often it is looked whether messages are due that nobody told of: what failed before, whose time has come.
const ROUNDS: Duration = Duration::from_secs(5);
/// How long the end waits for a part that is just being handed over.
const LAST: Duration = Duration::from_secs(20);

/// How text messages leave, with the task that sees to it.
pub(crate) struct Texter {
    texting: Texting,
    wake: Arc<Notify>,
    task: Mutex<Option<(watch::Sender<bool>, JoinHandle<()>)>>,
}

impl Texter {
    pub(crate) fn new(texting: Texting) -> Self {
        Self { texting, wake: Arc::default(), task: Mutex::new(None) }
    }

    pub(crate) fn texting(&self) -> &Texting {
        &self.texting
    }

    /// Something is due.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Ends orderly: what is being handed over is noted.
    pub(crate) async fn stop(&self) {
        let task = self.task.lock().take();
        if let Some((stop, task)) = task {
            let _ = stop.send(true);
            if tokio::time::timeout(LAST, task).await.is_err() {
                tracing::warn!("a text message was still being handed over; a part of it may be sent twice");
            }
        }
    }
}

async fn carry(office: WeakOffice, wake: Arc<Notify>, mut stopped: watch::Receiver<bool>) {
    loop {
        let Some(office_now) = office.upgrade() else { return };
        if let Some(Err(error)) = guarded("text messages", office_now.texting_round()).await {
            tracing::error!(%error, "text messages were not looked after");
        }
        drop(office_now);
        tokio::select! {
            () = wake.notified() => {}
            () = tokio::time::sleep(ROUNDS) => {}
            _ = stopped.changed() => return,
        }
    }
}

impl Office {
    /// Hands text messages over from now on, what waits first. One process at a time does this for a data folder.
    pub async fn start_texting(&self) {
        if self.texter().texting.line.is_none() {
            return;
        }
        if let Err(error) = delivery::hurry(self).await {
            tracing::warn!(%error, "text messages that wait keep their times");
        }
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(carry(self.downgrade(), Arc::clone(&self.texter().wake), stopped));
        *self.texter().task.lock() = Some((stop, task));
    }

    /// The SMSC can be reached from now on: what it did not take before is tried at once.
    pub async fn texting_connected(&self) {
        if let Err(error) = delivery::retry_now(self).await {
            tracing::warn!(%error, "text messages that wait keep their times");
        }
        self.texter().wake();
    }

    /// Hands over what is due, once; how many messages got through whole.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn texting_round(&self) -> Result<usize, DbError> {
        delivery::deliver_due(self).await
    }

    /// Notes what the SMSC says became of the part it calls `reference`. Done means that it is durable.
    ///
    /// # Errors
    /// When the database refuses; the SMSC shall say it again.
    pub async fn text_receipt(&self, reference: &str, fate: &Fate) -> Result<(), DbError> {
        delivery::receipt(self, reference, fate).await
    }
}
