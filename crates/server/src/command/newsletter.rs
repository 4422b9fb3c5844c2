//! `ringwerk newsletter`

use std::path::PathBuf;

use clap::Args;
use office::{Issue, Newsletter as Issues};

use super::Place;
use crate::config::Flags;
use crate::data_folder::DataFolder;

/// What parts the languages in the file.
const GERMAN: &str = "--- de";

/// What to send.
#[derive(Debug, Args)]
pub struct Newsletter {
    /// A text file: the subject, an empty line, the text. After a line `--- de` the same in German.
    file: PathBuf,
    /// What people type into the browser, for links in mails.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    #[command(flatten)]
    place: Place,
}

impl Newsletter {
    /// Writes to everybody who confirmed the wish for it. The mails are delivered by the server that runs beside, or by
    /// the next one that starts. The same text is sent to nobody twice.
    pub fn run(self) -> Result<(), String> {
        let text = std::fs::read_to_string(&self.file)
            .map_err(|error| format!("{} cannot be read: {error}.", self.file.display()))?;
        let issues = parse(&text).map_err(|why| format!("{}: {why}", self.file.display()))?;
        let config = self.place.config(Flags { public_url: self.public_url, ..Flags::default() })?;
        let folder = DataFolder::existing(&config.data)?;
        let sent = super::block_on(async {
            let office = super::open_office(&config, &folder).await?;
            let sent = office.send_newsletter(&issues).await.map_err(|error| {
                format!("The newsletter was not sent to all: {error}. Run the command again, nobody gets it twice.")
            });
            office.close().await;
            sent
        })??;
        match sent.before {
            0 => println!("The newsletter is on its way to {} subscribers.", sent.written),
            before => {
                println!("The newsletter is on its way to {} subscribers; {before} had it already.", sent.written)
            }
        }
        Ok(())
    }
}

fn parse(text: &str) -> Result<Issues, String> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut lines = text.split_inclusive('\n');
    let english: String = lines.by_ref().take_while(|line| line.trim_end() != GERMAN).collect();
    let german: String = lines.collect();
    let german = if german.trim().is_empty() { None } else { Some(issue(&german)?) };
    Ok(Issues { text: issue(&english)?, german })
}

fn issue(text: &str) -> Result<Issue, String> {
    let (subject, rest) = text.trim_start().split_once('\n').unwrap_or((text, ""));
    let (subject, rest) = (subject.trim(), rest.trim());
    if subject.is_empty() || rest.is_empty() {
        return Err("the first line is the subject, the text follows after it.".to_owned());
    }
    Ok(Issue { subject: subject.to_owned(), text: rest.to_owned() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn issue(subject: &str, text: &str) -> Issue {
        Issue { subject: subject.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_file_holds_one_language_or_two() {
        assert_eq!(parse("News\n\nA.\n\nB.\n").unwrap(), Issues { text: issue("News", "A.\n\nB."), german: None });
        let both = parse("\u{feff}News\r\nA.\r\n--- de\r\nNeues\r\n\r\nB.\r\n").unwrap();
        assert_eq!(both, Issues { text: issue("News", "A."), german: Some(issue("Neues", "B.")) });
    }

    #[test]
    fn a_subject_without_a_text_is_not_sent() {
        for text in ["", "News", "News\n\n", "\n--- de\nNeues\nB.", "News\nA.\n--- de\nNeues\n"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
