//! The command line: one file a command.

mod backup;
mod check;
mod demo;
mod operator;
mod newsletter;
mod recover_admin;
mod restore;
mod serve;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};

use office::ports::NoPhones;
use office::{Office, Texting};
use types::clock::Clock;
use types::entropy::Entropy;

use crate::config::{Config, File, Flags, Listen};
use crate::data_folder::DataFolder;
use crate::logs::Format;
use crate::system::{SystemClock, SystemEntropy};
use crate::{addresses, mail, wire};

/// Ringwerk: a business phone system that an organisation runs itself.
#[derive(Debug, Parser)]
#[command(name = "ringwerk", version, about)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the phone system.
    Serve(Settings),
    /// Say in plain words what is wrong with a configuration.
    Check(check::Check),
    /// Fill an empty data folder with a made-up company to try things out.
    Demo(demo::Demo),
    /// Write everything into one file, also while Ringwerk runs.
    Backup(backup::Backup),
    /// Bring a backup back, before Ringwerk starts.
    Restore(restore::Restore),
    /// Send a newsletter to everybody who ordered it.
    Newsletter(newsletter::Newsletter),
    /// Let a locked-out organisation in again: prints a one-time link for an administrator.
    RecoverAdmin(recover_admin::RecoverAdmin),
    /// Make somebody an operator, who hosts several companies, or let one in again: prints a one-time link.
    Operator(operator::Operator),
}

impl Arguments {
    /// Runs the command. The error is what the person at the terminal reads.
    pub fn run(self) -> Result<(), String> {
        // Databases, keys and backups are for their owner alone, whichever library makes the file.
        nix::sys::stat::umask(nix::sys::stat::Mode::S_IRWXG | nix::sys::stat::Mode::S_IRWXO);
        // Every part that speaks TLS, towards phones or the database, uses this one implementation.
        if rustls::crypto::ring::default_provider().install_default().is_err() {
            tracing::debug!("the TLS implementation was chosen before");
        }
        match self.command {
            Command::Serve(settings) => serve::run(&settings.config()?),
            Command::Check(check) => check.run(),
            Command::Demo(demo) => demo.run(),
            Command::Backup(backup) => backup.run(),
            Command::Restore(restore) => restore.run(),
            Command::Newsletter(newsletter) => newsletter.run(),
            Command::RecoverAdmin(recover) => recover.run(),
            Command::Operator(operator) => operator.run(),
        }
    }
}

/// Where the data is.
#[derive(Debug, Args)]
struct Place {
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE", env = "RINGWERK_CONFIG")]
    config: Option<PathBuf>,
    /// Folder for the database, keys and certificates [default: ./data].
    #[arg(long, value_name = "DIR", env = "RINGWERK_DATA")]
    data: Option<PathBuf>,
    /// postgres://user:password@host/name instead of the embedded database.
    #[arg(long, value_name = "URL", env = "RINGWERK_DATABASE", hide_env_values = true)]
    database: Option<String>,
}

/// Settings that win over the configuration file.
#[derive(Debug, Args)]
struct Settings {
    #[command(flatten)]
    place: Place,
    /// Where the web page and the API listen [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDR:PORT")]
    http: Option<SocketAddr>,
    /// What people type into the browser, for links in mails.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Where SIP over UDP and TCP listens; may be given several times [default: 0.0.0.0:5060].
    #[arg(long, value_name = "ADDR:PORT")]
    sip: Vec<SocketAddr>,
    /// Where SIP over TLS listens, or "off" [default: one port above SIP].
    #[arg(long, value_name = "ADDR:PORT")]
    sip_tls: Option<Listen>,
    /// Where SIP over WebSocket listens.
    #[arg(long, value_name = "ADDR:PORT")]
    sip_ws: Option<SocketAddr>,
    /// What stands after the @ in a SIP address [default: the SIP address].
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// Where figures for Prometheus are served, or "off" [default: 127.0.0.1:9464 if that is free].
    #[arg(long, value_name = "ADDR:PORT")]
    metrics: Option<Listen>,
    /// How log lines look [default: text]. RUST_LOG chooses which are shown.
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<Format>,
}

/// Opens the office for a command that works on the database alone, beside a running server or without one.
async fn open_office(config: &Config, folder: &DataFolder) -> Result<Office, String> {
    let domain = folder.domain(config.domain.as_deref(), || addresses::domain(config))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let http = folder.running_http().unwrap_or(config.http);
    let mailing = mail::waits(config, addresses::pages(config, http));
    wire::open(config, folder, &domain, &clock, &entropy, NoPhones::shared(), (mailing, Texting::none())).await
}

/// This program as it was called, for advice that can be typed as it stands.
fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "ringwerk".to_owned())
}

/// Runs `work` to its end.
fn block_on<T>(work: impl Future<Output = T>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| format!("Threads cannot be started: {error}."))?;
    Ok(runtime.block_on(work))
}

impl Place {
    /// The configuration file with these and further flags over it.
    fn config(self, further: Flags) -> Result<Config, String> {
        let file = self.config.as_deref().map(File::read).transpose()?.unwrap_or_default();
        Ok(Config::new(Flags { data: self.data, database: self.database, ..further }, file))
    }
}

impl Settings {
    fn config(self) -> Result<Config, String> {
        let flags = Flags {
            http: self.http,
            sip: self.sip,
            sip_tls: self.sip_tls,
            sip_ws: self.sip_ws,
            domain: self.domain,
            public_url: self.public_url,
            metrics: self.metrics,
            log_format: self.log_format,
            ..Flags::default()
        };
        self.place.config(flags)
    }
}
