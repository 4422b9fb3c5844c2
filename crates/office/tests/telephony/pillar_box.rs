//! Where the mail of a story goes.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use office::ports::{Mail, Post, Route, Undelivered};
use parking_lot::Mutex;
use tokio::sync::Notify;

/// A pillar box that keeps what is thrown in, unless it was told to refuse.
#[derive(Default)]
pub struct PillarBox {
    pub mails: Mutex<Vec<Mail>>,
    /// What it says to the next mails, in this order, instead of taking them.
    pub refusals: Mutex<VecDeque<Undelivered>>,
    /// Whether it never answers.
    pub stalls: AtomicBool,
    /// With how many mails more it breaks.
    pub breaks: AtomicUsize,
    /// Told when somebody comes with a mail.
    pub reached: Notify,
}

impl PillarBox {
    /// The mails that came since the last time, in the order of their ids.
    pub fn empty(&self) -> Vec<Mail> {
        let mut mails = std::mem::take(&mut *self.mails.lock());
        mails.sort_by_key(|mail| mail.id);
        mails
    }
}

impl Post for PillarBox {
    fn deliver<'a>(&'a self, mail: &'a Mail) -> Pin<Box<dyn Future<Output = Result<(), Undelivered>> + Send + 'a>> {
        self.reached.notify_one();
        if self.stalls.load(Ordering::SeqCst) {
            return Box::pin(std::future::pending());
        }
        let broken = self.breaks.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        assert!(broken.is_err(), "the pillar box broke");
        let verdict = self.refusals.lock().pop_front().map_or(Ok(()), Err);
        if verdict.is_ok() {
            self.mails.lock().push(mail.clone());
        }
        Box::pin(async { verdict })
    }

    fn route(&self) -> Route {
        Route::Smtp
    }
}

/// The token in the link of a mail: what follows the `#` after `page`.
#[track_caller]
pub fn token_in(mail: &Mail, page: &str) -> String {
    let (_, rest) = mail.text.split_once(&format!("https://telefon.example/{page}#")).expect("a link of ours");
    rest.split_whitespace().next().unwrap().to_owned()
}
