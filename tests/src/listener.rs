//! Somebody who listens to `/v1/events`, as a page does.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::wait;

/// An open stream of events.
pub struct Listener {
    lines: BufReader<TcpStream>,
    heard: Vec<(String, Value)>,
}

impl Listener {
    pub fn open(server: SocketAddr, token: &str) -> Self {
        let mut stream = TcpStream::connect(server).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket has a patience");
        let request = format!(
            "GET /v1/events HTTP/1.1\r\nHost: {server}\r\nAuthorization: Bearer {token}\r\nAccept: text/event-stream\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).expect("the server reads");
        let mut lines = BufReader::new(stream);
        let mut first = String::new();
        lines.read_line(&mut first).expect("the server answers");
        assert!(first.contains("200"), "{first}");
        Self { lines, heard: Vec::new() }
    }

    /// The next event and its data; nothing once the stream has ended.
    pub fn hear(&mut self) -> Option<(String, Value)> {
        let mut event = String::new();
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).unwrap_or_else(|error| panic!("{error}; heard {:#?}", self.heard)) == 0 {
                return None;
            }
            // Everything else is the framing of HTTP and comments.
            if let Some(name) = line.strip_prefix("event:") {
                event = name.trim().to_owned();
            } else if let Some(data) = line.strip_prefix("data:") {
                let heard = (event, serde_json::from_str(data).expect("data is JSON"));
                self.heard.push(heard.clone());
                return Some(heard);
            }
        }
    }

    /// Waits for an event that `wanted` wants.
    pub fn until(&mut self, what: &str, wanted: impl Fn(&str, &Value) -> bool) -> Value {
        let end = wait::deadline(wait::PATIENCE);
        while let Some((event, data)) = self.hear() {
            if wanted(&event, &data) {
                return data;
            }
            assert!(!wait::left(end).is_zero(), "waited for {what}; heard {:#?}", self.heard);
        }
        panic!("waited for {what}; the stream ended; heard {:#?}", self.heard)
    }
}
