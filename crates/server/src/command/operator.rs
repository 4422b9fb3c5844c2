//! `ringwerk operator`

use clap::Args;
use types::email::Email;

use super::Place;
use crate::addresses;
use crate::config::Flags;
use crate::data_folder::DataFolder;

/// Who runs this installation. Works while Ringwerk runs, and without.
#[derive(Debug, Args)]
pub struct Operator {
    /// The operator's e-mail address.
    #[arg(value_name = "ADDRESS")]
    email: String,
    /// Take him out instead; his sessions end at once.
    #[arg(long)]
    remove: bool,
    /// What people type into the browser, for the link.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    #[command(flatten)]
    place: Place,
}

impl Operator {
    /// Prints a one-time link. Whoever can read the data folder may do this; it is written to the operators' audit log.
    pub fn run(self) -> Result<(), String> {
        let email: Email = self.email.parse().map_err(|_| format!("{} is not an e-mail address.", self.email))?;
        let config = self.place.config(Flags { public_url: self.public_url, ..Flags::default() })?;
        let folder = DataFolder::existing(&config.data)?;
        let link = super::block_on(async {
            let office = super::open_office(&config, &folder).await?;
            let done = if self.remove {
                office.remove_operator(&email).await.map(|was_one| was_one.then_some(None))
            } else {
                office.operator_link(&email).await.map(|link| Some(Some(link)))
            };
            office.close().await;
            done.map_err(|error| error.to_string())
        })??;
        match link {
            Some(Some(link)) => {
                let web = config.public_url.clone().unwrap_or_else(|| {
                    format!("http://{}", addresses::reachable(folder.running_http().unwrap_or(config.http)))
                });
                println!("{web}/operator/link#{}", link.expose());
            }
            Some(None) => println!("{} is no operator any more.", email.as_str()),
            None => return Err(format!("{} is no operator.", email.as_str())),
        }
        Ok(())
    }
}
