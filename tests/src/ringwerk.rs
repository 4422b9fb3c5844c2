//! The real binary: made, started, killed, started again.

use std::fs::File;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::api::Api;
use crate::company::Company;
use crate::house::House;
use crate::postgres::Database;
use crate::process::{Folder, Process};
use crate::wait;

/// Where the binary is.
#[expect(clippy::disallowed_methods, reason = "the test set-up says which binary")]
pub fn binary() -> PathBuf {
    let beside = || Some(std::env::current_exe().ok()?.parent()?.parent()?.join("ringwerk"));
    let path = std::env::var("RINGWERK_BINARY").ok().map(PathBuf::from).or_else(beside).expect("this test has a path");
    assert!(path.exists(), "{} is missing: build it with `cargo build --bin ringwerk`", path.display());
    path
}

/// A data folder, and the server that works with it while it runs.
#[derive(Debug)]
pub struct Ringwerk {
    // Dropped first: the program must be gone before its folder and its database are.
    process: Option<Process>,
    house: House,
    running: Option<Running>,
    arguments: Vec<String>,
    database: Option<Database>,
    folder: Folder,
}

/// Where a server listens. Taken up again after a restart, since phones do not look for another port.
#[derive(Clone, Copy, Debug)]
struct Running {
    http: SocketAddr,
    sip: SocketAddr,
}

impl Ringwerk {
    /// An empty data folder for the story told in `house`.
    pub fn new(house: House) -> Self {
        let folder = Folder::new(&format!("{}", house.0));
        // Below the ports the kernel chooses from, so that the SIP port it chooses is never one of these.
        std::fs::write(
            folder.path().join("story.toml"),
            "[storage]\nreserve_megabytes = 1\n[media]\nfirst_port = 20000\nlast_port = 29999\n",
        )
        .expect("the folder is writable");
        Self { process: None, house, running: None, arguments: Vec::new(), database: None, folder }
    }

    /// The same on PostgreSQL.
    pub fn on_postgres(house: House) -> Self {
        Self { database: Some(Database::create(&format!("house{}", house.0))), ..Self::new(house) }
    }

    /// The same on this database.
    pub fn on(house: House, database: Database) -> Self {
        Self { database: Some(database), ..Self::new(house) }
    }

    /// Adds sections to the configuration file.
    pub fn configure(&self, sections: &str) {
        let path = self.folder.path().join("story.toml");
        let text = std::fs::read_to_string(&path).expect("the file is there");
        std::fs::write(path, format!("{text}{sections}")).expect("the folder is writable");
    }

    /// Starts with this argument from now on.
    pub fn with(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Fills the data folder with a company of `users` people.
    pub fn demo(&self, users: usize) -> Company {
        let output = self.run("demo", &["--users", &users.to_string(), "--json"]);
        assert!(output.status.success(), "demo: {}", String::from_utf8_lossy(&output.stderr));
        Company(serde_json::from_slice(&output.stdout).expect("demo --json prints JSON"))
    }

    /// Runs a command of the binary on the data folder, and on the database.
    pub fn run(&self, command: &str, arguments: &[&str]) -> Output {
        self.command(command).args(arguments).output().expect("the binary runs")
    }

    fn command(&self, command: &str) -> Command {
        let mut line = Command::new(binary());
        line.env_remove("RUST_LOG").arg(command).arg("--data").arg(self.data());
        line.arg("--config").arg(self.folder.path().join("story.toml"));
        if let Some(database) = &self.database {
            line.args(["--database", &database.url()]);
        }
        line
    }

    /// Starts the server and waits until it is ready. After the first time it listens where it did before.
    pub fn start(&mut self) {
        self.start_with_log("info,ringwerk=debug,office=debug,switch=debug,sqlx=warn,sea_orm=warn");
    }

    /// The same with other logs.
    pub fn start_with_log(&mut self, filter: &str) {
        assert!(self.process.is_none(), "it runs already");
        let ip = self.house.server();
        let (http, sip) = self
            .running
            .map_or((SocketAddr::new(ip, 0), SocketAddr::new(ip, 0)), |running| (running.http, running.sip));
        let log = File::options().create(true).append(true).open(self.log()).expect("the data folder is writable");
        let mut command = self.command("serve");
        command.env("RUST_LOG", filter);
        command.args([
            "--http",
            &http.to_string(),
            "--sip",
            &sip.to_string(),
            "--metrics",
            &SocketAddr::new(ip, 0).to_string(),
        ]);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut process = Process::new(command.spawn().expect("the binary runs"));
        let id = process.id();
        let ready = wait::within(Duration::from_secs(60), "Ringwerk to be ready", || {
            let state = self.state()?;
            if let Some(status) = process.ended() {
                panic!("Ringwerk ended with {status} instead of starting:\n{}", self.log_text());
            }
            (state["pid"] == id).then_some(state)
        });
        let address = |value: &Value| {
            value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no address in {ready}"))
        };
        self.running = Some(Running { http: address(&ready["http"]), sip: address(&ready["sip"][0]) });
        self.process = Some(process);
    }

    /// What the running server says of itself. An empty object as long as it says nothing.
    pub fn state(&self) -> Option<Value> {
        let text = std::fs::read_to_string(self.data().join("running.json")).unwrap_or_default();
        Some(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.process.take().expect("it runs").kill();
    }

    /// Asks it to end, and waits.
    pub fn stop(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.send(Signal::SIGTERM);
        let status = process.wait(Duration::from_secs(30));
        assert!(status.success(), "Ringwerk ended with {status}:\n{}", self.log_text());
    }

    /// Takes note that it ended by itself.
    pub fn gone(&mut self) {
        assert!(!self.is_up(), "it runs");
        self.process = None;
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.process.as_ref().expect("it runs").id()
    }

    /// Whether it still runs.
    pub fn is_up(&mut self) -> bool {
        self.process.as_mut().is_some_and(|process| process.ended().is_none())
    }

    /// Memory it holds, in kilobytes.
    pub fn resident_kilobytes(&self) -> u64 {
        let id = self.process.as_ref().expect("it runs").id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a process has memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    pub fn house(&self) -> House {
        self.house
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A folder beside the data folder, for phones and backups.
    pub fn beside(&self) -> &Path {
        self.folder.path()
    }

    /// Where phones register.
    pub fn sip(&self) -> SocketAddr {
        self.running.expect("it was started").sip
    }

    pub fn ip(&self) -> IpAddr {
        self.house.server()
    }

    /// The API, as a stranger.
    pub fn api(&self) -> Api {
        Api::stranger(self.running.expect("it was started").http)
    }

    /// The metrics, as text.
    pub fn metrics(&self) -> String {
        let address =
            self.state().and_then(|state| state["metrics"].as_str()?.parse().ok()).expect("metrics are served");
        Api::stranger(address).get("/metrics").as_str().expect("metrics are text").to_owned()
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Everything it printed and logged so far.
    pub fn log_text(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }
}
