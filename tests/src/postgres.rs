//! A database of its own for a story, in the PostgreSQL that `scripts/with-postgres.sh` started.

use std::net::Ipv4Addr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::signal::Signal;

use crate::house::free_port;
use crate::process::Folder;

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
        Self::create_in(server, story)
    }

    fn create_in(server: String, story: &str) -> Self {
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

/// A PostgreSQL of a story's own, which can be stopped and started again.
#[derive(Debug)]
pub struct Cluster {
    folder: Folder,
    programs: PathBuf,
    port: u16,
}

/// Where it listens: an address that no story lives at.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 77, 249);

impl Cluster {
    /// An empty one that runs.
    pub fn start(name: &str) -> Self {
        let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let programs = versions.map(|version| version.path().join("bin")).max().expect("PostgreSQL is installed");
        let cluster =
            Self { folder: Folder::new(&format!("cluster-{name}")), programs, port: free_port(ADDRESS.into()) };
        if is_root() {
            // PostgreSQL refuses to run as root; its package brings a user.
            let given = Command::new("chown").arg("postgres").arg(cluster.folder.path()).status();
            assert!(given.is_ok_and(|status| status.success()), "root gives a folder away");
        }
        let data = cluster.data();
        cluster.run(
            "initdb",
            &["--pgdata", &data, "--username", "ringwerk", "--auth", "trust", "--encoding", "UTF8", "--no-sync"],
        );
        cluster.resume();
        cluster
    }

    /// An empty database in it.
    pub fn database(&self, story: &str) -> Database {
        Database::create_in(format!("postgres://ringwerk@{ADDRESS}:{}/postgres", self.port), story)
    }

    /// Ends it as a crash would: whoever is connected is cut off.
    pub fn stop(&self) {
        self.run("pg_ctl", &["--pgdata", &self.data(), "--mode", "immediate", "stop"]);
    }

    /// Starts it again, where it was.
    pub fn resume(&self) {
        let folder = self.folder.path().display();
        let options =
            format!("-c listen_addresses={ADDRESS} -c port={} -c unix_socket_directories={folder}", self.port);
        self.run(
            "pg_ctl",
            &["--pgdata", &self.data(), "--log", &format!("{folder}/log"), "--wait", "--options", &options, "start"],
        );
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    /// Lets it neither answer nor hang up until what is returned is dropped.
    pub fn freeze(&self) -> Frozen {
        let file = std::fs::read_to_string(Path::new(&self.data()).join("postmaster.pid")).expect("it runs");
        let first: i32 = file.lines().next().and_then(|line| line.parse().ok()).expect("a process number");
        let parent = |process: i32| {
            let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            // The name before it, in brackets, may hold anything.
            stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse::<i32>().ok()
        };
        let all = std::fs::read_dir("/proc").expect("a list of processes").flatten();
        let all = all.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        // The one that starts others first, so that none is missed.
        signal(first, Signal::SIGSTOP);
        let mut processes: Vec<i32> = all.filter(|process| parent(*process) == Some(first)).collect();
        processes.iter().for_each(|process| signal(*process, Signal::SIGSTOP));
        processes.insert(0, first);
        Frozen(processes)
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program);
        let mut command = Command::new(if is_root() { Path::new("runuser") } else { &program });
        if is_root() {
            command.args(["-u", "postgres", "--"]).arg(&program);
        }
        // What it starts must not inherit a pipe that is read to its end.
        let status = command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .expect("PostgreSQL's programs run");
        assert!(status.success(), "{arguments:?}: {status}");
    }
}

/// See [`Cluster::freeze`].
pub struct Frozen(Vec<i32>);

impl Drop for Frozen {
    fn drop(&mut self) {
        self.0.iter().for_each(|process| signal(*process, Signal::SIGCONT));
    }
}

fn signal(process: i32, what: Signal) {
    // One that ended meanwhile needs none.
    let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(process), what);
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if Path::new(&self.data()).join("postmaster.pid").exists() {
            self.stop();
        }
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
