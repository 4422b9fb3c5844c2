//! `ringwerk restore`

use std::path::PathBuf;

use clap::Args;

use super::Place;
use crate::archive;
use crate::config::Flags;
use crate::data_folder::DataFolder;
use crate::postgres::Address;

/// What to bring back, and where to.
#[derive(Debug, Args)]
pub struct Restore {
    /// The file that `ringwerk backup` wrote.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

impl Restore {
    /// Unpacks a backup into an empty data folder, and into an empty database if it comes from PostgreSQL.
    pub fn run(self) -> Result<(), String> {
        let config = self.place.config(Flags::default())?;
        let manifest = archive::manifest(&self.file)?;
        let address = match (&config.database, manifest.database.as_str()) {
            (None, archive::SQLITE) => None,
            (Some(url), archive::POSTGRES) => Some(Address::parse(url)?),
            (None, _) => {
                return Err("This backup comes from PostgreSQL. Name an empty database with --database.".to_owned());
            }
            (Some(_), _) => {
                return Err("This backup comes from the embedded database. Leave --database out.".to_owned());
            }
        };
        let folder = DataFolder::open(&config.data)?;
        let _held = folder.hold()?;
        if !folder.is_empty()? {
            return Err(format!(
                "The data folder {} is not empty, and nothing is ever written over. Choose another one with --data.",
                folder.path().display()
            ));
        }
        archive::unpack(&self.file, folder.path())?;
        if let Some(address) = address {
            let dump = folder.path().join(archive::POSTGRES);
            address.restore(&dump)?;
            std::fs::remove_file(&dump).map_err(|error| format!("{} cannot be removed: {error}.", dump.display()))?;
        }
        super::block_on(async {
            let office = super::open_office(&config, &folder).await?;
            office.forget_sessions().await.map_err(|error| format!("Old sessions cannot be ended: {error}."))?;
            office.close().await;
            Ok::<(), String>(())
        })??;
        println!(
            "{} holds everything again. Everybody has to sign in anew. Start it:\n\n  {} serve --data {}{}",
            folder.path().display(),
            super::program(),
            folder.path().display(),
            if config.database.is_some() { " --database … (the same as now)" } else { "" }
        );
        Ok(())
    }
}
