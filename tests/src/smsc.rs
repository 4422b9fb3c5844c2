//! A real SMSC (the npm package `smpp`) that keeps what it takes, and refuses what it is told to.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::house::free_port;
use crate::process::Bystander;
use crate::wait;

/// The name to bind with.
pub const SYSTEM_ID: &str = "ringwerk";
/// The password; a canary that must not appear in any log.
pub const PASSWORD: &str = "Zikade77";

/// An SMSC, and the folder in which it keeps parts of messages. Stopped and started, it is the same one.
pub struct Smsc {
    address: SocketAddr,
    folder: PathBuf,
    process: Option<Bystander>,
}

impl Smsc {
    /// An SMSC at `ip` that does not run yet.
    pub fn new(ip: IpAddr, folder: &Path) -> Self {
        let there = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/node_modules/smpp").exists();
        assert!(there, "the SMSC for stories is missing: `npm ci` in web/ installs it");
        let folder = folder.join("smsc");
        std::fs::create_dir_all(&folder).expect("the folder is writable");
        std::fs::write(folder.join("password"), format!("{PASSWORD}\n")).expect("the folder is writable");
        Self { address: SocketAddr::new(ip, free_port(ip)), folder, process: None }
    }

    /// What a configuration says of it.
    pub fn section(&self) -> String {
        format!(
            "[sms]\nserver = \"smpp://{}\"\nsystem_id = \"{SYSTEM_ID}\"\npassword_file = \"{}\"\nsender = \"Ringwerk\"\nper_minute = 2000\nper_day = 2000\n",
            self.address,
            self.folder.join("password").display()
        )
    }

    pub fn start(&mut self) {
        let _ = std::fs::remove_file(self.folder.join("ready"));
        let child = Command::new("node")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/smsc.mjs"))
            .args([self.address.ip().to_string(), self.address.port().to_string()])
            .arg(&self.folder)
            .args([SYSTEM_ID, PASSWORD])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("Node.js runs");
        self.process = Some(Bystander::new(child));
        wait::until("the SMSC to be ready", || self.folder.join("ready").exists().then_some(()));
    }

    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Answers every part with this status from now on; takes them again with 0.
    pub fn refuse(&self, status: u32) {
        self.tell("refusal", &status.to_string());
    }

    /// What receipts say from now on; `none` for no receipts.
    pub fn fate(&self, fate: &str) {
        self.tell("fate", fate);
    }

    fn tell(&self, name: &str, text: &str) {
        let new = self.folder.join(format!("{name}.new"));
        std::fs::write(&new, text).and_then(|()| std::fs::rename(new, self.folder.join(name))).expect("writable");
    }

    /// How often a part was offered, taken or not.
    pub fn offered(&self) -> usize {
        std::fs::read_to_string(self.folder.join("offered")).unwrap_or_default().lines().count()
    }

    /// The parts it took, in the order in which it did.
    pub fn parts(&self) -> Vec<Value> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(&self.folder)
            .expect("the folder is there")
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
            .collect();
        files.sort_by_key(|path| (std::fs::metadata(path).and_then(|file| file.modified()).ok(), path.clone()));
        files.iter().map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).expect("JSON")).collect()
    }

    /// The messages it took, each put together from its parts as a phone does: to whom, and what.
    pub fn messages(&self) -> Vec<(String, String)> {
        let mut whole: Vec<(String, String)> = Vec::new();
        let mut pieces: Vec<(String, u64, u64, String)> = Vec::new();
        for part in self.parts() {
            let (to, text) = (part["to"].as_str().unwrap().to_owned(), part["text"].as_str().unwrap().to_owned());
            let Some(place) = part["place"].as_array() else {
                whole.push((to, text));
                continue;
            };
            let [reference, of, number] = [0, 1, 2].map(|at: usize| place[at].as_u64().unwrap());
            pieces.push((to.clone(), reference, number, text));
            let mut own: Vec<_> =
                pieces.iter().filter(|piece| piece.0 == to && piece.1 == reference).cloned().collect();
            if own.len() as u64 == of {
                own.sort_by_key(|piece| piece.2);
                pieces.retain(|piece| !(piece.0 == to && piece.1 == reference));
                whole.push((to, own.into_iter().map(|piece| piece.3).collect()));
            }
        }
        assert!(pieces.is_empty(), "parts without their others: {pieces:?}");
        whole
    }
}
