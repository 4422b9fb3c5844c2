//! A real server of another kind (mail, text messages) that keeps what it takes in a folder, and is told things by files in it.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::house::free_port;
use crate::process::Bystander;
use crate::wait;

/// Such a server, and its folder. Stopped and started, it is the same one.
pub struct Receiver {
    pub address: SocketAddr,
    pub folder: PathBuf,
    process: Option<Bystander>,
}

impl Receiver {
    /// A server at `ip` that does not run yet, with the folder `folder`.
    pub fn new(ip: IpAddr, folder: PathBuf) -> Self {
        std::fs::create_dir_all(&folder).expect("the folder is writable");
        Self { address: SocketAddr::new(ip, free_port(ip)), folder, process: None }
    }

    /// Starts `script` of `tests/scenarios`, which gets address, port and folder, then `more`.
    pub fn start(&mut self, interpreter: &str, script: &str, more: &[&str]) {
        let _ = std::fs::remove_file(self.folder.join("ready"));
        let child = Command::new(interpreter)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(script))
            .args([self.address.ip().to_string(), self.address.port().to_string()])
            .arg(&self.folder)
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{interpreter} runs: {error}"));
        self.process = Some(Bystander::new(child));
        wait::until(&format!("{script} to be ready"), || self.folder.join("ready").exists().then_some(()));
    }

    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Tells it something, as a whole or not at all.
    pub fn tell(&self, name: &str, text: &str) {
        let new = self.folder.join(format!("{name}.new"));
        std::fs::write(&new, text).and_then(|()| std::fs::rename(new, self.folder.join(name))).expect("writable");
    }

    /// How often something was offered, taken or not.
    pub fn offered(&self) -> usize {
        std::fs::read_to_string(self.folder.join("offered")).unwrap_or_default().lines().count()
    }

    /// What it took, in the order in which it did.
    pub fn taken(&self) -> Vec<Value> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(&self.folder)
            .expect("the folder is there")
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
            .collect();
        files.sort_by_key(|path| (std::fs::metadata(path).and_then(|file| file.modified()).ok(), path.clone()));
        files.iter().map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).expect("JSON")).collect()
    }
}
