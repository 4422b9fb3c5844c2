//! A mouth and two ears for a bare phone: says a tone to wherever it is told, and measures what comes back.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;

use crate::sound::{self, Recording};
use crate::wait;

/// Speaks and listens on a media socket until it is dropped.
pub struct Voice {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    socket: UdpSocket,
    going: AtomicBool,
    target: Mutex<Option<SocketAddr>>,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    samples: Vec<f64>,
    from: Option<SocketAddr>,
}

impl Voice {
    /// Silent at first; listens at once.
    pub fn start(socket: &UdpSocket, hertz: f64) -> Self {
        let socket = socket.try_clone().expect("a bound socket");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a bound socket");
        let shared = Arc::new(Shared {
            socket,
            going: AtomicBool::new(true),
            target: Mutex::default(),
            heard: Mutex::default(),
        });
        let (speaker, listener) = (Arc::clone(&shared), Arc::clone(&shared));
        let threads =
            vec![std::thread::spawn(move || speaker.speak(hertz)), std::thread::spawn(move || listener.listen())];
        Self { shared, threads }
    }

    /// Speaks to `target` from now on, or falls silent.
    pub fn speak_to(&self, target: Option<SocketAddr>) {
        *self.shared.target.lock() = target;
    }

    /// Everything it heard so far.
    pub fn recording(&self) -> Recording {
        Recording::from_samples(self.shared.heard.lock().samples.clone())
    }

    /// Where the last packet came from.
    pub fn last_source(&self) -> Option<SocketAddr> {
        self.shared.heard.lock().from
    }

    /// Waits until it hears the tone of `hertz`, and only now, not a moment ago.
    pub fn hears(&self, hertz: f64) {
        let before = self.recording().milliseconds();
        wait::until(&format!("to hear {hertz} Hz"), || {
            let now = self.recording();
            (now.milliseconds() >= before + 400 && now.last(300).is_tone(hertz)).then_some(())
        });
    }
}

impl Shared {
    fn speak(&self, hertz: f64) {
        let words = sound::rtp_tone(hertz, u16::MAX);
        for word in words {
            if !self.going.load(Ordering::Relaxed) {
                return;
            }
            if let Some(target) = *self.target.lock() {
                let _ = self.socket.send_to(&word, target);
            }
            wait::speak(Duration::from_millis(20));
        }
    }

    fn listen(&self) {
        let mut packet = [0; 2048];
        while self.going.load(Ordering::Relaxed) {
            let Ok((size, from)) = self.socket.recv_from(&mut packet) else { continue };
            let mut heard = self.heard.lock();
            heard.from = Some(from);
            heard.samples.extend(packet[12.min(size)..size].iter().map(|byte| sound::linear(*byte)));
        }
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.shared.going.store(false, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}
