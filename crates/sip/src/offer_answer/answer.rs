//! Descriptions of our own: what a phone with one sound card would say.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

use super::session::{Direction, Session};

/// Offers one audio stream at `address` with the given payload types; names are added for those that need it.
#[must_use]
pub fn offer(address: SocketAddr, formats: &[&str], direction: Direction) -> String {
    let mut text = session(address.ip());
    stream(&mut text, "RTP/AVP", address.port(), formats, direction);
    text
}

/// Answers an offer: the first audio stream over RTP with those of the offered formats that `formats` has, in
/// the offer's order, and with the offered direction reversed; every other stream refused (RFC 3264 section
/// 6). `None` if nothing is left.
#[must_use]
pub fn answer(offer: &Session<'_>, address: SocketAddr, formats: &[&str]) -> Option<String> {
    let common = |media: &super::Media<'_>| {
        media.formats().filter(|format| formats.contains(format)).map(str::to_owned).collect::<Vec<_>>()
    };
    let usable = |media: &super::Media<'_>| {
        media.kind == "audio" && media.protocol == "RTP/AVP" && !media.is_refused() && !common(media).is_empty()
    };
    let chosen = offer.media.iter().position(usable)?;
    let mut text = session(address.ip());
    for (index, media) in offer.media.iter().enumerate() {
        if index == chosen {
            let common = common(media);
            let common: Vec<&str> = common.iter().map(String::as_str).collect();
            stream(&mut text, media.protocol, address.port(), &common, media.direction().reversed());
        } else {
            let format = media.formats().next().unwrap_or("0");
            let _ = write!(text, "m={} 0 {} {format}\r\n", media.kind, media.protocol);
        }
    }
    Some(text)
}

fn session(ip: IpAddr) -> String {
    let family = if ip.is_ipv4() { "IP4" } else { "IP6" };
    format!("v=0\r\no=- 1 1 IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\n")
}

fn stream(text: &mut String, protocol: &str, port: u16, formats: &[&str], direction: Direction) {
    let _ = write!(text, "m=audio {port} {protocol} {}\r\n", formats.join(" "));
    for format in formats {
        let name = match *format {
            "0" => "PCMU/8000",
            "8" => "PCMA/8000",
            "9" => "G722/8000",
            "101" => "telephone-event/8000",
            _ => continue,
        };
        let _ = write!(text, "a=rtpmap:{format} {name}\r\n");
    }
    let _ = write!(text, "a={}\r\n", direction.as_str());
}
