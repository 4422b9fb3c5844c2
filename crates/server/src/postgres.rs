//! PostgreSQL's own tools, for backup and restore.

use std::path::Path;
use std::process::Command;

use percent_encoding::percent_decode_str;
use url::Url;

/// A database address, with the password kept out of every command line.
pub struct Address {
    public: Url,
    password: Option<String>,
}

impl Address {
    /// Reads `postgres://user:password@host/name`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut public = Url::parse(text).map_err(|error| format!("The database address is not a URL: {error}."))?;
        let password = public.password().map(|encoded| percent_decode_str(encoded).decode_utf8_lossy().into_owned());
        let _ = public.set_password(None);
        Ok(Self { public, password })
    }

    /// Dumps the database into `file`.
    pub fn dump(&self, file: &Path) -> Result<(), String> {
        let mut command = self.tool("pg_dump");
        command
            .args(["--format=custom", "--no-owner", "--no-privileges", "--file"])
            .arg(file)
            .arg(self.public.as_str());
        run(command)
    }

    /// Fills the empty database from `file`, whole or not at all.
    pub fn restore(&self, file: &Path) -> Result<(), String> {
        let mut command = self.tool("pg_restore");
        command
            .args(["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "--dbname"])
            .arg(self.public.as_str())
            .arg(file);
        run(command)
    }

    fn tool(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password);
        }
        command
    }
}

fn run(mut command: Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| {
        format!("{name} cannot be run: {error}. Install postgresql-client, of the server's version.")
    })?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_stays_out_of_the_command_line() {
        let address = Address::parse("postgres://anna:s%40cret+1@db.example:5433/ringwerk?sslmode=require").unwrap();
        assert_eq!(address.public.as_str(), "postgres://anna@db.example:5433/ringwerk?sslmode=require");
        assert_eq!(address.password.as_deref(), Some("s@cret+1"));
        assert!(Address::parse("nonsense").is_err());
    }
}
