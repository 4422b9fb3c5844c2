//! The data folder: held by one server at a time, with the key and the names that must never change.
//!
//! | file | what it is |
//! |---|---|
//! | `lock` | held while a server runs |
//! | `key` | the master key that seals secrets in the database; made at the first start, mode 0600 |
//! | `domain` | what stands after the `@`; phones' passwords are hashed with it, so it is kept once chosen |
//! | `tls/` | the own certificate |
//! | `mail/` | mails, one `.eml` file each, while no mail server is configured |
//! | `ringwerk.db` | the embedded database |
//! | `records.journal` | call records the database did not take yet; there only while it takes none |
//! | `running.json` | where the running server listens; gone when none runs |

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use types::entropy::Entropy;

/// A data folder that exists.
#[derive(Clone, Debug)]
pub struct DataFolder(PathBuf);

/// Held as long as the server runs. The operating system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Held(#[expect(dead_code, reason = "the lock lives as long as the file is open")] File);

impl DataFolder {
    /// The folder, made if it is missing, closed to other users of the machine.
    pub fn open(path: &Path) -> Result<Self, String> {
        if !path.exists() {
            fs::create_dir_all(path)
                .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o700)))
                .map_err(|error| {
                    format!("The data folder {} cannot be made: {error}. Choose another with --data.", path.display())
                })?;
        }
        Ok(Self(path.to_path_buf()))
    }

    /// The folder, which must be there already.
    pub fn existing(path: &Path) -> Result<Self, String> {
        match path.join("key").try_exists() {
            Ok(true) => Ok(Self(path.to_path_buf())),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Err(format!(
                "The data folder {} belongs to somebody else. Work as the user that Ringwerk runs as.",
                path.display()
            )),
            _ => Err(format!("{} is not a data folder of Ringwerk. Name the right one with --data.", path.display())),
        }
    }

    /// Takes the folder for this process alone.
    pub fn hold(&self) -> Result<Held, String> {
        let path = self.0.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| format!("{} cannot be opened: {error}.", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Held(file)),
            Err(TryLockError::WouldBlock) => Err(format!(
                "Another Ringwerk works with the data folder {}. Stop it first, or choose another folder with --data.",
                self.0.display()
            )),
            Err(TryLockError::Error(error)) => Err(format!("{} cannot be locked: {error}.", path.display())),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The embedded database.
    pub fn database(&self) -> PathBuf {
        self.0.join("ringwerk.db")
    }

    /// Call records that the database did not take yet.
    pub fn journal(&self) -> PathBuf {
        self.0.join("records.journal")
    }

    /// Where mails are kept while no mail server is configured.
    pub fn mail(&self) -> PathBuf {
        self.0.join("mail")
    }

    /// Whether there is nothing in it that could be overwritten. A lock alone is nothing.
    pub fn is_empty(&self) -> Result<bool, String> {
        let entries =
            fs::read_dir(&self.0).map_err(|error| format!("{} cannot be read: {error}.", self.0.display()))?;
        Ok(entries.flatten().all(|entry| entry.file_name() == "lock"))
    }

    /// Where the running server's web page listens, if one runs and can be asked.
    pub fn running_http(&self) -> Option<SocketAddr> {
        let state: serde_json::Value = serde_json::from_slice(&fs::read(self.0.join("running.json")).ok()?).ok()?;
        state.get("http")?.as_str()?.parse().ok()
    }

    /// The master key, made at the first call.
    pub fn key(&self, entropy: &dyn Entropy) -> Result<[u8; 32], String> {
        let path = self.0.join("key");
        if !path.exists() {
            let mut key = [0; 32];
            entropy.fill(&mut key);
            write_private(&path, hex(&key).as_bytes())?;
        }
        let mode = fs::metadata(&path).map_err(|error| unreadable(&path, &error))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(format!(
                "{} opens every secret in the database and may be read by other users of this machine. Close it with `chmod 600 {0}`.",
                path.display()
            ));
        }
        let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        parse_hex(text.trim()).ok_or_else(|| {
            format!("{} is damaged: it must hold 64 hexadecimal digits. Bring it back from a backup; a new key cannot open the old data.", path.display())
        })
    }

    /// What stands after the `@`: `wanted`, or what was kept, or `otherwise`, which is kept from then on.
    ///
    /// Phones' passwords are hashed together with it, so another one than the kept one is refused.
    pub fn domain(&self, wanted: Option<&str>, otherwise: impl FnOnce() -> String) -> Result<String, String> {
        let path = self.0.join("domain");
        let kept = if path.exists() {
            Some(fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?)
        } else {
            None
        };
        match (kept.as_deref().map(str::trim), wanted) {
            (Some(kept), Some(wanted)) if kept != wanted => Err(format!(
                "The domain is {kept} since the first start, and every phone's password was hashed with it; it cannot become {wanted}. \
                 Leave --domain out."
            )),
            (Some(kept), _) => Ok(kept.to_owned()),
            (None, wanted) => {
                let chosen = wanted.map_or_else(otherwise, str::to_owned);
                write_private(&path, chosen.as_bytes())?;
                Ok(chosen)
            }
        }
    }
}

/// Writes a file that only its owner may read, whole or not at all, and waits until it is on disk.
pub fn write_private(path: &Path, contents: &[u8]) -> Result<(), String> {
    let beside = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(contents)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        path.parent().map_or(Ok(()), sync_folder)
    };
    write().map_err(|error| format!("{} cannot be written: {error}.", path.display()))
}

/// Makes a rename durable.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    format!("{} cannot be read: {error}.", path.display())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.len() == 64 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    let mut key = [0; 32];
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    digits.then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for (byte, value) in bytes.iter_mut().zip(1..) {
                *byte = value;
            }
        }
    }

    fn folder(name: &str) -> DataFolder {
        let path = std::env::temp_dir().join(format!("ringwerk-folder-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        DataFolder::open(&path).unwrap()
    }

    #[test]
    fn two_servers_cannot_share_a_folder() {
        let folder = folder("lock");
        let held = folder.hold().unwrap();
        assert!(folder.hold().unwrap_err().contains("Another Ringwerk works"));
        drop(held);
        assert!(folder.hold().is_ok());
    }

    #[test]
    fn the_key_is_made_once_and_for_its_owner_alone() {
        let folder = folder("key");
        assert!(folder.is_empty().unwrap());
        let key = folder.key(&Counting).unwrap();
        assert_eq!(key[..3], [1, 2, 3]);
        assert_eq!(folder.key(&Counting).unwrap(), key);
        let path = folder.path().join("key");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(folder.key(&Counting).unwrap_err().contains("chmod 600"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "0102").unwrap();
        assert!(folder.key(&Counting).unwrap_err().contains("damaged"));
        assert!(!folder.is_empty().unwrap());
    }

    #[test]
    fn the_domain_stays_what_it_was() {
        let folder = folder("domain");
        assert_eq!(folder.domain(None, || "192.0.2.1".to_owned()).unwrap(), "192.0.2.1");
        assert_eq!(folder.domain(None, || "192.0.2.2".to_owned()).unwrap(), "192.0.2.1");
        assert_eq!(folder.domain(Some("192.0.2.1"), String::new).unwrap(), "192.0.2.1");
        assert!(folder.domain(Some("phones.example.com"), String::new).unwrap_err().contains("cannot become"));
    }
}
