//! `ringwerk demo`

use std::net::SocketAddr;

use clap::Args;
use office::fill::{Filled, NewAccount};
use serde::Serialize;
use types::entropy::Entropy;

use super::Place;
use crate::config::Flags;
use crate::data_folder::DataFolder;
use crate::demo;
use crate::system::SystemEntropy;

/// What to fill the data folder with.
#[derive(Debug, Args)]
pub struct Demo {
    /// How many people the company has.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=100_000))]
    users: u32,
    /// Print everything as JSON, for scripts.
    #[arg(long)]
    json: bool,
    /// What stands after the @ in a SIP address [default: this machine's address]; kept from then on.
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    #[command(flatten)]
    place: Place,
}

impl Demo {
    /// Fills an empty data folder and prints how to get in.
    pub fn run(self) -> Result<(), String> {
        let config = self.place.config(Flags { domain: self.domain, ..Flags::default() })?;
        let folder = DataFolder::open(&config.data)?;
        let _held = folder.hold()?;
        if !folder.is_empty()? {
            return Err(format!(
                "The data folder {} is not empty. Choose another one with --data.",
                folder.path().display()
            ));
        }
        let password = password(&SystemEntropy);
        let company = demo::company(usize::try_from(self.users).unwrap_or(usize::MAX), &password)?;
        let (filled, company) = super::block_on(async {
            let office = super::open_office(&config, &folder).await?;
            if !office.directory().accounts().is_empty() {
                return Err(
                    "The database is not empty: it holds an account already. Name an empty one with --database."
                        .to_owned(),
                );
            }
            let filled =
                office.fill(company.clone()).await.map_err(|error| format!("The company cannot be made: {error}."))?;
            office.close().await;
            Ok((filled, company))
        })??;
        let made = Made::new(&company, filled, folder.domain(None, String::new)?, password);
        if self.json { made.print_json() } else { made.print(&folder, crate::addresses::reachable(config.http)) }
    }
}

/// The password everybody signs in with. Random, since a demonstration may stand where strangers reach it.
fn password(entropy: &dyn Entropy) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789x";
    let mut bytes = [0; 20];
    entropy.fill(&mut bytes);
    let letters = bytes.iter().map(|byte| char::from(LETTERS.get(usize::from(byte % 32)).copied().unwrap_or(b'x')));
    letters
        .enumerate()
        .flat_map(|(place, letter)| (place > 0 && place % 5 == 0).then_some('-').into_iter().chain([letter]))
        .collect()
}

/// What is printed, in the form scripts read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    account: Account,
    admin: Admin,
    api_token: Option<String>,
    sip_domain: String,
    users: Vec<User>,
}

#[derive(Serialize)]
struct Account {
    id: String,
    name: String,
}

#[derive(Serialize)]
struct Admin {
    email: Option<String>,
    password: String,
}

#[derive(Serialize)]
struct User {
    id: String,
    name: String,
    email: Option<String>,
    password: String,
    extension: Option<String>,
    number: Option<String>,
    phones: Vec<Phone>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Phone {
    sip_id: String,
    password: String,
}

impl Made {
    fn new(company: &NewAccount, filled: Filled, sip_domain: String, password: String) -> Self {
        let email =
            |index: usize| company.users.get(index).and_then(|user| user.email.as_ref()).map(ToString::to_string);
        let user = |(new, made): (&office::fill::NewUser, &office::fill::FilledUser)| User {
            id: made.id.to_string(),
            name: format!("{} {}", new.first_name, new.last_name),
            email: new.email.as_ref().map(ToString::to_string),
            password: password.clone(),
            extension: new.extension.map(|extension| extension.to_string()),
            number: new.number.map(|number| number.to_string()),
            phones: made
                .phones
                .iter()
                .map(|phone| Phone { sip_id: phone.sip_id.to_string(), password: phone.password.expose().clone() })
                .collect(),
        };
        Self {
            account: Account { id: filled.account.to_string(), name: company.company.clone() },
            admin: Admin { email: email(0), password: password.clone() },
            api_token: filled.api_token.map(|token| token.expose().clone()),
            sip_domain,
            users: company.users.iter().zip(&filled.users).map(user).collect(),
        }
    }

    fn print_json(&self) -> Result<(), String> {
        let out = std::io::stdout().lock();
        serde_json::to_writer(std::io::BufWriter::new(out), self)
            .map_err(|error| format!("The answer cannot be printed: {error}."))?;
        println!();
        Ok(())
    }

    fn print(&self, folder: &DataFolder, web: SocketAddr) -> Result<(), String> {
        /// Phones that are listed; the others are in the API.
        const LISTED: usize = 10;
        println!("{} has {} people now.", self.account.name, self.users.len());
        println!();
        println!("Start it:    {} serve --data {}", super::program(), folder.path().display());
        println!("Sign in at:  http://{web}");
        println!("as:          {}, password {}", self.admin.email.as_deref().unwrap_or_default(), self.admin.password);
        println!("For scripts: token {}", self.api_token.as_deref().unwrap_or_default());
        println!();
        println!("Phones register at the domain {}:", self.sip_domain);
        println!();
        println!("  {:<24} {:<10} {:<16} {:<14} password", "name", "extension", "number", "user name");
        for user in self.users.iter().take(LISTED) {
            for phone in &user.phones {
                let (extension, number) =
                    (user.extension.as_deref().unwrap_or("-"), user.number.as_deref().unwrap_or("-"));
                println!("  {:<24} {extension:<10} {number:<16} {:<14} {}", user.name, phone.sip_id, phone.password);
            }
        }
        if self.users.len() > LISTED {
            println!("  and {} more; --json prints them all", self.users.len() - LISTED);
        }
        println!();
        println!("Put two of them into two soft phones and dial the other one's extension.");
        Ok(())
    }
}
