//! What the engineer who installs Ringwerk may decide: a TOML file, and flags that win over it.
//!
//! Everything has a default, so an empty file (or none) is a complete configuration.

mod file;
mod problem;

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

pub use file::File;
pub use problem::{Problem, Severity, problems};

/// The configuration in force: file and flags put together, defaults filled in.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the database, the key file and the certificates live.
    pub data: PathBuf,
    /// `None` is the embedded SQLite database in [`Config::data`].
    pub database: Option<String>,
    /// Where the web page and the API listen.
    pub http: SocketAddr,
    /// The address people type, without a trailing slash; links in mails start with it.
    pub public_url: Option<String>,
    /// Where SIP over UDP and TCP listens.
    pub sip: Vec<SocketAddr>,
    /// Where SIP over TLS listens.
    pub sip_tls: Option<SocketAddr>,
    /// Where SIP over WebSocket listens.
    pub sip_ws: Option<SocketAddr>,
    /// Certificate and key for TLS; `None` makes an own certificate at the first start.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// What stands after the `@` in a SIP address.
    pub domain: Option<String>,
    /// The address phones are told to send audio to, when it is not the address they reached us at.
    pub media_address: Option<std::net::IpAddr>,
    /// UDP ports for audio; each call takes four of them.
    pub media_ports: RangeInclusive<u16>,
}

/// What the command line of `serve` and `check` may say; `None` leaves it to the file.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--data`
    pub data: Option<PathBuf>,
    /// `--database`
    pub database: Option<String>,
    /// `--http`
    pub http: Option<SocketAddr>,
    /// `--sip`, may be given several times.
    pub sip: Vec<SocketAddr>,
    /// `--sip-tls`
    pub sip_tls: Option<SocketAddr>,
    /// `--sip-ws`
    pub sip_ws: Option<SocketAddr>,
    /// `--domain`
    pub domain: Option<String>,
    /// `--public-url`
    pub public_url: Option<String>,
}

impl Config {
    /// Puts flags over the file over the defaults.
    pub fn new(flags: Flags, file: File) -> Self {
        let File { data, database, http, sip, media } = file;
        let sip_addresses = if flags.sip.is_empty() { sip.listen } else { flags.sip };
        Self {
            data: flags.data.or(data).unwrap_or_else(|| PathBuf::from("data")),
            database: flags.database.or(database.url),
            http: flags.http.or(http.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            public_url: flags.public_url.or(http.public_url).map(|url| url.trim_end_matches('/').to_owned()),
            sip: if sip_addresses.is_empty() { vec![SocketAddr::from(([0, 0, 0, 0], 5060))] } else { sip_addresses },
            sip_tls: flags.sip_tls.or(sip.tls),
            sip_ws: flags.sip_ws.or(sip.ws),
            certificate: sip.certificate.zip(sip.key),
            domain: flags.domain.or(sip.domain),
            media_address: media.address,
            media_ports: media.first_port.unwrap_or(20_000)..=media.last_port.unwrap_or(59_999),
        }
    }
}
