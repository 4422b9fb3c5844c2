//! Another real phone: Linphone without a screen. It knows SHA-256, which baresip does not.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};

use crate::company::Credentials;
use crate::house::free_port;
use crate::process::Bystander;
use crate::sound;
use crate::wait;

/// A phone that runs.
pub struct Linphone {
    folder: PathBuf,
    keyboard: ChildStdin,
    _process: Bystander,
}

impl Linphone {
    /// Starts a phone in a folder below `parent`, at the loopback address. It registers at once and answers every call.
    pub fn start(parent: &Path, name: &str, credentials: &Credentials, server: SocketAddr) -> Self {
        let folder = parent.join(name);
        for kept in [".local/share/linphone", ".config/linphone"] {
            fs::create_dir_all(folder.join(kept)).expect("the folder is writable");
        }
        let Credentials { username, password, domain } = credentials;
        let port = free_port(std::net::Ipv4Addr::LOCALHOST.into());
        let settings = format!(
            "[sip]\ndefault_proxy=0\nsip_port={port}\nsip_tcp_port=0\nsip_tls_port=0\nuse_ipv6=0\nbind_address=127.0.0.1\n\
             [proxy_0]\nreg_proxy=<sip:{server};transport=udp>\nreg_route=<sip:{server};transport=udp>\n\
             reg_identity=sip:{username}@{domain}\nreg_expires=300\nreg_sendregister=1\npublish=0\n\
             [auth_info_0]\nusername={username}\npasswd={password}\nrealm={domain}\ndomain={domain}\n\
             [video]\nenabled=0\n"
        );
        fs::write(folder.join("settings"), settings).expect("the folder is writable");
        let screen = fs::File::create(folder.join("screen")).expect("the folder is writable");
        let mut child = Command::new("linphonec")
            .env("HOME", &folder)
            .current_dir(&folder)
            .args(["-a", "-c", "settings", "-d", "6", "-l", "log"])
            .stdin(Stdio::piped())
            .stdout(screen.try_clone().unwrap())
            .stderr(screen)
            .spawn()
            .expect("Linphone is installed (scripts/test-setup.sh)");
        let keyboard = child.stdin.take().expect("its keyboard is ours");
        let mut phone = Self { folder, keyboard, _process: Bystander::new(child) };
        // There is no sound card where tests run.
        phone.command("soundcard use files");
        phone
    }

    /// Waits until it is registered.
    pub fn registered(&self) {
        self.logged("Register refresher [200]");
    }

    /// Waits until its log, which holds every message it sent and got, has this text.
    pub fn logged(&self, text: &str) {
        wait::until(&format!("Linphone to log {text}"), || self.log().contains(text).then_some(()));
    }

    /// Calls an extension or a number.
    pub fn dial(&mut self, whom: &str) {
        self.command(&format!("call {whom}"));
    }

    /// Says a tone in the call that is up.
    pub fn say(&mut self, hertz: f64) {
        let voice = self.folder.join("voice.wav");
        sound::write_tone(&voice, hertz, 20);
        self.command(&format!("play {}", voice.display()));
    }

    /// Ends the call.
    pub fn hang_up(&mut self) {
        self.command("terminate");
    }

    /// What it says of itself, every message included.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.folder.join("log")).unwrap_or_default()).into_owned()
    }

    fn command(&mut self, command: &str) {
        writeln!(self.keyboard, "{command}").expect("Linphone runs");
    }
}
