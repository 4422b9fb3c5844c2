//! A real SMSC (the npm package `smpp`) that keeps what it takes, and refuses what it is told to.

use std::net::IpAddr;
use std::path::Path;

use serde_json::Value;

use crate::receiver::Receiver;

/// The name to bind with.
pub const SYSTEM_ID: &str = "ringwerk";
/// The password; a canary that must not appear in any log.
pub const PASSWORD: &str = "Zikade77";

/// An SMSC, and the folder in which it keeps parts of messages. Stopped and started, it is the same one.
pub struct Smsc(Receiver);

impl Smsc {
    /// An SMSC at `ip` that does not run yet.
    pub fn new(ip: IpAddr, folder: &Path) -> Self {
        let there = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/node_modules/smpp").exists();
        assert!(there, "the SMSC for stories is missing: `npm ci` in web/ installs it");
        let receiver = Receiver::new(ip, folder.join("smsc"));
        std::fs::write(receiver.folder.join("password"), format!("{PASSWORD}\n")).expect("the folder is writable");
        Self(receiver)
    }

    /// What a configuration says of it.
    pub fn section(&self) -> String {
        format!(
            "[sms]\nserver = \"smpp://{}\"\nsystem_id = \"{SYSTEM_ID}\"\npassword_file = \"{}\"\nsender = \"Ringwerk\"\nper_minute = 2000\nper_day = 2000\n",
            self.0.address,
            self.0.folder.join("password").display()
        )
    }

    pub fn start(&mut self) {
        self.0.start("node", "smsc.mjs", &[SYSTEM_ID, PASSWORD]);
    }

    pub fn stop(&mut self) {
        self.0.stop();
    }

    /// Answers every part with this status from now on; takes them again with 0.
    pub fn refuse(&self, status: u32) {
        self.0.tell("refusal", &status.to_string());
    }

    /// What receipts say from now on; `none` for no receipts.
    pub fn fate(&self, fate: &str) {
        self.0.tell("fate", fate);
    }

    /// How often a part was offered, taken or not.
    pub fn offered(&self) -> usize {
        self.0.offered()
    }

    /// The parts it took, in the order in which it did.
    pub fn parts(&self) -> Vec<Value> {
        self.0.taken()
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
