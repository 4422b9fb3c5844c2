//! The TOML file, section by section. An unknown word is an error, so that a slip of the pen is noticed.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Listen;
use crate::logs::Format;

/// The whole file. Every section and every line may be left out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// The data folder, relative to the working directory.
    pub data: Option<PathBuf>,
    /// `[database]`
    pub database: Database,
    /// `[http]`
    pub http: Http,
    /// `[sip]`
    pub sip: Sip,
    /// `[media]`
    pub media: Media,
    /// `[metrics]`
    pub metrics: Metrics,
    /// `[log]`
    pub log: Log,
}

/// Where accounts, numbers and call records are kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `postgres://user:password@host/name`; left out, the embedded database is used.
    pub url: Option<String>,
}

/// The web page and the API.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Address and port.
    pub listen: Option<SocketAddr>,
    /// What people type into the browser, for links in mails.
    pub public_url: Option<String>,
    /// Web servers in front that say truly in `X-Forwarded-For` whom they speak for.
    pub proxies: Vec<IpAddr>,
}

/// The exchange's side towards phones.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sip {
    /// Addresses for UDP and TCP.
    pub listen: Vec<SocketAddr>,
    /// Address for TLS, or `"off"`.
    pub tls: Option<Listen>,
    /// Address for WebSocket.
    pub ws: Option<SocketAddr>,
    /// PEM file with the certificate chain.
    pub certificate: Option<PathBuf>,
    /// PEM file with the private key.
    pub key: Option<PathBuf>,
    /// What stands after the `@`.
    pub domain: Option<String>,
}

/// Audio.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Media {
    /// The address phones are told to send audio to.
    pub address: Option<IpAddr>,
    /// First UDP port for audio.
    pub first_port: Option<u16>,
    /// Last UDP port for audio.
    pub last_port: Option<u16>,
}

/// Figures for Prometheus.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// Address and port, or `"off"`.
    pub listen: Option<Listen>,
}

/// What Ringwerk says while it runs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `"text"` or `"json"`.
    pub format: Option<Format>,
}

impl File {
    /// Reads the file at `path`. The error is a sentence for the engineer, with line and column.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("The configuration file {} cannot be read: {error}.", path.display()))?;
        toml::from_str(&text)
            .map_err(|error| format!("The configuration file {} has a mistake:\n{error}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_empty_file_is_complete() {
        let file: File = toml::from_str("").unwrap();
        assert!(file.http.listen.is_none() && file.sip.listen.is_empty());
    }

    #[test]
    fn what_listens_can_be_switched_off() {
        let file: File =
            toml::from_str("[sip]\ntls = \"off\"\n[metrics]\nlisten = \"127.0.0.1:9000\"\n[log]\nformat = \"json\"\n")
                .unwrap();
        assert_eq!(file.sip.tls, Some(Listen::Off));
        assert_eq!(file.metrics.listen, Some(Listen::At(SocketAddr::from(([127, 0, 0, 1], 9000)))));
        assert_eq!(file.log.format, Some(Format::Json));
    }

    #[test]
    fn a_slip_of_the_pen_is_noticed() {
        let error = toml::from_str::<File>("[sip]\nlisten_udp = \"0.0.0.0:5060\"\n").unwrap_err();
        assert!(error.to_string().contains("listen_udp"), "{error}");
    }
}
