//! A real mail server (aiosmtpd) that keeps what it takes, and refuses what it is told to.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::house::free_port;
use crate::process::Bystander;
use crate::wait;

/// Debian's Python: the package of the mail server belongs to it.
const PYTHON: &str = "/usr/bin/python3";

/// A mail server, and the folder in which it keeps mail. Stopped and started, it is the same one.
pub struct Postbox {
    address: SocketAddr,
    folder: PathBuf,
    process: Option<Bystander>,
}

impl Postbox {
    /// A server at `ip` that does not run yet.
    pub fn new(ip: IpAddr, folder: &Path) -> Self {
        let there = Command::new(PYTHON).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        assert!(
            there.is_ok_and(|status| status.success()),
            "the mail server for stories is missing: scripts/test-setup.sh installs it, or `apt-get install python3-aiosmtpd`"
        );
        let folder = folder.join("postbox");
        std::fs::create_dir_all(&folder).expect("the folder is writable");
        Self { address: SocketAddr::new(ip, free_port(ip)), folder, process: None }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn start(&mut self) {
        let _ = std::fs::remove_file(self.folder.join("ready"));
        let child = Command::new(PYTHON)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/postbox.py"))
            .args([self.address.ip().to_string(), self.address.port().to_string()])
            .arg(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("Python runs");
        self.process = Some(Bystander::new(child));
        wait::until("the mail server to be ready", || self.folder.join("ready").exists().then_some(()));
    }

    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Refuses from now on: lines of a step and an answer, such as `DATA 451 busy`. Nothing when empty.
    pub fn refuse(&self, lines: &str) {
        let (new, file) = (self.folder.join("refusal.new"), self.folder.join("refusal"));
        std::fs::write(&new, lines).and_then(|()| std::fs::rename(new, file)).expect("the folder is writable");
    }

    /// How often mail was offered, taken or not.
    pub fn offered(&self) -> usize {
        std::fs::read_to_string(self.folder.join("offered")).unwrap_or_default().lines().count()
    }

    /// What it took, in the order in which it did.
    pub fn mails(&self) -> Vec<Value> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(&self.folder)
            .expect("the folder is there")
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
            .collect();
        files.sort_by_key(|path| std::fs::metadata(path).and_then(|file| file.modified()).ok());
        files.iter().map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).expect("JSON")).collect()
    }

    /// Waits for a mail to this address with a link to this page; answers the newest and the token in its link.
    pub fn wait_for(&self, to: &str, page: &str) -> (Value, String) {
        let sign = format!("/{page}#");
        wait::within(std::time::Duration::from_secs(60), &format!("a mail to {to} with a link to {page}"), || {
            let mails = self.mails();
            let text = |mail: &Value| mail["text"].as_str().unwrap_or_default().to_owned();
            let mail = mails.into_iter().rev().find(|mail| mail["to"][0] == to && text(mail).contains(&sign))?;
            let (_, rest) = text(&mail).split_once(&sign).map(|(a, b)| (a.to_owned(), b.to_owned()))?;
            Some((mail, rest.split_whitespace().next()?.to_owned()))
        })
    }
}
