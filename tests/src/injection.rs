//! Faults of the disk, made by strace: chosen system calls on chosen files fail for as long as this lives.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::wait;

/// Fails system calls of a running program until it is dropped.
#[derive(Debug)]
pub struct Injection(Child);

impl Injection {
    /// `what` as strace wants it after `inject=`, for calls on these files.
    pub fn start(program: u32, files: &[PathBuf], what: &str) -> Self {
        let (calls, _) = what.split_once(':').expect("calls and what becomes of them");
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "-p", &program.to_string()]);
        for file in files {
            command.arg("-P").arg(file);
        }
        command.args(["-e", &format!("trace={calls}"), "-e", &format!("inject={what}")]);
        let child = command.stdin(Stdio::null()).spawn().expect("strace is installed (scripts/test-setup.sh)");
        let tracer = format!("TracerPid:\t{}", child.id());
        wait::until("every thread to be traced", || {
            let threads = std::fs::read_dir(Path::new("/proc").join(program.to_string()).join("task")).ok()?;
            let traced = |folder: PathBuf| {
                std::fs::read_to_string(folder.join("status")).is_ok_and(|status| status.contains(&tracer))
            };
            threads.flatten().all(|thread| traced(thread.path())).then_some(())
        });
        Self(child)
    }
}

impl Drop for Injection {
    fn drop(&mut self) {
        // Asked to end, it lets go of what it traces; killed, it would leave it stopped.
        let _ = kill(Pid::from_raw(i32::try_from(self.0.id()).unwrap_or_default()), Signal::SIGINT);
        let end = wait::deadline(Duration::from_secs(5));
        while self.0.try_wait().is_ok_and(|ended| ended.is_none()) && wait::left(end) > Duration::ZERO {
            wait::pause();
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
