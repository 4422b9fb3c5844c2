//! The one file that sees office and switch: plugs each into what the other one needs.
//!
//! ```text
//! switch --Directory--> office::directory      who is this phone, what does the account look like
//! switch --Ledger-----> office::ledger         make this durable
//! office::ledger -----> switch                 it is durable now / it will not be
//! office --Phones-----> switch                 who is registered, which calls are up
//! ```

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use callflow::World;
use office::ledger::{LedgerEntry, Report};
use office::ports::{LiveCall, Phones, Presence};
use office::{DatabaseLocation, MasterKey, Office, Options};
use switch::EngineHandle;
use switch::ports::{DeviceAccess, Directory, Entry, Full, Ledger, Ticket};
use switch::settings::{Settings, TlsSettings};
use tokio::sync::watch;
use types::clock::Clock;
use types::e164::E164;
use types::entropy::Entropy;
use types::ids::{AccountId, CallId, DeviceId, UserId};
use types::sip_id::SipId;

use crate::certificate::Certificate;
use crate::config::Config;
use crate::data_folder::DataFolder;
