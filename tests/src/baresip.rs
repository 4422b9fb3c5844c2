//! A real phone: baresip without a screen, steered over its control port.
//!
//! It says a tone of its own and records what it hears, so that audio is measured and not assumed.

use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use serde_json::{Value, json};

use crate::company::Credentials;
use crate::house::free_port;
use crate::process::Bystander;
use crate::sound::{self, Recording};
use crate::wait;

/// Where every baresip lives, at ports of the kernel's choice: it sends audio from whatever address the kernel gives
/// it, which is this one for everything on loopback, and a phone whose audio comes from elsewhere is a stranger.
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// How long a tone the phone has to say, in seconds; the longest a call in a story may last.
const VOICE_SECONDS: u32 = 90;

/// A phone that runs.
pub struct Baresip {
    name: String,
    folder: PathBuf,
    control: TcpStream,
    heard: Arc<Events>,
    seen: usize,
    _process: Bystander,
}

/// How a phone is set up, beyond its credentials.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Where Ringwerk is, as `sip:` URI parameters are appended to it.
    pub server: SocketAddr,
    /// `udp`, `tcp` or `tls`.
    pub transport: &'static str,
    /// The tone it says, in hertz.
    pub tone: f64,
    /// How many calls it takes at once.
    pub lines: u8,
    /// Further lines for its configuration.
    pub extra: String,
}

impl Setup {
    /// A phone with one line that speaks UDP.
    pub fn new(server: SocketAddr, tone: f64) -> Self {
        Self { server, transport: "udp", tone, lines: 1, extra: String::new() }
    }
}

#[derive(Default)]
struct Events {
    list: Mutex<Vec<Value>>,
    more: Condvar,
}

impl Baresip {
    /// Starts a phone in a folder below `parent`. It registers at once; [`Baresip::registered`] waits for it.
    pub fn start(parent: &Path, name: &str, credentials: &Credentials, setup: &Setup) -> Self {
        let folder = parent.join(name);
        fs::create_dir_all(folder.join("heard")).expect("the folder is writable");
        sound::write_tone(&folder.join("voice.wav"), setup.tone, VOICE_SECONDS);
        let port = free_port(HOME);
        fs::write(folder.join("config"), config(&folder, setup, port)).expect("the folder is writable");
        fs::write(folder.join("contacts"), "").expect("the folder is writable");
        let Credentials { username, password, domain } = credentials;
        let account = format!(
            "<sip:{username}@{domain};transport={0}>;auth_user={username};auth_pass={password};outbound=\"sip:{1};transport={0}\";regint=60\n",
            setup.transport, setup.server
        );
        fs::write(folder.join("accounts"), account).expect("the folder is writable");
        let log = fs::File::create(folder.join("log")).expect("the folder is writable");
        let child = Command::new("baresip")
            .args(["-s", "-f"])
            .arg(&folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("baresip is installed (scripts/test-setup.sh)");
        let process = Bystander::new(child);
        let control = wait::until("baresip's control port", || TcpStream::connect((HOME, port)).ok());
        let heard = Arc::new(Events::default());
        let reader = control.try_clone().unwrap();
        let events = Arc::clone(&heard);
        std::thread::spawn(move || listen(reader, &events));
        Self { name: name.to_owned(), folder, control, heard, seen: 0, _process: process }
    }

    /// Waits until the phone is registered. Its log tells: the event is often over before anybody listens.
    pub fn registered(&self) {
        let what = format!("{} to be registered", self.name);
        wait::until(&what, || self.log().contains(" 200 OK () [").then_some(()));
    }

    /// Calls `whom`: an extension, a number, or a whole `sip:` URI.
    pub fn dial(&mut self, whom: &str) {
        self.command("dial", whom);
    }

    /// Waits for the next event of this kind, in the order they came.
    pub fn event(&mut self, kind: &str) -> Value {
        self.event_within(wait::PATIENCE, kind).unwrap_or_else(|| {
            panic!("{} waited for {kind}; it had seen {:#?}\n{}", self.name, self.heard.list.lock(), self.log())
        })
    }

    /// The next event of this kind, if it comes in time.
    pub fn event_within(&mut self, patience: Duration, kind: &str) -> Option<Value> {
        let end = wait::deadline(patience);
        let mut list = self.heard.list.lock();
        loop {
            if let Some(place) = list[self.seen..].iter().position(|event| event["type"] == kind) {
                self.seen += place + 1;
                return Some(list[self.seen - 1].clone());
            }
            if self.heard.more.wait_until(&mut list, end).timed_out() {
                return None;
            }
        }
    }

    /// Whether an event of this kind came since the last one that was waited for.
    pub fn has_seen(&self, kind: &str) -> bool {
        self.heard.list.lock()[self.seen..].iter().any(|event| event["type"] == kind)
    }

    pub fn answer(&mut self) {
        self.command("accept", "");
    }

    /// Ends the call; declines it while it rings.
    pub fn hang_up(&mut self) {
        self.command("hangup", "");
    }

    pub fn hold(&mut self) {
        self.command("hold", "");
    }

    pub fn resume(&mut self) {
        self.command("resume", "");
    }

    /// Presses a key during a call.
    pub fn press(&mut self, key: char) {
        self.command("sndcode", &key.to_string());
    }

    /// What it heard in its latest call so far.
    pub fn recording(&self) -> Recording {
        let files = fs::read_dir(self.folder.join("heard")).expect("the folder is there");
        let mut files: Vec<PathBuf> = files
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.to_string_lossy().ends_with("dec.wav"))
            .collect();
        files.sort();
        files.last().map(|path| Recording::read(path)).unwrap_or_default()
    }

    /// Waits until it hears the tone of `hertz`, and only now, not a moment ago.
    pub fn hears(&self, hertz: f64) {
        let before = self.recording().milliseconds();
        wait::until(&format!("{} to hear {hertz} Hz", self.name), || {
            let now = self.recording();
            (now.milliseconds() >= before + 400 && now.last(300).is_tone(hertz)).then_some(())
        });
    }

    /// How many bits of audio a second it receives just now, as it says itself.
    ///
    /// Its recording ends with the first re-INVITE (baresip 1.0), so this is how one knows after a hold.
    pub fn receives(&self) -> u32 {
        let log = self.log();
        let last = log.rmatch_indices("audio=").next().map(|(place, _)| &log[place..]).unwrap_or_default();
        let rate = last.split_once('/').and_then(|(_, rest)| rest.split_once(' '));
        rate.and_then(|(rate, _)| rate.parse().ok()).unwrap_or(0)
    }

    /// What it printed and which messages it saw.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn command(&mut self, command: &str, parameters: &str) {
        let text = json!({ "command": command, "params": parameters, "token": command }).to_string();
        self.control.write_all(format!("{}:{text},", text.len()).as_bytes()).expect("baresip runs");
    }
}

fn config(folder: &Path, setup: &Setup, control: u16) -> String {
    let Setup { lines, extra, .. } = setup;
    let folder = folder.display();
    format!(
        "poll_method epoll\nsip_listen {HOME}:0\nnet_interface {HOME}\ncall_local_timeout 120\ncall_max_calls {lines}\n\
         audio_source aufile,{folder}/voice.wav\naudio_player aubridge,nobody\naudio_alert aubridge,nobody\naudio_channels 1\n\
         rtp_ports 10000-60000\nsnd_path {folder}/heard\nctrl_tcp_listen {HOME}:{control}\n\
         module_path /usr/lib/baresip/modules\nmodule g711.so\nmodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\n\
         module_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n{extra}\n"
    )
}

/// Reads netstrings until the phone is gone.
fn listen(mut control: TcpStream, events: &Events) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 65_536];
    while let Ok(size @ 1..) = control.read(&mut chunk) {
        bytes.extend_from_slice(&chunk[..size]);
        while let Some(event) = netstring(&mut bytes) {
            events.list.lock().push(event);
            events.more.notify_all();
        }
    }
}

fn netstring(bytes: &mut Vec<u8>) -> Option<Value> {
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    let size: usize = std::str::from_utf8(&bytes[..colon]).ok()?.parse().ok()?;
    let end = colon + 1 + size;
    let event = serde_json::from_slice(bytes.get(colon + 1..end)?).unwrap_or_default();
    bytes.get(end)?;
    bytes.drain(..=end);
    Some(event)
}
