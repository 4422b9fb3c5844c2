//! TLS for SIP and for WebSocket: version 1.2 and 1.3, no client certificates.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::stream::Transport;
use crate::settings::TlsSettings;

/// Shows the certificate of `settings`. A client that names protocols (ALPN, RFC 7301) must name ours.
///
/// # Errors
/// When the PEM holds no certificate or key, or the two do not belong together.
pub(super) fn acceptor(settings: &TlsSettings, transport: Transport) -> io::Result<TlsAcceptor> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&settings.certificates_pem)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable("certificate", &error))?;
    let key = PrivateKeyDer::from_pem_slice(&settings.key_pem).map_err(|error| unusable("key", &error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| unusable("certificate", &error))?;
    let protocol: &[u8] = match transport {
        Transport::Ws | Transport::Wss => b"http/1.1",
        Transport::Tcp | Transport::Tls => b"sip",
    };
    config.alpn_protocols = vec![protocol.to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn unusable(what: &str, error: &dyn std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("the TLS {what} is of no use: {error}"))
}
