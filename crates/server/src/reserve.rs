//! Space on the disk that is kept for calls.
//!
//! A file in the data folder holds some megabytes as long as nobody needs them. When the disk is almost full it goes, and what
//! it held is for registrations and call records alone: changes of people are refused, and the alarm is raised. So calls
//! can go on for a good while, in which somebody makes room; then the file comes back by itself and the alarm ends.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::posix_fallocate;
use nix::sys::statvfs::statvfs;
use office::Office;
use tokio::sync::watch;

/// How often it is looked how much space is left.
const ROUND: Duration = Duration::from_secs(1);
/// With less than this left the disk counts as full: a few seconds of a busy exchange.
const LOW: u64 = 16 << 20;

/// The file, there or given up.
#[derive(Debug)]
pub struct Reserve {
    path: PathBuf,
    size: u64,
    held: bool,
    /// Whether the alarm is raised.
    full: bool,
}

impl Reserve {
    /// The reserve of the data folder `folder`, of `megabytes`; with 0 nothing is kept, and the alarm is all there is.
    pub fn new(folder: &Path, megabytes: u32) -> Self {
        Self { path: folder.join("reserve"), size: u64::from(megabytes) << 20, held: false, full: false }
    }

    /// Looks after the file until `stop` turns true, and tells the office when the disk is full.
    pub async fn keep(mut self, office: Office, mut stop: watch::Receiver<bool>) {
        loop {
            let (mut reserve, space) = (self, free);
            let looked = tokio::task::spawn_blocking(move || {
                reserve.look(space(&reserve.path));
                reserve
            });
            let Ok(looked) = looked.await else { return };
            self = looked;
            office.set_storage_full(self.full);
            metrics::gauge!("ringwerk_disk_full").set(if self.full { 1.0 } else { 0.0 });
            tokio::select! {
                () = tokio::time::sleep(ROUND) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Takes or gives up the file, by how many bytes are free.
    fn look(&mut self, free: io::Result<u64>) {
        let free = match free {
            Ok(free) => free,
            Err(error) => {
                tracing::warn!(%error, "how much space is left on the disk cannot be seen");
                return;
            }
        };
        if free < LOW && !self.full {
            self.full = true;
            // What an earlier run left counts, too.
            if let Err(error) = fs::remove_file(&self.path)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "the reserve on the disk could not be given up");
            }
            self.held = false;
            tracing::error!(
                free,
                "the disk is almost full: what was kept in reserve is now for calls, and nothing can be changed until there is room again"
            );
        }
        // Twice as much as it takes, so that it does not come and go.
        let room = free >= self.size + 2 * LOW;
        if self.full && room {
            self.full = false;
            tracing::info!(free, "there is room on the disk again");
        }
        if !self.full && !self.held && room {
            match self.take() {
                Ok(()) => self.held = true,
                Err(error) => tracing::warn!(%error, "no space could be reserved on the disk"),
            }
        }
    }

    fn take(&self) -> io::Result<()> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&self.path)?;
        if self.size == 0 {
            return fs::remove_file(&self.path);
        }
        let taken = reserve(&file, self.size);
        if taken.is_err() {
            fs::remove_file(&self.path)?;
        }
        taken
    }
}

fn reserve(file: &File, size: u64) -> io::Result<()> {
    file.set_len(size)?;
    Ok(posix_fallocate(file, 0, i64::try_from(size).unwrap_or(i64::MAX))?)
}

/// Bytes free where `path` is or will be, for whoever is not root.
fn free(path: &Path) -> io::Result<u64> {
    let found = statvfs(path.parent().unwrap_or(path))?;
    Ok(found.blocks_available().saturating_mul(found.fragment_size()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn it_is_given_up_when_space_runs_out_and_comes_back_when_there_is_room() {
        let folder = std::env::temp_dir().join(format!("ringwerk-reserve-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mut reserve = Reserve::new(&folder, 4);
        let file = folder.join("reserve");
        let room = (4 << 20) + 2 * LOW;

        // Too little at the start is no alarm, but nothing is taken from it either.
        reserve.look(Ok(LOW));
        assert!(!reserve.full && !file.exists());
        reserve.look(Ok(room));
        let there = fs::metadata(&file).unwrap();
        assert!(!reserve.full && there.blocks() * 512 >= 4 << 20, "the space is not reserved");
        reserve.look(Ok(LOW));
        reserve.look(Err(io::ErrorKind::PermissionDenied.into()));
        assert!(!reserve.full && file.exists());

        reserve.look(Ok(LOW - 1));
        assert!(reserve.full && !file.exists());
        // What it gave up is no room.
        reserve.look(Ok(LOW - 1 + (4 << 20)));
        assert!(reserve.full && !file.exists());
        reserve.look(Ok(room));
        assert!(!reserve.full && file.exists());
        // An earlier run's is given up, too.
        let mut next = Reserve::new(&folder, 4);
        next.look(Ok(0));
        assert!(next.full && !file.exists());

        let mut none = Reserve::new(&folder, 0);
        none.look(Ok(room));
        none.look(Ok(0));
        assert!(none.full && !file.exists());
        assert!(free(&file).unwrap() > 0);
        fs::remove_dir_all(&folder).unwrap();
    }
}
