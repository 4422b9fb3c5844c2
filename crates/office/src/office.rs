//! The office as a whole: opened once, handed to everything that serves a request.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use types::clock::Clock;
use types::entropy::Entropy;
use types::secret::Secret;

use crate::db::{DatabaseLocation, Db, DbError, Event};
use crate::directory::ha1::Ha1Vault;
use crate::directory::{Directory, load};
use crate::events;
use crate::identity::{Attempts, Hasher};
use crate::ledger::{self, Ledger, RegistrationChange, Stored};
use crate::mails::Templates;
use crate::messages::{Texter, Texting};
use crate::open_error::{OpenError, RecoverError};
use crate::ports::{NoPost, Phones, Post};
use crate::prices::Prices;
use crate::seal::{MasterKey, Seal};
use crate::tasks::guarded;
use crate::users::{Newsletter, Sent};

/// How often what has expired is removed.
const HOUSEKEEPING: Duration = Duration::from_secs(60 * 60);

/// How often the write-ahead log is carried over and cut. What was erased, and calls that are not to be kept, are in it
/// for no longer.
const CUTTING: Duration = Duration::from_secs(2 * 60);

/// What an office is opened with.
#[derive(Clone)]
pub struct Options {
    /// Where the data lives.
    pub database: DatabaseLocation,
    /// Seals what must be stored and readable again.
    pub key: MasterKey,
    /// The domain of the phones, also the realm of their passwords. It must never change once phones exist.
    pub sip_domain: String,
    /// The port phones register at, shown where it is not SIP's own 5060; 0 while the system chooses one.
    pub sip_port: u16,
    /// The operator's prices.
    pub prices: rating::Tariff,
    /// Where people reach the web pages, `https://…`; `None` while it is only this machine by plain http.
    pub public_url: Option<String>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness fit for secrets.
    pub entropy: Arc<dyn Entropy>,
    /// The telephone exchange.
    pub phones: Arc<dyn Phones>,
    /// How mail leaves.
    pub mailing: Mailing,
    /// How text messages leave.
    pub texting: Texting,
}

/// How mail leaves, and what it says of this installation.
#[derive(Clone)]
pub struct Mailing {
    /// Whoever carries it.
    pub post: Arc<dyn Post>,
    /// Where links in mails lead, without a trailing slash: the public address, or the one the web page listens on while
    /// there is none. It comes from the configuration, never from a request.
    pub pages: String,
    /// Whom people can write to when they have questions.
    pub operator: Option<String>,
}

impl Mailing {
    /// Mail waits: for commands that work on the database beside a server, and for tests that do not care.
    #[must_use]
    pub fn waits() -> Self {
        Self { post: Arc::new(NoPost), pages: "http://localhost".to_owned(), operator: None }
    }
}

/// Forgets hour by hour what has expired, as long as somebody holds the office. What fails does not keep the rest from it.
async fn keep_house(office: Weak<Inner>) {
    loop {
        let Some(inner) = office.upgrade() else { return };
        let office_now = Office(inner);
        swept(crate::identity::sweep(&office_now)).await;
        swept(crate::devices::sweep(&office_now)).await;
        swept(crate::operators::sweep(&office_now)).await;
        swept(crate::users::purge(&office_now)).await;
        swept(crate::imports::purge(&office_now)).await;
        swept(crate::messages::purge(&office_now)).await;
        swept(crate::call_list::purge(&office_now)).await;
        drop(office_now);
        tokio::time::sleep(HOUSEKEEPING).await;
    }
}

async fn swept<E: fmt::Display>(sweep: impl Future<Output = Result<(), E>>) {
    if let Some(Err(error)) = guarded("housekeeping", sweep).await {
        tracing::warn!(%error, "what has expired was not removed");
    }
}

/// Cuts the write-ahead log from time to time, as long as somebody holds the office.
async fn cut_log(office: Weak<Inner>) {
    loop {
        tokio::time::sleep(CUTTING).await;
        let Some(inner) = office.upgrade() else { return };
        if let Some(Err(error)) = guarded("write-ahead log", inner.db.scrub()).await {
            tracing::warn!(%error, "the write-ahead log was not cut");
        }
    }
}

/// The office. Cheap to clone.
#[derive(Clone)]
pub struct Office(Arc<Inner>);

struct Inner {
    db: Db,
    seal: Seal,
    vault: Ha1Vault,
    ledger: Arc<Ledger>,
    sip_domain: String,
    sip_port: u16,
    prices: Prices,
    public_url: Option<String>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    phones: Arc<dyn Phones>,
    mailing: Mailing,
    texter: Texter,
    templates: Templates,
    postman: Mutex<Option<Postman>>,
    attempts: Attempts,
    imports: crate::imports::Running,
    hasher: Hasher,
    live: Arc<events::Hub>,
}

/// An office that may have been closed.
pub(crate) struct WeakOffice(Weak<Inner>);

impl WeakOffice {
    /// The office, if somebody still holds it.
    pub(crate) fn upgrade(&self) -> Option<Office> {
        self.0.upgrade().map(Office)
    }
}

/// The task that delivers mail.
struct Postman {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// How often it is looked whether mail is due that nobody told of: what failed before, what another process wrote.
const ROUNDS: Duration = Duration::from_secs(5);
/// How long a password that somebody forgot waits before it is answered. So what the answer costs, which depends on
/// whether anybody has that address, cannot be measured by asking again at once.
const RESET_PAUSE: Duration = Duration::from_secs(1);
/// How long the end waits for a mail that is just being handed over.
const LAST_MAIL: Duration = Duration::from_secs(20);

/// Delivers mail, as long as somebody holds the office.
async fn carry_mail(office: Weak<Inner>, mut stopped: watch::Receiver<bool>) {
    loop {
        let Some(inner) = office.upgrade() else { return };
        let office_now = Office(inner);
        // One after the other, and each whatever becomes of the other.
        for part in [
            guarded("password resets", crate::identity::answer_resets(&office_now)).await,
            guarded("mail", crate::mails::deliver_due(&office_now)).await.map(|done| done.map(drop)),
        ] {
            if let Some(Err(error)) = part {
                tracing::error!(%error, "mail was not looked after");
            }
        }
        let woken = async {
            tokio::select! {
                () = office_now.db().post().notified() => {}
                () = tokio::time::sleep(ROUNDS) => {}
            }
            let resets = guarded("mail", crate::identity::resets_wait(&office_now)).await;
            if resets.is_some_and(|wait| wait.unwrap_or(false)) {
                tokio::time::sleep(RESET_PAUSE).await;
            }
        };
        tokio::select! {
            () = woken => {}
            _ = stopped.changed() => return,
        }
    }
}

impl Office {
    /// Connects, brings the schema up to date, reads the directory.
    ///
    /// # Errors
    /// When the database cannot be reached, migrated or read.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let Options {
            database,
            key,
            sip_domain,
            sip_port,
            prices,
            public_url,
            clock,
            entropy,
            phones,
            mailing,
            texting,
        } = options;
        let directory = Arc::new(Directory::default());
        let db = Db::open(&database, Arc::clone(&clock), Arc::clone(&entropy), directory).await?;
        let prices = Prices::open(&db, prices).await?;
        let seal = Seal::new(&key, Arc::clone(&entropy));
        let vault = Ha1Vault::new(&key.0);
        db.directory().fill(load::load(&db, &vault).await?);
        let ledger = Ledger::start(db.clone(), Arc::clone(&clock)).map_err(OpenError::Thread)?;
        let epoch = u64::try_from(entropy.u128() >> 64).unwrap_or_default();
        let inner = Arc::new(Inner {
            db,
            seal,
            vault,
            ledger,
            sip_domain,
            sip_port,
            prices,
            public_url,
            clock,
            entropy,
            phones,
            mailing,
            texter: Texter::new(texting),
            templates: Templates::default(),
            postman: Mutex::new(None),
            attempts: Attempts::default(),
            imports: crate::imports::Running::default(),
            hasher: Hasher::default(),
            live: Arc::new(events::Hub::new(epoch)),
        });
        tokio::spawn(events::follow(Arc::downgrade(&inner.live), inner.db.events()));
        if let Some(notes) = inner.phones.notes() {
            let (live, directory) = (Arc::clone(&inner.live), Arc::clone(inner.db.directory()));
            tokio::spawn(events::follow_exchange(live, notes, directory));
        }
        tokio::spawn(keep_house(Arc::downgrade(&inner)));
        tokio::spawn(cut_log(Arc::downgrade(&inner)));
        Ok(Self(inner))
    }

    /// What the exchange looks up.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(self.0.db.directory())
    }

    /// What makes registrations and calls durable.
    #[must_use]
    pub fn ledger(&self) -> Arc<Ledger> {
        Arc::clone(&self.0.ledger)
    }

    /// Registrations and open calls as they were durable when the process ended last time. Each phone's registrations,
    /// also those that ran out meanwhile, are handed to `phone` as they are read.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn stored(&self, phone: impl FnMut(RegistrationChange) + Send) -> Result<Stored, DbError> {
        ledger::stored(&self.0.db, phone).await
    }

    /// The secret of the one-time link that makes the first account; nothing once there is one. Every call
    /// makes a new link, and the former worthless.
    pub async fn setup_token(&self) -> Option<Secret<String>> {
        match crate::setup::token(self).await {
            Ok(token) => token,
            Err(error) => {
                tracing::error!(%error, "the link for the first account was not made");
                None
            }
        }
    }

    /// The secret of a one-time link that lets an administrator set a new password: the one with this
    /// address, or the first there is. Valid for 30 minutes; written to the audit log.
    ///
    /// # Errors
    /// When there is no such administrator, or the database refuses.
    pub async fn recover_admin(&self, email: Option<&str>) -> Result<Secret<String>, RecoverError> {
        match crate::identity::recover(self, email).await {
            Ok(Some(link)) => Ok(link.token),
            Ok(None) => Err(RecoverError::NoSuchAdministrator),
            Err(error) => Err(RecoverError::Database(error)),
        }
    }

    /// The secret of a one-time link by which an operator sets a password, for `/operator/link`. Makes somebody an operator
    /// who is not one yet. Valid for 30 minutes.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn operator_link(&self, email: &types::email::Email) -> Result<Secret<String>, DbError> {
        crate::operators::make_link(self, email).await
    }

    /// Takes somebody out who is an operator; whether he was one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn remove_operator(&self, email: &types::email::Email) -> Result<bool, DbError> {
        crate::operators::remove(self, email).await
    }

    /// Ends every session, makes every one-time link worthless and forgets mail that waits, in all accounts; for a
    /// database that was brought back from a backup. Tokens of scripts stay.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_sessions(&self) -> Result<(), DbError> {
        crate::identity::forget_all(self).await?;
        crate::messages::forget_waiting(self).await?;
        crate::operators::forget_all(self).await
    }

    /// Delivers mail from now on, what waits first. One process at a time does this for a data folder.
    pub async fn start_post(&self) {
        if let Err(error) = crate::mails::hurry(self).await {
            tracing::warn!(%error, "mail that waits keeps its times");
        }
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(carry_mail(Arc::downgrade(&self.0), stopped));
        *self.0.postman.lock() = Some(Postman { stop, task });
    }

    /// Answers everybody who forgot a password and delivers what is due, once; how many mails got through.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn post_round(&self) -> Result<usize, DbError> {
        crate::identity::answer_resets(self).await?;
        crate::mails::deliver_due(self).await
    }

    /// Writes a newsletter to everybody who confirmed the wish for it, in all accounts. Whoever was written the same
    /// one before is not written again.
    ///
    /// # Errors
    /// When the database refuses; the same newsletter can be sent again, nobody gets it twice.
    pub async fn send_newsletter(&self, newsletter: &Newsletter) -> Result<Sent, DbError> {
        crate::users::send_newsletter(self, newsletter).await
    }

    /// Says whether the disk is so full that what is left of it is for registrations and call records. Until it is not,
    /// changes of accounts are refused.
    pub fn set_storage_full(&self, full: bool) {
        self.0.db.set_full(full);
    }

    /// Ends every open stream of events, and lets none begin: before the server waits for requests under way.
    pub fn end_streams(&self) {
        self.0.live.close();
    }

    /// Ends orderly: what the ledger holds becomes durable, then the database is closed.
    pub async fn close(&self) {
        let postman = self.0.postman.lock().take();
        if let Some(Postman { stop, task }) = postman {
            let _ = stop.send(true);
            if tokio::time::timeout(LAST_MAIL, task).await.is_err() {
                tracing::warn!("a mail was still being handed over; it may be delivered twice");
            }
        }
        self.0.texter.stop().await;
        self.0.ledger.close().await;
        self.0.db.close().await;
    }

    /// Everything that changes from now on, once it is durable. A receiver that is too slow misses the oldest.
    #[must_use]
    pub fn events(&self) -> tokio::sync::broadcast::Receiver<Event> {
        self.0.db.events()
    }

    pub(crate) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(crate) fn live(&self) -> &Arc<events::Hub> {
        &self.0.live
    }

    pub(crate) fn attempts(&self) -> &Attempts {
        &self.0.attempts
    }

    pub(crate) fn imports(&self) -> &crate::imports::Running {
        &self.0.imports
    }

    pub(crate) fn hasher(&self) -> &Hasher {
        &self.0.hasher
    }

    pub(crate) fn seal(&self) -> &Seal {
        &self.0.seal
    }

    pub(crate) fn vault(&self) -> &Ha1Vault {
        &self.0.vault
    }

    pub(crate) fn phones(&self) -> &Arc<dyn Phones> {
        &self.0.phones
    }

    pub(crate) fn mailing(&self) -> &Mailing {
        &self.0.mailing
    }

    pub(crate) fn texter(&self) -> &Texter {
        &self.0.texter
    }

    pub(crate) fn downgrade(&self) -> WeakOffice {
        WeakOffice(Arc::downgrade(&self.0))
    }

    pub(crate) fn templates(&self) -> &Templates {
        &self.0.templates
    }

    /// A page of the web application for whoever holds `token`. The token stands in the fragment, which browsers keep
    /// to themselves: it reaches no log and no referrer.
    pub(crate) fn page(&self, page: &str, token: &Secret<String>) -> String {
        format!("{}/{page}#{}", self.0.mailing.pages, token.expose())
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.0.entropy
    }

    pub(crate) fn sip_domain(&self) -> &str {
        &self.0.sip_domain
    }

    /// Where phones register: the domain, with the port where a phone would not guess it.
    pub(crate) fn sip_server(&self) -> String {
        match self.0.sip_port {
            0 | 5060 => self.0.sip_domain.clone(),
            port => format!("{}:{port}", self.0.sip_domain),
        }
    }

    pub(crate) fn prices(&self) -> &Prices {
        &self.0.prices
    }

    pub(crate) fn public_url(&self) -> Option<&str> {
        self.0.public_url.as_deref()
    }
}
