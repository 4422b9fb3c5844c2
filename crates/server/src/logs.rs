//! Structured logs: what is shown is chosen by `RUST_LOG`, how by `--log-format`.
//!
//! Secrets are types that print `[secret]` (types::secret), so no filter has to find them here.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// What is shown when `RUST_LOG` says nothing: the database library tells every statement at `info`.
const DEFAULT: &str = "info,sqlx=warn,sea_orm=warn,sea_orm_migration=warn";

/// What a panic leaves in the log: where it was, and what it said where that is a fixed text. A text that was put together
/// may hold anything, also secrets.
fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let said = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("[not shown]");
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        metrics::counter!("ringwerk_panics_total").increment(1);
        tracing::error!(place, said, thread, "a panic: this is a defect, please report it");
    }));
}

/// Starts logging to standard error. A second call changes nothing.
pub fn start(format: Format) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    let colours = std::io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    let started = match format {
        Format::Text => subscriber.try_init(),
        Format::Json => subscriber.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging was started before");
    }
    report_panics();
}
