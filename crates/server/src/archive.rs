//! A backup: one tar file with the database, the key and everything else that a new machine needs.
//!
//! | entry | what it is |
//! |---|---|
//! | `ringwerk-backup.json` | first; format, version, when it was made, which kind of database |
//! | `key`, `domain`, `tls/…` | as in the data folder |
//! | `ringwerk.db` or `postgres.dump` | the database; the dump is pg_dump's custom format |
//!
//! Whoever holds the file can read every secret in it, so it is written for its owner alone.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use types::clock::Timestamp;

use crate::data_folder::sync_folder;

/// The name of the embedded database in an archive.
pub const SQLITE: &str = "ringwerk.db";
/// The name of a PostgreSQL dump in an archive.
pub const POSTGRES: &str = "postgres.dump";

const MANIFEST: &str = "ringwerk-backup.json";
const FORMAT: u32 = 1;
/// Files of the data folder that are kept. All of them are small; a certificate may be missing.
const KEPT: [&str; 4] = ["key", "domain", "tls/certificate.pem", "tls/key.pem"];

/// What an archive says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Goes up when an older Ringwerk could not read the archive.
    format: u32,
    /// The Ringwerk that wrote it.
    version: String,
    /// When it was made: milliseconds since 1970.
    pub made: Timestamp,
    /// [`SQLITE`] or [`POSTGRES`].
    pub database: String,
}

/// Writes an archive to `target`, whole or not at all. `database` is a finished copy, named `name` in the archive.
pub fn write(target: &Path, data: &Path, name: &str, database: &Path, now: Timestamp) -> Result<(), String> {
    if target.exists() {
        return Err(format!("{} is there already. Choose another name.", target.display()));
    }
    let unfinished = beside(target);
    let write = || -> io::Result<()> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        let mut archive = tar::Builder::new(file);
        let manifest = Manifest {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            made: now,
            database: name.to_owned(),
        };
        append(&mut archive, MANIFEST, &serde_json::to_vec_pretty(&manifest)?, now)?;
        for kept in KEPT {
            match fs::read(data.join(kept)) {
                Ok(contents) => append(&mut archive, kept, &contents, now)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let copy = File::open(database)?;
        let mut header = header(copy.metadata()?.len(), now);
        archive.append_data(&mut header, name, copy)?;
        archive.into_inner()?.sync_all()?;
        fs::rename(&unfinished, target)?;
        target.parent().map_or(Ok(()), sync_folder)
    };
    write().map_err(|error| {
        // Half a backup helps nobody.
        let _ = fs::remove_file(&unfinished);
        format!("{} cannot be written: {error}.", target.display())
    })
}

/// The place beside `target` where something unfinished is kept: on the same disk, so that it can be renamed.
pub fn beside(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    target.with_file_name(name)
}

fn append(archive: &mut tar::Builder<File>, name: &str, contents: &[u8], now: Timestamp) -> io::Result<()> {
    let size = u64::try_from(contents.len()).unwrap_or(0);
    archive.append_data(&mut header(size, now), name, contents)
}

fn header(size: u64, now: Timestamp) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(now.as_seconds()).unwrap_or(0));
    header
}

/// Reads what the archive at `source` says of itself.
pub fn manifest(source: &Path) -> Result<Manifest, String> {
    let unreadable = |error: io::Error| format!("{} cannot be read: {error}.", source.display());
    let foreign = || format!("{} is not a backup made by Ringwerk.", source.display());
    let mut archive = tar::Archive::new(File::open(source).map_err(unreadable)?);
    let mut first = archive.entries().map_err(unreadable)?.next().ok_or_else(foreign)?.map_err(|_| foreign())?;
    if first.path().is_ok_and(|path| path.as_ref() != Path::new(MANIFEST)) {
        return Err(foreign());
    }
    let mut text = String::new();
    first.by_ref().take(64 * 1024).read_to_string(&mut text).map_err(unreadable)?;
    let manifest: Manifest = serde_json::from_str(&text).map_err(|_| foreign())?;
    if manifest.format > FORMAT {
        return Err(format!(
            "{} was made by Ringwerk {}, which is newer than this one ({}). Restore it with that version.",
            source.display(),
            manifest.version,
            env!("CARGO_PKG_VERSION")
        ));
    }
    Ok(manifest)
}

/// Unpacks the archive at `source` into `data`. Only names that an archive may hold are written.
pub fn unpack(source: &Path, data: &Path) -> Result<(), String> {
    let failed =
        |error: io::Error| format!("{} cannot be unpacked into {}: {error}.", source.display(), data.display());
    let mut archive = tar::Archive::new(File::open(source).map_err(failed)?);
    for entry in archive.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        let name = entry.path().map_err(failed)?.to_string_lossy().into_owned();
        if name == MANIFEST {
            continue;
        }
        if !KEPT.contains(&name.as_str()) && name != SQLITE && name != POSTGRES {
            return Err(format!(
                "{} holds {name:?}, which no backup of Ringwerk does. Nothing more was unpacked.",
                source.display()
            ));
        }
        let path = data.join(&name);
        let mut copy = || -> io::Result<()> {
            path.parent().map_or(Ok(()), fs::create_dir_all)?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            io::copy(&mut entry, &mut file)?;
            file.sync_all()?;
            path.parent().map_or(Ok(()), sync_folder)
        };
        copy().map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("ringwerk-archive-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("tls")).unwrap();
        path
    }

    #[test]
    fn an_archive_brings_back_what_was_put_in() {
        let (from, to) = (folder("from"), folder("to"));
        fs::write(from.join("key"), "secret").unwrap();
        fs::write(from.join("tls/key.pem"), "pem").unwrap();
        fs::write(from.join("lock"), "").unwrap();
        fs::write(from.join("copy"), vec![7; 100_000]).unwrap();
        let file = from.join("backup.tar");
        write(&file, &from, SQLITE, &from.join("copy"), Timestamp(1_790_000_000_000)).unwrap();
        assert!(write(&file, &from, SQLITE, &from.join("copy"), Timestamp(0)).unwrap_err().contains("there already"));
        let manifest = manifest(&file).unwrap();
        assert_eq!((manifest.database.as_str(), manifest.made), (SQLITE, Timestamp(1_790_000_000_000)));
        unpack(&file, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("key")).unwrap(), "secret");
        assert_eq!(fs::read(to.join(SQLITE)).unwrap(), vec![7; 100_000]);
        assert!(!to.join("lock").exists() && !to.join("domain").exists());
        assert!(unpack(&file, &to).unwrap_err().contains("cannot be unpacked"));
    }

    #[test]
    fn what_is_no_backup_is_refused() {
        let place = folder("foreign");
        let text = place.join("text");
        fs::write(&text, "hello").unwrap();
        assert!(manifest(&text).unwrap_err().contains("not a backup"));
        let evil = place.join("evil.tar");
        let mut archive = tar::Builder::new(File::create(&evil).unwrap());
        append(&mut archive, "passwords", b"x", Timestamp(0)).unwrap();
        archive.into_inner().unwrap();
        assert!(manifest(&evil).unwrap_err().contains("not a backup"));
        assert!(unpack(&evil, &place).unwrap_err().contains("no backup of Ringwerk does"));
    }
}
