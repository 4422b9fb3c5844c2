//! Keys pressed during a call, as RFC 4733 sends them between the words.

use std::net::UdpSocket;
use std::time::Duration;

use crate::wait;

/// The payload type these phones agree on.
pub const PAYLOAD_TYPE: u8 = 101;

/// Adds telephone events to an offer or answer that has G.711 alone.
pub fn with_events(sdp: &str) -> String {
    let codecs = format!("RTP/AVP 0 {PAYLOAD_TYPE}\r\n");
    let map = format!(
        "a=rtpmap:0 PCMU/8000\r\na=rtpmap:{PAYLOAD_TYPE} telephone-event/8000\r\na=fmtp:{PAYLOAD_TYPE} 0-16\r\n"
    );
    sdp.replace("RTP/AVP 0\r\n", &codecs).replace("a=rtpmap:0 PCMU/8000\r\n", &map)
}

/// The packets of one key: it goes down, is held for 100 ms, and comes up, which is said three times (section 2.5.1.4).
pub fn press(key: char, first: u16, timestamp: u32) -> Vec<Vec<u8>> {
    let event = "0123456789*#ABCD".find(key).and_then(|place| u8::try_from(place).ok()).expect("a key of a phone");
    let updates = (1..=5u16).map(|number| (number * 160, false));
    let ends = std::iter::repeat_n((800, true), 3);
    let packet = |(number, (duration, end)): (u16, (u16, bool))| {
        let mut bytes = vec![0x80, PAYLOAD_TYPE | if number == 0 { 0x80 } else { 0 }];
        bytes.extend(first.wrapping_add(number).to_be_bytes());
        bytes.extend(timestamp.to_be_bytes());
        bytes.extend(0x5eed_u32.to_be_bytes());
        bytes.extend([event, if end { 0x8a } else { 0x0a }]);
        bytes.extend(duration.to_be_bytes());
        bytes
    };
    (0..).zip(updates.chain(ends)).map(packet).collect()
}

/// The next `count` telephone events that arrive at a phone's media socket; other packets are passed over.
pub fn heard(media: &UdpSocket, count: usize) -> Vec<Vec<u8>> {
    media.set_read_timeout(Some(Duration::from_millis(50))).expect("a bound socket");
    let (mut heard, mut packet) = (Vec::new(), [0; 2048]);
    let end = wait::deadline(wait::PATIENCE);
    while heard.len() < count {
        assert!(wait::left(end) > Duration::ZERO, "waited for {count} telephone events, {} came", heard.len());
        let Ok(size) = media.recv(&mut packet) else { continue };
        if packet[1] & 0x7f == PAYLOAD_TYPE {
            heard.push(packet[..size].to_vec());
        }
    }
    heard
}

/// The key a telephone event tells, and whether it says that it came up.
pub fn key(packet: &[u8]) -> Option<(char, bool)> {
    let key = "0123456789*#ABCD".chars().nth(usize::from(*packet.get(12)?))?;
    Some((key, packet.get(13)? & 0x80 != 0))
}
