//! `ringwerk check`

use clap::Args;

use super::Settings;
use crate::config::{Problem, Severity, problems};
use crate::data_folder::DataFolder;

/// What to check.
#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    settings: Settings,
    /// Do not try the ports: use this while Ringwerk runs and holds them itself.
    #[arg(long)]
    running: bool,
}

impl Check {
    /// Prints every problem; fails when one of them would keep Ringwerk from starting.
    pub fn run(self) -> Result<(), String> {
        let config = self.settings.config()?;
        let mut found = problems(&config, !self.running);
        let unreachable = config.mail.unreachable().into_iter().chain(config.sms.unreachable());
        found.extend(unreachable.map(|text| Problem { severity: Severity::Warning, text }));
        for problem in &found {
            let word = match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            println!("{word}: {}", problem.text);
        }
        if found.iter().any(|problem| problem.severity == Severity::Error) {
            let works = DataFolder::existing(&config.data).is_ok_and(|folder| folder.hold().is_err());
            return Err(if works && !self.running {
                "Ringwerk works with this data folder already and holds its ports itself: `check --running` leaves them out."
                    .to_owned()
            } else {
                "Ringwerk would not start with this configuration.".to_owned()
            });
        }
        println!("Ringwerk can start with this configuration.");
        Ok(())
    }
}
