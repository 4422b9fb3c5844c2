//! `ringwerk backup`

use std::path::PathBuf;

use clap::Args;
use types::clock::Clock;

use super::Place;
use crate::archive;
use crate::config::{Config, Flags};
use crate::data_folder::DataFolder;
use crate::postgres::Address;
use crate::system::SystemClock;

/// What to back up, and where to.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file to write; it must not be there yet.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

impl Backup {
    /// Writes everything into one file, also while a server works with the data.
    pub fn run(self) -> Result<(), String> {
        let config = self.place.config(Flags::default())?;
        let folder = DataFolder::existing(&config.data)?;
        if self.file.exists() {
            return Err(format!("{} is there already. Choose another name.", self.file.display()));
        }
        let copy = archive::beside(&self.file).with_extension("database");
        can_be_written(&copy)?;
        let written = copy_database(&config, &folder, &copy)
            .and_then(|name| archive::write(&self.file, folder.path(), name, &copy, SystemClock::start().now()));
        if let Err(error) = std::fs::remove_file(&copy)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            eprintln!("{} could not be removed again: {error}.", copy.display());
        }
        written?;
        println!("{} holds everything, the key included. Keep it as safe as the machine itself.", self.file.display());
        Ok(())
    }
}

/// Tries a file before a database does, whose words for the same trouble are worse.
fn can_be_written(path: &std::path::Path) -> Result<(), String> {
    std::fs::File::create(path).and_then(|_| std::fs::remove_file(path)).map_err(|error| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        match (error.kind(), folder) {
            (std::io::ErrorKind::NotFound, Some(folder)) => {
                format!("There is no folder {}. Make it first, or choose another.", folder.display())
            }
            _ => format!("{} cannot be written: {error}.", path.display()),
        }
    })
}

/// Writes the database as it is at one moment into `copy`, and gives its name in the archive.
fn copy_database(config: &Config, folder: &DataFolder, copy: &std::path::Path) -> Result<&'static str, String> {
    match &config.database {
        Some(url) => Address::parse(url)?.dump(copy).map(|()| archive::POSTGRES),
        None => super::block_on(office::copy_sqlite(&folder.database(), copy))?
            .map(|()| archive::SQLITE)
            .map_err(|error| format!("The database cannot be copied: {error}.")),
    }
}
