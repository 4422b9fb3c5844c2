//! Call records that the database does not take, on disk all the same.
//!
//! While the database is away (restarting, locked, full), calls go on and end. Their records go, one a line, into a
//! file beside it, which is on disk before anybody is told that the call is over; the ledger goes on trying. Once the
//! database has them the file is empty again. After a crash in between the next start brings them in; a record that
//! the database has already is not written twice.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ahash::AHashSet;
use callflow::CallRecord;
use types::ids::CallId;

/// The file, and whose records are in it.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: Option<File>,
    held: AHashSet<CallId>,
}

impl Journal {
    pub fn new(path: PathBuf) -> Self {
        Self { path, file: None, held: AHashSet::new() }
    }

    /// The records of an earlier run. A last line that was cut short was never acknowledged, and is left out.
    pub fn read(&self) -> io::Result<Vec<CallRecord>> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
        Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }

    /// Puts records on disk that are not there yet.
    ///
    /// # Errors
    /// When one of them may not be there; none may be acknowledged then.
    pub fn keep<'r>(&mut self, records: impl Iterator<Item = &'r Arc<CallRecord>>) -> io::Result<()> {
        let mut lines = Vec::new();
        let mut new = Vec::new();
        for record in records.filter(|record| !self.held.contains(&record.id)) {
            serde_json::to_writer(&mut lines, &**record)?;
            lines.push(b'\n');
            new.push(record.id);
        }
        if new.is_empty() {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(create(&self.path)?),
        };
        if let Err(error) = file.write_all(&lines).and_then(|()| file.sync_data()) {
            // Half a line may stand there: the next attempt opens the file anew and ends it.
            self.file = None;
            return Err(error);
        }
        self.held.extend(new);
        Ok(())
    }

    /// The database has them all.
    pub fn clear(&mut self) {
        if self.held.is_empty() {
            return;
        }
        self.held.clear();
        self.file = None;
        if let Err(error) = std::fs::remove_file(&self.path) {
            // Harmless: what is brought in twice is written once.
            tracing::warn!(%error, "the journal of call records could not be removed");
        }
    }

    /// Removes what [`Self::read`] read, once the database has it.
    pub fn remove(&self) -> io::Result<()> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Opens the file, and sees to it that it is found after a power cut. A line that was cut short is ended, so that what
/// follows stands on its own.
fn create(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    if file.metadata()?.len() > 0 {
        file.write_all(b"\n")?;
    }
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(file)
}
