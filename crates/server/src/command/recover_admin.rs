//! `ringwerk recover-admin`

use clap::Args;

use super::Place;
use crate::addresses;
use crate::config::Flags;
use crate::data_folder::DataFolder;

/// Whom to let in again.
#[derive(Debug, Args)]
pub struct RecoverAdmin {
    /// The administrator's e-mail address, where there are several.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// What people type into the browser, for the link.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    #[command(flatten)]
    place: Place,
}

impl RecoverAdmin {
    /// Prints a one-time link. Whoever can read the data folder may do this; it is written to the audit log.
    pub fn run(self) -> Result<(), String> {
        let config = self.place.config(Flags { public_url: self.public_url, ..Flags::default() })?;
        let folder = DataFolder::existing(&config.data)?;
        let link = super::block_on(async {
            let office = super::open_office(&config, &folder).await?;
            let link = office.recover_admin(self.email.as_deref()).await.map_err(|error| error.to_string());
            office.close().await;
            link
        })??;
        let web = addresses::pages(&config, folder.running_http().unwrap_or(config.http));
        eprintln!("Open this link within 30 minutes. It works once, and sets a new password.");
        println!("{web}/link#{}", link.expose());
        Ok(())
    }
}
