//! A real mail server (aiosmtpd) that keeps what it takes, and refuses what it is told to.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::receiver::Receiver;
use crate::wait;

/// Debian's Python: the package of the mail server belongs to it.
const PYTHON: &str = "/usr/bin/python3";

/// A mail server, and the folder in which it keeps mail. Stopped and started, it is the same one.
pub struct Postbox(Receiver);

impl Postbox {
    /// A server at `ip` that does not run yet.
    pub fn new(ip: IpAddr, folder: &Path) -> Self {
        let there = Command::new(PYTHON).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        assert!(
            there.is_ok_and(|status| status.success()),
            "the mail server for stories is missing: scripts/test-setup.sh installs it, or `apt-get install python3-aiosmtpd`"
        );
        Self(Receiver::new(ip, folder.join("postbox")))
    }

    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    pub fn start(&mut self) {
        self.0.start(PYTHON, "postbox.py", &[]);
    }

    pub fn stop(&mut self) {
        self.0.stop();
    }

    /// Refuses from now on: lines of a step and an answer, such as `DATA 451 busy`. Nothing when empty.
    pub fn refuse(&self, lines: &str) {
        self.0.tell("refusal", lines);
    }

    /// How often mail was offered, taken or not.
    pub fn offered(&self) -> usize {
        self.0.offered()
    }

    /// What it took, in the order in which it did.
    pub fn mails(&self) -> Vec<Value> {
        self.0.taken()
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
