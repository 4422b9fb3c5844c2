//! The one file that sees office and switch: plugs each into what the other one needs.
//!
//! ```text
//! switch --Directory--> office::directory      who is this phone, what does the account look like
//! switch --Ledger-----> office::ledger         make this durable
//! office::ledger -----> switch                 it is durable now / it will not be
//! office --Phones-----> switch                 who is registered, which calls are up
//! switch --Watch------> office::ports::Notes   this phone came, this call rings
//! ```

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use callflow::World;
use office::ledger::{LedgerEntry, Report};
use office::ports::{CallLegs, LiveCall, Notes, Phones, Presence};
use office::{DatabaseLocation, Mailing, MasterKey, Office, Options, Texting};
use switch::ports::{Candidate, Change, DeviceAccess, Directory, Entry, Full, Ledger, Ticket, Watch};
use switch::settings::{Settings, TlsSettings};
use switch::{Addresses, EngineHandle};
use tokio::sync::watch;
use types::clock::Clock;
use types::e164::E164;
use types::entropy::Entropy;
use types::ids::{AccountId, CallId, DeviceId, UserId};
use types::sip_id::SipId;

use crate::certificate::Certificate;
use crate::config::Config;
use crate::data_folder::DataFolder;

/// The exchange as the office sees it. Exists before the exchange runs, since the office is opened first; until then
/// no phone can be reached.
#[derive(Debug, Default)]
pub struct Exchange {
    engine: OnceLock<EngineHandle>,
    notes: Arc<Notes>,
}

impl Exchange {
    /// Ends calls that ring, waits until everything promised is durable, but at most `patience`, and stops. Blocks.
    pub fn shutdown(&self, patience: Duration) {
        if let Some(engine) = self.engine.get() {
            engine.shutdown(patience);
        }
    }
}

impl Phones for Exchange {
    fn presence(&self, device: DeviceId) -> Option<Presence> {
        let presence = self.engine.get()?.presence(device)?;
        Some(Presence {
            user_agent: presence.user_agent,
            address: presence.address.to_string(),
            since: presence.since,
            expires: presence.expires,
        })
    }

    fn in_call(&self, user: UserId) -> bool {
        self.engine.get().is_some_and(|engine| engine.is_in_call(user))
    }

    fn live_calls(&self, account: AccountId) -> Vec<LiveCall> {
        let mut calls = self.engine.get().map(|engine| engine.calls(account)).unwrap_or_default();
        calls.sort_by_key(|call| (call.started, call.id));
        let shown = calls.into_iter().map(|call| LiveCall {
            call: call.id,
            started: call.started,
            answered: call.answered,
            participants: call.caller.into_iter().chain(call.called.iter().map(|(user, _)| *user)).collect(),
        });
        shown.collect()
    }

    fn ladder(&self, call: CallId) -> Option<String> {
        self.engine.get()?.ladder(call)
    }

    fn disconnect(&self, device: DeviceId) {
        if let Some(engine) = self.engine.get() {
            engine.drop_device(device);
        }
    }

    fn notes(&self) -> Option<Arc<Notes>> {
        Some(Arc::clone(&self.notes))
    }
}

/// Where the exchange tells what changes.
struct Teller {
    notes: Arc<Notes>,
    trouble: watch::Sender<Option<Trouble>>,
}

impl Watch for Teller {
    fn changed(&self, change: Change) {
        match change {
            Change::Phone { account, device, reachable } => self.notes.phone(account, device, reachable),
            Change::Call(call) => {
                let switch::ports::CallChange { account, call, owner, caller, called, answered, over } = call;
                let legs = (!over).then_some(CallLegs { owner, caller, called, answered });
                self.notes.call(account, call, legs);
            }
        }
    }

    fn failed(&self, part: &'static str) {
        let _ = self.trouble.send(Some(Trouble::Exchange(part)));
    }
}

/// What the exchange looks up.
struct Lookup(Arc<office::directory::Directory>);

impl Directory for Lookup {
    fn candidate(&self, sip_id: SipId) -> Candidate {
        let office::directory::Candidate { there, ha1 } = self.0.candidate(sip_id);
        Candidate { there, ha1: sip::digest::Ha1 { md5: ha1.md5, sha256: ha1.sha256 } }
    }

    fn device(&self, sip_id: SipId) -> Option<DeviceAccess> {
        let access = self.0.device(sip_id)?;
        Some(DeviceAccess {
            account: access.account,
            device: access.device,
            user: access.user,
            blocked: access.blocked,
        })
    }

    fn with_world(&self, account: AccountId, read: &mut dyn FnMut(&World)) {
        self.0.with_world(account, read);
    }

    fn account_of_number(&self, number: E164) -> Option<AccountId> {
        self.0.account_of_number(number)
    }
}

/// Where the exchange has things made durable.
struct Books(Arc<office::ledger::Ledger>);

impl Ledger for Books {
    fn submit(&self, ticket: Ticket, entry: Entry) -> Result<(), Full> {
        let entry = match entry {
            Entry::Registration(change) => LedgerEntry::Registration(stored_registration(change)),
            Entry::CallOpen(call) => LedgerEntry::CallOpen(stored_call(call)),
            Entry::CallChanged(call) => LedgerEntry::CallChanged(stored_call(call)),
            Entry::Alive(switch::ports::Heartbeat { run, milliseconds }) => {
                LedgerEntry::Alive(office::ledger::Heartbeat { run, milliseconds })
            }
            Entry::CallEnded { record } => LedgerEntry::CallEnded(Arc::from(record)),
        };
        self.0.submit(ticket.0, entry).map_err(|office::ledger::Full| Full)
    }
}

fn stored_registration(change: switch::ports::RegistrationChange) -> office::ledger::RegistrationChange {
    let switch::ports::RegistrationChange { account, device, sip_id, bindings, expires, user_agent, address, removed } =
        change;
    office::ledger::RegistrationChange { account, device, sip_id, bindings, expires, user_agent, address, removed }
}

fn stored_call(call: switch::ports::OpenCall) -> office::ledger::OpenCall {
    let switch::ports::OpenCall { call, account, started, state } = call;
    office::ledger::OpenCall { call, account, started, state }
}

fn named_registration(change: office::ledger::RegistrationChange) -> switch::ports::RegistrationChange {
    let office::ledger::RegistrationChange { account, device, sip_id, bindings, expires, user_agent, address, removed } =
        change;
    switch::ports::RegistrationChange { account, device, sip_id, bindings, expires, user_agent, address, removed }
}

/// What was durable when the process ended last time, as the exchange wants it.
async fn restored(office: &Office) -> Result<switch::Restored, office::DbError> {
    let mut restored = switch::Restored::default();
    let stored = office.stored(|change| restored.registration(&named_registration(change))).await?;
    let open_calls = stored.open_calls.into_iter().map(|call| {
        let office::ledger::OpenCall { call, account, started, state } = call;
        switch::ports::OpenCall { call, account, started, state }
    });
    restored.open_calls = open_calls.collect();
    restored.heartbeat = stored
        .heartbeat
        .map(|office::ledger::Heartbeat { run, milliseconds }| switch::ports::Heartbeat { run, milliseconds });
    Ok(restored)
}

/// Why a running server has to end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The storage failed: nothing can be acknowledged any more.
    Storage,
    /// A thread failed that no call goes without; names it.
    Exchange(&'static str),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Storage => f.write_str(
                "The storage failed, so nothing could be acknowledged any more. Look at the disk; everything that was acknowledged is \
                 taken up again at the next start.",
            ),
            Self::Exchange(part) => write!(
                f,
                "A part of the telephone exchange failed ({part}). Calls that are up are taken up again at the next start. Please report \
                 what the log says above."
            ),
        }
    }
}

/// Opens the office on the configured database.
pub async fn open(
    config: &Config,
    folder: &DataFolder,
    domain: &str,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
    phones: Arc<dyn Phones>,
    (mailing, texting): (Mailing, Texting),
) -> Result<Office, String> {
    let database = match &config.database {
        Some(url) => DatabaseLocation::Postgres(url.clone()),
        None => DatabaseLocation::Sqlite(folder.database()),
    };
    let options = Options {
        database,
        key: MasterKey(folder.key(&**entropy)?),
        sip_domain: domain.to_owned(),
        sip_port: config.sip.first().map_or(0, std::net::SocketAddr::port),
        prices: config.prices,
        public_url: config.public_url.clone(),
        clock: Arc::clone(clock),
        entropy: Arc::clone(entropy),
        phones,
        mailing,
        texting,
    };
    Office::open(options).await.map_err(|error| format!("The office does not open: {error}."))
}

/// Starts the exchange, where the last one ended, and connects both.
///
/// `trouble` is told when the process has to end by itself.
pub async fn start(
    settings: Settings,
    office: &Office,
    exchange: &Exchange,
    trouble: watch::Sender<Option<Trouble>>,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> Result<Addresses, String> {
    let restored =
        restored(office).await.map_err(|error| format!("Registrations and open calls cannot be read: {error}."))?;
    tracing::info!(
        registrations = restored.phones(),
        open_calls = restored.open_calls.len(),
        "taking up where the last run ended"
    );
    let ledger = office.ledger();
    let engine = switch::start(
        settings,
        Arc::new(Lookup(office.directory())),
        Arc::new(Books(Arc::clone(&ledger))),
        Arc::new(Teller { notes: Arc::clone(&exchange.notes), trouble: trouble.clone() }),
        restored,
        Arc::clone(clock),
        Arc::clone(entropy),
    )
    .map_err(|error| format!("The exchange does not start: {error}."))?;
    let told = engine.clone();
    ledger.on_report(move |report| match report {
        Report::Committed(tickets) => told.committed(&named(tickets)),
        Report::Failed(tickets) => told.commit_failed(&named(tickets)),
        Report::Broken => drop(trouble.send(Some(Trouble::Storage))),
    });
    let addresses = engine.addresses().clone();
    // Set once, by this function, which runs once.
    let _ = exchange.engine.set(engine);
    Ok(addresses)
}

fn named(tickets: &[u64]) -> Vec<Ticket> {
    tickets.iter().copied().map(Ticket).collect()
}

/// What the exchange is told of the configuration.
pub fn settings(config: &Config, domain: &str, certificate: Option<Certificate>) -> Settings {
    let tls = certificate.map(|certificate| TlsSettings {
        addresses: config.sip_tls.clone(),
        certificates_pem: certificate.chain_pem.into_bytes(),
        key_pem: certificate.key_pem.into_bytes(),
    });
    Settings {
        tls,
        ws: config.sip_ws.into_iter().collect(),
        advertised: config.media_address,
        rtp_ports: config.media_ports.clone(),
        ..Settings::new(domain, config.sip.clone())
    }
}
