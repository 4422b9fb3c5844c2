//! The keep-alive of phones that use outbound over UDP (RFC 5626 section 8): a STUN binding request (RFC 8489) on the SIP
//! port, answered with the address it came from. If that address changes, the phone registers anew.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const XOR_MAPPED_ADDRESS: [u8; 2] = [0x00, 0x20];
const HEADER: usize = 20;

/// Whether a datagram is STUN and not SIP: no SIP message begins with a zero (RFC 5626 section 8).
pub(super) fn is_stun(datagram: &[u8]) -> bool {
    datagram.first() == Some(&0)
}

/// The answer to a binding request that came from `source`; nothing for anything else.
pub(super) fn answer(datagram: &[u8], source: SocketAddr) -> Option<Bytes> {
    let header = datagram.get(..HEADER)?;
    let (kind, rest) = header.split_at(2);
    let (length, rest) = rest.split_at(2);
    let (cookie, transaction) = rest.split_at(4);
    let length = length.iter().fold(0usize, |length, byte| (length << 8) | usize::from(*byte));
    if kind != BINDING_REQUEST || cookie != COOKIE || length != datagram.len() - HEADER {
        return None;
    }
    let source = SocketAddr::new(source.ip().to_canonical(), source.port());
    let mut address = vec![0, if source.is_ipv4() { 1 } else { 2 }];
    let mask = || COOKIE.iter().chain(transaction);
    address.extend(source.port().to_be_bytes().iter().zip(mask()).map(|(byte, mask)| byte ^ mask));
    match source.ip() {
        IpAddr::V4(ip) => address.extend(ip.octets().iter().zip(mask()).map(|(byte, mask)| byte ^ mask)),
        IpAddr::V6(ip) => address.extend(ip.octets().iter().zip(mask()).map(|(byte, mask)| byte ^ mask)),
    }
    let size = |size: usize| u16::try_from(size).unwrap_or_default().to_be_bytes();
    let mut response = Vec::with_capacity(HEADER + 4 + address.len());
    response.extend(BINDING_SUCCESS);
    response.extend(size(4 + address.len()));
    response.extend(COOKIE);
    response.extend(transaction);
    response.extend(XOR_MAPPED_ADDRESS);
    response.extend(size(address.len()));
    response.extend(address);
    Some(response.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The transaction of RFC 5769 section 2.2, whose answer has this address.
    const REQUEST: &[u8] = b"\x00\x01\x00\x00\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae";

    #[test]
    fn the_answer_has_the_address_of_the_test_vectors() {
        let response = answer(REQUEST, "192.0.2.1:32853".parse().unwrap()).unwrap();
        assert_eq!(response.get(..4).unwrap(), b"\x01\x01\x00\x0c");
        assert_eq!(response.get(20..).unwrap(), b"\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43");
        let source = "[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().unwrap();
        let response = answer(REQUEST, source).unwrap();
        let expected =
            b"\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9";
        assert_eq!(response.get(20..).unwrap(), expected);
    }

    #[test]
    fn everything_else_is_left_alone() {
        let source = "192.0.2.1:5060".parse().unwrap();
        for length in 0..REQUEST.len() {
            assert_eq!(answer(REQUEST.get(..length).unwrap(), source), None);
        }
        for index in 0..8 {
            let mut damaged = REQUEST.to_vec();
            *damaged.get_mut(index).unwrap() ^= 0x40;
            assert_eq!(answer(&damaged, source), None, "{index}");
        }
    }
}
