//! Programs that end with the story.

use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::wait;

/// A running program. It is asked to end when this is dropped, and it is a fault when it does not.
#[derive(Debug)]
pub struct Process(Child);

/// A running program that is ended without being asked: a phone would want to say goodbye to a server that is gone.
#[derive(Debug)]
pub struct Bystander(Child);

impl Bystander {
    pub fn new(child: Child) -> Self {
        Self(child)
    }

    /// Waits until it ends by itself.
    pub fn wait(&mut self, patience: Duration) -> ExitStatus {
        wait::within(patience, "a program to end", || self.0.try_wait().expect("a child of ours"))
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    pub fn new(child: Child) -> Self {
        Self(child)
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }

    pub fn send(&self, signal: Signal) {
        // The program may have ended by itself just now.
        let _ = kill(Pid::from_raw(i32::try_from(self.0.id()).unwrap()), signal);
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().expect("a child of ours")
    }

    /// Waits until it ends by itself.
    pub fn wait(&mut self, patience: Duration) -> ExitStatus {
        wait::within(patience, "a program to end", || self.ended())
    }

    /// Ends it the hard way, as a power cut would.
    pub fn kill(&mut self) {
        self.send(Signal::SIGKILL);
        self.0.wait().expect("a child of ours");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended().is_some() {
            return;
        }
        self.send(Signal::SIGTERM);
        let end = wait::deadline(Duration::from_secs(15));
        while self.0.try_wait().is_ok_and(|ended| ended.is_none()) {
            if wait::left(end) == Duration::ZERO {
                self.kill();
                if !std::thread::panicking() {
                    panic!("a program did not end when it was asked to");
                }
                return;
            }
            wait::pause();
        }
    }
}

/// A folder that goes when the story ends well, and stays to be looked at when it does not.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ringwerk-story-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("the temporary folder is writable");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what the story left behind is in {}", self.0.display());
        } else {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}
