//! Scripted phones (SIPp) for flows that no phone at hand can be made to play.

use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::company::Credentials;
use crate::process::Bystander;

/// A scripted phone that plays one scenario once.
pub struct Sipp {
    name: String,
    folder: PathBuf,
    process: Bystander,
}

impl Sipp {
    /// Plays `tests/scenarios/NAME.xml` at `place` towards `server`, once.
    ///
    /// In the scenario, `[field0]` is the user name, `[field1]` the credentials, `[field2]` the domain and `[field3]`
    /// whom to call.
    pub fn play(
        parent: &Path,
        name: &str,
        place: SocketAddr,
        server: SocketAddr,
        credentials: &Credentials,
        whom: &str,
    ) -> Self {
        let folder = parent.join(format!("sipp-{name}"));
        fs::create_dir_all(&folder).expect("the folder is writable");
        let Credentials { username, password, domain } = credentials;
        let line = format!(
            "SEQUENTIAL\n{username};[authentication username={username} password={password}];{domain};{whom}\n"
        );
        fs::write(folder.join("fields.csv"), line).expect("the folder is writable");
        let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(format!("{name}.xml"));
        let log = fs::File::create(folder.join("screen")).expect("the folder is writable");
        let child = Command::new("sipp")
            .current_dir(&folder)
            .arg(server.to_string())
            .arg("-sf")
            .arg(scenario)
            .args([
                "-inf",
                "fields.csv",
                "-m",
                "1",
                "-nostdin",
                "-trace_err",
                "-trace_msg",
                "-timeout",
                "40s",
                "-timeout_error",
            ])
            .args(["-i", &place.ip().to_string(), "-p", &place.port().to_string()])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("SIPp is installed (scripts/test-setup.sh)");
        Self { name: name.to_owned(), folder, process: Bystander::new(child) }
    }

    /// Waits until the scenario is over. Panics with what SIPp wrote when it did not go as written.
    pub fn finish(mut self) {
        let status = self.process.wait(Duration::from_secs(50));
        if status.success() {
            return;
        }
        let mut report = String::new();
        for entry in fs::read_dir(&self.folder).expect("the folder is there").flatten() {
            let path = entry.path();
            let kept = ["errors", "messages"].iter().any(|kind| path.to_string_lossy().contains(kind));
            if kept {
                let _ = writeln!(report, "--- {}\n{}", path.display(), fs::read_to_string(&path).unwrap_or_default());
            }
        }
        panic!("{} ended with {status}\n{report}", self.name);
    }
}
