//! The certificate for SIP over TLS: the given one, or an own one made at the first start.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::config::Config;

/// Certificate chain and private key, both as PEM text.
pub struct Certificate {
    /// The chain, the server's own certificate first.
    pub chain_pem: String,
    /// The private key.
    pub key_pem: String,
}

/// Reads the configured certificate, or the own one in the data folder, which is made when missing.
pub fn load(config: &Config, names: &[String]) -> Result<Certificate, String> {
    if let Some((chain, key)) = &config.certificate {
        return Ok(Certificate { chain_pem: read(chain)?, key_pem: read(key)? });
    }
    let folder = config.data.join("tls");
    let (chain, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    if !(chain.exists() && key.exists()) {
        make(&folder, &chain, &key, names)?;
    }
    Ok(Certificate { chain_pem: read(&chain)?, key_pem: read(&key)? })
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{} cannot be read: {error}.", path.display()))
}

fn make(folder: &Path, chain: &Path, key: &Path, names: &[String]) -> Result<(), String> {
    let made = rcgen::generate_simple_self_signed(names.to_vec())
        .map_err(|error| format!("No certificate could be made for {names:?}: {error}."))?;
    fs::create_dir_all(folder).map_err(|error| format!("{} cannot be made: {error}.", folder.display()))?;
    // The key first: a certificate without its key would be taken for complete at the next start.
    write_private(key, &made.signing_key.serialize_pem())?;
    write_private(chain, &made.cert.pem())
}

fn write_private(path: &Path, text: &str) -> Result<(), String> {
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .map_err(|error| format!("{} cannot be written: {error}.", path.display()))
}
