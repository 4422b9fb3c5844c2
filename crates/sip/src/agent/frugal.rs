//! The same answer in fewer bytes, for those who may not get more than they sent.

use bytes::Bytes;

/// The compact forms (RFC 3261 section 7.3.3) of what every answer has.
const COMPACT: [(&str, &str); 5] = [("Via", "v"), ("From", "f"), ("To", "t"), ("Call-ID", "i"), ("CSeq", "CSeq")];

/// The answer with compact header names, without a Content-Length of zero, which a datagram does not need (section 18.3),
/// and without the parameter `algorithm` where it names the usual one (RFC 3261 section 22.4). An answer with a body, or
/// one that is no text, stays as it is.
pub(super) fn shortened(answer: &Bytes) -> Bytes {
    let head = std::str::from_utf8(answer).ok().and_then(|text| text.strip_suffix("\r\n\r\n"));
    let Some(head) = head.filter(|head| !head.contains("\r\n\r\n")) else {
        return answer.clone();
    };
    let mut short = String::with_capacity(answer.len());
    for line in head.split("\r\n") {
        match line.split_once(':') {
            Some((name, _)) if name.eq_ignore_ascii_case("Content-Length") => continue,
            Some((name, value)) if !name.starts_with([' ', '\t']) => {
                let known = COMPACT.iter().find(|(long, _)| name.trim_ascii_end().eq_ignore_ascii_case(long));
                short.push_str(known.map_or(name, |(_, compact)| compact));
                short.push(':');
                let value = value.trim_ascii();
                short.push_str(value.strip_suffix(",algorithm=MD5").unwrap_or(value));
            }
            _ => short.push_str(line),
        }
        short.push_str("\r\n");
    }
    short.push_str("\r\n");
    short.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_the_same_in_fewer_bytes() {
        let long = "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFROM : <sip:a@b>;tag=1\r\nTo: <sip:a@b>;\r\n tag=2\r\n\
                    Call-ID: c\r\nCSeq: 1 REGISTER\r\nWWW-Authenticate: Digest realm=\"r\",nonce=\"n\",qop=\"auth\",algorithm=MD5\r\n\
                    Content-Length: 0\r\n\r\n";
        let short = "SIP/2.0 401 Unauthorized\r\nv:SIP/2.0/UDP a;branch=z9hG4bK1\r\nf:<sip:a@b>;tag=1\r\nt:<sip:a@b>;\r\n tag=2\r\n\
                     i:c\r\nCSeq:1 REGISTER\r\nWWW-Authenticate:Digest realm=\"r\",nonce=\"n\",qop=\"auth\"\r\n\r\n";
        assert_eq!(shortened(&Bytes::from_static(long.as_bytes())), short.as_bytes());
        let body = Bytes::from_static(b"SIP/2.0 200 OK\r\nContent-Length: 4\r\n\r\nv=0\n");
        assert_eq!(shortened(&body), body);
    }
}
