//! What is asked of every server outside that Ringwerk signs in to: the mail server, the SMSC.

use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use types::secret::Secret;

/// How long a connection is tried for each address.
const REACH: Duration = Duration::from_secs(5);

/// The password in a file; `whose` is called by it in sentences, such as "The SMSC".
///
/// # Errors
/// A sentence for whoever wrote the configuration.
pub fn password(path: &Path, whose: &str) -> Result<Secret<String>, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|reason| format!("{whose}'s password file {} cannot be read: {reason}.", path.display()))?;
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(format!("{whose}'s password file {} is empty.", path.display()));
    }
    Ok(Secret::new(password.to_owned()))
}

/// A worry if others than its owner may read a password file.
pub fn exposed(path: &Path, whose: &str) -> Option<String> {
    let open = std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
    open.then(|| {
        format!(
            "{whose}'s password file {0} may be read by other users of this machine. Close it with `chmod 600 {0}`.",
            path.display()
        )
    })
}

/// Why no connection can be made right now, if so. Waits for a few seconds.
pub fn unreachable(host: &str, port: u16) -> Option<std::io::Error> {
    let addresses = match (host, port).to_socket_addrs() {
        Ok(addresses) => addresses,
        Err(error) => return Some(error),
    };
    let mut last = Some(std::io::Error::other("there is no such name"));
    for address in addresses {
        match TcpStream::connect_timeout(&address, REACH) {
            Ok(_) => return None,
            Err(error) => last = Some(error),
        }
    }
    last
}
