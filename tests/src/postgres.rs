//! A database of its own for a story, in the PostgreSQL that `scripts/with-postgres.sh` started.

use std::process::Command;

/// A database that goes when the story ends.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// An empty database.
    #[expect(clippy::disallowed_methods, reason = "the address is the test set-up's business")]
    pub fn create(story: &str) -> Self {
        let server = std::env::var("RINGWERK_TEST_POSTGRES").expect(
            "RINGWERK_TEST_POSTGRES is not set: run the tests through `scripts/with-postgres.sh` or `make test`",
        );
        let database = Self { server, name: format!("story_{story}_{}", std::process::id()) };
        database.drop_if_there();
        database.administer(&format!("CREATE DATABASE {}", database.name));
        database
    }

    /// Its address, for `--database`.
    pub fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').expect("an address with a database");
        format!("{server}/{}", self.name)
    }

    fn drop_if_there(&self) {
        self.administer(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }

    fn administer(&self, statement: &str) {
        let output = Command::new("psql")
            .args(["--quiet", "--no-psqlrc", "--command", statement, &self.server])
            .output()
            .expect("psql is installed");
        assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.drop_if_there();
        }
    }
}
