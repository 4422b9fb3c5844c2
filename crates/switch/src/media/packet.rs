//! Tells RTP and RTCP from everything else by the first bytes (RFC 7983, RFC 5761 section 4).

/// Which of the two ports of a stream is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// The even port: RTP, and RTCP too where the phones multiplex (RFC 5761).
    Rtp,
    /// The odd port: RTCP alone.
    Rtcp,
}

const VERSION_MASK: u8 = 0b1100_0000;
const VERSION_2: u8 = 0b1000_0000;

/// Whether a datagram may pass on this lane. STUN and DTLS fail on the version bits. SRTP and SRTCP keep the headers
/// that are looked at here.
pub(super) fn passes(lane: Lane, datagram: &[u8]) -> bool {
    let [first, second, ..] = datagram else { return false };
    if first & VERSION_MASK != VERSION_2 {
        return false;
    }
    let rtcp = (192..=223).contains(second) && datagram.len() >= 8;
    let contributors = 4 * usize::from(first & 0x0f);
    rtcp || (lane == Lane::Rtp && datagram.len() >= 12 + contributors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lane: Lane, datagram: &[u8], expect: bool) {
        assert_eq!(passes(lane, datagram), expect, "{lane:?} {datagram:02x?}");
    }

    #[test]
    fn rtp_passes_on_its_own_lane_alone() {
        let mut voice = [0; 172];
        voice[0] = 0x80;
        check(Lane::Rtp, &voice, true);
        check(Lane::Rtcp, &voice, false);
        let event = [0x80, 0xe5, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 5, 10, 0, 160];
        check(Lane::Rtp, &event, true);
    }

    #[test]
    fn rtcp_passes_on_both_lanes() {
        let receiver_report = [0x80, 201, 0, 1, 0, 0, 0, 9];
        check(Lane::Rtcp, &receiver_report, true);
        check(Lane::Rtp, &receiver_report, true);
        check(Lane::Rtcp, &receiver_report[..7], false);
    }

    #[test]
    fn everything_else_is_dropped() {
        check(Lane::Rtp, &[], false);
        check(Lane::Rtp, &[0x80], false);
        check(Lane::Rtp, &[0x80; 11], false);
        // One contributing source is announced, and its four bytes are missing.
        check(Lane::Rtp, &[0x81, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], false);
        let stun_binding = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        check(Lane::Rtp, &stun_binding, false);
        let client_hello = [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        check(Lane::Rtp, &client_hello, false);
        check(Lane::Rtp, b"INVITE sip:a@example.com SIP/2.0\r\n", false);
        check(Lane::Rtp, b"\xffversion 3 of nothing at all", false);
    }
}
